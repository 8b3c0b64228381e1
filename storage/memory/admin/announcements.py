"""In-memory storage: announcements to all users."""

from domain.admin import Announcement
from domain.base import AnnouncementId, Timestamp, UserId
from domain.errors.admin import TooManyAnnouncements
from domain.errors.base import Forbidden
from storage.base import AnnouncementStore
from storage.memory.tables import Tables


class MemoryAnnouncements(AnnouncementStore):
    """`AnnouncementStore` in memory."""

    _tables: Tables

    async def add_announcement(self, announcement: Announcement, admin_id: UserId, max_active: int) -> None:
        self._require_one(admin_id)
        if announcement.id in self._tables.public_notices:
            return
        running = {kept.id: kept for kept in await self.announcements(announcement.created_at)}
        if len(running) >= max_active:
            raise TooManyAnnouncements
        self._tables.public_notices = {**running, announcement.id: announcement}

    async def announcements(self, at: Timestamp) -> list[Announcement]:
        running = [notice for notice in self._tables.public_notices.values() if notice.ends_at > at]
        return sorted(running, key=lambda notice: notice.id, reverse=True)

    async def delete_announcement(self, announcement_id: AnnouncementId, admin_id: UserId) -> bool:
        self._require_one(admin_id)
        return self._tables.public_notices.pop(announcement_id, None) is not None

    def _require_one(self, admin_id: UserId) -> None:
        account = self._tables.accounts.get(admin_id)
        if account is None or not account.user.is_admin:
            raise Forbidden
