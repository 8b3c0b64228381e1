"""Statements and mappers of totals of study time, the same in both SQL databases except for their placeholders."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

from collections.abc import Iterable
from typing import NamedTuple

from domain.accounts import UserSummary
from domain.study.days import STREAK_SECONDS
from domain.study.leaderboard import MemberTotal
from domain.study.progress import RecentDay, StoredDay, StoredStreak, StoredTotals
from storage.rows import Row
from storage.rows.accounts import user_summary


class TotalTable(NamedTuple):
    """A table with totals of seconds; its key begins with the user and the day.

    Attributes:
        name: the table.
        key: column of the rest of the key.
        kind: type of that column in PostgreSQL.
        day: column of the day.
    """

    name: str
    key: str
    kind: str
    day: str = "day"


ROOM_DAYS = TotalTable("focus_room_days", "room_id", "uuid")
TASK_DAYS = TotalTable("focus_task_days", "task_id", "uuid")
HOURS = TotalTable("focus_hours", "hour", "smallint")
TOTAL_TABLES = (ROOM_DAYS, TASK_DAYS, HOURS)
ROOM_TOTALS = TotalTable("room_totals", "room_id", "uuid", "period")

_SKIPPED, _GOAL = -1, -2
"""Seconds in rows of `select_streak` that are not of a stored day."""

ADD_TO_DAY = " seconds = focus_days.seconds + excluded.seconds, streak_seconds = focus_days.streak_seconds"
ADD_TO_DAY += " + excluded.streak_seconds"
"""Assignments that add a change to a stored day. Its goal stays."""


def goal_on(user: str, day: str) -> str:
    """Return SQL of the goal in force on a day: of `daily_goals`, or of `users u` if it was never changed.

    Args:
        user, day: SQL of the user's id and the day.
    """
    return (
        f"coalesce((SELECT minutes FROM daily_goals g WHERE g.user_id = {user} AND g.since <= {day}"
        " ORDER BY g.since DESC LIMIT 1), u.daily_goal)"
    )


def select_totals(user: str, first: str, last: str, *, key: str) -> str:
    """Return the query for `totals_of`.

    Args:
        user, first, last: SQL of the user's id and of both days, in the order of the parameters in each part.
        key: SQL that converts the column `{}` to text.
    """
    days = f"user_id = {user} AND day BETWEEN {first} AND {last}"
    parts = [
        f"SELECT '{table.name}', {key.format(table.key)}, CAST(sum(seconds) AS integer), 0 FROM {table.name}"
        f" WHERE {days} GROUP BY {table.key}"
        for table in TOTAL_TABLES
    ]
    return " UNION ALL ".join([f"SELECT 'days', day, seconds, goal FROM focus_days WHERE {days}", *parts])


def totals_of(rows: Iterable[Row]) -> StoredTotals:
    """Return the totals from rows of `select_totals`."""
    found: dict[str, list[tuple[str, int, int]]] = {}
    for name, key, seconds, goal in rows:
        found.setdefault(name, []).append((key, seconds, goal))
    return StoredTotals(
        [StoredDay(*row) for row in sorted(found.get("days", ()))],
        {key: seconds for key, seconds, _ in found.get(ROOM_DAYS.name, ())},
        {key: seconds for key, seconds, _ in found.get(TASK_DAYS.name, ())},
        {int(key): seconds for key, seconds, _ in found.get(HOURS.name, ())},
    )


def select_streak(user: str, yesterday: str, today: str) -> str:
    """Return the query for `streak_of`.

    Args:
        user, yesterday, today: SQL of the user's id and of both days, in the order user, yesterday, user, today, user.
    """
    return (
        "SELECT day, seconds, streak_seconds, goal FROM focus_days"
        f" WHERE user_id = {user} AND (streak_seconds >= {STREAK_SECONDS} OR day >= {yesterday})"
        f" UNION ALL SELECT day, {_SKIPPED}, 0, 0 FROM skipped_days WHERE user_id = {user}"
        f" UNION ALL SELECT '', {_GOAL}, 0, {goal_on('u.id', today)} FROM users u WHERE u.id = {user}"
        " ORDER BY 1"
    )


def streak_of(rows: Iterable[Row], yesterday: str, today: str) -> StoredStreak:
    """Return the days that make streaks from rows of `select_streak`, in their order."""
    streak = StoredStreak([], [], [], 0)
    for day, seconds, streak_seconds, goal in rows:
        if seconds == _SKIPPED:
            streak.skipped.append(day)
            continue
        if seconds == _GOAL or day == today:
            streak = streak._replace(goal=goal)  # that of a stored day, which comes later, is the one in force
        if streak_seconds >= STREAK_SECONDS:
            streak.studied.append(day)
        if day >= yesterday:
            streak.recent.append(RecentDay(day, seconds, streak_seconds))
    return streak


def select_users_with_focus(behind: str, limit: str) -> str:
    """Return the query for ids of users with sessions or totals; it reads no more than one of each user's rows.

    Args:
        behind: condition on the column `id`.
        limit: SQL of the greatest number of users.
    """
    found = " OR ".join(
        f"EXISTS (SELECT 1 FROM {table} WHERE user_id = users.id)" for table in ("focus_sessions", "focus_days")
    )
    return f"SELECT id FROM users WHERE {behind} AND ({found}) ORDER BY id LIMIT {limit}"


def select_stored(user: str) -> str:
    """Return the query of all days and totals of rooms of a user, which `rebuild_focus_days` compares.

    Args:
        user: SQL of the user's id, which occurs twice.
    """
    return (
        f"SELECT day, seconds, streak_seconds FROM focus_days WHERE user_id = {user}"
        f" UNION ALL SELECT period || ' ' || CAST(room_id AS text), seconds, 0 FROM room_totals WHERE user_id = {user}"
    )


def select_room_totals(period: str, room: str, viewer: str) -> str:
    """Return the query for `member_total_of`: members with shown time, and the viewer.

    Args:
        period, room, viewer: SQL of the period, the room's id and the viewer's id, in the order of the parameters.
    """
    return (
        f"SELECT {user_summary('u')}, coalesce(t.seconds, 0), m.show_on_leaderboard"
        " FROM members m JOIN users u ON u.id = m.user_id"
        f" LEFT JOIN room_totals t ON t.room_id = m.room_id AND t.period = {period} AND t.user_id = m.user_id"
        f" WHERE m.room_id = {room} AND (m.show_on_leaderboard OR m.user_id = {viewer})"
    )


def member_total_of(row: Row) -> MemberTotal:
    """Return the time of a member from a row of `select_room_totals`."""
    user_id, name, avatar, seconds, is_shown = row
    return MemberTotal(UserSummary(user_id, name, avatar), seconds, bool(is_shown))
