"""Storage contract: totals of study time by day.

The rules in storage/base/__init__.py apply to all methods. The methods of `FocusStore` that end, change, reopen or
delete a session change the totals in the same transaction (`domain.study.totals`).
The goal of a day is stored with its first total: the one that was in force at its first second.
"""

from abc import abstractmethod

from domain.base import RoomId, UserId
from domain.study.leaderboard import MemberTotal
from domain.study.progress import StoredStreak, StoredTotals
from storage.base.changes import FocusChanged
from storage.base.store import Store, changes, read


class FocusDayStore(Store):
    """Totals of study time by day, which follow from focus sessions."""

    @read
    @abstractmethod
    async def focus_totals(self, user_id: UserId, first: str, last: str) -> StoredTotals:
        """Return the totals of the days from `first` to `last`, dates in ISO 8601."""

    @read
    @abstractmethod
    async def focus_streak(self, user_id: UserId, yesterday: str, today: str) -> StoredStreak:
        """Return the days that make the streaks of a user, and the goal of today.

        Args:
            user_id: the user.
            yesterday: first of the recent days.
            today: the user's current day.
        """

    @read
    @abstractmethod
    async def users_with_focus(self, after: UserId | None, limit: int) -> list[UserId]:
        """Return up to `limit` users with focus sessions or totals, ordered by id, from the one behind `after` on."""

    @read
    @abstractmethod
    async def room_totals(self, room_id: RoomId, period: str, viewer: UserId) -> list[MemberTotal]:
        """Return the counted study time in a room of the members with shown time, and of one more, in no order.

        Members without time are among them. Manual sessions do not count. Empty if the room is missing.

        Args:
            room_id: the room.
            period: a key of `domain.study.leaderboard.period_keys`.
            viewer: the member who is returned in any case.
        """

    @changes(lambda user_id: [FocusChanged((user_id,))])
    @abstractmethod
    async def rebuild_focus_days(self, user_id: UserId) -> int:
        """Calculate the totals of a user from their sessions; return the number of changed days and totals of rooms.

        In one transaction: no session that ends meanwhile is missing or counts twice.
        """
