"""In-memory storage: totals of study time by day."""

from collections import Counter
from collections.abc import Hashable, Mapping
from typing import TypeVar

from domain.base import RoomId, UserId
from domain.study.days import STREAK_SECONDS
from domain.study.focus import StoredFocusSession
from domain.study.leaderboard import MemberTotal
from domain.study.progress import RecentDay, StoredDay, StoredStreak, StoredTotals
from storage.base import FocusDayStore
from storage.memory.tables import Tables

Key = TypeVar("Key", bound=Hashable)


class MemoryFocusDays(FocusDayStore):
    """`FocusDayStore` in memory."""

    _tables: Tables

    async def focus_totals(self, user_id: UserId, first: str, last: str) -> StoredTotals:
        totals = self._tables.focus_days
        return StoredTotals(
            [
                StoredDay(day, row.seconds, row.goal)
                for (owner, day), row in sorted(totals.days.items())
                if owner == user_id and first <= day <= last
            ],
            _sums(totals.rooms, user_id, first, last),
            _sums(totals.tasks, user_id, first, last),
            _sums(totals.hours, user_id, first, last),
        )

    async def focus_streak(self, user_id: UserId, yesterday: str, today: str) -> StoredStreak:
        totals = self._tables.focus_days
        days = sorted((day, row) for (owner, day), row in totals.days.items() if owner == user_id)
        stored = totals.days.get((user_id, today))
        account = self._tables.accounts.get(user_id)
        current = account.user.daily_goal if account else 0
        return StoredStreak(
            [day for day, row in days if row.streak_seconds >= STREAK_SECONDS],
            sorted(day for owner, day in totals.skipped if owner == user_id),
            [RecentDay(day, row.seconds, row.streak_seconds) for day, row in days if day >= yesterday],
            stored.goal if stored else totals.goal_on(user_id, today, current),
        )

    async def users_with_focus(self, after: UserId | None, limit: int) -> list[UserId]:
        users = {row.session.user_id for row in self._tables.focus.values()}
        users |= {owner for owner, _ in self._tables.focus_days.days}
        return sorted(user_id for user_id in users if after is None or user_id > after)[:limit]

    async def room_totals(self, room_id: RoomId, period: str, viewer: UserId) -> list[MemberTotal]:
        totals = self._tables.focus_days.room_totals
        return [
            MemberTotal(account.user.summary, totals.get((user_id, period, room_id), 0), member.show_on_leaderboard)
            for user_id, member in self._tables.members.get(room_id, {}).items()
            if (member.show_on_leaderboard or user_id == viewer) and (account := self._tables.accounts.get(user_id))
        ]

    async def rebuild_focus_days(self, user_id: UserId) -> int:
        totals = self._tables.focus_days
        before = totals.days_of(user_id)
        totals.delete_totals(user_id)
        self._tables.change_totals((), self._sessions_of(user_id))
        return len(before ^ totals.days_of(user_id))

    def _sessions_of(self, user_id: UserId) -> list[StoredFocusSession]:
        sessions = (row.session for row in self._tables.focus.values() if row.session.user_id == user_id)
        return [one for one in sessions if isinstance(one, StoredFocusSession)]


def _sums(totals: Mapping[tuple[UserId, str, Key], int], user_id: UserId, first: str, last: str) -> dict[Key, int]:
    sums: Counter[Key] = Counter()
    for (owner, day, key), seconds in totals.items():
        if owner == user_id and first <= day <= last:
            sums[key] += seconds
    return dict(sums)
