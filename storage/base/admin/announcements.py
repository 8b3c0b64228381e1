"""Storage contract: announcements to all users.

The rules in storage/base/__init__.py apply to all methods.
"""

from abc import abstractmethod

from domain.admin import Announcement
from domain.base import AnnouncementId, Timestamp, UserId
from storage.base.store import Store, changes, read


class AnnouncementStore(Store):
    """Announcements to all users. An announcement that has ended may be deleted at any time."""

    @changes()
    @abstractmethod
    async def add_announcement(self, announcement: Announcement, admin_id: UserId, max_active: int) -> None:
        """Store a new announcement.

        Raises:
            Forbidden: the user is not an admin.
            TooManyAnnouncements: `max_active` announcements have not ended at `announcement.created_at`.
        """

    @read
    @abstractmethod
    async def announcements(self, at: Timestamp) -> list[Announcement]:
        """Return the announcements that have not ended at `at`, newest (largest id) first."""

    @changes()
    @abstractmethod
    async def delete_announcement(self, announcement_id: AnnouncementId, admin_id: UserId) -> bool:
        """Delete an announcement; return True if there was one.

        Raises:
            Forbidden: the user is not an admin.
        """
