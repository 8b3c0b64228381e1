"""Who may not become a member, in memory."""

from domain.base import RoomId, UserId
from domain.errors.accounts import UserNotFound
from domain.errors.rooms import RoomNotFound
from domain.moderation import Act, Ban
from storage.base import Bans
from storage.memory.tables import BanRow, Tables


class MemoryBans(Bans):
    """The bans' part of the storage."""

    _tables: Tables

    async def add_ban(self, room_id: RoomId, user_id: UserId, reason: str, act: Act) -> bool:
        if room_id not in self._tables.rooms:
            raise RoomNotFound
        if not self._tables.permits(act):
            return True
        if self._tables.accounts.get(user_id) is None:
            raise UserNotFound
        self._tables.bans[room_id][user_id] = BanRow(act.actor_id, reason, act.timestamp)
        self._tables.keep(act)
        if self._tables.member(room_id, user_id) is None:
            self._tables.delete_invites(room_id, user_id)
            return False
        self._tables.end_membership(room_id, user_id, act.timestamp)
        return True

    async def delete_ban(self, room_id: RoomId, user_id: UserId, act: Act) -> bool:
        if not self._tables.permits(act):
            return True
        if self._tables.bans.get(room_id, {}).pop(user_id, None) is None:
            return False
        self._tables.keep(act)
        return True

    async def is_banned(self, room_id: RoomId, user_id: UserId) -> bool:
        return user_id in self._tables.bans.get(room_id, {}) and not self._tables.is_admin(user_id)

    async def bans(self, room_id: RoomId, limit: int) -> list[Ban]:
        found = self._tables.bans.get(room_id, {})
        latest = sorted(found, key=lambda user_id: (found[user_id].created_at, user_id), reverse=True)
        return [
            Ban(self._tables.sender(user_id), self._tables.sender(ban.banned_by), ban.reason, ban.created_at)
            for user_id in latest[:limit]
            for ban in [found[user_id]]
        ]
