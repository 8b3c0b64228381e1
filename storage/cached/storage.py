"""A storage around a storage: reads what is asked for all the time through the cache, forgets it on each write.

Cached are `user`, `room` and `member`, absence included, `sign_in`, and `epoch`; and lists: `members`, `rooms_of`, the
first page of `discover`, the last one of messages, and `owners`. Everything else goes straight through.
"""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from functools import partial
from hashlib import blake2b
from typing import Any, TypeVar, cast

import msgspec

from domain.accounts import Account, Renewal, Reset, Sender, SignIn, User, UserRole, Verification
from domain.admin import Totals
from domain.base import RoomId, SignInId, Timestamp, UserId
from domain.errors.base import AppError
from domain.messages import Draft, Message
from domain.moderation import Act
from domain.presence import Present
from domain.rooms import Member, MemberProfile, Membership, Room
from runtime.cache import Cache
from storage.base import Storage
from storage.cached.access import CachedAccess
from storage.cached.list_cache import TTL, Listed, Lists
from storage.cached.passthrough import Uncached

T = TypeVar("T")

# Ids are UUIDs: they hold nothing that a regular expression would take for more than itself.
_EVERY_SIGN_IN = "^sign-in:"
_EVERY_SIGN_IN_AND_USER = "^(sign-in|user):"
_EVERY_DISCOVERY = "^discover:"
_WITH_NAMES = "^(members|messages|owners):"
_EVERY_OWNER = "^owners:"


def _user(user_id: UserId) -> str:
    return f"user:{user_id}"


def _sign_in(sign_in_id: SignInId) -> str:
    return f"sign-in:{sign_in_id}"


def _room(room_id: RoomId) -> str:
    return f"room:{room_id}"


def _member(room_id: RoomId, user_id: UserId) -> str:
    return f"member:{room_id}:{user_id}"


def _members(room_id: RoomId) -> str:
    return f"members:{room_id}"


def _ids(room_id: RoomId) -> str:
    return f"member-ids:{room_id}"


def _messages(room_id: RoomId) -> str:
    return f"messages:{room_id}"


def _rooms_of(user_id: UserId) -> str:
    return f"rooms-of:{user_id}"


def _discover(user_id: UserId) -> str:
    return f"discover:{user_id}"


def _roles(user_id: UserId, *, sign_ins: bool = False) -> str:
    """Return a pattern of all that a role on the server shows on: an admin is listed as one, and no mute holds."""
    of_rooms = f"(room|members|member-ids):|rooms-of:{user_id}$|discover:{user_id}$"  # who is put out of some of them
    return f"^(user:{user_id}$|member:[^:]*:{user_id}$|{of_rooms}{'|sign-in:' if sign_ins else ''})"


def _place(room_id: RoomId, user_id: UserId) -> tuple[str, ...]:
    """Return all that somebody's place in a room shows on."""
    of_room = _room(room_id), _members(room_id), _ids(room_id)
    return *of_room, _member(room_id, user_id), _rooms_of(user_id), _discover(user_id)


class CachedStorage(CachedAccess, Uncached):
    """A storage whose reads are remembered. A write is seen by every read that begins after it returned.

    A write runs to its end when its caller is cancelled, and what it may have changed is forgotten then, whether it
    succeeded or raised. Only where a backend answers `StorageUnavailable` and the database carries the write out
    later all the same, what is read in between may be outdated, for as long as the cache keeps it.

    Args:
        inner: what keeps; opened and closed with this one.
        cache: what remembers. It is used by other parts, too, under other keys; whoever made it closes it.
    """

    def __init__(self, inner: Storage, cache: Cache) -> None:
        self._inner = inner
        self._cache = cache
        self.lanes = inner.lanes
        self._epoch: str | None = None
        self._lists = Lists(cache)
        self._writes: set[asyncio.Task[Any]] = set()

    async def open(self) -> None:
        await self._inner.open()

    async def close(self) -> None:
        await self._inner.close()
        if self._writes:  # the inner storage has finished them; they have yet to forget
            await asyncio.wait(self._writes)

    async def ping(self) -> None:
        await self._inner.ping()

    async def epoch(self) -> str:
        if self._epoch is None:  # a history is wiped or restored while nobody has it open
            self._epoch = await self._inner.epoch()
        return self._epoch

    # Users

    async def add_user(self, user: User, password_hash: str) -> None:
        await self._write(self._inner.add_user(user, password_hash), _user(user.id))

    async def add_invited_user(self, user: User, password_hash: str, code_hash: str) -> None:
        await self._write(self._inner.add_invited_user(user, password_hash, code_hash), _user(user.id))

    async def has_admin(self) -> bool:
        return await self._inner.has_admin()

    async def add_first_admin(self, user: User, password_hash: str) -> None:
        await self._write(self._inner.add_first_admin(user, password_hash), _user(user.id))

    async def make_first_admin(self, user_id: UserId) -> User:
        return await self._write(self._inner.make_first_admin(user_id), pattern=_roles(user_id))

    async def user(self, user_id: UserId) -> User | None:
        return await self._cache.get_or_fetch(_user(user_id), partial(self._inner.user, user_id))

    async def account(self, user_id: UserId) -> Account | None:
        return await self._inner.account(user_id)

    async def account_by_email(self, email: str) -> Account | None:
        return await self._inner.account_by_email(email)

    async def change_user(self, user_id: UserId, changes: Mapping[str, Any]) -> User | None:
        return await self._write(self._inner.change_user(user_id, changes), _user(user_id), pattern=_WITH_NAMES)

    async def set_standing(
        self,
        user_id: UserId,
        *,
        role: UserRole | None = None,
        disabled: bool | None = None,
        by: UserId | None = None,
    ) -> User | None:
        change = self._inner.set_standing(user_id, role=role, disabled=disabled, by=by)
        return await self._write(change, pattern=_roles(user_id, sign_ins=bool(disabled)))

    async def reclaim_account(self, reset: Reset, password_hash: str) -> User | None:
        change = self._inner.reclaim_account(reset, password_hash)
        return await self._write(change, pattern=_roles(reset.user_id, sign_ins=True))

    async def command_changes(self, after: int | None) -> tuple[int, list[UserId]]:
        newest, changed = await self._inner.command_changes(after)
        if changed:
            for user_id in changed:
                await self._cache.invalidate_cache_pattern(_roles(user_id, sign_ins=True))
        return newest, changed

    async def set_password(self, user_id: UserId, password_hash: str, *, instead_of: str) -> bool:
        return await self._inner.set_password(user_id, password_hash, instead_of=instead_of)

    async def record_login(self, user_id: UserId, at: Timestamp) -> None:
        await self._write(self._inner.record_login(user_id, at), _user(user_id))

    async def delete_user(self, user_id: UserId) -> bool:
        # their sign-ins and rooms cannot be told by the key; nobody deletes accounts often
        lists = "sign-in|room|members|member-ids|messages|rooms-of|discover|owners"
        pattern = f"^(user:{user_id}$|member:[^:]*:{user_id}$|({lists}):)"
        return await self._write(self._inner.delete_user(user_id), pattern=pattern)

    async def approve_user(self, user_id: UserId, admin_id: UserId) -> User | None:
        return await self._write(self._inner.approve_user(user_id, admin_id), _user(user_id))

    async def refuse_user(self, user_id: UserId, admin_id: UserId) -> bool:
        refusal = self._inner.refuse_user(user_id, admin_id)  # who waits is in no room
        return await self._write(refusal, _user(user_id), pattern=_EVERY_SIGN_IN)

    async def is_empty(self) -> bool:
        return await self._inner.is_empty()

    # Directory

    async def users(
        self, *, search: str = "", pending: bool | None = None, before: UserId | None = None, limit: int
    ) -> list[User]:
        return await self._inner.users(search=search, pending=pending, before=before, limit=limit)

    async def totals(self, since: Timestamp) -> Totals:
        return await self._inner.totals(since)

    # Resets

    async def add_reset(self, reset: Reset) -> None:
        await self._inner.add_reset(reset)

    async def reset(self, token_hash: str) -> Reset | None:
        return await self._inner.reset(token_hash)

    async def use_reset(self, token_hash: str, password_hash: str, now: Timestamp) -> UserId | None:
        use = self._inner.use_reset(token_hash, password_hash, now)
        return await self._write(use, pattern=_EVERY_SIGN_IN_AND_USER)  # a mailed one verifies its user

    # Promotions

    async def confirm_promotion(
        self, user_id: UserId, admin_id: UserId, now: Timestamp, *, verified_only: bool
    ) -> User:
        confirm = self._inner.confirm_promotion(user_id, admin_id, now, verified_only=verified_only)
        return await self._write(confirm, pattern=_roles(user_id))

    # Verifications

    async def add_verification(self, verification: Verification) -> None:
        await self._inner.add_verification(verification)

    async def use_verification(self, token_hash: str, user_id: UserId, now: Timestamp) -> User | None:
        return await self._write(self._inner.use_verification(token_hash, user_id, now), _user(user_id))

    # Sign-ins

    async def add_sign_in(self, sign_in: SignIn) -> None:
        await self._write(self._inner.add_sign_in(sign_in), _sign_in(sign_in.id))

    async def sign_in(self, sign_in_id: SignInId) -> SignIn | None:
        key = _sign_in(sign_in_id)
        sign_in = await self._cache.get_or_fetch(key, partial(self._inner.sign_in, sign_in_id))
        if sign_in is None:  # clients without a token choose these ids: each would evict what is read all the time
            await self._cache.invalidate_cache(key)
        return sign_in

    async def sign_ins_of(self, user_id: UserId, now: Timestamp, limit: int) -> list[SignIn]:
        return await self._inner.sign_ins_of(user_id, now, limit)

    async def rotate_sign_in(
        self, sign_in_id: SignInId, used_hash: str, renewal: Renewal, *, retry_since: Timestamp
    ) -> SignIn | None:
        rotate = self._inner.rotate_sign_in(sign_in_id, used_hash, renewal, retry_since=retry_since)
        return await self._write(rotate, _sign_in(sign_in_id))

    async def revoke_sign_in(self, sign_in_id: SignInId) -> None:
        await self._write(self._inner.revoke_sign_in(sign_in_id), _sign_in(sign_in_id))

    async def revoke_sign_ins(self, user_id: UserId, *, keep: SignInId | None = None) -> list[SignInId]:
        # not only those returned: one that another caller has just revoked may not be forgotten yet
        return await self._write(self._inner.revoke_sign_ins(user_id, keep=keep), pattern=_EVERY_SIGN_IN)

    async def purge_sign_ins(self, before: Timestamp, limit: int) -> int:
        return await self._write(self._inner.purge_sign_ins(before, limit), pattern=_EVERY_SIGN_IN)

    # Rooms

    async def add_room(self, room: Room) -> None:
        owner = room.created_by
        keys = (*_place(room.id, owner), _messages(room.id))
        await self._write(self._inner.add_room(room), *keys, pattern=_EVERY_DISCOVERY)

    async def room(self, room_id: RoomId) -> Room | None:
        return await self._cache.get_or_fetch(_room(room_id), partial(self._inner.room, room_id))

    async def change_room(self, room_id: RoomId, changes: Mapping[str, Any], act: Act | None = None) -> Room | None:
        pattern = _EVERY_DISCOVERY if "visibility" in changes else None
        return await self._write(self._inner.change_room(room_id, changes, act), _room(room_id), pattern=pattern)

    async def delete_room(self, room_id: RoomId, by: UserId | None = None) -> bool:
        pattern = f"^((room|members|member-ids|messages):{room_id}$|member:{room_id}:|rooms-of:|discover:|owners:)"
        return await self._write(self._inner.delete_room(room_id, by), pattern=pattern)

    async def rooms_of(self, user_id: UserId, limit: int) -> list[Membership]:
        listed = await self._lists.get(_rooms_of(user_id), limit, partial(self._inner.rooms_of, user_id))
        if len(listed.items) == listed.limit and self._lists.is_older(listed):
            return await self._inner.rooms_of(user_id, limit)  # one that was too long ago may not be any more
        current = [
            Membership(room, kept.role, kept.last_read)
            for kept in listed.items
            if (room := await self._as_now(kept.room, listed))
        ]
        current.sort(key=lambda membership: (membership.room.last_active, membership.room.id), reverse=True)
        return current[:limit]

    async def discover(
        self, user_id: UserId, *, search: str = "", before: RoomId | None = None, limit: int
    ) -> list[Room]:
        if search or before is not None:
            return await self._inner.discover(user_id, search=search, before=before, limit=limit)
        listed = await self._lists.get(
            _discover(user_id), limit, lambda limit: self._inner.discover(user_id, limit=limit)
        )
        current = [await self._as_now(kept, listed) for kept in listed.items[:limit]]
        return [room for room in current if room and room.visibility == "public"]

    async def owners(self, room_ids: Sequence[RoomId]) -> dict[RoomId, Sender]:
        key = f"owners:{blake2b(''.join(room_ids).encode(), digest_size=16).hexdigest()}"
        return await self._cache.get_or_fetch(key, partial(self._inner.owners, room_ids), TTL)

    async def _as_now(self, room: Room, listed: Listed[Any]) -> Room | None:
        return await self.room(room.id) if self._lists.is_older(listed, _room(room.id)) else room

    # Members

    async def add_member(
        self, room_id: RoomId, user_id: UserId, at: Timestamp, *, only_public: bool = False, by_role: Act | None = None
    ) -> Member:
        adding = self._inner.add_member(room_id, user_id, at, only_public=only_public, by_role=by_role)
        return await self._write_place(adding, room_id, user_id)

    async def remove_member(self, room_id: RoomId, user_id: UserId, act: Act | None = None) -> bool:
        return await self._write_place(self._inner.remove_member(room_id, user_id, act), room_id, user_id)

    async def member(self, room_id: RoomId, user_id: UserId) -> Member | None:
        key = _member(room_id, user_id)
        return await self._cache.get_or_fetch(key, partial(self._inner.member, room_id, user_id))

    async def members(self, room_id: RoomId, limit: int) -> list[MemberProfile]:
        listed = await self._lists.get(_members(room_id), limit, partial(self._inner.members, room_id))
        return list(listed.items[:limit])

    async def member_ids(self, room_id: RoomId) -> frozenset[UserId]:
        return await self._cache.get_or_fetch(_ids(room_id), partial(self._inner.member_ids, room_id), TTL)

    def known_member_ids(self, room_id: RoomId) -> frozenset[UserId] | None:
        """Return what `member_ids` would, at once; None if that would have to be read."""
        return cast("frozenset[UserId] | None", self._cache.peek(_ids(room_id)))

    async def transfer_room(self, room_id: RoomId, owner: UserId, heir: UserId, act: Act | None = None) -> None:
        keys = (key for user_id in (owner, heir) for key in _place(room_id, user_id))
        await self._write(self._inner.transfer_room(room_id, owner, heir, act), *keys, pattern=_EVERY_OWNER)

    async def mark_read(self, room_id: RoomId, user_id: UserId, seq: int) -> int:
        marking = self._inner.mark_read(room_id, user_id, seq)
        return await self._write(marking, _member(room_id, user_id), _rooms_of(user_id))

    # Messages

    async def add_messages(self, drafts: Sequence[Draft]) -> list[Message | AppError]:
        return await self._to_its_end(self._add_messages(drafts))

    async def messages_after(self, room_id: RoomId, seq: int, limit: int, *, visible_from: int = 1) -> list[Message]:
        return await self._inner.messages_after(room_id, seq, limit, visible_from=visible_from)

    async def messages_before(
        self, room_id: RoomId, seq: int | None, limit: int, *, visible_from: int = 1
    ) -> list[Message]:
        if seq is not None:
            return await self._inner.messages_before(room_id, seq, limit, visible_from=visible_from)
        # the list is the same for all members: each reads the part of it that is visible to them
        listed = await self._lists.get(_messages(room_id), limit, partial(self._inner.messages_before, room_id, None))
        return [message for message in listed.items[-limit:] if message.seq >= visible_from]

    async def recent_messages(self, user_id: UserId, limit: int) -> list[Message]:
        return await self._inner.recent_messages(user_id, limit)

    # Retention

    async def expire_messages(self, room_id: RoomId, now: Timestamp, most_days: int | None, limit: int) -> int:
        expiry = self._inner.expire_messages(room_id, now, most_days, limit)
        return await self._write(expiry, _room(room_id), _messages(room_id))

    # Presence

    async def save_presence(self, rooms: Mapping[RoomId, Sequence[Present]]) -> None:
        await self._write(self._inner.save_presence(rooms), *map(_room, rooms))

    async def presence(self, room_id: RoomId) -> list[Present]:
        return await self._inner.presence(room_id)

    async def clear_presence(self) -> int:
        return await self._inner.clear_presence()

    # How a write is seen

    async def _write(self, write: Coroutine[Any, Any, T], *keys: str, pattern: str | None = None) -> T:
        """Carry out a write to its end, then forget what is kept under `keys` and under those that match `pattern`."""
        return await self._to_its_end(self._forgetting(write, keys, pattern))

    async def _write_place(self, write: Coroutine[Any, Any, T], room_id: RoomId, *user_ids: UserId) -> T:
        return await self._write(write, *(key for user_id in user_ids for key in _place(room_id, user_id)))

    async def _to_its_end(self, write: Coroutine[Any, Any, T]) -> T:
        # Cancelling the inner call would end it before its outcome is known: the database may go on with it.
        task = asyncio.create_task(write)
        self._writes.add(task)
        task.add_done_callback(self._finished)
        return await asyncio.shield(task)

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._writes.discard(task)
        if not task.cancelled():
            task.exception()  # the caller has it; asyncio would complain where the caller was cancelled

    async def _forgetting(self, write: Coroutine[Any, Any, T], keys: Sequence[str], pattern: str | None) -> T:
        try:
            return await write
        finally:
            await self._forget(*keys)
            if pattern:
                await self._cache.invalidate_cache_pattern(pattern)

    async def _forget(self, *keys: str) -> None:
        for key in keys:
            if key.startswith(_room("")):
                self._lists.room_written(key)
            await self._cache.invalidate_cache(key)

    async def _add_messages(self, drafts: Sequence[Draft]) -> list[Message | AppError]:
        places = {(draft.room_id, draft.sender.id) for draft in drafts if draft.sender}
        rooms = {draft.room_id for draft in drafts}
        try:
            results = await self._inner.add_messages(drafts)
        except BaseException:
            await self._forget(*map(_room, rooms), *(_member(*place) for place in places))
            raise
        else:
            await self._catch_up([result for result in results if isinstance(result, Message)])
            return results
        finally:
            await self._forget(*map(_messages, rooms), *{_rooms_of(user_id) for _, user_id in places})

    async def _catch_up(self, messages: Sequence[Message]) -> None:
        """Move on what is cached of the rooms and senders, which are asked for again with the very next message.

        All that changes are marks that only grow, so the larger one is right, also for a retry and whenever the value
        was read.
        """
        said: dict[RoomId, tuple[int, Timestamp]] = {}
        read: dict[tuple[RoomId, UserId], int] = {}
        for message in messages:
            seq, at = said.get(message.room_id, (0, message.timestamp))
            said[message.room_id] = max(seq, message.seq), max(at, message.timestamp)
            if message.sender:
                place = (message.room_id, message.sender.id)
                read[place] = max(read.get(place, 0), message.seq)
        for room_id, (seq, at) in said.items():
            self._lists.room_written(_room(room_id))
            await self._cache.change_cached(_room(room_id), partial(_room_with, seq=seq, at=at))
        for place, seq in read.items():
            await self._cache.change_cached(_member(*place), partial(_member_with, seq=seq))


def _room_with(room: Room | None, seq: int, at: Timestamp) -> Room | None:
    if room is None:
        return None
    return msgspec.structs.replace(room, last_seq=max(room.last_seq, seq), last_active=max(room.last_active, at))


def _member_with(member: Member | None, seq: int) -> Member | None:
    return member and msgspec.structs.replace(member, last_read=max(member.last_read, seq))
