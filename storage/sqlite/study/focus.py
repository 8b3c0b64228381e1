"""SQLite storage: focus sessions."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from domain.base import FocusSessionId, RoomId, Timestamp, UserId
from domain.errors.accounts import UserNotFound
from domain.errors.study import FocusOverlap
from domain.study.attendance import RoomFocus
from domain.study.focus import Checkpoint, FocusRow, StoredFocusSession
from domain.study.totals import ended
from storage.base import FocusStore
from storage.rows import set_clause
from storage.rows.focus import FOCUS_ROW, FOCUS_SESSION, FOCUS_STATE, focus_row_of, focus_session_of, focus_state_row
from storage.rules.focus import CHANGEABLE, changed_session, check_deletable, check_resumable, plan_focus
from storage.sqlite.database import SqliteDatabase
from storage.sqlite.study.focus_days import change_totals

_SESSIONS = f"SELECT {FOCUS_SESSION} FROM focus_sessions "
_OF_ROOM = (
    "SELECT s.user_id, rtrim(u.first_name || ' ' || u.last_name), s.started_at, s.ended_at,"
    " m.show_on_leaderboard FROM focus_sessions s JOIN users u ON u.id = s.user_id"
    " JOIN members m ON m.room_id = s.room_id AND m.user_id = s.user_id WHERE s.room_id = ?"
    " AND s.started_at >= ? AND s.started_at < ? AND s.source <> 'manual'"
)
_SESSION = _SESSIONS + "WHERE user_id = ? AND id = ?"
_BY_CLIENT_ID = _SESSIONS + "WHERE user_id = ? AND client_id = ?"
_ENDED = _SESSIONS + "WHERE id IN (SELECT value FROM json_each(?)) AND ended_at IS NOT NULL"
_LATEST_FIRST = " ORDER BY started_at DESC, id DESC LIMIT ?"
_BEFORE = "AND (started_at, id) < (SELECT started_at, id FROM focus_sessions WHERE user_id = ? AND id = ?)"
_STORED = f"""
    SELECT {FOCUS_ROW} FROM focus_sessions WHERE id IN (SELECT value FROM json_each(?1))
    UNION SELECT {FOCUS_ROW} FROM focus_sessions
    WHERE user_id IN (SELECT value FROM json_each(?2)) AND ended_at IS NULL
"""
_SAVE = f"""
    INSERT INTO focus_sessions
        (id, user_id, time_zone, day_starts_at, room_time_zone, client_id, created_at, {", ".join(FOCUS_STATE)})
    SELECT ?, u.id, coalesce(u.time_zone, 'UTC'), u.day_starts_at, r.time_zone,
        (SELECT key.value FROM (SELECT ? AS value) key WHERE NOT EXISTS (
            SELECT 1 FROM focus_sessions other WHERE other.user_id = u.id AND other.client_id = key.value)),
        ?, r.id, {", ".join("?" * (len(FOCUS_STATE) - 1))}
    FROM users u LEFT JOIN rooms r ON r.id = ? AND NOT r.deleted WHERE u.id = ? AND NOT u.deleted
    ON CONFLICT (id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in FOCUS_STATE)}
"""
_CHECKPOINT = (
    "INSERT INTO study_checkpoints VALUES (?, ?)"
    " ON CONFLICT (node) DO UPDATE SET alive_at = max(alive_at, excluded.alive_at)"
)


class SqliteFocus(FocusStore):
    """`FocusStore` in SQLite."""

    _database: SqliteDatabase

    async def save_focus(self, rows: Sequence[FocusRow], checkpoint: Checkpoint | None = None) -> None:
        ids = json.dumps([row.session.id for row in rows])
        users = json.dumps(sorted({row.session.user_id for row in rows}))

        def save(connection: sqlite3.Connection) -> None:
            stored = [focus_row_of(row) for row in connection.execute(_STORED, (ids, users))]
            plan = plan_focus(rows, stored)
            connection.executemany("DELETE FROM focus_sessions WHERE id = ?", [(one,) for one in plan.deleted])
            connection.executemany(_SAVE, [_parameters(row) for row in plan.saved])
            ids_of_saved = [row.session.id for row in plan.saved]
            before = ended((row.session for row in stored), {*ids_of_saved, *plan.deleted})
            change_totals(connection, before, _ended(connection, ids_of_saved))
            connection.executemany(_CHECKPOINT, [checkpoint] if checkpoint else ())

        if rows or checkpoint:
            await self._database.write(save)

    async def open_focus(self) -> list[FocusRow]:
        rows = await self._database.read(f"SELECT {FOCUS_ROW} FROM focus_sessions WHERE ended_at IS NULL ORDER BY id")
        return [focus_row_of(row) for row in rows]

    async def focus_session(self, user_id: UserId, session_id: FocusSessionId) -> StoredFocusSession | None:
        row = await self._database.read_one(_SESSION, user_id, session_id)
        return focus_session_of(row) if row else None

    async def focus_session_by_client_id(self, user_id: UserId, client_id: str) -> StoredFocusSession | None:
        row = await self._database.read_one(_BY_CLIENT_ID, user_id, client_id)
        return focus_session_of(row) if row else None

    async def focus_sessions(
        self, user_id: UserId, *, before: FocusSessionId | None = None, limit: int
    ) -> list[StoredFocusSession]:
        if before is None:
            rows = await self._database.read(f"{_SESSIONS} WHERE user_id = ? {_LATEST_FIRST}", user_id, limit)
        else:
            rows = await self._database.read(
                f"{_SESSIONS} WHERE user_id = ? {_BEFORE} {_LATEST_FIRST}", user_id, user_id, before, limit
            )
        return [focus_session_of(row) for row in rows]

    async def room_focus(self, room_id: RoomId, since: Timestamp, until: Timestamp) -> list[RoomFocus]:
        rows = await self._database.read(_OF_ROOM, room_id, since, until)
        return [RoomFocus._make((*found, bool(is_shown))) for *found, is_shown in rows]

    async def add_manual_session(self, session: StoredFocusSession) -> StoredFocusSession:
        def add(connection: sqlite3.Connection) -> StoredFocusSession:
            user_id = session.user_id
            if made := _find(connection, _BY_CLIENT_ID, user_id, session.client_id):
                return made
            if made := _find(connection, _SESSION, user_id, session.id):
                return made
            if connection.execute(
                "SELECT 1 FROM focus_sessions"
                " WHERE user_id = ? AND started_at < ? AND (ended_at IS NULL OR ended_at > ?) LIMIT 1",
                (user_id, session.ended_at, session.started_at),
            ).fetchone():
                raise FocusOverlap
            row = FocusRow(session=session, client_id=session.client_id, acted_at=session.started_at)
            if not connection.execute(_SAVE, _parameters(row, created_at=session.created_at)).rowcount:
                raise UserNotFound
            added = focus_session_of(connection.execute(_SESSION, (user_id, session.id)).fetchone())
            change_totals(connection, (), [added])
            return added

        return await self._database.write(add)

    async def change_focus_session(
        self, user_id: UserId, session_id: FocusSessionId, changes: Mapping[str, Any]
    ) -> StoredFocusSession:
        def change(connection: sqlite3.Connection) -> StoredFocusSession:
            before = _find(connection, _SESSION, user_id, session_id)
            changed = changed_session(before, changes)
            assignments, values = set_clause({**changes, "seconds": changed.seconds}, CHANGEABLE, "?")
            connection.execute(f"UPDATE focus_sessions SET {assignments} WHERE id = ?", (*values, session_id))
            change_totals(connection, [before] if before else (), [changed])
            return changed

        return await self._database.write(change)

    async def delete_focus_session(self, user_id: UserId, session_id: FocusSessionId) -> bool:
        def delete(connection: sqlite3.Connection) -> bool:
            session = _find(connection, _SESSION, user_id, session_id)
            if session is None or not check_deletable(session):
                return False
            connection.execute("DELETE FROM focus_sessions WHERE id = ?", (session_id,))
            change_totals(connection, [session], ())
            return True

        return await self._database.write(delete)

    async def reopen_focus_session(
        self, user_id: UserId, session_id: FocusSessionId, ended_since: Timestamp
    ) -> StoredFocusSession:
        def reopen(connection: sqlite3.Connection) -> StoredFocusSession:
            session = check_resumable(_find(connection, _SESSION, user_id, session_id), ended_since)
            if session.ended_at is None:
                return session
            if connection.execute(
                "SELECT 1 FROM focus_sessions WHERE user_id = ? AND started_at >= ? AND id <> ? LIMIT 1",
                (user_id, session.ended_at, session_id),
            ).fetchone():
                raise FocusOverlap
            connection.execute("UPDATE focus_sessions SET ended_at = NULL, seconds = 0 WHERE id = ?", (session_id,))
            change_totals(connection, [session], ())
            return msgspec.structs.replace(session, ended_at=None, seconds=0)

        return await self._database.write(reopen)

    async def forget_focus_keys(self, before: Timestamp, limit: int) -> int:
        def forget(connection: sqlite3.Connection) -> int:
            return connection.execute(
                "UPDATE focus_sessions SET client_id = NULL WHERE id IN"
                " (SELECT id FROM focus_sessions WHERE client_id IS NOT NULL AND created_at < ? LIMIT ?)",
                (before, limit),
            ).rowcount

        return await self._database.write(forget)

    async def save_checkpoint(self, node: str, alive_at: Timestamp) -> None:
        def save(connection: sqlite3.Connection) -> None:
            connection.execute(_CHECKPOINT, (node, alive_at))

        await self._database.write(save)

    async def last_checkpoint(self) -> Timestamp | None:
        [(alive_at,)] = await self._database.read("SELECT max(alive_at) FROM study_checkpoints")
        return alive_at  # type: ignore[no-any-return]


def _parameters(row: FocusRow, *, created_at: Timestamp | None = None) -> tuple[object, ...]:
    session = row.session
    room_id, *state = focus_state_row(row)
    return session.id, row.client_id, created_at or session.started_at, *state, room_id, session.user_id


def _ended(connection: sqlite3.Connection, ids: Sequence[FocusSessionId]) -> list[StoredFocusSession]:
    """Return the sessions with these ids that have ended."""
    rows = connection.execute(_ENDED, (json.dumps(ids),))
    return [focus_session_of(row) for row in rows]


def _find(connection: sqlite3.Connection, query: str, user_id: UserId, key: str | None) -> StoredFocusSession | None:
    row = connection.execute(query, (user_id, key)).fetchone()
    return focus_session_of(row) if row else None
