"""Uncached methods that change nothing in the cache."""

from collections.abc import Sequence

from domain.accounts import AccountInvite, ListedAccountInvite, SecondFactor, User
from domain.admin import Announcement, ListedPromotion, Promotion
from domain.base import AnnouncementId, AuditEntryId, InviteId, MessageId, ReportId, RoomId, Timestamp, UserId
from domain.messages import Message
from domain.moderation import AuditDraft, Report
from domain.rooms import Room
from storage.base import Storage


class PassThrough(Storage):
    """Forwarding methods, rarely called: by purges, exports, logins and admins."""

    _inner: Storage

    async def add_announcement(self, announcement: Announcement, admin_id: UserId, max_active: int) -> None:
        await self._inner.add_announcement(announcement, admin_id, max_active)

    async def announcements(self, at: Timestamp) -> list[Announcement]:
        return await self._inner.announcements(at)

    async def delete_announcement(self, announcement_id: AnnouncementId, admin_id: UserId) -> bool:
        return await self._inner.delete_announcement(announcement_id, admin_id)

    async def add_account_invite(self, invite: AccountInvite, max_active: int) -> None:
        await self._inner.add_account_invite(invite, max_active)

    async def account_invites(self, limit: int) -> list[ListedAccountInvite]:
        return await self._inner.account_invites(limit)

    async def account_invites_of(self, user_id: UserId) -> list[AccountInvite]:
        return await self._inner.account_invites_of(user_id)

    async def account_invite(self, code_hash: str, at: Timestamp) -> AccountInvite | None:
        return await self._inner.account_invite(code_hash, at)

    async def revoke_account_invite(self, invite_id: InviteId, admin_id: UserId) -> bool:
        return await self._inner.revoke_account_invite(invite_id, admin_id)

    async def purge_account_invites(self, before: Timestamp, limit: int) -> int:
        return await self._inner.purge_account_invites(before, limit)

    async def add_promotion(self, promotion: Promotion, *, verified_only: bool) -> None:
        await self._inner.add_promotion(promotion, verified_only=verified_only)

    async def promotions(self, now: Timestamp, limit: int) -> list[ListedPromotion]:
        return await self._inner.promotions(now, limit)

    async def delete_promotion(self, user_id: UserId, admin_id: UserId) -> bool:
        return await self._inner.delete_promotion(user_id, admin_id)

    async def admins(self, limit: int) -> list[User]:
        return await self._inner.admins(limit)

    async def second_factor(self, user_id: UserId) -> SecondFactor | None:
        return await self._inner.second_factor(user_id)

    async def set_second_factor(self, factor: SecondFactor, *, expected_version: str | None) -> bool:
        return await self._inner.set_second_factor(factor, expected_version=expected_version)

    async def delete_second_factor(self, user_id: UserId) -> bool:
        return await self._inner.delete_second_factor(user_id)

    async def owned_rooms(self, user_id: UserId, limit: int) -> list[Room]:
        return await self._inner.owned_rooms(user_id, limit)

    async def rooms_with_expired(
        self, now: Timestamp, max_retention_days: int | None, *, after: RoomId | None = None, limit: int
    ) -> list[RoomId]:
        return await self._inner.rooms_with_expired(now, max_retention_days, after=after, limit=limit)

    async def purge_idempotency_keys(self, before: Timestamp, limit: int) -> int:
        return await self._inner.purge_idempotency_keys(before, limit)

    async def purge_rooms(self, limit: int) -> bool:
        return await self._inner.purge_rooms(limit)

    async def purge_reports(self, made_before: Timestamp, resolved_before: Timestamp, limit: int) -> int:
        return await self._inner.purge_reports(made_before, resolved_before, limit)

    async def purge_former_accounts(self, now: Timestamp, limit: int) -> int:
        return await self._inner.purge_former_accounts(now, limit)

    async def reports_filed(self, user_id: UserId, *, after: ReportId | None = None, limit: int) -> list[Report]:
        return await self._inner.reports_filed(user_id, after=after, limit=limit)

    async def was_member(self, room_id: RoomId, user_id: UserId) -> bool:
        return await self._inner.was_member(room_id, user_id)

    async def reports_about(self, user_id: UserId, *, after: ReportId | None = None, limit: int) -> list[Report]:
        return await self._inner.reports_about(user_id, after=after, limit=limit)

    async def system_message_texts(self, message_ids: Sequence[MessageId]) -> dict[MessageId, str]:
        return await self._inner.system_message_texts(message_ids)

    async def all_rooms(self, *, search: str = "", before: RoomId | None = None, limit: int) -> list[Room]:
        return await self._inner.all_rooms(search=search, before=before, limit=limit)

    async def compact(self) -> None:
        await self._inner.compact()

    async def rooms_ever_joined(self, user_id: UserId, *, after: RoomId | None = None, limit: int) -> list[RoomId]:
        return await self._inner.rooms_ever_joined(user_id, after=after, limit=limit)

    async def messages_sent(self, user_id: UserId, room_id: RoomId, after: int, until: int) -> list[Message]:
        return await self._inner.messages_sent(user_id, room_id, after, until)

    async def audit_entries(
        self, user_id: UserId, *, after: AuditEntryId | None = None, limit: int
    ) -> list[AuditDraft]:
        return await self._inner.audit_entries(user_id, after=after, limit=limit)
