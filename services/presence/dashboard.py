"""What one person sees first: their rooms, who is there, what was said."""

from typing import Any, NamedTuple

from domain.accounts import User
from domain.base import Record, RoomId, Timestamp, UserId
from domain.messages import Message
from domain.rooms import Membership
from runtime.cache import Cache
from services.presence.presence import Presence
from storage.base import Storage

MAX_ACTIVE_ROOMS = 5
MAX_RECENT_MESSAGES = 10
MAX_LISTED_ROOMS = 500
"""Rooms of one person that are listed, the last active first."""
TTL = 10
"""Seconds for which what *others* did may be missing; what the person did shows at once."""


class ActiveRoom(Record, frozen=True):
    """A room on the dashboard."""

    id: RoomId
    name: str
    image: str | None
    active_members: int
    total_members: int
    last_active: Timestamp
    unread: int


class Dashboard(Record, frozen=True):
    """One person's dashboard. `online_now` counts the people in any of their rooms.

    The last three are lists that clients of the older backend read: they are empty until something fills them.
    """

    active_rooms: list[ActiveRoom]
    online_now: int
    recent_messages: tuple[Message, ...]
    unread_total: int
    upcoming_events: tuple[Any, ...] = ()
    recent_resources: tuple[Any, ...] = ()
    notifications: tuple[Any, ...] = ()


class _StoredPart(NamedTuple):
    """The part of a dashboard that comes out of storage. What comes out of memory is always fresh."""

    rooms: tuple[Membership, ...]
    messages: tuple[Message, ...]


class Dashboards:
    """Makes dashboards, and keeps what is costly about them for a while."""

    def __init__(self, storage: Storage, presence: Presence, cache: Cache) -> None:
        self._storage = storage
        self._presence = presence
        self._cache = cache

    async def for_user(self, user: User) -> Dashboard:
        """Return the user's dashboard."""
        kept = await self._cache.get_or_fetch(_cache_key(user.id), lambda: self._fetch(user.id), TTL)
        return Dashboard(
            active_rooms=[self._active_room(membership) for membership in kept.rooms[:MAX_ACTIVE_ROOMS]],
            online_now=len(self._presence.users_in(membership.room.id for membership in kept.rooms)),
            recent_messages=kept.messages,
            unread_total=sum(membership.unread for membership in kept.rooms),
        )

    async def invalidate(self, user_id: UserId) -> None:
        """Make the next dashboard of somebody afresh: they did something that shows on it."""
        await self._cache.invalidate_cache(_cache_key(user_id))

    async def invalidate_all(self) -> None:
        """Make every next dashboard afresh: what is shown of somebody is not to be shown any more."""
        await self._cache.invalidate_cache_pattern("^dashboard:")

    async def _fetch(self, user_id: UserId) -> _StoredPart:
        return _StoredPart(
            tuple(await self._storage.rooms_of(user_id, MAX_LISTED_ROOMS)),
            tuple(await self._storage.recent_messages(user_id, MAX_RECENT_MESSAGES)),
        )

    def _active_room(self, membership: Membership) -> ActiveRoom:
        room = membership.room
        return ActiveRoom(
            id=room.id,
            name=room.name,
            image=room.image,
            active_members=self._presence.active_members(room.id),
            total_members=room.total_members,
            last_active=room.last_active,
            unread=membership.unread,
        )


def _cache_key(user_id: UserId) -> str:
    return f"dashboard:{user_id}"
