"""SQLite storage: totals of study time by day."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

import sqlite3
from collections.abc import Iterable

from domain.base import RoomId, UserId
from domain.study.focus import StoredFocusSession
from domain.study.leaderboard import MemberTotal
from domain.study.progress import DayChanges, StoredStreak, StoredTotals
from domain.study.totals import TotalChanges, total_changes
from storage.base import FocusDayStore
from storage.rows.focus import FOCUS_SESSION, focus_session_of
from storage.rows.focus_days import (
    ADD_TO_DAY,
    HOURS,
    ROOM_DAYS,
    ROOM_TOTALS,
    TASK_DAYS,
    TOTAL_TABLES,
    goal_on,
    member_total_of,
    select_room_totals,
    select_stored,
    select_streak,
    select_totals,
    select_users_with_focus,
    streak_of,
    totals_of,
)
from storage.sqlite.database import SqliteDatabase

_TABLES = (*TOTAL_TABLES, ROOM_TOTALS)
_ADD_TO_DAYS = f"""
    INSERT INTO focus_days (user_id, day, seconds, streak_seconds, goal)
    SELECT u.id, ?2, ?3, ?4, {goal_on("?1", "?2")} FROM users u WHERE u.id = ?1 AND NOT u.deleted
    ON CONFLICT (user_id, day) DO UPDATE SET {ADD_TO_DAY}
"""
_ADD = {
    table: f"INSERT INTO {table.name} (user_id, {table.day}, {table.key}, seconds)"
    " SELECT u.id, ?2, ?3, ?4 FROM users u WHERE u.id = ?1 AND NOT u.deleted"
    f" ON CONFLICT (user_id, {table.day}, {table.key}) DO UPDATE SET seconds = {table.name}.seconds + excluded.seconds"
    for table in _TABLES
}
_TOTALS = select_totals("?1", "?2", "?3", key="CAST({} AS text)")
_ROOM_TOTALS = select_room_totals("?1", "?2", "?3")
_STREAK = select_streak("?1", "?2", "?3")
_STORED = select_stored("?1")
_EMPTY_DAYS = "DELETE FROM focus_days WHERE user_id = ? AND day = ? AND seconds = 0"
_EMPTY = {
    table: f"DELETE FROM {table.name} WHERE user_id = ? AND {table.day} = ? AND {table.key} = ? AND seconds = 0"
    for table in _TABLES
}


class SqliteFocusDays(FocusDayStore):
    """`FocusDayStore` in SQLite."""

    _database: SqliteDatabase

    async def focus_totals(self, user_id: UserId, first: str, last: str) -> StoredTotals:
        return totals_of(await self._database.read(_TOTALS, user_id, first, last))

    async def focus_streak(self, user_id: UserId, yesterday: str, today: str) -> StoredStreak:
        return streak_of(await self._database.read(_STREAK, user_id, yesterday, today), yesterday, today)

    async def users_with_focus(self, after: UserId | None, limit: int) -> list[UserId]:
        rows = await self._database.read(select_users_with_focus("id > ?1", "?2"), after or "", limit)
        return [user_id for (user_id,) in rows]

    async def room_totals(self, room_id: RoomId, period: str, viewer: UserId) -> list[MemberTotal]:
        return [member_total_of(row) for row in await self._database.read(_ROOM_TOTALS, period, room_id, viewer)]

    async def rebuild_focus_days(self, user_id: UserId) -> int:
        def rebuild(connection: sqlite3.Connection) -> int:
            before = _days(connection, user_id)
            for table in ("focus_days", *(table.name for table in _TABLES)):
                connection.execute(f"DELETE FROM {table} WHERE user_id = ?", (user_id,))
            rows = connection.execute(f"SELECT {FOCUS_SESSION} FROM focus_sessions WHERE user_id = ?", (user_id,))
            change_totals(connection, (), [focus_session_of(row) for row in rows])
            return len(before ^ _days(connection, user_id))

        return await self._database.write(rebuild)


def change_totals(
    connection: sqlite3.Connection, before: Iterable[StoredFocusSession], after: Iterable[StoredFocusSession]
) -> None:
    """Change the totals as the sessions change; open sessions do not count."""
    _add(connection, total_changes(before, after))


def store_day_changes(
    connection: sqlite3.Connection, user_id: UserId, changes: DayChanges, goals: tuple[int, int]
) -> None:
    """Store the effects of a changed profile on days.

    Args:
        goals: the daily goal before and after the change.
    """
    if goals[0] != goals[1]:
        insert = "INSERT INTO daily_goals (user_id, since, minutes) VALUES (?, ?, ?) ON CONFLICT (user_id, since)"
        connection.execute(f"{insert} DO NOTHING", (user_id, "", goals[0]))
        connection.execute(
            f"{insert} DO UPDATE SET minutes = excluded.minutes", (user_id, changes.goal_since.isoformat(), goals[1])
        )
    connection.executemany(
        "INSERT INTO skipped_days (user_id, day) VALUES (?, ?) ON CONFLICT DO NOTHING",
        [(user_id, day.isoformat()) for day in changes.skipped],
    )


def _add(connection: sqlite3.Connection, changes: TotalChanges) -> None:
    connection.executemany(_ADD_TO_DAYS, changes.days)
    connection.executemany(_EMPTY_DAYS, [change[:2] for change in changes.days if change.seconds < 0])
    for table, parts in (
        (ROOM_DAYS, changes.rooms),
        (TASK_DAYS, changes.tasks),
        (HOURS, changes.hours),
        (ROOM_TOTALS, changes.room_totals),
    ):
        connection.executemany(_ADD[table], parts)
        connection.executemany(_EMPTY[table], [part[:3] for part in parts if part.seconds < 0])


def _days(connection: sqlite3.Connection, user_id: UserId) -> set[tuple[str, int, int]]:
    return set(connection.execute(_STORED, (user_id,)))
