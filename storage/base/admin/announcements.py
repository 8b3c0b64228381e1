"""The contract of a storage: announcements to all users.

What storage/base/__init__.py says of all methods holds for these, too.
"""

from abc import ABC, abstractmethod

from domain.admin import PublicNotice
from domain.base import NoticeId, Timestamp, UserId


class PublicNotices(ABC):
    """Announcements to all users. One that has ended may be deleted at any time."""

    @abstractmethod
    async def add_public_notice(self, notice: PublicNotice, admin_id: UserId, most: int) -> None:
        """Store a new announcement.

        Raises:
            Forbidden: the user is not an admin.
            TooManyAnnouncements: `most` have not ended at `notice.created_at`.
        """

    @abstractmethod
    async def public_notices(self, at: Timestamp) -> list[PublicNotice]:
        """Return the announcements that have not ended at this moment, newest (largest id) first."""

    @abstractmethod
    async def end_public_notice(self, notice_id: NoticeId, admin_id: UserId) -> bool:
        """Delete an announcement and return True if there was one.

        Raises:
            Forbidden: the user is not an admin.
        """
