"""PostgreSQL storage: rooms."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

from collections.abc import Mapping, Sequence
from typing import Any

from domain import permissions
from domain.accounts import UserSummary
from domain.base import RoomId, UserId
from domain.errors.accounts import UserNotFound
from domain.errors.rooms import CapacityTooSmall
from domain.moderation import AuditDraft
from domain.rooms import Membership, Room
from storage.base import RoomStore
from storage.postgres.moderation import audit_log
from storage.postgres.repository import PostgresRepository
from storage.postgres.rooms.members import LOCK_ROOM
from storage.postgres.transaction import Transaction
from storage.rows.accounts import user_summary, user_summary_of
from storage.rows.moderation import audit_draft_row
from storage.rows.rooms import MEMBERSHIP, NEW_ROOM, ROOM, membership_of, new_room_row, room_changes, room_of
from storage.tables import CLEARED_ROOM, room_deletions

ROOMS = f"SELECT {ROOM} FROM rooms r"
ROOM_BY_ID = f"{ROOMS} WHERE r.id = %s::uuid AND NOT r.deleted LIMIT 1"
_COPY_NAME_TO_REPORTS = (
    "UPDATE reports SET room_name = rooms.name FROM rooms"
    " WHERE rooms.id = %s::uuid AND NOT rooms.deleted AND room_id = rooms.id"
)
_DELETIONS = room_deletions("%s::uuid")


class PostgresRooms(PostgresRepository, RoomStore):
    """`RoomStore` in PostgreSQL."""

    async def add_room(self, room: Room) -> None:
        found = await self._database.fetch_one(
            "WITH owner AS (SELECT id FROM users WHERE id = %s::uuid AND NOT deleted AND NOT disabled FOR SHARE),"
            f" kept AS (INSERT INTO rooms ({NEW_ROOM})"
            " SELECT %s::uuid, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::timestamptz, %s::uuid, %s::timestamptz,"
            " %s, %s, %s"
            " FROM owner"
            " ON CONFLICT DO NOTHING RETURNING id, created_by, created_at),"
            " place AS (INSERT INTO members (room_id, user_id, role, joined_at, last_read)"
            " SELECT id, created_by, 'owner', created_at, 0 FROM kept)"
            " SELECT id FROM owner",
            *(room.created_by, *new_room_row(room)),
        )
        if not found:
            raise UserNotFound

    async def room(self, room_id: RoomId) -> Room | None:
        row = await self._database.fetch_one(ROOM_BY_ID, room_id)
        return room_of(row) if row else None

    async def change_room(
        self, room_id: RoomId, changes: Mapping[str, Any], audit: AuditDraft | None = None
    ) -> Room | None:
        if not changes:
            return await self.room(room_id)

        async def work(transaction: Transaction) -> Room | None:
            row = await transaction.fetch_one(
                f"{ROOMS} WHERE r.id = %s::uuid AND NOT r.deleted FOR NO KEY UPDATE", room_id
            )
            if row is None:
                return None
            if not await audit_log.authorize_once(transaction, audit):
                return room_of(row)
            changed = room_of(row).changed(changes)
            if "capacity" in changes and changed.capacity is not None and changed.capacity < changed.total_members:
                raise CapacityTooSmall
            assignments, values = room_changes(changes, changed, "%s")
            keep, kept = (f"; {audit_log.INSERT_AUDIT}", audit_draft_row(audit)) if audit else ("", ())
            await transaction.finish(
                f"UPDATE rooms SET {assignments} WHERE id = %s::uuid{keep}", *values, room_id, *kept
            )
            return changed

        return await self._database.transaction(work)

    async def delete_room(self, room_id: RoomId, actor_id: UserId | None = None) -> bool:
        async def work(transaction: Transaction) -> bool:
            if actor_id is not None:
                if not await transaction.fetch(LOCK_ROOM, room_id):
                    return False
                permissions.check_owner(await audit_log.authority_of(transaction, room_id, actor_id))
            # The lock is a statement of its own: the next one sees members who joined before it was acquired.
            deleted = await transaction.fetch(
                f"{LOCK_ROOM} {_COPY_NAME_TO_REPORTS}; "
                f"UPDATE rooms SET {CLEARED_ROOM} WHERE id = %s::uuid AND NOT deleted RETURNING id",
                *(room_id, room_id, room_id),
            )
            if deleted:
                await transaction.finish("; ".join(_DELETIONS), *[room_id] * len(_DELETIONS))
            return bool(deleted)

        return await self._database.transaction(work)

    async def rooms_of(self, user_id: UserId, limit: int) -> list[Membership]:
        rows = await self._database.fetch(
            f"SELECT {MEMBERSHIP} FROM members m JOIN rooms r ON r.id = m.room_id"
            " WHERE m.user_id = %s::uuid ORDER BY r.last_active DESC, r.id DESC LIMIT %s",
            *(user_id, limit),
        )
        return [membership_of(row) for row in rows]

    async def owned_rooms(self, user_id: UserId, limit: int) -> list[Room]:
        rows = await self._database.fetch(
            f"SELECT {ROOM} FROM members m JOIN rooms r ON r.id = m.room_id"
            " WHERE m.user_id = %s::uuid AND m.role = 'owner' ORDER BY r.id LIMIT %s",
            *(user_id, limit),
        )
        return [room_of(row) for row in rows]

    async def owners(self, room_ids: Sequence[RoomId]) -> dict[RoomId, UserSummary]:
        rows = await self._database.fetch(
            f"SELECT m.room_id, {user_summary('u')} FROM members m JOIN users u ON u.id = m.user_id"
            " WHERE m.role = 'owner' AND m.room_id = ANY(%s::uuid[])",
            list(room_ids),
        )
        return {room_id: user_summary_of(person) for room_id, *person in rows}

    async def discover(
        self, user_id: UserId, *, search: str = "", before: RoomId | None = None, limit: int
    ) -> list[Room]:
        rows = await self._database.fetch(
            f"{ROOMS} WHERE NOT r.deleted AND r.visibility = 'public'"
            " AND strpos(r.search_text, %s) > 0"
            " AND (%s::uuid IS NULL OR r.id < %s::uuid)"
            " AND NOT EXISTS (SELECT FROM members m WHERE m.room_id = r.id AND m.user_id = %s::uuid)"
            " ORDER BY r.id DESC LIMIT %s",
            *(search, before, before, user_id, limit),
        )
        return [room_of(row) for row in rows]
