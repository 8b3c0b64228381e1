"""PostgreSQL storage: announcements to all users."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

import msgspec

from domain.admin import Announcement
from domain.base import AnnouncementId, Timestamp, UserId
from domain.errors.admin import TooManyAnnouncements
from storage.base import AnnouncementStore
from storage.postgres.accounts.users import require_admin
from storage.postgres.repository import PostgresRepository
from storage.postgres.transaction import Transaction
from storage.rows.admin import ANNOUNCEMENT, announcement_of

_ADVISORY_LOCK = "SELECT pg_advisory_xact_lock(hashtext('studyhall public notices'))"
"""Serialises callers that add announcements, because they count the existing ones."""


class PostgresAnnouncements(PostgresRepository, AnnouncementStore):
    """`AnnouncementStore` in PostgreSQL."""

    async def add_announcement(self, announcement: Announcement, admin_id: UserId, max_active: int) -> None:
        async def work(transaction: Transaction) -> None:
            await transaction.fetch(_ADVISORY_LOCK)
            await require_admin(transaction, admin_id)
            if await transaction.fetch("SELECT 1 FROM public_notices WHERE id = %s::uuid", announcement.id):
                return
            [(running,)] = await transaction.fetch(
                "DELETE FROM public_notices WHERE ends_at <= %s::timestamptz; SELECT count(*) FROM public_notices",
                announcement.created_at,
            )
            if running >= max_active:
                raise TooManyAnnouncements
            await transaction.finish(
                f"INSERT INTO public_notices ({ANNOUNCEMENT}) VALUES (%s::uuid, %s, %s::timestamptz, %s::timestamptz)",
                *msgspec.structs.astuple(announcement),
            )

        await self._database.transaction(work)

    async def announcements(self, at: Timestamp) -> list[Announcement]:
        rows = await self._database.fetch(
            f"SELECT {ANNOUNCEMENT} FROM public_notices WHERE ends_at > %s::timestamptz ORDER BY id DESC",
            at,
        )
        return [announcement_of(row) for row in rows]

    async def delete_announcement(self, announcement_id: AnnouncementId, admin_id: UserId) -> bool:
        async def work(transaction: Transaction) -> bool:
            await require_admin(transaction, admin_id)
            return bool(
                await transaction.fetch("DELETE FROM public_notices WHERE id = %s::uuid RETURNING id", announcement_id)
            )

        return await self._database.transaction(work)
