"""Activity in rooms, pushed to members on all their connections, and read positions, pushed to the user's own.

There are no subscriptions: a push looks up the members of its room in the cache, then which of them are connected. So a
connection costs no memory for each of its rooms, and a room without activity costs nothing.
"""

from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from domain.base import RoomId, UserId
from domain.errors.storage import StorageUnavailable
from domain.events import ReadUpdated, RoomActivity, RoomPresence
from publisher.publisher import EventPublisher
from runtime.throttle import Throttle
from storage.lookups import Lookups

ACTIVITY_INTERVAL = 1.0
"""Minimum of seconds between two `room-activity` events of one room."""
PRESENCE_INTERVAL = 2.0
"""Minimum of seconds between two `room-presence` events of one room: a class of thirty that joins causes only a few."""


class Activity:
    """Pushes events on the personal namespace. Nothing is read or encoded without a connected client.

    If the members of a room are cached, its event is sent at once, in the same write as the message that it is about.
    """

    def __init__(self, lookups: Lookups, publisher: EventPublisher) -> None:
        self._lookups = lookups
        self._publisher = publisher
        self._messages: Throttle[int] = Throttle(ACTIVITY_INTERVAL, self._push_activity)
        self._presence: Throttle[int] = Throttle(PRESENCE_INTERVAL, self._push_presence)

    def __len__(self) -> int:
        """Return the number of rooms with a running interval."""
        return len(self._messages) + len(self._presence)

    def message_stored(self, room_id: RoomId, seq: int) -> None:
        """Push `room-activity` to the room's members, at most once a second; the latest number is always sent."""
        if self._publisher.has_connected_users:
            self._messages.put(room_id, seq)

    def presence_changed(self, room_id: RoomId, active_members: int) -> None:
        """Push `room-presence` to the room's members, at most every two seconds."""
        if self._publisher.has_connected_users:
            self._presence.put(room_id, active_members)

    async def push_read_mark(self, room_id: RoomId, user_id: UserId) -> None:
        """Push `read-updated` to the user's own connections, with the mark as it is now."""
        if not self._publisher.is_connected(user_id):
            return
        with suppress(StorageUnavailable):  # the position is stored, so its caller must not fail
            member = await self._lookups.member(room_id, user_id)
            room = await self._lookups.room(room_id)
            if member and room:
                unread = room.unread_after(member.last_read)
                self._publisher.push(user_id, ReadUpdated(room_id, member.last_read, unread))

    def close(self) -> None:
        """Stop pushing."""
        self._messages.close()
        self._presence.close()

    def _push_activity(self, room_id: RoomId, last_seq: int) -> Coroutine[Any, Any, None] | None:
        return self._push(room_id, RoomActivity(room_id, last_seq))

    def _push_presence(self, room_id: RoomId, active_members: int) -> Coroutine[Any, Any, None] | None:
        return self._push(room_id, RoomPresence(room_id, active_members))

    def _push(self, room_id: RoomId, event: RoomActivity | RoomPresence) -> Coroutine[Any, Any, None] | None:
        members = self._lookups.cached_member_ids(room_id)
        if members is None:
            return self._read_and_push(room_id, event)
        self._publisher.push_to_users(members, event)
        return None

    async def _read_and_push(self, room_id: RoomId, event: RoomActivity | RoomPresence) -> None:
        self._publisher.push_to_users(await self._lookups.member_ids(room_id), event)
