"""PostgreSQL storage: focus sessions.

Lock order: users in the order of their ids, then rooms in the order of theirs, then checkpoints. Every write of a
user's sessions locks the user's row, so that sessions of one user are written one after the other.
"""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

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
from storage.postgres.repository import PostgresRepository
from storage.postgres.study.focus_days import change_totals
from storage.postgres.transaction import Transaction
from storage.rows import set_clause
from storage.rows.focus import FOCUS_ROW, FOCUS_SESSION, FOCUS_STATE, focus_row_of, focus_session_of, focus_state_row
from storage.rules.focus import CHANGEABLE, changed_session, check_deletable, check_resumable, plan_focus

_SESSIONS = f"SELECT {FOCUS_SESSION} FROM focus_sessions "
_OF_ROOM = (
    "SELECT s.user_id, rtrim(u.first_name || ' ' || u.last_name), s.started_at, s.ended_at,"
    " m.show_on_leaderboard FROM focus_sessions s JOIN users u ON u.id = s.user_id"
    " JOIN members m ON m.room_id = s.room_id AND m.user_id = s.user_id WHERE s.room_id = %s::uuid"
    " AND s.started_at >= %s::timestamptz AND s.started_at < %s::timestamptz AND s.source <> 'manual'"
)
_SESSION = _SESSIONS + "WHERE user_id = %s::uuid AND id = %s::uuid"
_BY_CLIENT_ID = _SESSIONS + "WHERE user_id = %s::uuid AND client_id = %s"
_LATEST_FIRST = " ORDER BY started_at DESC, id DESC LIMIT %s"
_BEFORE = (
    "AND (started_at, id) < (SELECT started_at, id FROM focus_sessions WHERE user_id = %s::uuid AND id = %s::uuid)"
)
_LOCK = (
    "SELECT 1 FROM users WHERE id = ANY(%s::uuid[]) ORDER BY id FOR NO KEY UPDATE;"
    " SELECT 1 FROM rooms WHERE id = ANY(%s::uuid[]) ORDER BY id FOR SHARE;"
)
_LOCK_USER = "SELECT 1 FROM users WHERE id = %s::uuid FOR NO KEY UPDATE;"
_STORED = (
    f"SELECT {FOCUS_ROW} FROM focus_sessions"
    " WHERE id = ANY(%s::uuid[]) OR (user_id = ANY(%s::uuid[]) AND ended_at IS NULL)"
)
_TYPES = {
    "id": "uuid",
    "user_id": "uuid",
    "client_id": "text",
    "created_at": "timestamptz",
    "room_id": "uuid",
    "task_id": "uuid",
    "activity": "text",
    "source": "text",
    "started_at": "timestamptz",
    "ended_at": "timestamptz",
    "seconds": "integer",
    "lost_at": "timestamptz",
    "ends_at": "timestamptz",
    "acted_at": "timestamptz",
    "checked_at": "timestamptz",
    "is_piece": "boolean",
}
_NEW = ("id", "user_id", "client_id", "created_at", *FOCUS_STATE)
_SAVE = f"""
    INSERT INTO focus_sessions
        (id, user_id, time_zone, day_starts_at, room_time_zone, client_id, created_at, {", ".join(FOCUS_STATE)})
    SELECT n.id, u.id, coalesce(u.time_zone, 'UTC'), u.day_starts_at, r.time_zone,
        CASE WHEN NOT EXISTS (SELECT FROM focus_sessions o WHERE o.user_id = u.id AND o.client_id = n.client_id)
            THEN n.client_id END,
        n.created_at, r.id, {", ".join(f"n.{name}" for name in FOCUS_STATE[1:])}
    FROM unnest({", ".join(f"%s::{_TYPES[name]}[]" for name in _NEW)}) WITH ORDINALITY
        AS n ({", ".join(_NEW)}, number)
    JOIN users u ON u.id = n.user_id AND NOT u.deleted
    LEFT JOIN rooms r ON r.id = n.room_id AND NOT r.deleted
    ORDER BY n.number
    ON CONFLICT (id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in FOCUS_STATE)}
"""
_CHECKPOINT = (
    "INSERT INTO study_checkpoints AS kept VALUES (%s, %s::timestamptz)"
    " ON CONFLICT (node) DO UPDATE SET alive_at = greatest(kept.alive_at, excluded.alive_at)"
)


class PostgresFocus(PostgresRepository, FocusStore):
    """`FocusStore` in PostgreSQL."""

    async def save_focus(self, rows: Sequence[FocusRow], checkpoint: Checkpoint | None = None) -> None:
        ids = [row.session.id for row in rows]
        users = sorted({row.session.user_id for row in rows})
        rooms = sorted({row.session.room_id for row in rows if row.session.room_id is not None})

        async def work(transaction: Transaction) -> None:
            stored = [focus_row_of(row) for row in await transaction.fetch(_LOCK + _STORED, users, rooms, ids, users)]
            plan = plan_focus(rows, stored)
            saved = await transaction.fetch(
                f"{_CHECKPOINT + ';' if checkpoint else ''} DELETE FROM focus_sessions WHERE id = ANY(%s::uuid[]);"
                f" {_SAVE} RETURNING {FOCUS_SESSION}",
                *(checkpoint or ()),
                plan.deleted,
                *_arrays([_values(row) for row in plan.saved]),
            )
            after = [focus_session_of(row) for row in saved]
            before = ended((row.session for row in stored), {*(one.id for one in after), *plan.deleted})
            await change_totals(transaction, before, after)

        if rows or checkpoint:
            await self._database.transaction(work)

    async def open_focus(self) -> list[FocusRow]:
        rows = await self._database.fetch(f"SELECT {FOCUS_ROW} FROM focus_sessions WHERE ended_at IS NULL ORDER BY id")
        return [focus_row_of(row) for row in rows]

    async def focus_session(self, user_id: UserId, session_id: FocusSessionId) -> StoredFocusSession | None:
        row = await self._database.fetch_one(_SESSION, user_id, session_id)
        return focus_session_of(row) if row else None

    async def focus_session_by_client_id(self, user_id: UserId, client_id: str) -> StoredFocusSession | None:
        row = await self._database.fetch_one(_BY_CLIENT_ID, user_id, client_id)
        return focus_session_of(row) if row else None

    async def focus_sessions(
        self, user_id: UserId, *, before: FocusSessionId | None = None, limit: int
    ) -> list[StoredFocusSession]:
        if before is None:
            rows = await self._database.fetch(f"{_SESSIONS} WHERE user_id = %s::uuid {_LATEST_FIRST}", user_id, limit)
        else:
            rows = await self._database.fetch(
                f"{_SESSIONS} WHERE user_id = %s::uuid {_BEFORE} {_LATEST_FIRST}", user_id, user_id, before, limit
            )
        return [focus_session_of(row) for row in rows]

    async def room_focus(self, room_id: RoomId, since: Timestamp, until: Timestamp) -> list[RoomFocus]:
        return [RoomFocus(*row) for row in await self._database.fetch(_OF_ROOM, room_id, since, until)]

    async def add_manual_session(self, session: StoredFocusSession) -> StoredFocusSession:
        user_id = session.user_id

        async def work(transaction: Transaction) -> StoredFocusSession:
            made = await transaction.fetch_one(
                f"{_LOCK_USER} {_SESSIONS} WHERE user_id = %s::uuid AND (client_id = %s OR id = %s::uuid)",
                *(user_id, user_id, session.client_id, session.id),
            )
            if made:
                return focus_session_of(made)
            if await transaction.fetch(
                "SELECT 1 FROM focus_sessions WHERE user_id = %s::uuid AND started_at < %s::timestamptz"
                " AND (ended_at IS NULL OR ended_at > %s::timestamptz) LIMIT 1",
                *(user_id, session.ended_at, session.started_at),
            ):
                raise FocusOverlap
            row = FocusRow(session=session, client_id=session.client_id, acted_at=session.started_at)
            added = await transaction.fetch_one(
                f"{_SAVE} RETURNING {FOCUS_SESSION}", *_arrays([_values(row, created_at=session.created_at)])
            )
            if added is None:
                raise UserNotFound
            await change_totals(transaction, (), [focus_session_of(added)])
            return focus_session_of(added)

        return await self._database.transaction(work)

    async def change_focus_session(
        self, user_id: UserId, session_id: FocusSessionId, changes: Mapping[str, Any]
    ) -> StoredFocusSession:
        async def work(transaction: Transaction) -> StoredFocusSession:
            before = await _lock_session(transaction, user_id, session_id)
            changed = changed_session(before, changes)
            assignments, values = set_clause({**changes, "seconds": changed.seconds}, CHANGEABLE, "%s")
            await transaction.fetch(f"UPDATE focus_sessions SET {assignments} WHERE id = %s::uuid", *values, session_id)
            await change_totals(transaction, [before] if before else (), [changed])
            return changed

        return await self._database.transaction(work)

    async def delete_focus_session(self, user_id: UserId, session_id: FocusSessionId) -> bool:
        async def work(transaction: Transaction) -> bool:
            session = await _lock_session(transaction, user_id, session_id)
            if session is None or not check_deletable(session):
                return False
            await transaction.fetch("DELETE FROM focus_sessions WHERE id = %s::uuid", session_id)
            await change_totals(transaction, [session], ())
            return True

        return await self._database.transaction(work)

    async def reopen_focus_session(
        self, user_id: UserId, session_id: FocusSessionId, ended_since: Timestamp
    ) -> StoredFocusSession:
        async def work(transaction: Transaction) -> StoredFocusSession:
            session = check_resumable(await _lock_session(transaction, user_id, session_id), ended_since)
            if session.ended_at is None:
                return session
            if await transaction.fetch(
                "SELECT 1 FROM focus_sessions WHERE user_id = %s::uuid AND started_at >= %s::timestamptz"
                " AND id <> %s::uuid LIMIT 1",
                *(user_id, session.ended_at, session_id),
            ):
                raise FocusOverlap
            await transaction.fetch(
                "UPDATE focus_sessions SET ended_at = NULL, seconds = 0 WHERE id = %s::uuid", session_id
            )
            await change_totals(transaction, [session], ())
            return msgspec.structs.replace(session, ended_at=None, seconds=0)

        return await self._database.transaction(work)

    async def forget_focus_keys(self, before: Timestamp, limit: int) -> int:
        row = await self._database.fetch_one(
            "WITH old AS (UPDATE focus_sessions SET client_id = NULL WHERE id IN (SELECT id FROM focus_sessions"
            " WHERE client_id IS NOT NULL AND created_at < %s::timestamptz LIMIT %s) RETURNING 1)"
            " SELECT count(*) FROM old",
            *(before, limit),
        )
        return int(row[0]) if row else 0

    async def save_checkpoint(self, node: str, alive_at: Timestamp) -> None:
        await self._database.fetch(_CHECKPOINT, node, alive_at)

    async def last_checkpoint(self) -> Timestamp | None:
        row = await self._database.fetch_one("SELECT max(alive_at) FROM study_checkpoints")
        return row[0] if row else None


async def _lock_session(
    transaction: Transaction, user_id: UserId, session_id: FocusSessionId
) -> StoredFocusSession | None:
    """Lock the user's row and return the session, None if the user has none with this id."""
    row = await transaction.fetch_one(f"{_LOCK_USER} {_SESSION}", user_id, user_id, session_id)
    return focus_session_of(row) if row else None


def _values(row: FocusRow, *, created_at: Timestamp | None = None) -> tuple[object, ...]:
    """Return the row of `_NEW`."""
    session = row.session
    return session.id, session.user_id, row.client_id, created_at or session.started_at, *focus_state_row(row)


def _arrays(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    """Return an array for each column of `_NEW`."""
    return [[row[number] for row in rows] for number in range(len(_NEW))]
