"""Uncached methods for access to rooms: invitations, bans, roles, mutes, reports and the audit log."""

from abc import abstractmethod
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from domain.base import AuditEntryId, InviteId, ReportId, RoomId, Timestamp, UserId
from domain.moderation import AuditDraft, AuditEntry, Ban, Report, ReportDraft, ReportStatus
from domain.rooms import Invite, Member, MemberRole
from storage.base import Storage

T = TypeVar("T")


class AccessPassThrough(Storage):
    """Forwarding methods. Writes invalidate the cached memberships that they may have changed."""

    _inner: Storage

    @abstractmethod
    async def _write_membership(self, write: Coroutine[Any, Any, T], room_id: RoomId, *user_ids: UserId) -> T:
        """Run a write to its end, then invalidate the cached memberships of these users in the room."""

    async def set_role(self, room_id: RoomId, user_id: UserId, role: MemberRole, audit: AuditDraft) -> Member:
        return await self._write_membership(self._inner.set_role(room_id, user_id, role, audit), room_id, user_id)

    async def mute_member(self, room_id: RoomId, user_id: UserId, until: Timestamp, audit: AuditDraft) -> Member:
        return await self._write_membership(self._inner.mute_member(room_id, user_id, until, audit), room_id, user_id)

    async def unmute_member(self, room_id: RoomId, user_id: UserId, audit: AuditDraft) -> bool:
        return await self._write_membership(self._inner.unmute_member(room_id, user_id, audit), room_id, user_id)

    async def add_invite(self, invite: Invite, max_active: int, audit: AuditDraft) -> None:
        await self._write_membership(self._inner.add_invite(invite, max_active, audit), invite.room_id)

    async def invites(self, room_id: RoomId, at: Timestamp) -> list[Invite]:
        return await self._inner.invites(room_id, at)

    async def invite_by_code(self, code: str) -> Invite | None:
        return await self._inner.invite_by_code(code)

    async def use_invite(self, invite: Invite, user_id: UserId, audit: AuditDraft) -> tuple[Member, bool]:
        return await self._write_membership(self._inner.use_invite(invite, user_id, audit), invite.room_id, user_id)

    async def was_removed_since(self, room_id: RoomId, user_id: UserId, at: Timestamp) -> bool:
        return await self._inner.was_removed_since(room_id, user_id, at)

    async def delete_invite(self, room_id: RoomId, invite_id: InviteId, audit: AuditDraft) -> bool:
        return await self._write_membership(self._inner.delete_invite(room_id, invite_id, audit), room_id)

    async def add_ban(self, room_id: RoomId, user_id: UserId, reason: str, audit: AuditDraft) -> bool:
        return await self._write_membership(self._inner.add_ban(room_id, user_id, reason, audit), room_id, user_id)

    async def delete_ban(self, room_id: RoomId, user_id: UserId, audit: AuditDraft) -> bool:
        return await self._write_membership(self._inner.delete_ban(room_id, user_id, audit), room_id)

    async def is_banned(self, room_id: RoomId, user_id: UserId) -> bool:
        return await self._inner.is_banned(room_id, user_id)

    async def bans(self, room_id: RoomId, limit: int) -> list[Ban]:
        return await self._inner.bans(room_id, limit)

    async def audit_log(self, room_id: RoomId, *, before: AuditEntryId | None = None, limit: int) -> list[AuditEntry]:
        return await self._inner.audit_log(room_id, before=before, limit=limit)

    async def add_report(self, draft: ReportDraft) -> Report:
        return await self._write_membership(self._inner.add_report(draft), draft.room_id)

    async def reports(
        self,
        room_id: RoomId | None,
        status: ReportStatus | None,
        reader: UserId,
        *,
        before: ReportId | None = None,
        limit: int,
    ) -> list[Report]:
        return await self._inner.reports(room_id, status, reader, before=before, limit=limit)

    async def report(self, report_id: ReportId, reader: UserId) -> Report | None:
        return await self._inner.report(report_id, reader)

    async def open_report_count(self, room_id: RoomId | None, reader: UserId) -> int:
        return await self._inner.open_report_count(room_id, reader)

    async def open_report_counts(self, room_ids: Sequence[RoomId], reader: UserId) -> dict[RoomId, int]:
        return await self._inner.open_report_counts(room_ids, reader)

    async def report_readers(self, report_id: ReportId) -> list[UserId]:
        return await self._inner.report_readers(report_id)

    async def set_report_status(self, report_id: ReportId, status: ReportStatus, audit: AuditDraft) -> Report | None:
        return await self._write_membership(self._inner.set_report_status(report_id, status, audit), audit.room_id)
