"""Storage contract: links of users' calendars.

The rules in storage/base/__init__.py apply to all methods.
"""

from abc import abstractmethod

from domain.base import Timestamp, UserId
from storage.base.store import Store, changes, read


class CalendarStore(Store):
    """Links of users' calendars, at most one for each user. Only the hash of the secret is stored.

    A link is deleted with the account, when the account is disabled, and when its password is set by a reset or a
    command (`use_password_reset`, `reclaim_account`).
    """

    @changes()
    @abstractmethod
    async def set_calendar(self, user_id: UserId, secret_hash: str, at: Timestamp) -> None:
        """Store the link of a user, in place of an earlier one.

        Raises:
            NotSignedIn: the account is missing, deleted or disabled.
        """

    @changes()
    @abstractmethod
    async def delete_calendar(self, user_id: UserId) -> bool:
        """Delete the link of a user; return True if there was one."""

    @read
    @abstractmethod
    async def calendar_created_at(self, user_id: UserId) -> Timestamp | None:
        """Return the time at which the link of a user was stored, None if there is none."""

    @read
    @abstractmethod
    async def user_of_calendar(self, secret_hash: str) -> UserId | None:
        """Return the user of a link, None if it is missing."""
