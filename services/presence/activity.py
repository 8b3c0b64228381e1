"""Activity: what members are pushed of their rooms wherever they are, and users of what they read elsewhere.

There are no subscriptions: a push looks up the members of its room in the cache, then which of them are connected.
So a connection costs no memory for each of its rooms, and a room without activity costs nothing.
"""

from collections.abc import Callable, Collection, Coroutine
from contextlib import suppress
from typing import Any, TypeAlias

from domain.base import RoomId, UserId
from domain.errors.storage import StorageUnavailable
from publisher.broadcast import EventPublisher
from runtime.throttle import Throttle
from storage.base import Storage

Publish: TypeAlias = Callable[[RoomId, int, Collection[UserId]], None]

ACTIVITY_INTERVAL = 1.0
"""Seconds between two `room-activity` of one room."""
PRESENCE_INTERVAL = 2.0
"""Seconds between two `room-presence` of one room: a class that comes in is told a few times, not thirty."""


class Activity:
    """Pushes on the personal namespace. Without a client there, nothing is read or encoded.

    Args:
        cached_member_ids: returns the ids of a room's members if they need not be read, else None. What is pushed at
            once leaves in one write with the message that it is about.
    """

    def __init__(
        self,
        storage: Storage,
        broadcast: EventPublisher,
        cached_member_ids: Callable[[RoomId], frozenset[UserId] | None] = lambda _room: None,
    ) -> None:
        self._storage = storage
        self._cached_member_ids = cached_member_ids
        self._broadcast = broadcast
        self._messages: Throttle[int] = Throttle(ACTIVITY_INTERVAL, self._push_activity)
        self._presence: Throttle[int] = Throttle(PRESENCE_INTERVAL, self._push_presence)

    def __len__(self) -> int:
        """Return how many rooms are held."""
        return len(self._messages) + len(self._presence)

    def message_stored(self, room_id: RoomId, seq: int) -> None:
        """Push `room-activity` to the room's members, at most once a second; the last number is never lost."""
        if self._broadcast.has_connected_users:
            self._messages.put(room_id, seq)

    def presence_changed(self, room_id: RoomId, active_members: int) -> None:
        """Push `room-presence` to the room's members, at most every two seconds."""
        if self._broadcast.has_connected_users:
            self._presence.put(room_id, active_members)

    async def push_read_mark(self, room_id: RoomId, user_id: UserId) -> None:
        """Push `read-updated` to the user's own connections, with the mark as it is now."""
        if not self._broadcast.is_connected(user_id):
            return
        with suppress(StorageUnavailable):  # what moved the mark is stored, and its caller is to hear that
            member = await self._storage.member(room_id, user_id)
            room = await self._storage.room(room_id)
            if member and room:
                unread = room.unread_after(member.last_read)
                self._broadcast.read_updated(user_id, room_id, member.last_read, unread)

    def close(self) -> None:
        """Push nothing more."""
        self._messages.close()
        self._presence.close()

    def _push_activity(self, room_id: RoomId, last_seq: int) -> Coroutine[Any, Any, None] | None:
        return self._push(self._broadcast.room_activity, room_id, last_seq)

    def _push_presence(self, room_id: RoomId, active_members: int) -> Coroutine[Any, Any, None] | None:
        return self._push(self._broadcast.room_presence, room_id, active_members)

    def _push(self, publish: Publish, room_id: RoomId, number: int) -> Coroutine[Any, Any, None] | None:
        members = self._cached_member_ids(room_id)
        if members is None:
            return self._read_and_push(publish, room_id, number)
        publish(room_id, number, members)
        return None

    async def _read_and_push(self, publish: Publish, room_id: RoomId, number: int) -> None:
        publish(room_id, number, await self._storage.member_ids(room_id))
