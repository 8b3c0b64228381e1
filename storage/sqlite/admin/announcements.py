"""Announcements to all users, in SQLite."""

import sqlite3

import msgspec

from domain.admin import PublicNotice
from domain.base import NoticeId, Timestamp, UserId
from domain.errors.admin import TooManyAnnouncements
from storage.base import PublicNotices
from storage.sqlite.accounts import users
from storage.sqlite.database import Database

_RUNNING = "SELECT id, content, created_at, ends_at FROM public_notices WHERE ends_at > ? ORDER BY id DESC"


class SqlitePublicNotices(PublicNotices):
    """See storage/base/admin/announcements.py."""

    _database: Database

    async def add_public_notice(self, notice: PublicNotice, admin_id: UserId, most: int) -> None:
        def add(connection: sqlite3.Connection) -> None:
            users.require_admin(connection, admin_id)
            if connection.execute("SELECT 1 FROM public_notices WHERE id = ?", (notice.id,)).fetchone():
                return
            connection.execute("DELETE FROM public_notices WHERE ends_at <= ?", (notice.created_at,))
            [(running,)] = connection.execute("SELECT count(*) FROM public_notices")
            if running >= most:
                raise TooManyAnnouncements
            connection.execute("INSERT INTO public_notices VALUES (?, ?, ?, ?)", msgspec.structs.astuple(notice))

        await self._database.write(add)

    async def public_notices(self, at: Timestamp) -> list[PublicNotice]:
        return [PublicNotice(*row) for row in await self._database.read(_RUNNING, at)]

    async def end_public_notice(self, notice_id: NoticeId, admin_id: UserId) -> bool:
        def end(connection: sqlite3.Connection) -> bool:
            users.require_admin(connection, admin_id)
            return connection.execute("DELETE FROM public_notices WHERE id = ?", (notice_id,)).rowcount > 0

        return await self._database.write(end)
