"""PostgreSQL storage: totals of study time by day."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

import asyncio
from collections.abc import Iterable, Sequence
from itertools import chain

from domain.base import RoomId, UserId
from domain.study.focus import StoredFocusSession
from domain.study.leaderboard import MemberTotal
from domain.study.progress import DayChanges, StoredStreak, StoredTotals
from domain.study.totals import HourChange, RoomDayChange, RoomTotalChange, TaskDayChange, TotalChanges, total_changes
from storage.base import FocusDayStore
from storage.postgres.repository import PostgresRepository
from storage.postgres.transaction import Transaction
from storage.rows.focus import FOCUS_SESSION, focus_session_of
from storage.rows.focus_days import (
    ADD_TO_DAY,
    HOURS,
    ROOM_DAYS,
    ROOM_TOTALS,
    TASK_DAYS,
    TOTAL_TABLES,
    TotalTable,
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

USERS_PER_TURN = 100
"""Users with totals calculated in one turn of the event loop; the end of a phase changes the totals of followers."""

_ADD_TO_DAYS = (
    "INSERT INTO focus_days (user_id, day, seconds, streak_seconds, goal)"
    f" SELECT u.id, new.day, new.seconds, new.streak_seconds, {goal_on('u.id', 'new.day')}"
    " FROM unnest(%s::uuid[], %s::text[], %s::int[], %s::int[]) AS new (user_id, day, seconds, streak_seconds)"
    " JOIN users u ON u.id = new.user_id AND NOT u.deleted ORDER BY u.id, new.day"
    f" ON CONFLICT (user_id, day) DO UPDATE SET {ADD_TO_DAY}"
)
_TOTALS = select_totals("%s::uuid", "%s", "%s", key="{}::text")
_ROOM_TOTALS = select_room_totals("%s", "%s::uuid", "%s::uuid")
_STREAK = select_streak("%s::uuid", "%s", "%s")
_STORED = select_stored("%s::uuid")
_EMPTY_DAYS = (
    "DELETE FROM focus_days USING unnest(%s::uuid[], %s::text[]) AS gone (user_id, day)"
    " WHERE focus_days.user_id = gone.user_id AND focus_days.day = gone.day AND focus_days.seconds = 0"
)


class PostgresFocusDays(PostgresRepository, FocusDayStore):
    """`FocusDayStore` in PostgreSQL."""

    async def focus_totals(self, user_id: UserId, first: str, last: str) -> StoredTotals:
        return totals_of(await self._database.fetch(_TOTALS, *(user_id, first, last) * (1 + len(TOTAL_TABLES))))

    async def focus_streak(self, user_id: UserId, yesterday: str, today: str) -> StoredStreak:
        rows = await self._database.fetch(_STREAK, user_id, yesterday, user_id, today, user_id)
        return streak_of(rows, yesterday, today)

    async def users_with_focus(self, after: UserId | None, limit: int) -> list[UserId]:
        query = select_users_with_focus("(%s::uuid IS NULL OR id > %s::uuid)", "%s")
        rows = await self._database.fetch(query, after, after, limit)
        return [user_id for (user_id,) in rows]

    async def room_totals(self, room_id: RoomId, period: str, viewer: UserId) -> list[MemberTotal]:
        return [member_total_of(row) for row in await self._database.fetch(_ROOM_TOTALS, period, room_id, viewer)]

    async def rebuild_focus_days(self, user_id: UserId) -> int:
        async def work(transaction: Transaction) -> int:
            # Every write of a user's sessions holds this lock.
            await transaction.fetch("SELECT 1 FROM users WHERE id = %s::uuid FOR NO KEY UPDATE", user_id)
            before = await _days(transaction, user_id)
            for table in ("focus_days", *(table.name for table in (*TOTAL_TABLES, ROOM_TOTALS))):
                await transaction.fetch(f"DELETE FROM {table} WHERE user_id = %s::uuid", user_id)
            rows = await transaction.fetch(
                f"SELECT {FOCUS_SESSION} FROM focus_sessions WHERE user_id = %s::uuid", user_id
            )
            await change_totals(transaction, (), [focus_session_of(row) for row in rows])
            return len(before ^ await _days(transaction, user_id))

        return await self._database.transaction(work)


async def change_totals(
    transaction: Transaction, before: Iterable[StoredFocusSession], after: Iterable[StoredFocusSession]
) -> None:
    """Change the totals as the sessions change; open sessions do not count."""
    changes = await _calculate(before, after)
    if changes.days:
        await transaction.fetch(_ADD_TO_DAYS, *map(list, zip(*changes.days, strict=True)))
    if emptied := [change[:2] for change in changes.days if change.seconds < 0]:
        await transaction.fetch(_EMPTY_DAYS, *map(list, zip(*emptied, strict=True)))
    await _add(transaction, ROOM_DAYS, changes.rooms)
    await _add(transaction, TASK_DAYS, changes.tasks)
    await _add(transaction, HOURS, changes.hours)
    await _add(transaction, ROOM_TOTALS, changes.room_totals)


async def store_day_changes(
    transaction: Transaction, user_id: UserId, changes: DayChanges, goals: tuple[int, int]
) -> None:
    """Store the effects of a changed profile on days.

    Args:
        goals: the daily goal before and after the change.
    """
    if goals[0] != goals[1]:
        insert = (
            "INSERT INTO daily_goals (user_id, since, minutes) VALUES (%s::uuid, %s, %s) ON CONFLICT (user_id, since)"
        )
        await transaction.fetch(
            f"{insert} DO NOTHING; {insert} DO UPDATE SET minutes = excluded.minutes",
            *(user_id, "", goals[0]),
            *(user_id, changes.goal_since.isoformat(), goals[1]),
        )
    if changes.skipped:
        await transaction.fetch(
            "INSERT INTO skipped_days (user_id, day) SELECT %s::uuid, unnest(%s::text[]) ON CONFLICT DO NOTHING",
            *(user_id, [day.isoformat() for day in changes.skipped]),
        )


async def _calculate(before: Iterable[StoredFocusSession], after: Iterable[StoredFocusSession]) -> TotalChanges:
    """Return the changes of totals. The event loop runs between parts, which have no users in common."""
    sessions: dict[UserId, tuple[list[StoredFocusSession], list[StoredFocusSession]]] = {}
    for number, side in enumerate((before, after)):
        for session in side:
            sessions.setdefault(session.user_id, ([], []))[number].append(session)
    users = sorted(sessions)
    found = TotalChanges([], [], [], [], [])
    for first in range(0, len(users), USERS_PER_TURN):
        if first:
            await asyncio.sleep(0)
        part = [sessions[user] for user in users[first : first + USERS_PER_TURN]]
        changes = total_changes(*(chain.from_iterable(sides) for sides in zip(*part, strict=True)))
        for table, more in zip(found, changes, strict=True):
            table.extend(more)  # type: ignore[attr-defined]  # all are lists
    return found


async def _add(
    transaction: Transaction,
    table: TotalTable,
    parts: Sequence[RoomDayChange | TaskDayChange | HourChange | RoomTotalChange],
) -> None:
    if not parts:
        return
    name, key, kind, day = table
    await transaction.fetch(
        f"INSERT INTO {name} (user_id, {day}, {key}, seconds) SELECT u.id, new.day, new.key, new.seconds"
        f" FROM unnest(%s::uuid[], %s::text[], %s::{kind}[], %s::int[]) AS new (user_id, day, key, seconds)"
        " JOIN users u ON u.id = new.user_id AND NOT u.deleted ORDER BY u.id, new.day, new.key"
        f" ON CONFLICT (user_id, {day}, {key}) DO UPDATE SET seconds = {name}.seconds + excluded.seconds",
        *map(list, zip(*parts, strict=True)),
    )
    if emptied := [part[:3] for part in parts if part.seconds < 0]:
        await transaction.fetch(
            f"DELETE FROM {name} USING unnest(%s::uuid[], %s::text[], %s::{kind}[]) AS gone (user_id, day, key)"
            f" WHERE {name}.user_id = gone.user_id AND {name}.{day} = gone.day AND {name}.{key} = gone.key"
            f" AND {name}.seconds = 0",
            *map(list, zip(*emptied, strict=True)),
        )


async def _days(transaction: Transaction, user_id: UserId) -> set[tuple[str, int, int]]:
    return {(key, seconds, streak) for key, seconds, streak in await transaction.fetch(_STORED, user_id, user_id)}
