"""PostgreSQL storage: timers."""

from collections.abc import Mapping

from domain import permissions
from domain.base import RoomId, Timestamp, UserId
from domain.errors.accounts import NotSignedIn
from domain.errors.rooms import RoomNotFound
from domain.study.timer import Timer
from storage.base import TimerStore
from storage.postgres.repository import PostgresRepository
from storage.postgres.rooms.members import LOCK_ROOM
from storage.postgres.transaction import Transaction
from storage.rows.study import (
    ROOM_TIMERS,
    USER_TIMERS,
    TimerTable,
    latest_timer_time,
    store_timer,
    timer_facts,
    timer_facts_of,
    timer_of,
    timer_row,
)
from storage.rules.study import is_current

_READ: dict[TimerTable, str] = {
    "room_timers": f"{ROOM_TIMERS} WHERE t.room_id = %s::uuid",
    "user_timers": f"{USER_TIMERS} WHERE t.user_id = %s::uuid",
}
_FACTS = timer_facts("%s::uuid", "%s::uuid")
_LATEST_TIME = latest_timer_time("%s::timestamptz")
_STORE: dict[TimerTable, str] = {
    "room_timers": store_timer("room_timers", postgres=True),
    "user_timers": store_timer("user_timers", postgres=True),
}
_LOCK_ACTIVE_USER = "SELECT 1 FROM users WHERE id = %s::uuid AND NOT deleted AND NOT disabled FOR NO KEY UPDATE"


class PostgresTimers(PostgresRepository, TimerStore):
    """`TimerStore` in PostgreSQL."""

    async def room_timer(self, room_id: RoomId) -> Timer | None:
        row = await self._database.fetch_one(_READ["room_timers"], room_id)
        return timer_of(row) if row else None

    async def user_timer(self, user_id: UserId) -> Timer | None:
        row = await self._database.fetch_one(_READ["user_timers"], user_id)
        return timer_of(row) if row else None

    async def active_timers(self, *, after: RoomId | None = None, limit: int) -> list[Timer]:
        rows = await self._database.fetch(
            f"{ROOM_TIMERS} WHERE t.state <> 'idle' AND (%s::uuid IS NULL OR t.room_id > %s::uuid)"
            " ORDER BY t.room_id LIMIT %s",
            *(after, after, limit),
        )
        return [timer_of(row) for row in rows]

    async def timers_changed_by(self, user_id: UserId, *, after: RoomId | None = None, limit: int) -> list[Timer]:
        rows = await self._database.fetch(
            f"{ROOM_TIMERS} WHERE t.changed_by = %s::uuid AND (%s::uuid IS NULL OR t.room_id > %s::uuid)"
            " ORDER BY t.room_id LIMIT %s",
            *(user_id, after, after, limit),
        )
        return [timer_of(row) for row in rows]

    async def latest_timer_time(self, until: Timestamp | None) -> Timestamp | None:
        row = await self._database.fetch_one(_LATEST_TIME, *[until] * _LATEST_TIME.count("%s"))
        return row[0] if row else None

    async def set_room_timer(
        self, room_id: RoomId, timer: Timer, expected_version: int, at: Timestamp, actor_id: UserId | None = None
    ) -> bool:
        async def work(transaction: Transaction) -> bool:
            facts = await transaction.fetch_one(f"{LOCK_ROOM} {_FACTS}", room_id, actor_id, room_id)
            if facts is None:
                raise RoomNotFound
            if actor_id is not None:
                permissions.check_timer(*timer_facts_of(facts), at)
            return await _store(transaction, "room_timers", room_id, timer, expected_version)

        return await self._database.transaction(work)

    async def set_user_timer(self, user_id: UserId, timer: Timer, expected_version: int) -> bool:
        async def work(transaction: Transaction) -> bool:
            if not await transaction.fetch(_LOCK_ACTIVE_USER, user_id):
                raise NotSignedIn
            return await _store(transaction, "user_timers", user_id, timer, expected_version)

        return await self._database.transaction(work)

    async def set_timers_empty(self, since: Mapping[RoomId, Timestamp | None]) -> None:
        if since:
            await self._database.fetch(
                "UPDATE room_timers SET empty_since = new.since"
                " FROM unnest(%s::uuid[], %s::timestamptz[]) AS new (room_id, since)"
                " WHERE room_timers.room_id = new.room_id AND state <> 'idle'",
                *(list(since), list(since.values())),
            )

    async def mark_timers_empty(self, at: Timestamp) -> None:
        await self._database.fetch(
            "UPDATE room_timers SET empty_since = %s::timestamptz WHERE state <> 'idle' AND empty_since IS NULL", at
        )


async def _store(
    transaction: Transaction, table: TimerTable, owner_id: str, timer: Timer, expected_version: int
) -> bool:
    """Store the timer if the stored one has this version. The caller must hold the lock of its room or user."""
    row = await transaction.fetch_one(_READ[table], owner_id)
    stored = timer_of(row) if row else None
    if is_current(stored, expected_version):
        await transaction.finish(_STORE[table], *timer_row(table, owner_id, timer))
        return True
    return stored == timer
