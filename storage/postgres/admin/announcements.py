"""Announcements to all users, in PostgreSQL."""

import msgspec

from domain.admin import PublicNotice
from domain.base import NoticeId, Timestamp, UserId
from domain.errors.admin import TooManyAnnouncements
from storage.base import PublicNotices
from storage.postgres.accounts.users import require_admin
from storage.postgres.database import Transaction
from storage.postgres.repository import Noun

_IN_TURN = "SELECT pg_advisory_xact_lock(hashtext('studyhall public notices'))"
"""Callers who make announcements wait here for each other: they are counted."""


class PostgresPublicNotices(Noun, PublicNotices):
    """See storage/base/admin/announcements.py."""

    async def add_public_notice(self, notice: PublicNotice, admin_id: UserId, most: int) -> None:
        async def work(transaction: Transaction) -> None:
            await transaction.fetch(_IN_TURN)
            await require_admin(transaction, admin_id)
            if await transaction.fetch("SELECT 1 FROM public_notices WHERE id = %s::uuid", notice.id):
                return
            [(running,)] = await transaction.fetch(
                "DELETE FROM public_notices WHERE ends_at <= %s::timestamptz; SELECT count(*) FROM public_notices",
                notice.created_at,
            )
            if running >= most:
                raise TooManyAnnouncements
            await transaction.finish(
                "INSERT INTO public_notices (id, content, created_at, ends_at)"
                " VALUES (%s::uuid, %s, %s::timestamptz, %s::timestamptz)",
                *msgspec.structs.astuple(notice),
            )

        await self._database.transaction(work)

    async def public_notices(self, at: Timestamp) -> list[PublicNotice]:
        rows = await self._database.fetch(
            "SELECT id, content, created_at, ends_at FROM public_notices WHERE ends_at > %s::timestamptz"
            " ORDER BY id DESC",
            at,
        )
        return [PublicNotice(*row) for row in rows]

    async def end_public_notice(self, notice_id: NoticeId, admin_id: UserId) -> bool:
        async def work(transaction: Transaction) -> bool:
            await require_admin(transaction, admin_id)
            return bool(
                await transaction.fetch("DELETE FROM public_notices WHERE id = %s::uuid RETURNING id", notice_id)
            )

        return await self._database.transaction(work)
