"""SQLite storage: announcements to all users."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

import sqlite3

import msgspec

from domain.admin import Announcement
from domain.base import AnnouncementId, Timestamp, UserId
from domain.errors.admin import TooManyAnnouncements
from storage.base import AnnouncementStore
from storage.rows.admin import ANNOUNCEMENT, announcement_of
from storage.sqlite.accounts import users
from storage.sqlite.database import SqliteDatabase

_RUNNING = f"SELECT {ANNOUNCEMENT} FROM public_notices WHERE ends_at > ? ORDER BY id DESC"


class SqliteAnnouncements(AnnouncementStore):
    """`AnnouncementStore` in SQLite."""

    _database: SqliteDatabase

    async def add_announcement(self, announcement: Announcement, admin_id: UserId, max_active: int) -> None:
        def add(connection: sqlite3.Connection) -> None:
            users.require_admin(connection, admin_id)
            if connection.execute("SELECT 1 FROM public_notices WHERE id = ?", (announcement.id,)).fetchone():
                return
            connection.execute("DELETE FROM public_notices WHERE ends_at <= ?", (announcement.created_at,))
            [(running,)] = connection.execute("SELECT count(*) FROM public_notices")
            if running >= max_active:
                raise TooManyAnnouncements
            connection.execute(
                f"INSERT INTO public_notices ({ANNOUNCEMENT}) VALUES (?, ?, ?, ?)",
                msgspec.structs.astuple(announcement),
            )

        await self._database.write(add)

    async def announcements(self, at: Timestamp) -> list[Announcement]:
        return [announcement_of(row) for row in await self._database.read(_RUNNING, at)]

    async def delete_announcement(self, announcement_id: AnnouncementId, admin_id: UserId) -> bool:
        def end(connection: sqlite3.Connection) -> bool:
            users.require_admin(connection, admin_id)
            return connection.execute("DELETE FROM public_notices WHERE id = ?", (announcement_id,)).rowcount > 0

        return await self._database.write(end)
