"""In-memory storage: members of rooms."""

from collections.abc import Mapping
from typing import Any

from domain.base import RoomId, Timestamp, UserId
from domain.errors.accounts import NotSignedIn
from domain.errors.rooms import NotAMember, RoomNotFound
from domain.moderation import AuditDraft
from domain.rooms import Member, MemberProfile, MemberRole
from storage.base import MemberStore
from storage.memory.tables import Tables, replace
from storage.rules.rooms import AdmissionFacts, admit, change_presence, check_end_of_membership, check_transfer

_RANK: dict[MemberRole, int] = {"owner": 0, "moderator": 1, "member": 2}


class MemoryMembers(MemberStore):
    """`MemberStore` in memory."""

    _tables: Tables

    async def add_member(
        self,
        room_id: RoomId,
        user_id: UserId,
        at: Timestamp,
        *,
        only_public: bool = False,
        admin_audit: AuditDraft | None = None,
    ) -> Member:
        return self._insert_member(room_id, user_id, at, only_public=only_public, admin_audit=admin_audit)

    def _insert_member(
        self,
        room_id: RoomId,
        user_id: UserId,
        at: Timestamp,
        *,
        only_public: bool = False,
        admin_audit: AuditDraft | None = None,
        is_own: bool = False,
    ) -> Member:
        """Add a member as `add_member` does.

        Args:
            is_own: True if the user made the invitation, which only an admin can do without being a member.
        """
        room = self._tables.rooms.get(room_id)
        if room is None:
            raise RoomNotFound
        if kept := self._tables.members[room_id].get(user_id):
            return self._tables.effective_member(kept)
        facts = AdmissionFacts(
            self._tables.authority_of(room_id, user_id),
            is_private=room.visibility == "private",
            total_members=room.total_members,
            capacity=room.capacity,
            last_seq=room.last_seq,
            history_from=room.history_from,
            is_banned=user_id in self._tables.bans[room_id],
            muted_until=self._tables.mutes[room_id].get(user_id),
        )
        member = admit(room_id, user_id, at, facts, only_public=only_public, is_own=is_own)
        if member.by_role:
            self._tables.record_audit(admin_audit)
        self._tables.members[room_id][user_id] = member
        self._tables.rooms[room_id] = replace(room, total_members=room.total_members + 1)
        return self._tables.effective_member(member)

    async def remove_member(self, room_id: RoomId, user_id: UserId, audit: AuditDraft | None = None) -> bool:
        if not self._tables.authorize_once(audit):
            return True
        if not check_end_of_membership(self._tables.authority_of(room_id, user_id), is_removed=audit is not None):
            return False
        self._tables.end_membership(room_id, user_id, audit.timestamp if audit else None)
        self._tables.record_audit(audit)
        return True

    async def set_role(self, room_id: RoomId, user_id: UserId, role: MemberRole, audit: AuditDraft) -> Member:
        is_first = self._tables.authorize_once(audit)
        member = self._tables.member(room_id, user_id)
        if member is None:
            raise NotAMember
        if is_first and member.role != role:
            member = self._tables.members[room_id][user_id] = replace(member, role=role, by_role=False)
            if role == "member":
                self._tables.delete_invites(room_id, user_id)
            self._tables.record_audit(audit)
        return member

    async def mute_member(self, room_id: RoomId, user_id: UserId, until: Timestamp, audit: AuditDraft) -> Member:
        is_first = self._tables.authorize_once(audit)
        member = self._tables.member(room_id, user_id)
        if member is None:
            raise NotAMember
        if is_first:
            member = self._tables.members[room_id][user_id] = replace(member, muted_until=until)
            self._tables.mutes[room_id][user_id] = until
            self._tables.record_audit(audit)
        return member

    async def unmute_member(self, room_id: RoomId, user_id: UserId, audit: AuditDraft) -> bool:
        if not self._tables.authorize_once(audit):
            return True
        until = self._tables.mutes.get(room_id, {}).pop(user_id, None)
        if until is None or until <= audit.timestamp:
            return False
        if member := self._tables.member(room_id, user_id):
            self._tables.members[room_id][user_id] = replace(member, muted_until=None)
        self._tables.record_audit(audit)
        return True

    async def set_presence(self, room_id: RoomId, user_id: UserId, fields: Mapping[str, Any], at: Timestamp) -> Member:
        member = self._tables.member(room_id, user_id)
        is_active = self._tables.authority_of(room_id, user_id).is_active
        changed = change_presence(member and self._tables.effective_member(member), fields, at, is_active=is_active)
        self._tables.members[room_id][user_id] = replace(self._tables.members[room_id][user_id], **fields)
        return changed

    async def set_membership(self, room_id: RoomId, user_id: UserId, settings: Mapping[str, bool]) -> Member:
        member = self._tables.member(room_id, user_id)
        if member is None:
            raise NotAMember
        if not self._tables.authority_of(room_id, user_id).is_active:
            raise NotSignedIn
        changed = self._tables.members[room_id][user_id] = replace(member, **settings)
        return self._tables.effective_member(changed)

    async def clear_activity(self, room_id: RoomId, user_id: UserId, audit: AuditDraft) -> bool:
        if not self._tables.authorize_once(audit):
            return True
        member = self._tables.member(room_id, user_id)
        if member is None or member.activity is None:
            return False
        self._tables.members[room_id][user_id] = replace(member, activity=None)
        self._tables.record_audit(audit)
        return True

    async def member(self, room_id: RoomId, user_id: UserId) -> Member | None:
        member = self._tables.member(room_id, user_id)
        return member and self._tables.effective_member(member)

    async def was_member(self, room_id: RoomId, user_id: UserId) -> bool:
        return room_id in self._tables.rooms and room_id in self._tables.past_members.get(user_id, ())

    async def members(self, room_id: RoomId, limit: int) -> list[MemberProfile]:
        found = sorted(
            self._tables.members.get(room_id, {}).values(),
            key=lambda one: (_RANK[one.role], one.joined_at, one.user_id),
        )
        people = [(self._tables.effective_member(one), self._tables.user_summary(one.user_id)) for one in found[:limit]]
        return [
            MemberProfile(
                *(who.id, who.name, who.avatar, member.role, member.joined_at, member.muted_until),
                is_admin=self._tables.is_admin(who.id),
            )
            for member, who in people
        ]

    async def member_ids(self, room_id: RoomId) -> frozenset[UserId]:
        return frozenset(self._tables.members.get(room_id, ()))

    async def transfer_room(
        self, room_id: RoomId, owner: UserId, new_owner: UserId, audit: AuditDraft | None = None
    ) -> None:
        if owner == new_owner:
            return
        giver, taker = self._tables.member(room_id, owner), self._tables.member(room_id, new_owner)
        if not check_transfer(giver.role if giver else None, taker.role if taker else None):
            return
        if not giver or not taker or not self._tables.authorize_once(audit):
            return
        self._tables.members[room_id][owner] = replace(giver, role="moderator")
        self._tables.members[room_id][new_owner] = replace(taker, role="owner", by_role=False)
        self._tables.record_audit(audit)

    async def mark_read(self, room_id: RoomId, user_id: UserId, seq: int) -> int:
        member = self._tables.member(room_id, user_id)
        if member is None:
            raise NotAMember
        room = self._tables.rooms[room_id]
        last_read = max(member.last_read, min(seq, room.last_seq))
        self._tables.members[room_id][user_id] = replace(member, last_read=last_read)
        return room.unread_after(last_read)
