"""Who belongs to which room, in memory."""

from domain.base import RoomId, Timestamp, UserId
from domain.errors.accounts import NotSignedIn, UserNotFound
from domain.errors.base import Forbidden
from domain.errors.moderation import Banned
from domain.errors.rooms import NotAMember, OwnerCannotLeave, RoomFull, RoomNotFound
from domain.moderation import Act
from domain.rooms import Member, MemberProfile, MemberRole
from storage.base import Members
from storage.memory.tables import Tables, replace

_RANK: dict[MemberRole, int] = {"owner": 0, "moderator": 1, "member": 2}


class MemoryMembers(Members):
    """The members' part of the storage."""

    _tables: Tables

    async def add_member(
        self, room_id: RoomId, user_id: UserId, at: Timestamp, *, only_public: bool = False, by_role: Act | None = None
    ) -> Member:
        return self._admit(room_id, user_id, at, only_public=only_public, by_role=by_role)

    def _admit(
        self,
        room_id: RoomId,
        user_id: UserId,
        at: Timestamp,
        *,
        only_public: bool = False,
        by_role: Act | None = None,
        is_own: bool = False,
    ) -> Member:
        """Do as `add_member`; with `is_own` the invitation is the user's own, which only an admin outside can have."""
        room = self._tables.rooms.get(room_id)
        if room is None:
            raise RoomNotFound
        if kept := self._tables.members[room_id].get(user_id):
            return self._tables.shown_member(kept)
        if not self._tables.standing(room_id, user_id).is_active:
            raise UserNotFound
        is_admin = self._tables.is_admin(user_id)
        if only_public and room.visibility == "private" and not is_admin:
            raise RoomNotFound
        is_banned = user_id in self._tables.bans[room_id]
        if is_banned and not is_admin:
            raise Banned
        if room.capacity is not None and room.total_members >= room.capacity:
            raise RoomFull
        muted_until = self._tables.mutes[room_id].get(user_id)
        if muted_until is not None and muted_until <= at:
            muted_until = None
        is_by_role = is_banned or ((only_public or is_own) and room.visibility == "private")
        member = Member(room_id, user_id, "member", at, room.last_seq, muted_until, room.history_from, is_by_role)
        if is_by_role:
            self._tables.keep(by_role)
        self._tables.members[room_id][user_id] = member
        self._tables.rooms[room_id] = replace(room, total_members=room.total_members + 1)
        return self._tables.shown_member(member)

    async def remove_member(self, room_id: RoomId, user_id: UserId, act: Act | None = None) -> bool:
        if not self._tables.permits(act):
            return True
        member = self._tables.member(room_id, user_id)
        if member is None:
            return False
        if member.role == "owner":
            raise OwnerCannotLeave
        if act is None and not self._tables.standing(room_id, user_id).is_active:
            raise NotSignedIn
        self._tables.end_membership(room_id, user_id, act.timestamp if act else None)
        self._tables.keep(act)
        return True

    async def set_role(self, room_id: RoomId, user_id: UserId, role: MemberRole, act: Act) -> Member:
        is_first = self._tables.permits(act)
        member = self._tables.member(room_id, user_id)
        if member is None:
            raise NotAMember
        if is_first and member.role != role:
            member = self._tables.members[room_id][user_id] = replace(member, role=role, by_role=False)
            if role == "member":
                self._tables.delete_invites(room_id, user_id)
            self._tables.keep(act)
        return member

    async def mute_member(self, room_id: RoomId, user_id: UserId, until: Timestamp, act: Act) -> Member:
        is_first = self._tables.permits(act)
        member = self._tables.member(room_id, user_id)
        if member is None:
            raise NotAMember
        if is_first:
            member = self._tables.members[room_id][user_id] = replace(member, muted_until=until)
            self._tables.mutes[room_id][user_id] = until
            self._tables.keep(act)
        return member

    async def unmute_member(self, room_id: RoomId, user_id: UserId, act: Act) -> bool:
        if not self._tables.permits(act):
            return True
        until = self._tables.mutes.get(room_id, {}).pop(user_id, None)
        if until is None or until <= act.timestamp:
            return False
        if member := self._tables.member(room_id, user_id):
            self._tables.members[room_id][user_id] = replace(member, muted_until=None)
        self._tables.keep(act)
        return True

    async def member(self, room_id: RoomId, user_id: UserId) -> Member | None:
        member = self._tables.member(room_id, user_id)
        return member and self._tables.shown_member(member)

    async def was_member(self, room_id: RoomId, user_id: UserId) -> bool:
        return room_id in self._tables.rooms and room_id in self._tables.past_members.get(user_id, ())

    async def members(self, room_id: RoomId, limit: int) -> list[MemberProfile]:
        found = sorted(
            self._tables.members.get(room_id, {}).values(),
            key=lambda one: (_RANK[one.role], one.joined_at, one.user_id),
        )
        people = [(self._tables.shown_member(one), self._tables.sender(one.user_id)) for one in found[:limit]]
        return [
            MemberProfile(
                *(who.id, who.name, who.avatar, member.role, member.joined_at, member.muted_until),
                is_admin=self._tables.is_admin(who.id),
            )
            for member, who in people
        ]

    async def member_ids(self, room_id: RoomId) -> frozenset[UserId]:
        return frozenset(self._tables.members.get(room_id, ()))

    async def transfer_room(self, room_id: RoomId, owner: UserId, heir: UserId, act: Act | None = None) -> None:
        if owner == heir:
            return
        giver, taker = self._tables.member(room_id, owner), self._tables.member(room_id, heir)
        if taker is None:
            raise NotAMember
        if giver and (giver.role, taker.role) == ("moderator", "owner"):  # this very call, sent again
            return
        if giver is None or giver.role != "owner":
            raise Forbidden
        if not self._tables.permits(act):
            return
        self._tables.members[room_id][owner] = replace(giver, role="moderator")
        self._tables.members[room_id][heir] = replace(taker, role="owner", by_role=False)
        self._tables.keep(act)

    async def mark_read(self, room_id: RoomId, user_id: UserId, seq: int) -> int:
        member = self._tables.member(room_id, user_id)
        if member is None:
            raise NotAMember
        room = self._tables.rooms[room_id]
        last_read = max(member.last_read, min(seq, room.last_seq))
        self._tables.members[room_id][user_id] = replace(member, last_read=last_read)
        return room.unread_after(last_read)
