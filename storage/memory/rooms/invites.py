"""In-memory storage: invitations into rooms."""

from domain.base import InviteId, RoomId, Timestamp, UserId
from domain.errors.rooms import InviteNotFound, RoomNotFound, TooManyInvites
from domain.moderation import AuditDraft
from domain.rooms import Invite, Member
from storage.base import InviteStore
from storage.memory.rooms.members import MemoryMembers
from storage.memory.tables import Tables, replace


class MemoryInvites(MemoryMembers, InviteStore):
    """`InviteStore` in memory."""

    _tables: Tables

    async def add_invite(self, invite: Invite, max_active: int, audit: AuditDraft) -> None:
        if invite.room_id not in self._tables.rooms:
            raise RoomNotFound
        if not self._tables.authorize_once(audit):
            return
        kept = self._tables.invites[invite.room_id]
        working = {key: one for key, one in kept.items() if one.is_usable(audit.timestamp)}
        if len(working) >= max_active:
            raise TooManyInvites
        self._tables.invites[invite.room_id] = {**working, invite.id: invite}
        self._tables.record_audit(audit)

    async def invites(self, room_id: RoomId, at: Timestamp) -> list[Invite]:
        found = [invite for invite in self._tables.invites.get(room_id, {}).values() if invite.is_usable(at)]
        found = [invite for invite in found if self._is_maker_allowed(invite)]
        return sorted(found, key=lambda invite: invite.id, reverse=True)

    async def invite_by_code(self, code: str) -> Invite | None:
        invites = (invite for kept in self._tables.invites.values() for invite in kept.values())
        return next((one for one in invites if one.code == code and self._is_maker_allowed(one)), None)

    async def use_invite(self, invite: Invite, user_id: UserId, audit: AuditDraft) -> tuple[Member, bool]:
        room_id = invite.room_id
        is_first = self._tables.authorize_once(audit)
        kept = self._tables.invites.get(room_id, {}).get(invite.id)
        if is_first and (kept is None or not kept.is_usable(audit.timestamp) or not self._is_maker_allowed(kept)):
            raise InviteNotFound
        is_new = self._tables.member(room_id, user_id) is None
        is_private = kept is not None and self._tables.rooms[room_id].visibility == "private"
        if is_first and is_new and is_private and await self.was_removed_since(room_id, user_id, invite.created_at):
            raise InviteNotFound
        member = self._insert_member(room_id, user_id, audit.timestamp, is_own=invite.created_by == user_id)
        if is_new and kept:
            self._tables.invites[room_id][invite.id] = replace(kept, used=kept.used + 1)
            self._tables.record_audit(audit)
        return member, is_new

    async def was_removed_since(self, room_id: RoomId, user_id: UserId, at: Timestamp) -> bool:
        removal = self._tables.removals.get(room_id, {}).get(user_id)
        return removal is not None and at <= removal.at

    async def delete_invite(self, room_id: RoomId, invite_id: InviteId, audit: AuditDraft) -> bool:
        if not self._tables.authorize_once(audit):
            return True
        if self._tables.invites.get(room_id, {}).pop(invite_id, None) is None:
            return False
        self._tables.record_audit(audit)
        return True

    def _is_maker_allowed(self, invite: Invite) -> bool:
        return self._tables.authority_of(invite.room_id, invite.created_by).can_moderate
