"""In-memory storage: presence."""

from collections.abc import Mapping, Sequence

from domain.base import RoomId
from domain.presence import PresenceRecord
from storage.base import PresenceStore
from storage.memory.tables import Tables, replace


class MemoryPresence(PresenceStore):
    """`PresenceStore` in memory."""

    _tables: Tables

    async def save_presence(self, rooms: Mapping[RoomId, Sequence[PresenceRecord]]) -> None:
        for room_id, people in rooms.items():
            room = self._tables.rooms.get(room_id)
            if room is None:
                continue
            here = {one.user_id: one for one in people if self._tables.accounts.get(one.user_id)}
            last_active = max([room.last_active, *(one.last_active for one in here.values())])
            self._tables.presence[room_id] = here
            self._tables.rooms[room_id] = replace(room, last_active=last_active)

    async def presence(self, room_id: RoomId) -> list[PresenceRecord]:
        return sorted(self._tables.presence.get(room_id, {}).values(), key=lambda one: one.user_id)

    async def clear_presence(self) -> int:
        cleared = sum(len(here) for here in self._tables.presence.values())
        for here in self._tables.presence.values():
            here.clear()
        return cleared
