"""In-memory storage: rooms."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain import permissions
from domain.accounts import UserSummary
from domain.base import RoomId, UserId
from domain.errors.accounts import UserNotFound
from domain.errors.rooms import CapacityTooSmall
from domain.moderation import AuditDraft
from domain.rooms import Member, Membership, Room
from storage.base import RoomStore
from storage.memory.tables import Tables, replace


class MemoryRooms(RoomStore):
    """`RoomStore` in memory."""

    _tables: Tables

    async def add_room(self, room: Room) -> None:
        if not self._tables.authority_of(room.id, room.created_by).is_active:
            raise UserNotFound
        if room.id in self._tables.rooms:
            return
        self._tables.rooms[room.id] = replace(room, total_members=1, first_seq=1, last_seq=0, history_from=1)
        self._tables.room_keys[room.id] = room.search_key
        self._tables.members[room.id] = {room.created_by: Member(room.id, room.created_by, "owner", room.created_at)}
        self._tables.messages[room.id] = []
        self._tables.held[room.id] = []
        self._tables.presence[room.id] = {}
        for table in (
            self._tables.invites,
            self._tables.bans,
            self._tables.mutes,
            self._tables.removals,
            self._tables.audit_log,
            self._tables.scheduled_sessions,
        ):
            table[room.id] = {}

    async def room(self, room_id: RoomId) -> Room | None:
        return self._tables.rooms.get(room_id)

    async def change_room(
        self, room_id: RoomId, changes: Mapping[str, Any], audit: AuditDraft | None = None
    ) -> Room | None:
        kept = self._tables.rooms.get(room_id)
        if kept is None or not changes or not self._tables.authorize_once(audit):
            return kept
        room = kept.changed(changes)
        if room.capacity is not None and room.capacity < room.total_members:
            raise CapacityTooSmall
        self._tables.rooms[room_id] = room
        self._tables.room_keys[room_id] = room.search_key
        self._tables.record_audit(audit)
        return room

    async def delete_room(self, room_id: RoomId, actor_id: UserId | None = None) -> bool:
        room = self._tables.rooms.get(room_id)
        if room is None:
            return False
        if actor_id is not None:
            permissions.check_owner(self._tables.authority_of(room_id, actor_id))
        del self._tables.rooms[room_id]
        for row in list(self._tables.reports.values()):
            if row.report.room_id == room_id:
                report = replace(row.report, room_name=room.name)
                self._tables.reports[report.id] = row._replace(report=report)
        del self._tables.members[room_id], self._tables.presence[room_id], self._tables.invites[room_id]
        del self._tables.held[room_id]
        del (
            self._tables.bans[room_id],
            self._tables.mutes[room_id],
            self._tables.removals[room_id],
            self._tables.audit_log[room_id],
        )
        for session_id in self._tables.scheduled_sessions.pop(room_id):
            del self._tables.going[session_id]
        del self._tables.room_keys[room_id]
        self._tables.detach_tasks(room_id)
        self._tables.room_timers.pop(room_id, None)
        self._tables.forget_room_of_focus(room_id)
        for message in self._tables.messages.pop(room_id):
            self._tables.drop_from_indexes(message)
        expired = self._tables.expired_by_key
        self._tables.expired_by_key = {key: one for key, one in expired.items() if one.message.room_id != room_id}
        return True

    async def rooms_of(self, user_id: UserId, limit: int) -> list[Membership]:
        found = [
            Membership(self._tables.rooms[member.room_id], member.role, member.last_read)
            for member in self._tables.memberships(user_id)
        ]
        found.sort(key=lambda membership: (membership.room.last_active, membership.room.id), reverse=True)
        return found[:limit]

    async def owned_rooms(self, user_id: UserId, limit: int) -> list[Room]:
        owned = sorted(one.room_id for one in self._tables.memberships(user_id) if one.role == "owner")
        return [self._tables.rooms[room_id] for room_id in owned[:limit]]

    async def owners(self, room_ids: Sequence[RoomId]) -> dict[RoomId, UserSummary]:
        owners: dict[RoomId, UserSummary] = {}
        for room_id in room_ids:
            for member in self._tables.members.get(room_id, {}).values():
                account = self._tables.accounts[member.user_id]
                if member.role == "owner" and account:
                    owners[room_id] = account.user.summary
        return owners

    async def discover(
        self, user_id: UserId, *, search: str = "", before: RoomId | None = None, limit: int
    ) -> list[Room]:
        found = [
            room
            for room in self._tables.rooms.values()
            if room.visibility == "public"
            and (before is None or room.id < before)
            and user_id not in self._tables.members[room.id]
            and search in self._tables.room_keys[room.id]
        ]
        return sorted(found, key=lambda room: room.id, reverse=True)[:limit]
