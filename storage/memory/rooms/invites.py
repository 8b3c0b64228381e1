"""In-memory storage: invitations into rooms."""

from domain.base import InviteId, RoomId, Timestamp, UserId
from domain.errors.rooms import RoomNotFound, TooManyInvites
from domain.moderation import AuditDraft
from domain.rooms import Invite, Member
from storage.base import InviteStore
from storage.memory.rooms.members import MemoryMembers
from storage.memory.tables import Tables, replace
from storage.rules import rooms as room_rules
from storage.rules.rooms import InviteFacts, check_invite


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
        found = [invite for invite in found if self._can_creator_moderate(invite)]
        return sorted(found, key=lambda invite: invite.id, reverse=True)

    async def invite_by_code(self, code: str) -> Invite | None:
        invites = (invite for kept in self._tables.invites.values() for invite in kept.values())
        return next((one for one in invites if one.code == code and self._can_creator_moderate(one)), None)

    async def use_invite(self, invite: Invite, user_id: UserId, audit: AuditDraft) -> tuple[Member, bool]:
        room_id = invite.room_id
        is_first = self._tables.authorize_once(audit)
        kept = self._tables.invites.get(room_id, {}).get(invite.id)
        is_new = self._tables.member(room_id, user_id) is None
        if is_first:
            facts = self._invite_facts(kept, user_id) if kept else None
            check_invite(facts, audit.timestamp)
        member = self._insert_member(room_id, user_id, audit.timestamp, is_own=invite.created_by == user_id)
        if is_new and kept:
            self._tables.invites[room_id][invite.id] = replace(kept, used=kept.used + 1)
            self._tables.record_audit(audit)
        return member, is_new

    async def was_removed_since(self, room_id: RoomId, user_id: UserId, at: Timestamp) -> bool:
        removal = self._tables.removals.get(room_id, {}).get(user_id)
        return room_rules.was_removed_since(removal.at if removal else None, at)

    async def delete_invite(self, room_id: RoomId, invite_id: InviteId, audit: AuditDraft) -> bool:
        if not self._tables.authorize_once(audit):
            return True
        if self._tables.invites.get(room_id, {}).pop(invite_id, None) is None:
            return False
        self._tables.record_audit(audit)
        return True

    def _invite_facts(self, invite: Invite, user_id: UserId) -> InviteFacts:
        removal = self._tables.removals[invite.room_id].get(user_id)
        return InviteFacts(
            invite,
            self._tables.authority_of(invite.room_id, invite.created_by),
            is_private=self._tables.rooms[invite.room_id].visibility == "private",
            is_member=self._tables.member(invite.room_id, user_id) is not None,
            removed_at=removal.at if removal else None,
        )

    def _can_creator_moderate(self, invite: Invite) -> bool:
        return self._tables.authority_of(invite.room_id, invite.created_by).can_moderate
