"""In-memory storage: bans."""

from domain.base import RoomId, UserId
from domain.errors.accounts import UserNotFound
from domain.errors.rooms import RoomNotFound
from domain.moderation import AuditDraft, Ban
from storage.base import BanStore
from storage.memory.tables import BanRow, Tables


class MemoryBans(BanStore):
    """`BanStore` in memory."""

    _tables: Tables

    async def add_ban(self, room_id: RoomId, user_id: UserId, reason: str, audit: AuditDraft) -> bool:
        if room_id not in self._tables.rooms:
            raise RoomNotFound
        if not self._tables.authorize_once(audit):
            return True
        if self._tables.accounts.get(user_id) is None:
            raise UserNotFound
        self._tables.bans[room_id][user_id] = BanRow(audit.actor_id, reason, audit.timestamp)
        self._tables.record_audit(audit)
        if self._tables.member(room_id, user_id) is None:
            self._tables.delete_invites(room_id, user_id)
            return False
        self._tables.end_membership(room_id, user_id, audit.timestamp)
        return True

    async def delete_ban(self, room_id: RoomId, user_id: UserId, audit: AuditDraft) -> bool:
        if not self._tables.authorize_once(audit):
            return True
        if self._tables.bans.get(room_id, {}).pop(user_id, None) is None:
            return False
        self._tables.record_audit(audit)
        return True

    async def is_banned(self, room_id: RoomId, user_id: UserId) -> bool:
        return user_id in self._tables.bans.get(room_id, {}) and not self._tables.is_admin(user_id)

    async def bans(self, room_id: RoomId, limit: int) -> list[Ban]:
        found = self._tables.bans.get(room_id, {})
        latest = sorted(found, key=lambda user_id: (found[user_id].created_at, user_id), reverse=True)
        return [
            Ban(
                self._tables.user_summary(user_id), self._tables.user_summary(ban.banned_by), ban.reason, ban.created_at
            )
            for user_id in latest[:limit]
            for ban in [found[user_id]]
        ]
