"""Lookups: read-through cache of a storage, invalidated by the changes that the storage reports.

A lookup that begins after a write has returned sees the write. Each cached value depends on tags, which are names such
as `room:` with an id. Each lookup declares its tags; `tags_of` returns the tags that a change touches.

A list of rooms changes less often than its rooms, which change with each message. So a cached list stays valid when a
room changes, and only the changed room is read again.

Writes of other processes are not reported, except by commands (`Storage.command_changes`). A cached list may lack
them for `TTL` seconds, a cached record for `cache.ttl` seconds. Callers that need current data read from the storage
itself; so do reads that are not cached.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from hashlib import blake2b
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from domain.accounts import Session, User, UserSummary
from domain.base import RoomId, SessionId, Timestamp, UserId
from domain.messages import Message
from domain.rooms import Member, MemberProfile, Membership, Room
from domain.study.progress import StoredStreak
from domain.study.timer import Timer
from runtime.cache import Cache
from storage.base import Storage
from storage.base.changes import (
    Change,
    FocusChanged,
    HistoryChanged,
    MembershipChanged,
    MembershipEnded,
    MessagesAdded,
    Outcome,
    OwnerChanged,
    PresenceChosen,
    ProfileChanged,
    ReadMarkMoved,
    RoleChanged,
    RoomChanged,
    RoomDeleted,
    RoomListChanged,
    ScheduleChanged,
    SessionChanged,
    SessionRevoked,
    SessionsRevoked,
    TasksChanged,
    TimerChanged,
    UserChanged,
    UserDeleted,
)

T = TypeVar("T")

TTL = 10
"""Seconds for which lists may lack writes of other processes; writes of this process are visible at once."""

# Tags about all records of a kind.
ALL_USERS, ALL_SESSIONS, ALL_ROOMS, ALL_MEMBERS, ALL_TIMERS = "users", "sessions", "rooms", "members", "timers"
ALL_NAMES = "names"
"""Names and pictures of users, as lists show them."""
ROOM_LIST, ACTIVITY, DELETED_ROOMS = "room-list", "activity", "deleted-rooms"


class CachedList(NamedTuple, Generic[T]):
    """Result of a read with this limit, and the number of changes when the read began."""

    items: tuple[T, ...]
    limit: int
    version: int


class Lookups:
    """The cached reads of a storage. Each returns what the storage's method of the same name returns.

    Args:
        storage: storage to read from. Lookups subscribe to its changes before any other subscriber, so that subscribers
            read current lookups.
        cache: shared with other components, which use other keys.
    """

    def __init__(self, storage: Storage, cache: Cache) -> None:
        self._storage = storage
        self._cache = cache
        self._epoch: str | None = None
        storage.change_feed.subscribe(self._apply)
        self._releases: dict[tuple[Change, ...], list[Callable[[], None]]] = {}

    async def epoch(self) -> str:
        """Return the id of this history. It changes only while no process has the storage open."""
        if self._epoch is None:
            self._epoch = await self._storage.epoch()
        return self._epoch

    # Single records

    async def user(self, user_id: UserId) -> User | None:
        """Return the user; None if missing or deleted."""
        key = f"user:{user_id}"
        if entry := self._cache.find(key):
            return entry.value  # type: ignore[no-any-return]
        return await self._cache.get_or_fetch(key, partial(self._storage.user, user_id), tags=(key, ALL_USERS))

    async def session(self, session_id: SessionId) -> Session | None:
        """Return the session, revoked or not; None if it is missing."""
        key = f"session:{session_id}"
        if entry := self._cache.find(key):
            return entry.value  # type: ignore[no-any-return]
        read = partial(self._storage.session, session_id)
        found = await self._cache.get_or_fetch(key, read, tags=(key, ALL_SESSIONS))
        if found is None:  # clients without a token choose these ids: caching absence would evict hot entries
            await self._cache.invalidate_cache(key)
        return found

    async def room(self, room_id: RoomId) -> Room | None:
        """Return the room; None if missing or deleted."""
        key = f"room:{room_id}"
        if entry := self._cache.find(key):
            return entry.value  # type: ignore[no-any-return]
        return await self._cache.get_or_fetch(key, partial(self._storage.room, room_id), tags=(key, ALL_ROOMS))

    async def member(self, room_id: RoomId, user_id: UserId) -> Member | None:
        """Return the user's membership of the room; None if there is none."""
        key = _member(room_id, user_id)
        if entry := self._cache.find(key):
            return entry.value  # type: ignore[no-any-return]
        read = partial(self._storage.member, room_id, user_id)
        return await self._cache.get_or_fetch(key, read, tags=(key, f"member-of:{user_id}", f"deleted-room:{room_id}"))

    async def room_timer(self, room_id: RoomId) -> Timer | None:
        """Return the stored timer of the room; None if it was never changed."""
        key = f"timer:{room_id}"
        if entry := self._cache.find(key):
            return entry.value  # type: ignore[no-any-return]
        read = partial(self._storage.room_timer, room_id)
        return await self._cache.get_or_fetch(key, read, tags=(key, ALL_TIMERS, f"deleted-room:{room_id}"))

    async def focus_streak(self, user_id: UserId, yesterday: str, today: str) -> StoredStreak:
        """Return the days that make the user's streaks, and the goal of today, as `Storage.focus_streak`."""
        key = f"focus-streak:{user_id}:{yesterday}:{today}"
        if entry := self._cache.find(key):
            return entry.value  # type: ignore[no-any-return]
        read = partial(self._storage.focus_streak, user_id, yesterday, today)
        return await self._cache.get_or_fetch(key, read, TTL, tags=(f"focus:{user_id}", f"user:{user_id}", ALL_USERS))

    # Lists

    async def members(self, room_id: RoomId, limit: int) -> list[MemberProfile]:
        """Return up to `limit` members: owner, moderators, members; within a role by time of joining, then by id."""
        key = f"members:{room_id}"
        read = partial(self._storage.members, room_id)
        listed = await self._list(key, limit, read, (key, ALL_MEMBERS, ALL_NAMES, f"deleted-room:{room_id}"))
        return list(listed.items[:limit])

    async def member_ids(self, room_id: RoomId) -> frozenset[UserId]:
        """Return the ids of all members; empty if the room is missing."""
        key = f"member-ids:{room_id}"
        tags = (f"members:{room_id}", ALL_MEMBERS, f"deleted-room:{room_id}")
        return await self._cache.get_or_fetch(key, partial(self._storage.member_ids, room_id), TTL, tags=tags)

    def cached_member_ids(self, room_id: RoomId) -> frozenset[UserId] | None:
        """Return the result of `member_ids` without waiting; None if it is not cached."""
        entry = self._cache.find(f"member-ids:{room_id}")
        return entry.value if entry else None

    async def rooms_of(self, user_id: UserId, limit: int) -> list[Membership]:
        """Return up to `limit` memberships of the user, last active room first; at equal times the larger id first."""
        key = f"rooms-of:{user_id}"
        listed = await self._list(key, limit, partial(self._storage.rooms_of, user_id), (key,))
        if len(listed.items) == listed.limit and self._cache.versions.has_changed((ACTIVITY,), listed.version):
            return await self._storage.rooms_of(user_id, limit)  # a room beyond the limit may have become active
        current = [
            Membership(room, kept.role, kept.last_read)
            for kept in listed.items
            if (room := await self._current_room(kept.room, listed))
        ]
        current.sort(key=lambda membership: (membership.room.last_active, membership.room.id), reverse=True)
        return current[:limit]

    async def discover(
        self, user_id: UserId, *, search: str = "", before: RoomId | None = None, limit: int
    ) -> list[Room]:
        """Return public rooms that the user is not in, as `Storage.discover`. Only the first page is cached."""
        if search or before is not None:
            return await self._storage.discover(user_id, search=search, before=before, limit=limit)
        key = f"discover:{user_id}"

        def read(limit: int) -> Awaitable[list[Room]]:
            return self._storage.discover(user_id, limit=limit)

        listed = await self._list(key, limit, read, (key, ROOM_LIST))
        current = [await self._current_room(kept, listed) for kept in listed.items[:limit]]
        return [room for room in current if room and room.visibility == "public"]

    async def owners(self, room_ids: Sequence[RoomId]) -> dict[RoomId, UserSummary]:
        """Return the owner of each of these rooms, with the current name; missing rooms are left out."""
        key = f"owners:{blake2b(''.join(room_ids).encode(), digest_size=16).hexdigest()}"
        read = partial(self._storage.owners, room_ids)
        return await self._cache.get_or_fetch(key, read, TTL, tags=(*map(_owner, room_ids), ALL_NAMES))

    async def messages_before(
        self, room_id: RoomId, seq: int | None, limit: int, *, visible_from: int = 1
    ) -> list[Message]:
        """Return messages before `seq`, as `Storage.messages_before`. Only the last page (`seq` None) is cached."""
        if seq is not None:
            return await self._storage.messages_before(room_id, seq, limit, visible_from=visible_from)
        # One cached list for all members: each reads the part that is visible to them.
        key = f"history:{room_id}"
        read = partial(self._storage.messages_before, room_id, None)
        listed = await self._list(key, limit, read, (key, ALL_NAMES, f"deleted-room:{room_id}"))
        return [message for message in listed.items[-limit:] if message.seq >= visible_from]

    async def _list(
        self, key: str, limit: int, read: Callable[[int], Awaitable[list[T]]], tags: Sequence[str]
    ) -> CachedList[T]:
        """Return the result of `read(limit)`, or of an earlier read with this limit or a larger one."""

        async def fetch() -> CachedList[T]:
            version = self._cache.versions.now
            return CachedList(tuple(await read(limit)), limit, version)

        listed = await self._cache.get_or_fetch(key, fetch, TTL, tags=tags)
        if listed.limit < limit:
            await self._cache.invalidate_cache(key)
            listed = await self._cache.get_or_fetch(key, fetch, TTL, tags=tags)
        return listed

    async def _current_room(self, room: Room, listed: CachedList[Any]) -> Room | None:
        tags = (f"activity:{room.id}", f"room:{room.id}", ALL_ROOMS)
        return await self.room(room.id) if self._cache.versions.has_changed(tags, listed.version) else room

    # Changes

    def _apply(self, changes: Sequence[Change], outcome: Outcome) -> None:
        """Invalidate values that depend on changes. While their outcome is unknown, such values are not cached."""
        tags = list(dict.fromkeys(tag for change in changes for tag in tags_of(change)))
        self._cache.invalidate_tags(tags)
        if outcome is Outcome.UNKNOWN:
            self._releases.setdefault(tuple(changes), []).append(self._cache.versions.hold(tags))
        elif outcome is Outcome.SETTLED:
            releases = self._releases[tuple(changes)]
            releases.pop()()
            if not releases:
                del self._releases[tuple(changes)]
        for change in changes:
            if isinstance(change, MessagesAdded):
                self._advance(change)

    def _advance(self, added: MessagesAdded) -> None:
        """Update the cached room and the cached memberships of the senders, because the next message reads them again.

        The values only grow, so the larger one is right: also after a retry, and whenever the cached value was read.
        """
        room_id, seq, at = added.room_id, added.last_seq, added.last_active
        self._cache.change_cached(f"room:{room_id}", partial(_advance_room, seq=seq, at=at))
        for user_id, read in added.read_marks.items():
            self._cache.change_cached(_member(room_id, user_id), partial(_advance_member, seq=read))
            self._cache.change_cached(f"rooms-of:{user_id}", partial(_advance_list, room_id=room_id, seq=read))


def dashboard_tags(user_id: UserId) -> tuple[str, ...]:
    """Return the tags on which a user's dashboard depends. Changes of rooms by other users are not among them."""
    own = f"rooms-of:{user_id}", f"marks:{user_id}", f"room-changes:{user_id}", f"tasks:{user_id}"
    return *own, f"schedule-changes:{user_id}", ALL_NAMES, DELETED_ROOMS


def tags_of(change: Change) -> Iterable[str]:  # noqa: C901, PLR0911, PLR0912  # one case for each class
    """Return the tags that a change touches."""
    match change:
        case MessagesAdded(room, _, _, read_marks):
            return f"history:{room}", f"activity:{room}", ACTIVITY, *(f"marks:{user}" for user in read_marks)
        case ReadMarkMoved(room, user):
            return _member(room, user), f"rooms-of:{user}", f"marks:{user}"
        case PresenceChosen(room, user):
            return (_member(room, user),)
        case RoomChanged(room, user):
            return f"room:{room}", ACTIVITY, *((f"room-changes:{user}",) if user else ())
        case HistoryChanged(room):
            return (f"history:{room}",)
        case TimerChanged(room):
            return (f"timer:{room}" if room else ALL_TIMERS,)
        case MembershipChanged(room, user) | MembershipEnded(room, user):
            own = _member(room, user), f"rooms-of:{user}", f"discover:{user}"
            return *own, f"room:{room}", ACTIVITY, f"members:{room}"
        case TasksChanged(user):
            return (f"tasks:{user}",)
        case FocusChanged(users):
            return [f"focus:{user}" for user in users]
        case ScheduleChanged(user):
            return (f"schedule-changes:{user}",)
        case OwnerChanged(room):
            return (_owner(room),)
        case RoomListChanged():
            return (ROOM_LIST,)
        case RoomDeleted(room):
            return f"room:{room}", f"deleted-room:{room}", ACTIVITY, ROOM_LIST, _owner(room), DELETED_ROOMS
        case UserChanged(user):
            return (f"user:{user}" if user else ALL_USERS,)
        case ProfileChanged(user):
            return f"user:{user}", ALL_NAMES
        case RoleChanged(user):  # lists mark admins, mutes do not apply to them, and memberships by the role may end
            return *_tags_of_user(user), ALL_ROOMS, ALL_MEMBERS, ACTIVITY
        case UserDeleted(user):
            return *_tags_of_user(user), ALL_ROOMS, ALL_MEMBERS, ACTIVITY, ALL_NAMES, ALL_SESSIONS
        case SessionChanged(session) | SessionRevoked(session):
            return (f"session:{session}",)
        case SessionsRevoked():
            return (ALL_SESSIONS,)  # the user of a session is known only when it has been read
    raise TypeError(type(change))


def _tags_of_user(user_id: UserId) -> tuple[str, ...]:
    return f"user:{user_id}", f"member-of:{user_id}", f"rooms-of:{user_id}", f"discover:{user_id}"


def _owner(room_id: RoomId) -> str:
    return f"owner:{room_id}"


def _member(room_id: RoomId, user_id: UserId) -> str:
    return f"member:{room_id}:{user_id}"


def _advance_room(room: Room | None, seq: int, at: Timestamp) -> Room | None:
    if room is None:
        return None
    return msgspec.structs.replace(room, last_seq=max(room.last_seq, seq), last_active=max(room.last_active, at))


def _advance_member(member: Member | None, seq: int) -> Member | None:
    return member and msgspec.structs.replace(member, last_read=max(member.last_read, seq))


def _advance_list(listed: CachedList[Membership], room_id: RoomId, seq: int) -> CachedList[Membership]:
    """Return a user's list of rooms with the read mark of one room moved."""
    items = tuple(
        msgspec.structs.replace(one, last_read=max(one.last_read, seq)) if one.room.id == room_id else one
        for one in listed.items
    )
    return listed._replace(items=items)
