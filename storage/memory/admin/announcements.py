"""Announcements to all users, in memory."""

from domain.admin import PublicNotice
from domain.base import NoticeId, Timestamp, UserId
from domain.errors.admin import TooManyAnnouncements
from domain.errors.base import Forbidden
from storage.base import PublicNotices
from storage.memory.tables import Tables


class MemoryPublicNotices(PublicNotices):
    """See storage/base/admin/announcements.py."""

    _tables: Tables

    async def add_public_notice(self, notice: PublicNotice, admin_id: UserId, most: int) -> None:
        self._require_one(admin_id)
        if notice.id in self._tables.public_notices:
            return
        running = {kept.id: kept for kept in await self.public_notices(notice.created_at)}
        if len(running) >= most:
            raise TooManyAnnouncements
        self._tables.public_notices = {**running, notice.id: notice}

    async def public_notices(self, at: Timestamp) -> list[PublicNotice]:
        running = [notice for notice in self._tables.public_notices.values() if notice.ends_at > at]
        return sorted(running, key=lambda notice: notice.id, reverse=True)

    async def end_public_notice(self, notice_id: NoticeId, admin_id: UserId) -> bool:
        self._require_one(admin_id)
        return self._tables.public_notices.pop(notice_id, None) is not None

    def _require_one(self, admin_id: UserId) -> None:
        account = self._tables.accounts.get(admin_id)
        if account is None or not account.user.is_admin:
            raise Forbidden
