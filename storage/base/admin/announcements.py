"""The contract of a storage: announcements to all users.

What storage/base/__init__.py says of all methods holds for these, too.
"""

from abc import ABC, abstractmethod

from domain.admin import Announcement
from domain.base import AnnouncementId, Timestamp, UserId


class AnnouncementStore(ABC):
    """Announcements to all users. One that has ended may be deleted at any time."""

    @abstractmethod
    async def add_announcement(self, announcement: Announcement, admin_id: UserId, max_active: int) -> None:
        """Store a new announcement.

        Raises:
            Forbidden: the user is not an admin.
            TooManyAnnouncements: `max_active` have not ended at `announcement.created_at`.
        """

    @abstractmethod
    async def announcements(self, at: Timestamp) -> list[Announcement]:
        """Return the announcements that have not ended at this moment, newest (largest id) first."""

    @abstractmethod
    async def delete_announcement(self, announcement_id: AnnouncementId, admin_id: UserId) -> bool:
        """Delete an announcement and return True if there was one.

        Raises:
            Forbidden: the user is not an admin.
        """
