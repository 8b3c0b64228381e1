"""PostgreSQL storage: bans."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

from domain.base import RoomId, UserId
from domain.errors.accounts import UserNotFound
from domain.errors.rooms import RoomNotFound
from domain.moderation import AuditDraft, Ban
from storage.base import BanStore
from storage.postgres.moderation import audit_log
from storage.postgres.repository import PostgresRepository
from storage.postgres.rooms.members import LOCK_ROOM, LOCK_USER, REMOVE_MEMBER, remove_member_params
from storage.postgres.transaction import Transaction
from storage.rows.accounts import IS_ADMIN
from storage.rows.moderation import BANS, audit_draft_row, ban_of


class PostgresBans(PostgresRepository, BanStore):
    """`BanStore` in PostgreSQL."""

    async def add_ban(self, room_id: RoomId, user_id: UserId, reason: str, audit: AuditDraft) -> bool:
        async def work(transaction: Transaction) -> bool:
            row = await transaction.fetch_one(
                f"{LOCK_USER} {LOCK_ROOM} SELECT u.id, m.user_id FROM rooms r"
                " LEFT JOIN users u ON u.id = %s::uuid AND NOT u.deleted"
                " LEFT JOIN members m ON m.room_id = r.id AND m.user_id = u.id WHERE r.id = %s::uuid AND NOT r.deleted",
                *(user_id, room_id, user_id, room_id),
            )
            if row is None:
                raise RoomNotFound
            if not await audit_log.authorize_once(transaction, audit):
                return True
            found, place = row
            if found is None:
                raise UserNotFound
            await transaction.finish(
                "INSERT INTO bans (room_id, user_id, banned_by, reason, created_at)"
                " VALUES (%s::uuid, %s::uuid, %s::uuid, %s, %s::timestamptz)"
                " ON CONFLICT (room_id, user_id) DO UPDATE SET banned_by = excluded.banned_by,"
                " reason = excluded.reason, created_at = excluded.created_at;"
                f" {REMOVE_MEMBER}; {audit_log.INSERT_AUDIT}",
                *(room_id, user_id, audit.actor_id, reason, audit.timestamp),
                *(*remove_member_params(room_id, user_id, audit), *audit_draft_row(audit)),
            )
            return place is not None

        return await self._database.transaction(work)

    async def delete_ban(self, room_id: RoomId, user_id: UserId, audit: AuditDraft) -> bool:
        async def work(transaction: Transaction) -> bool:
            row = await transaction.fetch_one(
                f"{LOCK_ROOM} SELECT 1 FROM bans WHERE room_id = %s::uuid AND user_id = %s::uuid",
                *(room_id, room_id, user_id),
            )
            if not await audit_log.authorize_once(transaction, audit):
                return True
            if row is None:
                return False
            await transaction.finish(
                f"DELETE FROM bans WHERE room_id = %s::uuid AND user_id = %s::uuid; {audit_log.INSERT_AUDIT}",
                *(room_id, user_id, *audit_draft_row(audit)),
            )
            return True

        return await self._database.transaction(work)

    async def is_banned(self, room_id: RoomId, user_id: UserId) -> bool:
        return bool(
            await self._database.fetch(
                "SELECT 1 FROM bans b JOIN users u ON u.id = b.user_id"
                f" WHERE b.room_id = %s::uuid AND b.user_id = %s::uuid AND NOT {IS_ADMIN}",
                *(room_id, user_id),
            )
        )

    async def bans(self, room_id: RoomId, limit: int) -> list[Ban]:
        rows = await self._database.fetch(
            f"{BANS} WHERE b.room_id = %s::uuid ORDER BY b.created_at DESC, b.user_id DESC LIMIT %s", room_id, limit
        )
        return [ban_of(row) for row in rows]
