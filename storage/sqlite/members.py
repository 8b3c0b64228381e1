"""Who belongs to which room, in SQLite."""

import sqlite3

from errors import Forbidden, NotAMember, OwnerCannotLeave, RoomFull, RoomNotFound, UserNotFound
from models import Member, MemberProfile, RoomId, Timestamp, UserId
from storage.base import Members
from storage.sqlite import users
from storage.sqlite.database import Database

_MEMBER = "SELECT room_id, user_id, role, joined_at, last_read FROM members WHERE room_id = ? AND user_id = ?"
_SET_ROLE = "UPDATE members SET role = ? WHERE room_id = ? AND user_id = ?"


class SqliteMembers(Members):
    """The members' part of the storage."""

    _database: Database

    async def add_member(self, room_id: RoomId, user_id: UserId, at: Timestamp) -> Member:
        def add(connection: sqlite3.Connection) -> Member:
            if kept := connection.execute(_MEMBER, (room_id, user_id)).fetchone():
                return Member(*kept)
            room = connection.execute(
                "SELECT last_seq, total_members >= coalesce(capacity, total_members + 1) FROM rooms"
                " WHERE id = ? AND NOT deleted",
                (room_id,),
            ).fetchone()
            if room is None:
                raise RoomNotFound
            last_seq, full = room
            if full:
                raise RoomFull
            if not users.exists(connection, user_id):
                raise UserNotFound
            connection.execute(
                "INSERT INTO members (room_id, user_id, role, joined_at, last_read) VALUES (?, ?, 'member', ?, ?)",
                (room_id, user_id, at, last_seq),
            )
            connection.execute("UPDATE rooms SET total_members = total_members + 1 WHERE id = ?", (room_id,))
            return Member(room_id, user_id, "member", at, last_seq)

        return await self._database.write(add)

    async def remove_member(self, room_id: RoomId, user_id: UserId) -> bool:
        def remove(connection: sqlite3.Connection) -> bool:
            role = _role(connection, room_id, user_id)
            if role == "owner":
                raise OwnerCannotLeave
            if role is None:
                return False
            connection.execute("DELETE FROM members WHERE room_id = ? AND user_id = ?", (room_id, user_id))
            connection.execute("UPDATE rooms SET total_members = total_members - 1 WHERE id = ?", (room_id,))
            return True

        return await self._database.write(remove)

    async def member(self, room_id: RoomId, user_id: UserId) -> Member | None:
        rows = await self._database.read(_MEMBER, room_id, user_id)
        return Member(*rows[0]) if rows else None

    async def members(self, room_id: RoomId, limit: int) -> list[MemberProfile]:
        rows = await self._database.read(
            """
            SELECT users.id, users.name, users.avatar, members.role, members.joined_at
            FROM members JOIN users ON users.id = members.user_id
            WHERE members.room_id = ?
            ORDER BY CASE members.role WHEN 'owner' THEN 0 WHEN 'moderator' THEN 1 ELSE 2 END, joined_at, user_id
            LIMIT ?
            """,
            room_id,
            limit,
        )
        return [MemberProfile(*row) for row in rows]

    async def transfer_room(self, room_id: RoomId, owner: UserId, heir: UserId) -> None:
        def transfer(connection: sqlite3.Connection) -> None:
            roles = (_role(connection, room_id, owner), _role(connection, room_id, heir))
            if roles == ("moderator", "owner"):  # this very call, sent again
                return
            if roles[1] is None:
                raise NotAMember
            if roles[0] != "owner":
                raise Forbidden
            connection.execute(_SET_ROLE, ("moderator", room_id, owner))
            connection.execute(_SET_ROLE, ("owner", room_id, heir))

        if owner != heir:
            await self._database.write(transfer)

    async def mark_read(self, room_id: RoomId, user_id: UserId, seq: int) -> int:
        def mark(connection: sqlite3.Connection) -> int:
            kept = connection.execute(
                """
                SELECT last_read, first_seq, last_seq FROM members JOIN rooms ON rooms.id = room_id
                WHERE room_id = ? AND user_id = ?
                """,
                (room_id, user_id),
            ).fetchone()
            if kept is None:
                raise NotAMember
            last_read, first_seq, last_seq = kept
            read = max(last_read, min(seq, last_seq))
            if read != last_read:
                connection.execute(
                    "UPDATE members SET last_read = ? WHERE room_id = ? AND user_id = ?", (read, room_id, user_id)
                )
            return max(0, int(last_seq - max(read, first_seq - 1)))

        return await self._database.write(mark)


def _role(connection: sqlite3.Connection, room_id: RoomId, user_id: UserId) -> str | None:
    row = connection.execute(_MEMBER, (room_id, user_id)).fetchone()
    return Member(*row).role if row else None
