"""In-memory storage: messages that quiet focus holds."""

from domain.base import RoomId, Timestamp, UserId
from domain.messages import HeldMessage, Message, Release
from storage.base import HeldMessageStore
from storage.memory.messages import messages
from storage.memory.tables import Tables
from storage.rules.held_messages import draft_of_held, refused


class MemoryHeldMessages(HeldMessageStore):
    """`HeldMessageStore` in memory."""

    _tables: Tables

    async def release_held(self, room_id: RoomId, at: Timestamp, study_time: Timestamp, limit: int) -> Release:
        room = self._tables.rooms.get(room_id)
        if room is None:
            return Release([], [], None, has_more=False)
        if self._tables.held_until(room, study_time):
            return Release([], [], room.last_seq, has_more=False)
        kept = self._tables.held[room_id]
        held = self._tables.current_messages(kept[:limit])
        self._tables.held[room_id] = kept[limit:]
        numbered = messages.number(self._tables, [draft_of_held(one, at) for one in held], None)
        for draft, message in numbered.accepted:
            messages.store(self._tables, draft, message, moves_read_mark=False)
        new = [message for _, message in numbered.accepted]
        last_seq = self._tables.rooms[room_id].last_seq
        return Release(new, refused(held, numbered.results), last_seq, has_more=bool(kept[limit:]))

    async def cancel_held(self, room_id: RoomId, sender_id: UserId, client_message_id: str) -> Message | None:
        for message in self._held_by(room_id, sender_id):
            if message.client_message_id == client_message_id:
                self._tables.held[room_id] = [one for one in self._tables.held[room_id] if one.id != message.id]
                return message
        return None

    async def held_messages(self, room_id: RoomId, sender_id: UserId, study_time: Timestamp) -> list[HeldMessage]:
        room = self._tables.rooms.get(room_id)
        until = self._tables.held_until(room, study_time) if room else None
        return [HeldMessage(message=one, release_at=until or study_time) for one in self._held_by(room_id, sender_id)]

    def _held_by(self, room_id: RoomId, sender_id: UserId) -> list[Message]:
        held = self._tables.held.get(room_id, [])
        return self._tables.current_messages(one for one in held if one.sender and one.sender.id == sender_id)

    async def rooms_with_held(self, *, after: RoomId | None = None, limit: int) -> list[RoomId]:
        found = (room_id for room_id, held in self._tables.held.items() if held)
        return sorted(room_id for room_id in found if after is None or room_id > after)[:limit]
