"""PostgreSQL storage: schedules of rooms. Every change locks the room's row, as changes of memberships do."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

from collections.abc import Sequence

from domain.base import RoomId, ScheduledSessionId, Timestamp, UserId
from domain.errors.rooms import RoomNotFound
from domain.errors.study import ScheduledSessionNotFound, TooManyScheduledSessions
from domain.moderation import AuditDraft
from domain.study.schedule import ScheduledSession
from storage.base import ScheduleStore
from storage.base.study.schedule import Planned, Upcoming
from storage.postgres.moderation import audit_log
from storage.postgres.repository import PostgresRepository
from storage.postgres.rooms.members import LOCK_ROOM
from storage.postgres.transaction import Transaction
from storage.rows.moderation import audit_draft_row
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

_TYPES = {
    **dict.fromkeys(("id", "room_id", "created_by"), "::uuid"),
    **dict.fromkeys(("created_at", "ends_at", "due_at"), "::timestamptz"),
}
_SESSIONS = f"SELECT {SCHEDULED_SESSION} FROM scheduled_sessions s"
_SESSION = f"{_SESSIONS} WHERE s.room_id = %s::uuid AND s.id = %s::uuid"
_PLANNER = (
    f"SELECT {PLANNER} FROM users u LEFT JOIN members m ON m.room_id = %s::uuid AND m.user_id = u.id"
    " WHERE u.id = %s::uuid"
)
_KNOWN = f"{_SESSIONS} WHERE s.id = %s::uuid OR (s.room_id = %s::uuid AND s.created_by = %s::uuid AND s.client_id = %s)"
_VALUES = ", ".join("%s" + _TYPES.get(name, "") for name in ScheduledSession.__struct_fields__)
_ASSIGNMENTS = ", ".join(f"{name} = %s" + _TYPES.get(name, "") for name in CHANGEABLE)
_INSERT = f"INSERT INTO scheduled_sessions ({NEW_SCHEDULED_SESSION}) VALUES ({_VALUES})"
_UPDATE = f"UPDATE scheduled_sessions SET {_ASSIGNMENTS} WHERE id = %s::uuid"
_ADVANCE = (
    "UPDATE scheduled_sessions SET due_at = %s::timestamptz"
    " WHERE id = %s::uuid AND due_at = %s::timestamptz RETURNING 1"
)
_GOING = "SELECT session_id, user_id FROM going WHERE session_id = ANY(%s::uuid[]) ORDER BY created_at, user_id"
_UPCOMING = (
    f"SELECT {SCHEDULED_SESSION}, g.user_id IS NOT NULL FROM members m"
    " JOIN scheduled_sessions s ON s.room_id = m.room_id AND s.due_at <= %s::timestamptz"
    " LEFT JOIN going g ON g.session_id = s.id AND g.user_id = m.user_id"
    " WHERE m.user_id = %s::uuid ORDER BY g.user_id IS NULL, s.due_at, s.id LIMIT %s"
)
_BEGUN = (
    f"{_SESSIONS} WHERE s.room_id = %s::uuid AND (s.due_at IS NOT NULL OR s.ends_at >= %s::timestamptz)"
    " ORDER BY s.due_at IS NULL, s.ends_at DESC, s.id LIMIT %s"
)
_INSERT_GOING = (
    "INSERT INTO going (session_id, user_id, room_id, created_at)"
    " VALUES (%s::uuid, %s::uuid, %s::uuid, %s::timestamptz) ON CONFLICT DO NOTHING"
)
_COPY_GOING = (
    "INSERT INTO going (session_id, user_id, room_id, created_at)"
    " SELECT %s::uuid, user_id, room_id, created_at FROM going WHERE session_id = %s::uuid"
)
_DELETE = "DELETE FROM scheduled_sessions WHERE id = %s::uuid"
_PAGE = "(%s::uuid IS NULL OR s.id > %s::uuid) ORDER BY s.id LIMIT %s"


class PostgresSchedule(PostgresRepository, ScheduleStore):
    """`ScheduleStore` in PostgreSQL."""

    async def add_scheduled_session(self, session: ScheduledSession, max_open: int) -> ScheduledSession:
        room_id, user_id = session.room_id, session.created_by

        async def work(transaction: Transaction) -> ScheduledSession:
            if not await transaction.fetch(LOCK_ROOM, room_id):
                raise RoomNotFound
            known = await transaction.fetch_one(_KNOWN, session.id, room_id, user_id, session.client_id)
            if known:
                return scheduled_session_of(known)
            check_planner(await _planner(transaction, room_id, user_id), session.created_at)
            await _require_space(transaction, room_id, max_open)
            await transaction.finish(
                f"{_INSERT}; {_INSERT_GOING}",
                *(*scheduled_session_row(session), session.id, user_id, room_id, session.created_at),
            )
            return session

        return await self._database.transaction(work)

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
        async def work(transaction: Transaction) -> bool:
            stored = await _lock_session(transaction, session.room_id, session.id)
            if stored is None:
                raise ScheduledSessionNotFound
            if audit is None:
                check_creator(await _planner(transaction, session.room_id, actor_id), stored, actor_id, at)
            elif not await audit_log.authorize_once(transaction, audit):
                return True
            if not is_next_version(stored, session):
                return stored == session
            if rest is not None:
                await _require_space(transaction, session.room_id, max_open)
                await transaction.fetch(f"{_INSERT}; {_COPY_GOING}", *scheduled_session_row(rest), rest.id, session.id)
            keep, kept = (f"; {audit_log.INSERT_AUDIT}", audit_draft_row(audit)) if audit else ("", ())
            await transaction.finish(f"{_UPDATE}{keep}", *scheduled_session_changes(session), session.id, *kept)
            return True

        return await self._database.transaction(work)

    async def delete_scheduled_session(
        self,
        room_id: RoomId,
        session_id: ScheduledSessionId,
        actor_id: UserId,
        at: Timestamp,
        audit: AuditDraft | None = None,
    ) -> bool:
        async def work(transaction: Transaction) -> bool:
            stored = await _lock_session(transaction, room_id, session_id)
            if not await audit_log.authorize_once(transaction, audit):
                return True
            if stored is None:
                return False
            if audit is None:
                check_creator(await _planner(transaction, room_id, actor_id), stored, actor_id, at)
            keep, kept = (f"; {audit_log.INSERT_AUDIT}", audit_draft_row(audit)) if audit else ("", ())
            await transaction.finish(f"{_DELETE}{keep}", session_id, *kept)
            return True

        return await self._database.transaction(work)

    async def set_going(
        self, room_id: RoomId, session_id: ScheduledSessionId, user_id: UserId, at: Timestamp, *, going: bool
    ) -> bool:
        async def work(transaction: Transaction) -> bool:
            stored = await _lock_session(transaction, room_id, session_id)
            check_planner(await _planner(transaction, room_id, user_id), at, may_be_muted=not going)
            if stored is None or stored.due_at is None:
                raise ScheduledSessionNotFound
            if going:
                changed = await transaction.fetch(f"{_INSERT_GOING} RETURNING 1", session_id, user_id, room_id, at)
            else:
                changed = await transaction.fetch(
                    "DELETE FROM going WHERE session_id = %s::uuid AND user_id = %s::uuid RETURNING 1",
                    *(session_id, user_id),
                )
            return bool(changed)

        return await self._database.transaction(work)

    async def scheduled_sessions(self, room_id: RoomId, limit: int) -> list[Planned]:
        rows = await self._database.fetch(
            f"{_SESSIONS} WHERE s.room_id = %s::uuid AND s.due_at IS NOT NULL ORDER BY s.due_at, s.id LIMIT %s",
            *(room_id, limit),
        )
        return await self._planned([scheduled_session_of(row) for row in rows])

    async def scheduled_session(self, room_id: RoomId, session_id: ScheduledSessionId) -> Planned | None:
        row = await self._database.fetch_one(_SESSION, room_id, session_id)
        return (await self._planned([scheduled_session_of(row)]))[0] if row else None

    async def _planned(self, sessions: list[ScheduledSession]) -> list[Planned]:
        going = going_of(await self._database.fetch(_GOING, [session.id for session in sessions]))
        return [Planned(session, going.get(session.id, ())) for session in sessions]

    async def begun_sessions(self, room_id: RoomId, since: Timestamp, limit: int) -> list[ScheduledSession]:
        return [scheduled_session_of(row) for row in await self._database.fetch(_BEGUN, room_id, since, limit)]

    async def upcoming_sessions(self, user_id: UserId, due_by: Timestamp, limit: int) -> list[Upcoming]:
        rows = await self._database.fetch(_UPCOMING, due_by, user_id, limit)
        return [Upcoming(scheduled_session_of(row[:-1]), row[-1]) for row in rows]

    async def due_scheduled_sessions(self, at: Timestamp, limit: int) -> list[ScheduledSession]:
        rows = await self._database.fetch(
            f"{_SESSIONS} WHERE s.due_at <= %s::timestamptz ORDER BY s.due_at, s.id LIMIT %s", at, limit
        )
        return [scheduled_session_of(row) for row in rows]

    async def advance_scheduled_session(
        self, session_id: ScheduledSessionId, due_at: Timestamp, following: Timestamp | None
    ) -> bool:
        return bool(await self._database.fetch(_ADVANCE, following, session_id, due_at))

    async def purge_scheduled_sessions(self, before: Timestamp, limit: int) -> int:
        gone = await self._database.fetch(
            "DELETE FROM scheduled_sessions WHERE id IN (SELECT id FROM scheduled_sessions"
            " WHERE due_at IS NULL AND ends_at < %s::timestamptz LIMIT %s) RETURNING id",
            *(before, limit),
        )
        return len(gone)

    async def sessions_scheduled_by(
        self, user_id: UserId, *, after: ScheduledSessionId | None = None, limit: int
    ) -> Sequence[ScheduledSession]:
        rows = await self._database.fetch(
            f"{_SESSIONS} WHERE s.created_by = %s::uuid AND {_PAGE}", user_id, after, after, limit
        )
        return [scheduled_session_of(row) for row in rows]

    async def sessions_going_to(
        self, user_id: UserId, *, after: ScheduledSessionId | None = None, limit: int
    ) -> Sequence[ScheduledSession]:
        rows = await self._database.fetch(
            f"{_SESSIONS} JOIN going g ON g.session_id = s.id WHERE g.user_id = %s::uuid AND {_PAGE}",
            *(user_id, after, after, limit),
        )
        return [scheduled_session_of(row) for row in rows]


async def _lock_session(
    transaction: Transaction, room_id: RoomId, session_id: ScheduledSessionId
) -> ScheduledSession | None:
    """Lock the room's row and return a session; None if it is missing."""
    row = await transaction.fetch_one(f"{LOCK_ROOM} {_SESSION}", room_id, room_id, session_id)
    return scheduled_session_of(row) if row else None


async def _planner(transaction: Transaction, room_id: RoomId, user_id: UserId) -> Planner:
    return planner_of(await transaction.fetch_one(_PLANNER, room_id, user_id))


async def _require_space(transaction: Transaction, room_id: RoomId, max_open: int) -> None:
    row = await transaction.fetch_one(
        "SELECT count(*) FROM scheduled_sessions WHERE room_id = %s::uuid AND due_at IS NOT NULL", room_id
    )
    if row and row[0] >= max_open:
        raise TooManyScheduledSessions
