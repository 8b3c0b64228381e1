"""SQLite storage: timers."""

import sqlite3
from collections.abc import Mapping

from domain import permissions
from domain.base import RoomId, Timestamp, UserId
from domain.errors.accounts import NotSignedIn
from domain.errors.rooms import RoomNotFound
from domain.study.timer import Timer
from storage.base import TimerStore
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
from storage.sqlite.database import SqliteDatabase

_READ: dict[TimerTable, str] = {
    "room_timers": f"{ROOM_TIMERS} WHERE t.room_id = ?",
    "user_timers": f"{USER_TIMERS} WHERE t.user_id = ?",
}
_FACTS = timer_facts("?", "?")
_LATEST_TIME = latest_timer_time("?1")
_STORE: dict[TimerTable, str] = {
    "room_timers": store_timer("room_timers"),
    "user_timers": store_timer("user_timers"),
}


class SqliteTimers(TimerStore):
    """`TimerStore` in SQLite."""

    _database: SqliteDatabase

    async def room_timer(self, room_id: RoomId) -> Timer | None:
        row = await self._database.read_one(_READ["room_timers"], room_id)
        return timer_of(row) if row else None

    async def user_timer(self, user_id: UserId) -> Timer | None:
        row = await self._database.read_one(_READ["user_timers"], user_id)
        return timer_of(row) if row else None

    async def active_timers(self, *, after: RoomId | None = None, limit: int) -> list[Timer]:
        rows = await self._database.read(
            f"{ROOM_TIMERS} WHERE t.state <> 'idle' AND t.room_id > ? ORDER BY t.room_id LIMIT ?", after or "", limit
        )
        return [timer_of(row) for row in rows]

    async def timers_changed_by(self, user_id: UserId, *, after: RoomId | None = None, limit: int) -> list[Timer]:
        rows = await self._database.read(
            f"{ROOM_TIMERS} WHERE t.changed_by = ? AND t.room_id > ? ORDER BY t.room_id LIMIT ?",
            *(user_id, after or "", limit),
        )
        return [timer_of(row) for row in rows]

    async def latest_timer_time(self, until: Timestamp | None) -> Timestamp | None:
        row = await self._database.read_one(_LATEST_TIME, until)
        return row[0] if row else None

    async def set_room_timer(
        self, room_id: RoomId, timer: Timer, expected_version: int, at: Timestamp, actor_id: UserId | None = None
    ) -> bool:
        def change(connection: sqlite3.Connection) -> bool:
            facts = connection.execute(_FACTS, (actor_id, room_id)).fetchone()
            if facts is None:
                raise RoomNotFound
            if actor_id is not None:
                permissions.check_timer(*timer_facts_of(facts), at)
            return _store(connection, "room_timers", room_id, timer, expected_version)

        return await self._database.write(change)

    async def set_user_timer(self, user_id: UserId, timer: Timer, expected_version: int) -> bool:
        def change(connection: sqlite3.Connection) -> bool:
            active = "SELECT 1 FROM users WHERE id = ? AND NOT deleted AND NOT disabled"
            if connection.execute(active, (user_id,)).fetchone() is None:
                raise NotSignedIn
            return _store(connection, "user_timers", user_id, timer, expected_version)

        return await self._database.write(change)

    async def set_timers_empty(self, since: Mapping[RoomId, Timestamp | None]) -> None:
        def change(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "UPDATE room_timers SET empty_since = ? WHERE room_id = ? AND state <> 'idle'",
                [(at, room_id) for room_id, at in since.items()],
            )

        if since:
            await self._database.write(change)

    async def mark_timers_empty(self, at: Timestamp) -> None:
        def mark(connection: sqlite3.Connection) -> None:
            connection.execute(
                "UPDATE room_timers SET empty_since = ? WHERE state <> 'idle' AND empty_since IS NULL", (at,)
            )

        await self._database.write(mark)


def _store(
    connection: sqlite3.Connection, table: TimerTable, owner_id: str, timer: Timer, expected_version: int
) -> bool:
    row = connection.execute(_READ[table], (owner_id,)).fetchone()
    stored = timer_of(row) if row else None
    if is_current(stored, expected_version):
        connection.execute(_STORE[table], timer_row(table, owner_id, timer))
        return True
    return stored == timer
