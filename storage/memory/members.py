"""Who belongs to which room, in memory."""

from errors import Forbidden, NotAMember, OwnerCannotLeave, RoomFull, RoomNotFound, UserNotFound
from models import Member, MemberProfile, MemberRole, RoomId, Timestamp, UserId
from storage.base import Members
from storage.memory.tables import Tables, replace

_RANK: dict[MemberRole, int] = {"owner": 0, "moderator": 1, "member": 2}


class MemoryMembers(Members):
    """The members' part of the storage."""

    _tables: Tables

    async def add_member(self, room_id: RoomId, user_id: UserId, at: Timestamp) -> Member:
        room = self._tables.rooms.get(room_id)
        if room is None:
            raise RoomNotFound
        if kept := self._tables.members[room_id].get(user_id):
            return kept
        if room.capacity is not None and room.total_members >= room.capacity:
            raise RoomFull
        if self._tables.accounts.get(user_id) is None:
            raise UserNotFound
        member = Member(room_id, user_id, "member", at, room.last_seq)
        self._tables.members[room_id][user_id] = member
        self._tables.rooms[room_id] = replace(room, total_members=room.total_members + 1)
        return member

    async def remove_member(self, room_id: RoomId, user_id: UserId) -> bool:
        member = self._tables.member(room_id, user_id)
        if member is None:
            return False
        if member.role == "owner":
            raise OwnerCannotLeave
        self._tables.end_membership(room_id, user_id)
        return True

    async def member(self, room_id: RoomId, user_id: UserId) -> Member | None:
        return self._tables.member(room_id, user_id)

    async def members(self, room_id: RoomId, limit: int) -> list[MemberProfile]:
        found = sorted(
            self._tables.members.get(room_id, {}).values(),
            key=lambda one: (_RANK[one.role], one.joined_at, one.user_id),
        )
        people = [(member, self._tables.sender(member.user_id)) for member in found[:limit]]
        return [MemberProfile(who.id, who.name, who.avatar, member.role, member.joined_at) for member, who in people]

    async def transfer_room(self, room_id: RoomId, owner: UserId, heir: UserId) -> None:
        if owner == heir:
            return
        giver, taker = self._tables.member(room_id, owner), self._tables.member(room_id, heir)
        if taker is None:
            raise NotAMember
        if giver and (giver.role, taker.role) == ("moderator", "owner"):  # this very call, sent again
            return
        if giver is None or giver.role != "owner":
            raise Forbidden
        self._tables.members[room_id][owner] = replace(giver, role="moderator")
        self._tables.members[room_id][heir] = replace(taker, role="owner")

    async def mark_read(self, room_id: RoomId, user_id: UserId, seq: int) -> int:
        member = self._tables.member(room_id, user_id)
        if member is None:
            raise NotAMember
        room = self._tables.rooms[room_id]
        last_read = max(member.last_read, min(seq, room.last_seq))
        self._tables.members[room_id][user_id] = replace(member, last_read=last_read)
        return room.unread_after(last_read)
