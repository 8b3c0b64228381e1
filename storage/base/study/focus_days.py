"""Storage contract: totals of study time by day.

The rules in storage/base/__init__.py apply to all methods. The methods of `FocusStore` that end, change, reopen or
delete a session change the totals in the same transaction (`domain.study.totals`).
The goal of a day is stored with its first total: the one that was in force at its first second.
"""

from abc import abstractmethod

from domain.base import UserId
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

    @changes(lambda user_id: [FocusChanged((user_id,))])
    @abstractmethod
    async def rebuild_focus_days(self, user_id: UserId) -> int:
        """Calculate the totals of a user from their sessions, and return the number of changed days.

        In one transaction: no session that ends meanwhile is missing or counts twice.
        """
