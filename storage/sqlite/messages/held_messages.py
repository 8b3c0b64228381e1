"""SQLite storage: messages that quiet focus holds."""

import sqlite3

from domain.base import RoomId, Timestamp, UserId
from domain.messages import HeldMessage, Message, Release
from storage.base import HeldMessageStore
from storage.rows.messages import HELD_MESSAGES, message_of
from storage.rules.held_messages import draft_of_held, refused
from storage.sqlite.database import SqliteDatabase
from storage.sqlite.messages import holds, messages

_IN_ORDER = f"{HELD_MESSAGES} WHERE h.room_id = ? ORDER BY h.position LIMIT ?"
_OF_SENDER = f"{HELD_MESSAGES} WHERE h.room_id = ? AND h.sender_id = ? ORDER BY h.position"
_BY_KEY = f"{HELD_MESSAGES} WHERE h.room_id = ? AND h.sender_id = ? AND h.client_message_id = ?"
_ROOM = "SELECT last_seq, quiet_focus FROM rooms WHERE id = ? AND NOT deleted"
_ROOMS = "SELECT DISTINCT room_id FROM held_messages WHERE room_id > ? ORDER BY room_id LIMIT ?"


class SqliteHeldMessages(HeldMessageStore):
    """`HeldMessageStore` in SQLite."""

    _database: SqliteDatabase

    async def release_held(self, room_id: RoomId, at: Timestamp, study_time: Timestamp, limit: int) -> Release:
        def release(connection: sqlite3.Connection) -> Release:
            room = connection.execute(_ROOM, (room_id,)).fetchone()
            if room is None or holds.held_until(connection, room_id, room[1], study_time):
                return Release([], [], room[0] if room else None, has_more=False)
            held = [message_of(row) for row in connection.execute(_IN_ORDER, (room_id, limit))]
            numbered = messages.number(connection, [draft_of_held(one, at) for one in held], None)
            messages.insert(connection, numbered.accepted)
            new = [message for _, message in numbered.accepted]
            messages.update_counters(connection, new, moves_read_marks=False)
            connection.executemany("DELETE FROM held_messages WHERE id = ?", [(one.id,) for one in held])
            has_more = len(held) == limit
            if not has_more:
                connection.execute("UPDATE rooms SET has_held = 0 WHERE id = ? AND has_held", (room_id,))
            return Release(new, refused(held, numbered.results), room[0] + len(new), has_more)

        return await self._database.write(release)

    async def cancel_held(self, room_id: RoomId, sender_id: UserId, client_message_id: str) -> Message | None:
        def cancel(connection: sqlite3.Connection) -> Message | None:
            row = connection.execute(_BY_KEY, (room_id, sender_id, client_message_id)).fetchone()
            if row is None:
                return None
            message = message_of(row)
            connection.execute("DELETE FROM held_messages WHERE id = ?", (message.id,))
            return message

        return await self._database.write(cancel)

    async def held_messages(self, room_id: RoomId, sender_id: UserId, study_time: Timestamp) -> list[HeldMessage]:
        timer = await self._database.read_one(holds.TIMER, room_id)
        until = holds.until_of(timer, study_time) or study_time
        rows = await self._database.read(_OF_SENDER, room_id, sender_id)
        return [HeldMessage(message=message_of(row), release_at=until) for row in rows]

    async def rooms_with_held(self, *, after: RoomId | None = None, limit: int) -> list[RoomId]:
        return [room_id for (room_id,) in await self._database.read(_ROOMS, after or "", limit)]
