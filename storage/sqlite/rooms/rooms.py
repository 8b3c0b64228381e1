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
from storage.sqlite.database import Row, SqliteDatabase
from storage.sqlite.moderation import audit_log

_COLUMNS = Room.__struct_fields__
ROOMS = "SELECT " + ", ".join(_COLUMNS) + " FROM rooms "
"""Columns of rooms, read by `room_of`."""
ROOM = ROOMS + "WHERE id = ? AND NOT deleted"
"""Query of one room; its rows are read by `room_of`."""
_MEMBERSHIPS = "SELECT " + ", ".join(_COLUMNS) + ", role, last_read FROM members JOIN rooms ON rooms.id = room_id "
_OWNERS = (
    "SELECT room_id, users.id, users.name, users.avatar FROM members JOIN users ON users.id = user_id"
    " WHERE members.role = 'owner' AND room_id IN (SELECT value FROM json_each(?))"
)
_DISCOVER = (
    ROOMS
    + """
    WHERE id < ? AND NOT deleted AND visibility = 'public' AND instr(search_text, ?)
      AND NOT EXISTS (SELECT 1 FROM members WHERE room_id = rooms.id AND user_id = ?)
    ORDER BY id DESC LIMIT ?
    """
)

_COPY_NAME_TO_REPORTS = """
    UPDATE reports SET room_name = coalesce((SELECT name FROM rooms WHERE id = ? AND NOT deleted), room_name)
    WHERE room_id = ?
"""

_MAX_ID = "\U0010ffff"


class SqliteRooms(RoomStore):
    """`RoomStore` in SQLite."""

    _database: SqliteDatabase

    async def add_room(self, room: Room) -> None:
        def add(connection: sqlite3.Connection) -> None:
            if not audit_log.authority_of(connection, room.id, room.created_by).is_active:
                raise UserNotFound
            added = connection.execute(
                """
                INSERT INTO rooms (id, name, description, subject, image, visibility, capacity, retention_days,
                                   total_members, last_active, created_by, created_at, search_text)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?)
                ON CONFLICT (id) DO NOTHING
                """,
                (
                    room.id,
                    room.name,
                    room.description,
                    room.subject,
                    room.image,
                    room.visibility,
                    room.capacity,
                    room.retention_days,
                    room.last_active,
                    room.created_by,
                    room.created_at,
                    room.search_key,
                ),
            )
            if added.rowcount:
                connection.execute(
                    "INSERT INTO members (room_id, user_id, role, joined_at, last_read) VALUES (?, ?, 'owner', ?, 0)",
                    (room.id, room.created_by, room.created_at),
                )

        await self._database.write(add)

    async def room(self, room_id: RoomId) -> Room | None:
        return _one_room(await self._database.read(ROOM, room_id))

    async def change_room(
        self, room_id: RoomId, changes: Mapping[str, Any], audit: AuditDraft | None = None
    ) -> Room | None:
        def change(connection: sqlite3.Connection) -> Room | None:
            kept = _one_room(connection.execute(ROOM, (room_id,)).fetchall())
            if kept is None or not changes or not audit_log.authorize_once(connection, audit):
                return kept
            room = kept.changed(changes)
            if room.capacity is not None and room.capacity < room.total_members:
                raise CapacityTooSmall
            connection.execute(
                """
                UPDATE rooms SET name = ?, description = ?, subject = ?, image = ?, visibility = ?, capacity = ?,
                                 retention_days = ?, history_from = ?, expired_before = ?, search_text = ?
                WHERE id = ?
                """,
                (
                    room.name,
                    room.description,
                    room.subject,
                    room.image,
                    room.visibility,
                    room.capacity,
                    room.retention_days,
                    room.history_from,
                    room.expired_before,
                    room.search_key,
                    room_id,
                ),
            )
            audit_log.record_audit(connection, audit)
            return room

        return await self._database.write(change)

    async def delete_room(self, room_id: RoomId, actor_id: UserId | None = None) -> bool:
        def delete(connection: sqlite3.Connection) -> bool:
            if actor_id is not None and connection.execute(ROOM, (room_id,)).fetchone():
                permissions.check_owner(audit_log.authority_of(connection, room_id, actor_id))
            connection.execute(_COPY_NAME_TO_REPORTS, (room_id, room_id))
            deleted = connection.execute(
                """
                UPDATE rooms SET deleted = 1, name = '', description = '', subject = '', image = NULL, search_text = '',
                                 total_members = 0
                WHERE id = ? AND NOT deleted
                """,
                (room_id,),
            )
            if not deleted.rowcount:
                return False
            for table in ("members", "past_members", "presence", "invites", "bans", "mutes", "removals", "audit_log"):
                connection.execute(f"DELETE FROM {table} WHERE room_id = ?", (room_id,))
            return True

        return await self._database.write(delete)

    async def rooms_of(self, user_id: UserId, limit: int) -> list[Membership]:
        rows = await self._database.read(
            _MEMBERSHIPS + "WHERE user_id = ? ORDER BY last_active DESC, id DESC LIMIT ?", user_id, limit
        )
        return [Membership(room_of(fields), role, last_read) for *fields, role, last_read in rows]

    async def owned_rooms(self, user_id: UserId, limit: int) -> list[Room]:
        rows = await self._database.read(
            ROOMS
            + "WHERE id IN (SELECT room_id FROM members WHERE user_id = ? AND role = 'owner') ORDER BY id LIMIT ?",
            user_id,
            limit,
        )
        return [room_of(row) for row in rows]

    async def owners(self, room_ids: Sequence[RoomId]) -> dict[RoomId, UserSummary]:
        rows = await self._database.read(_OWNERS, json.dumps(room_ids))
        return {room_id: UserSummary(*person) for room_id, *person in rows}

    async def discover(
        self, user_id: UserId, *, search: str = "", before: RoomId | None = None, limit: int
    ) -> list[Room]:
        rows = await self._database.read(_DISCOVER, before or _MAX_ID, search, user_id, limit)
        return [room_of(row) for row in rows]


def room_of(fields: Row | list[Any]) -> Room:
    """Return the room from a row of `ROOMS`, without further columns."""
    return Room(**dict(zip(_COLUMNS, fields, strict=True)))


def _one_room(rows: list[Row]) -> Room | None:
    return room_of(rows[0]) if rows else None
