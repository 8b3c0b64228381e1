"""SQLite storage: schedules of rooms."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

import json
import sqlite3
from collections.abc import Sequence

from domain.base import RoomId, ScheduledSessionId, Timestamp, UserId
from domain.errors.rooms import RoomNotFound
from domain.errors.study import ScheduledSessionNotFound, TooManyScheduledSessions
from domain.moderation import AuditDraft
from domain.study.schedule import ScheduledSession
from storage.base import ScheduleStore
from storage.base.study.schedule import Planned, Upcoming
from storage.rows.schedule import (
    CHANGEABLE,
    NEW_SCHEDULED_SESSION,
    PLANNER,
    SCHEDULED_SESSION,
    going_of,
    planner_of,
    scheduled_session_changes,
    scheduled_session_of,
    scheduled_session_row,
)
from storage.rules.schedule import Planner, check_creator, check_planner, is_next_version
from storage.sqlite.database import SqliteDatabase
from storage.sqlite.moderation import audit_log

_SESSIONS = f"SELECT {SCHEDULED_SESSION} FROM scheduled_sessions s"
_SESSION = f"{_SESSIONS} WHERE s.room_id = ? AND s.id = ?"
_PLANNER = f"SELECT {PLANNER} FROM users u LEFT JOIN members m ON m.room_id = ? AND m.user_id = u.id WHERE u.id = ?"
_KNOWN = f"{_SESSIONS} WHERE s.id = ? OR (s.room_id = ? AND s.created_by = ? AND s.client_id = ?)"
_INSERT = (
    f"INSERT INTO scheduled_sessions ({NEW_SCHEDULED_SESSION})"
    f" VALUES ({', '.join('?' * len(ScheduledSession.__struct_fields__))})"
)
_UPDATE = f"UPDATE scheduled_sessions SET {', '.join(f'{name} = ?' for name in CHANGEABLE)} WHERE id = ?"
_ADVANCE = "UPDATE scheduled_sessions SET due_at = ? WHERE id = ? AND due_at = ?"
_GOING = (
    "SELECT session_id, user_id FROM going WHERE session_id IN (SELECT value FROM json_each(?))"
    " ORDER BY created_at, user_id"
)
_UPCOMING = (
    f"SELECT {SCHEDULED_SESSION}, g.user_id IS NOT NULL FROM members m"
    " JOIN scheduled_sessions s ON s.room_id = m.room_id AND s.due_at <= ?"
    " LEFT JOIN going g ON g.session_id = s.id AND g.user_id = m.user_id"
    " WHERE m.user_id = ? ORDER BY g.user_id IS NULL, s.due_at, s.id LIMIT ?"
)
_BEGUN = (
    f"{_SESSIONS} WHERE s.room_id = ? AND (s.due_at IS NOT NULL OR s.ends_at >= ?)"
    " ORDER BY s.due_at IS NULL, s.ends_at DESC, s.id LIMIT ?"
)
_INSERT_GOING = "INSERT OR IGNORE INTO going (session_id, user_id, room_id, created_at) VALUES (?, ?, ?, ?)"
_COPY_GOING = (
    "INSERT INTO going (session_id, user_id, room_id, created_at)"
    " SELECT ?, user_id, room_id, created_at FROM going WHERE session_id = ?"
)


class SqliteSchedule(ScheduleStore):
    """`ScheduleStore` in SQLite."""

    _database: SqliteDatabase

    async def add_scheduled_session(self, session: ScheduledSession, max_open: int) -> ScheduledSession:
        room_id, user_id = session.room_id, session.created_by

        def add(connection: sqlite3.Connection) -> ScheduledSession:
            if not connection.execute("SELECT 1 FROM rooms WHERE id = ? AND NOT deleted", (room_id,)).fetchone():
                raise RoomNotFound
            known = connection.execute(_KNOWN, (session.id, room_id, user_id, session.client_id)).fetchone()
            if known:
                return scheduled_session_of(known)
            check_planner(_planner(connection, room_id, user_id), session.created_at)
            _require_space(connection, room_id, max_open)
            connection.execute(_INSERT, scheduled_session_row(session))
            connection.execute(_INSERT_GOING, (session.id, user_id, room_id, session.created_at))
            return session

        return await self._database.write(add)

    async def change_scheduled_session(
        self,
        session: ScheduledSession,
        actor_id: UserId,
        at: Timestamp,
        max_open: int,
        *,
        rest: ScheduledSession | None = None,
        audit: AuditDraft | None = None,
    ) -> bool:
        def change(connection: sqlite3.Connection) -> bool:
            row = connection.execute(_SESSION, (session.room_id, session.id)).fetchone()
            if row is None:
                raise ScheduledSessionNotFound
            stored = scheduled_session_of(row)
            if audit is None:
                check_creator(_planner(connection, session.room_id, actor_id), stored, actor_id, at)
            elif not audit_log.authorize_once(connection, audit):
                return True
            if not is_next_version(stored, session):
                return stored == session
            if rest is not None:
                _require_space(connection, session.room_id, max_open)
                connection.execute(_INSERT, scheduled_session_row(rest))
                connection.execute(_COPY_GOING, (rest.id, session.id))
            connection.execute(_UPDATE, (*scheduled_session_changes(session), session.id))
            audit_log.record_audit(connection, audit)
            return True

        return await self._database.write(change)

    async def delete_scheduled_session(
        self,
        room_id: RoomId,
        session_id: ScheduledSessionId,
        actor_id: UserId,
        at: Timestamp,
        audit: AuditDraft | None = None,
    ) -> bool:
        def delete(connection: sqlite3.Connection) -> bool:
            row = connection.execute(_SESSION, (room_id, session_id)).fetchone()
            if not audit_log.authorize_once(connection, audit):
                return True
            if row is None:
                return False
            if audit is None:
                check_creator(_planner(connection, room_id, actor_id), scheduled_session_of(row), actor_id, at)
            connection.execute("DELETE FROM going WHERE session_id = ?", (session_id,))
            connection.execute("DELETE FROM scheduled_sessions WHERE id = ?", (session_id,))
            audit_log.record_audit(connection, audit)
            return True

        return await self._database.write(delete)

    async def set_going(
        self, room_id: RoomId, session_id: ScheduledSessionId, user_id: UserId, at: Timestamp, *, going: bool
    ) -> bool:
        def set_going(connection: sqlite3.Connection) -> bool:
            check_planner(_planner(connection, room_id, user_id), at, may_be_muted=not going)
            if not connection.execute(f"{_SESSION} AND s.due_at IS NOT NULL", (room_id, session_id)).fetchone():
                raise ScheduledSessionNotFound
            if going:
                return connection.execute(_INSERT_GOING, (session_id, user_id, room_id, at)).rowcount > 0
            ended = connection.execute("DELETE FROM going WHERE session_id = ? AND user_id = ?", (session_id, user_id))
            return ended.rowcount > 0

        return await self._database.write(set_going)

    async def scheduled_sessions(self, room_id: RoomId, limit: int) -> list[Planned]:
        rows = await self._database.read(
            f"{_SESSIONS} WHERE s.room_id = ? AND s.due_at IS NOT NULL ORDER BY s.due_at, s.id LIMIT ?", room_id, limit
        )
        return await self._planned([scheduled_session_of(row) for row in rows])

    async def scheduled_session(self, room_id: RoomId, session_id: ScheduledSessionId) -> Planned | None:
        row = await self._database.read_one(_SESSION, room_id, session_id)
        return (await self._planned([scheduled_session_of(row)]))[0] if row else None

    async def _planned(self, sessions: list[ScheduledSession]) -> list[Planned]:
        going = going_of(await self._database.read(_GOING, json.dumps([session.id for session in sessions])))
        return [Planned(session, going.get(session.id, ())) for session in sessions]

    async def begun_sessions(self, room_id: RoomId, since: Timestamp, limit: int) -> list[ScheduledSession]:
        return [scheduled_session_of(row) for row in await self._database.read(_BEGUN, room_id, since, limit)]

    async def upcoming_sessions(self, user_id: UserId, due_by: Timestamp, limit: int) -> list[Upcoming]:
        rows = await self._database.read(_UPCOMING, due_by, user_id, limit)
        return [Upcoming(scheduled_session_of(row[:-1]), bool(row[-1])) for row in rows]

    async def due_scheduled_sessions(self, at: Timestamp, limit: int) -> list[ScheduledSession]:
        rows = await self._database.read(f"{_SESSIONS} WHERE s.due_at <= ? ORDER BY s.due_at, s.id LIMIT ?", at, limit)
        return [scheduled_session_of(row) for row in rows]

    async def advance_scheduled_session(
        self, session_id: ScheduledSessionId, due_at: Timestamp, following: Timestamp | None
    ) -> bool:
        def advance(connection: sqlite3.Connection) -> bool:
            return connection.execute(_ADVANCE, (following, session_id, due_at)).rowcount > 0

        return await self._database.write(advance)

    async def purge_scheduled_sessions(self, before: Timestamp, limit: int) -> int:
        def purge(connection: sqlite3.Connection) -> int:
            over = connection.execute(
                "SELECT id FROM scheduled_sessions WHERE due_at IS NULL AND ends_at < ? LIMIT ?", (before, limit)
            ).fetchall()
            connection.executemany("DELETE FROM going WHERE session_id = ?", over)
            connection.executemany("DELETE FROM scheduled_sessions WHERE id = ?", over)
            return len(over)

        return await self._database.write(purge)

    async def sessions_scheduled_by(
        self, user_id: UserId, *, after: ScheduledSessionId | None = None, limit: int
    ) -> Sequence[ScheduledSession]:
        rows = await self._database.read(
            f"{_SESSIONS} WHERE s.created_by = ? AND s.id > ? ORDER BY s.id LIMIT ?", user_id, after or "", limit
        )
        return [scheduled_session_of(row) for row in rows]

    async def sessions_going_to(
        self, user_id: UserId, *, after: ScheduledSessionId | None = None, limit: int
    ) -> Sequence[ScheduledSession]:
        rows = await self._database.read(
            f"{_SESSIONS} JOIN going g ON g.session_id = s.id WHERE g.user_id = ? AND s.id > ? ORDER BY s.id LIMIT ?",
            *(user_id, after or "", limit),
        )
        return [scheduled_session_of(row) for row in rows]


def _planner(connection: sqlite3.Connection, room_id: RoomId, user_id: UserId) -> Planner:
    return planner_of(connection.execute(_PLANNER, (room_id, user_id)).fetchone())


def _require_space(connection: sqlite3.Connection, room_id: RoomId, max_open: int) -> None:
    [(count,)] = connection.execute(
        "SELECT count(*) FROM scheduled_sessions WHERE room_id = ? AND due_at IS NOT NULL", (room_id,)
    )
    if count >= max_open:
        raise TooManyScheduledSessions
