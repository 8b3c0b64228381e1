"""Tables of the in-memory backend with totals of study time."""

from collections.abc import Hashable
from typing import NamedTuple, TypeVar

from domain.base import RoomId, TaskId, UserId
from domain.study.progress import DayChanges
from domain.study.totals import TotalChanges

Key = TypeVar("Key", bound=Hashable)


class DayRow(NamedTuple):
    """Total of a day in seconds, the part that counts for a streak, and the goal in minutes."""

    seconds: int
    streak_seconds: int
    goal: int


class FocusTables:
    """Totals by user and day; dates in ISO 8601."""

    def __init__(self) -> None:
        self.days: dict[tuple[UserId, str], DayRow] = {}
        self.rooms: dict[tuple[UserId, str, RoomId], int] = {}
        self.tasks: dict[tuple[UserId, str, TaskId], int] = {}
        self.hours: dict[tuple[UserId, str, int], int] = {}
        self.room_totals: dict[tuple[UserId, str, RoomId], int] = {}  # by user, period and room
        self.goals: dict[tuple[UserId, str], int] = {}  # by the first day; "" is before the first change
        self.skipped: set[tuple[UserId, str]] = set()

    def goal_on(self, user_id: UserId, day: str, current: int) -> int:
        """Return the goal that was in force on a day; `current` if it was never changed."""
        known = [
            (since, minutes) for (owner, since), minutes in self.goals.items() if owner == user_id and since <= day
        ]
        return max(known)[1] if known else current

    def add(self, changes: TotalChanges, goals: dict[UserId, int]) -> None:
        """Add changes; `goals` has the current goals of their users."""
        for user_id, day, seconds, streak in changes.days:
            key = (user_id, day)
            before = self.days.get(key) or DayRow(0, 0, self.goal_on(user_id, day, goals[user_id]))
            self.days[key] = before._replace(
                seconds=before.seconds + seconds, streak_seconds=before.streak_seconds + streak
            )
            if not self.days[key].seconds:
                del self.days[key]
        for room in changes.rooms:
            _add(self.rooms, (room.user_id, room.day, room.room_id), room.seconds)
        for task in changes.tasks:
            _add(self.tasks, (task.user_id, task.day, task.task_id), task.seconds)
        for hour in changes.hours:
            _add(self.hours, (hour.user_id, hour.day, hour.hour), hour.seconds)
        for total in changes.room_totals:
            _add(self.room_totals, (total.user_id, total.period, total.room_id), total.seconds)

    def store_changes(self, user_id: UserId, changes: DayChanges, goals: tuple[int, int]) -> None:
        """Store the effects of a changed profile on days; `goals` are the goals before and after."""
        if goals[0] != goals[1]:
            self.goals.setdefault((user_id, ""), goals[0])
            self.goals[user_id, changes.goal_since.isoformat()] = goals[1]
        self.skipped |= {(user_id, day.isoformat()) for day in changes.skipped}

    def days_of(self, user_id: UserId) -> set[tuple[str, int, int]]:
        """Return the days of a user with their totals, and the totals of rooms."""
        days = {(day, row.seconds, row.streak_seconds) for (owner, day), row in self.days.items() if owner == user_id}
        rooms = self.room_totals.items()
        return days | {(f"{period} {room}", seconds, 0) for (owner, period, room), seconds in rooms if owner == user_id}

    def delete_totals(self, user_id: UserId) -> None:
        """Delete the totals of a user."""
        self.days = {key: row for key, row in self.days.items() if key[0] != user_id}
        self.rooms = {key: seconds for key, seconds in self.rooms.items() if key[0] != user_id}
        self.tasks = {key: seconds for key, seconds in self.tasks.items() if key[0] != user_id}
        self.hours = {key: seconds for key, seconds in self.hours.items() if key[0] != user_id}
        self.room_totals = {key: seconds for key, seconds in self.room_totals.items() if key[0] != user_id}

    def delete_user(self, user_id: UserId) -> None:
        """Delete everything of a user."""
        self.delete_totals(user_id)
        self.goals = {key: minutes for key, minutes in self.goals.items() if key[0] != user_id}
        self.skipped = {key for key in self.skipped if key[0] != user_id}

    def delete_room(self, room_id: RoomId) -> None:
        """Delete the totals of a room; days keep the time."""
        self.rooms = {key: seconds for key, seconds in self.rooms.items() if key[2] != room_id}
        self.room_totals = {key: seconds for key, seconds in self.room_totals.items() if key[2] != room_id}


def _add(totals: dict[Key, int], key: Key, seconds: int) -> None:
    totals[key] = totals.get(key, 0) + seconds
    if not totals[key]:
        del totals[key]
