"""SQLite storage: rooms."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

import json
import sqlite3
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
from storage.rows.accounts import user_summary, user_summary_of
from storage.rows.rooms import MEMBERSHIP, NEW_ROOM, ROOM, membership_of, new_room_row, room_changes, room_of
from storage.sqlite.database import MAX_ID, SqliteDatabase
from storage.sqlite.moderation import audit_log
from storage.tables import CLEARED_ROOM, room_deletions

ROOMS = f"SELECT {ROOM} FROM rooms r "
ROOM_BY_ID = f"{ROOMS}WHERE r.id = ? AND NOT r.deleted"
_MEMBERSHIPS = f"SELECT {MEMBERSHIP} FROM members m JOIN rooms r ON r.id = m.room_id "
_OWNERS = (
    f"SELECT m.room_id, {user_summary('u')} FROM members m JOIN users u ON u.id = m.user_id"
    " WHERE m.role = 'owner' AND m.room_id IN (SELECT value FROM json_each(?))"
)
_DISCOVER = (
    ROOMS
    + """
    WHERE r.id < ? AND NOT r.deleted AND r.visibility = 'public' AND instr(r.search_text, ?)
      AND NOT EXISTS (SELECT 1 FROM members WHERE room_id = r.id AND user_id = ?)
    ORDER BY r.id DESC LIMIT ?
    """
)

_DELETIONS = room_deletions("?")
_COPY_NAME_TO_REPORTS = """
    UPDATE reports SET room_name = coalesce((SELECT name FROM rooms WHERE id = ? AND NOT deleted), room_name)
    WHERE room_id = ?
"""


class SqliteRooms(RoomStore):
    """`RoomStore` in SQLite."""

    _database: SqliteDatabase

    async def add_room(self, room: Room) -> None:
        def add(connection: sqlite3.Connection) -> None:
            if not audit_log.authority_of(connection, room.id, room.created_by).is_active:
                raise UserNotFound
            added = connection.execute(
                f"""
                INSERT INTO rooms ({NEW_ROOM}) VALUES ({", ".join("?" * 18)})
                ON CONFLICT (id) DO NOTHING
                """,
                new_room_row(room),
            )
            if added.rowcount:
                connection.execute(
                    "INSERT INTO members (room_id, user_id, role, joined_at, last_read) VALUES (?, ?, 'owner', ?, 0)",
                    (room.id, room.created_by, room.created_at),
                )

        await self._database.write(add)

    async def room(self, room_id: RoomId) -> Room | None:
        row = await self._database.read_one(ROOM_BY_ID, room_id)
        return room_of(row) if row else None

    async def change_room(
        self, room_id: RoomId, changes: Mapping[str, Any], audit: AuditDraft | None = None
    ) -> Room | None:
        def change(connection: sqlite3.Connection) -> Room | None:
            row = connection.execute(ROOM_BY_ID, (room_id,)).fetchone()
            kept = room_of(row) if row else None
            if kept is None or not changes or not audit_log.authorize_once(connection, audit):
                return kept
            room = kept.changed(changes)
            if room.capacity is not None and room.capacity < room.total_members:
                raise CapacityTooSmall
            assignments, values = room_changes(changes, room, "?")
            connection.execute(f"UPDATE rooms SET {assignments} WHERE id = ?", (*values, room_id))
            audit_log.record_audit(connection, audit)
            return room

        return await self._database.write(change)

    async def delete_room(self, room_id: RoomId, actor_id: UserId | None = None) -> bool:
        def delete(connection: sqlite3.Connection) -> bool:
            if actor_id is not None and connection.execute(ROOM_BY_ID, (room_id,)).fetchone():
                permissions.check_owner(audit_log.authority_of(connection, room_id, actor_id))
            connection.execute(_COPY_NAME_TO_REPORTS, (room_id, room_id))
            deleted = connection.execute(
                f"UPDATE rooms SET {CLEARED_ROOM} WHERE id = ? AND NOT deleted",
                (room_id,),
            )
            if not deleted.rowcount:
                return False
            for deletion in _DELETIONS:
                connection.execute(deletion, (room_id,))
            return True

        return await self._database.write(delete)

    async def rooms_of(self, user_id: UserId, limit: int) -> list[Membership]:
        rows = await self._database.read(
            _MEMBERSHIPS + "WHERE m.user_id = ? ORDER BY r.last_active DESC, r.id DESC LIMIT ?", user_id, limit
        )
        return [membership_of(row) for row in rows]

    async def owned_rooms(self, user_id: UserId, limit: int) -> list[Room]:
        rows = await self._database.read(
            ROOMS
            + "WHERE r.id IN (SELECT room_id FROM members WHERE user_id = ? AND role = 'owner') ORDER BY r.id LIMIT ?",
            user_id,
            limit,
        )
        return [room_of(row) for row in rows]

    async def owners(self, room_ids: Sequence[RoomId]) -> dict[RoomId, UserSummary]:
        rows = await self._database.read(_OWNERS, json.dumps(room_ids))
        return {room_id: user_summary_of(person) for room_id, *person in rows}

    async def discover(
        self, user_id: UserId, *, search: str = "", before: RoomId | None = None, limit: int
    ) -> list[Room]:
        rows = await self._database.read(_DISCOVER, before or MAX_ID, search, user_id, limit)
        return [room_of(row) for row in rows]
