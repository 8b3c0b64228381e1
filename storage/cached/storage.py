"""Read-through cache for a storage backend, invalidated on write.

Cached are `user`, `room` and `member`, including their absence, `session`, and `epoch`. Cached lists are `members`,
`rooms_of`, the first page of `discover`, the last page of messages, and `owners`. All other methods are forwarded.
"""

from collections.abc import Coroutine, Mapping, Sequence
from functools import partial
from hashlib import blake2b
from typing import Any, TypeVar, cast

import msgspec

from domain.accounts import (
    Account,
    EmailVerificationToken,
    PasswordResetToken,
    Session,
    SessionRenewal,
    User,
    UserRole,
    UserSummary,
)
from domain.admin import Totals
from domain.base import RoomId, SessionId, Timestamp, UserId
from domain.errors.base import AppError
from domain.messages import Message, MessageDraft
from domain.moderation import AuditDraft
from domain.presence import PresenceRecord
from domain.rooms import Member, MemberProfile, Membership, Room
from runtime.cache import Cache
from runtime.shielded_tasks import ShieldedTasks
from storage.base import Storage
from storage.cached.access import AccessPassThrough
from storage.cached.keys import (
    ALL_DISCOVER,
    ALL_OWNERS,
    ALL_SESSIONS,
    ALL_SESSIONS_AND_USERS,
    ALL_WITH_NAMES,
    discover_key,
    member_ids_key,
    member_key,
    members_key,
    membership_keys,
    messages_key,
    role_pattern,
    room_key,
    rooms_of_key,
    session_key,
    user_key,
)
from storage.cached.list_cache import TTL, CachedList, ListCache
from storage.cached.passthrough import PassThrough

T = TypeVar("T")


class CachedStorage(AccessPassThrough, PassThrough):
    """Storage with cached reads. A write is visible to every read that begins after it returned.

    A write continues to its end when its caller is cancelled. The keys that it may have changed are invalidated then,
    whether it succeeded or raised. One exception: if a backend raises `StorageUnavailable` and the database commits
    the write later, a read in between may cache the old value until it expires.

    Args:
        inner: backend; opened and closed with this storage.
        cache: shared with other components, under other keys; its creator closes it.
    """

    def __init__(self, inner: Storage, cache: Cache) -> None:
        self._inner = inner
        self._cache = cache
        self.commit_lanes = inner.commit_lanes
        self._epoch: str | None = None
        self._lists = ListCache(cache)
        self._writes = ShieldedTasks()

    async def open(self) -> None:
        await self._inner.open()

    async def close(self) -> None:
        await self._inner.close()
        await self._writes.wait()  # the inner storage has completed them; their invalidations are still to run

    async def ping(self) -> None:
        await self._inner.ping()

    async def epoch(self) -> str:
        if self._epoch is None:  # histories are wiped or restored only while no process has them open
            self._epoch = await self._inner.epoch()
        return self._epoch

    # Users

    async def add_user(self, user: User, password_hash: str) -> None:
        await self._write(self._inner.add_user(user, password_hash), user_key(user.id))

    async def add_invited_user(self, user: User, password_hash: str, code_hash: str) -> None:
        await self._write(self._inner.add_invited_user(user, password_hash, code_hash), user_key(user.id))

    async def has_admin(self) -> bool:
        return await self._inner.has_admin()

    async def add_first_admin(self, user: User, password_hash: str) -> None:
        await self._write(self._inner.add_first_admin(user, password_hash), user_key(user.id))

    async def make_first_admin(self, user_id: UserId) -> User:
        return await self._write(self._inner.make_first_admin(user_id), pattern=role_pattern(user_id))

    async def user(self, user_id: UserId) -> User | None:
        return await self._cache.get_or_fetch(user_key(user_id), partial(self._inner.user, user_id))

    async def account(self, user_id: UserId) -> Account | None:
        return await self._inner.account(user_id)

    async def account_by_email(self, email: str) -> Account | None:
        return await self._inner.account_by_email(email)

    async def change_user(self, user_id: UserId, changes: Mapping[str, Any]) -> User | None:
        return await self._write(self._inner.change_user(user_id, changes), user_key(user_id), pattern=ALL_WITH_NAMES)

    async def set_access(
        self,
        user_id: UserId,
        *,
        role: UserRole | None = None,
        disabled: bool | None = None,
        actor_id: UserId | None = None,
    ) -> User | None:
        change = self._inner.set_access(user_id, role=role, disabled=disabled, actor_id=actor_id)
        return await self._write(change, pattern=role_pattern(user_id, sessions=bool(disabled)))

    async def reclaim_account(self, reset: PasswordResetToken, password_hash: str) -> User | None:
        change = self._inner.reclaim_account(reset, password_hash)
        return await self._write(change, pattern=role_pattern(reset.user_id, sessions=True))

    async def command_changes(self, after: int | None) -> tuple[int, list[UserId]]:
        newest, changed = await self._inner.command_changes(after)
        if changed:
            for user_id in changed:
                await self._cache.invalidate_cache_pattern(role_pattern(user_id, sessions=True))
        return newest, changed

    async def set_password(self, user_id: UserId, password_hash: str, *, expected_hash: str) -> bool:
        return await self._inner.set_password(user_id, password_hash, expected_hash=expected_hash)

    async def record_login(self, user_id: UserId, at: Timestamp) -> None:
        await self._write(self._inner.record_login(user_id, at), user_key(user_id))

    async def delete_user(self, user_id: UserId) -> bool:
        # The keys of sessions and rooms do not contain the user's id; accounts are rarely deleted.
        lists = "sign-in|room|members|member-ids|messages|rooms-of|discover|owners"
        pattern = f"^(user:{user_id}$|member:[^:]*:{user_id}$|({lists}):)"
        return await self._write(self._inner.delete_user(user_id), pattern=pattern)

    async def approve_user(self, user_id: UserId, admin_id: UserId) -> User | None:
        return await self._write(self._inner.approve_user(user_id, admin_id), user_key(user_id))

    async def reject_user(self, user_id: UserId, admin_id: UserId) -> bool:
        refusal = self._inner.reject_user(user_id, admin_id)  # a waiting user is in no room
        return await self._write(refusal, user_key(user_id), pattern=ALL_SESSIONS)

    async def is_empty(self) -> bool:
        return await self._inner.is_empty()

    # Directory

    async def users(
        self, *, search: str = "", pending: bool | None = None, before: UserId | None = None, limit: int
    ) -> list[User]:
        return await self._inner.users(search=search, pending=pending, before=before, limit=limit)

    async def counts(self, since: Timestamp) -> Totals:
        return await self._inner.counts(since)

    # Password resets

    async def add_password_reset(self, reset: PasswordResetToken) -> None:
        await self._inner.add_password_reset(reset)

    async def password_reset(self, token_hash: str) -> PasswordResetToken | None:
        return await self._inner.password_reset(token_hash)

    async def use_password_reset(self, token_hash: str, password_hash: str, now: Timestamp) -> UserId | None:
        use = self._inner.use_password_reset(token_hash, password_hash, now)
        return await self._write(use, pattern=ALL_SESSIONS_AND_USERS)  # a mailed reset verifies its user

    # Promotions

    async def confirm_promotion(
        self, user_id: UserId, admin_id: UserId, now: Timestamp, *, verified_only: bool
    ) -> User:
        confirm = self._inner.confirm_promotion(user_id, admin_id, now, verified_only=verified_only)
        return await self._write(confirm, pattern=role_pattern(user_id))

    # Verifications

    async def add_verification(self, verification: EmailVerificationToken) -> None:
        await self._inner.add_verification(verification)

    async def use_verification(self, token_hash: str, user_id: UserId, now: Timestamp) -> User | None:
        return await self._write(self._inner.use_verification(token_hash, user_id, now), user_key(user_id))

    # Sessions

    async def add_session(self, session: Session) -> None:
        await self._write(self._inner.add_session(session), session_key(session.id))

    async def session(self, session_id: SessionId) -> Session | None:
        key = session_key(session_id)
        sign_in = await self._cache.get_or_fetch(key, partial(self._inner.session, session_id))
        if sign_in is None:  # clients without a token choose these ids: caching absence would evict hot entries
            await self._cache.invalidate_cache(key)
        return sign_in

    async def sessions_of(self, user_id: UserId, now: Timestamp, limit: int) -> list[Session]:
        return await self._inner.sessions_of(user_id, now, limit)

    async def rotate_session(
        self, session_id: SessionId, used_hash: str, renewal: SessionRenewal, *, retry_since: Timestamp
    ) -> Session | None:
        rotate = self._inner.rotate_session(session_id, used_hash, renewal, retry_since=retry_since)
        return await self._write(rotate, session_key(session_id))

    async def revoke_session(self, session_id: SessionId) -> None:
        await self._write(self._inner.revoke_session(session_id), session_key(session_id))

    async def revoke_sessions(self, user_id: UserId, *, keep: SessionId | None = None) -> list[SessionId]:
        # All, not only the returned ids: a session that another caller has just revoked may still be cached.
        return await self._write(self._inner.revoke_sessions(user_id, keep=keep), pattern=ALL_SESSIONS)

    async def purge_sessions(self, before: Timestamp, limit: int) -> int:
        return await self._write(self._inner.purge_sessions(before, limit), pattern=ALL_SESSIONS)

    # Rooms

    async def add_room(self, room: Room) -> None:
        owner = room.created_by
        keys = (*membership_keys(room.id, owner), messages_key(room.id))
        await self._write(self._inner.add_room(room), *keys, pattern=ALL_DISCOVER)

    async def room(self, room_id: RoomId) -> Room | None:
        return await self._cache.get_or_fetch(room_key(room_id), partial(self._inner.room, room_id))

    async def change_room(
        self, room_id: RoomId, changes: Mapping[str, Any], audit: AuditDraft | None = None
    ) -> Room | None:
        pattern = ALL_DISCOVER if "visibility" in changes else None
        return await self._write(self._inner.change_room(room_id, changes, audit), room_key(room_id), pattern=pattern)

    async def delete_room(self, room_id: RoomId, actor_id: UserId | None = None) -> bool:
        pattern = f"^((room|members|member-ids|messages):{room_id}$|member:{room_id}:|rooms-of:|discover:|owners:)"
        return await self._write(self._inner.delete_room(room_id, actor_id), pattern=pattern)

    async def rooms_of(self, user_id: UserId, limit: int) -> list[Membership]:
        listed = await self._lists.get(rooms_of_key(user_id), limit, partial(self._inner.rooms_of, user_id))
        if len(listed.items) == listed.limit and self._lists.is_stale(listed):
            return await self._inner.rooms_of(user_id, limit)  # a room beyond the limit may have become active
        current = [
            Membership(room, kept.role, kept.last_read)
            for kept in listed.items
            if (room := await self._refresh(kept.room, listed))
        ]
        current.sort(key=lambda membership: (membership.room.last_active, membership.room.id), reverse=True)
        return current[:limit]

    async def discover(
        self, user_id: UserId, *, search: str = "", before: RoomId | None = None, limit: int
    ) -> list[Room]:
        if search or before is not None:
            return await self._inner.discover(user_id, search=search, before=before, limit=limit)
        listed = await self._lists.get(
            discover_key(user_id), limit, lambda limit: self._inner.discover(user_id, limit=limit)
        )
        current = [await self._refresh(kept, listed) for kept in listed.items[:limit]]
        return [room for room in current if room and room.visibility == "public"]

    async def owners(self, room_ids: Sequence[RoomId]) -> dict[RoomId, UserSummary]:
        key = f"owners:{blake2b(''.join(room_ids).encode(), digest_size=16).hexdigest()}"
        return await self._cache.get_or_fetch(key, partial(self._inner.owners, room_ids), TTL)

    async def _refresh(self, room: Room, listed: CachedList[Any]) -> Room | None:
        return await self.room(room.id) if self._lists.is_stale(listed, room_key(room.id)) else room

    # Members

    async def add_member(
        self,
        room_id: RoomId,
        user_id: UserId,
        at: Timestamp,
        *,
        only_public: bool = False,
        admin_audit: AuditDraft | None = None,
    ) -> Member:
        adding = self._inner.add_member(room_id, user_id, at, only_public=only_public, admin_audit=admin_audit)
        return await self._write_membership(adding, room_id, user_id)

    async def remove_member(self, room_id: RoomId, user_id: UserId, audit: AuditDraft | None = None) -> bool:
        return await self._write_membership(self._inner.remove_member(room_id, user_id, audit), room_id, user_id)

    async def member(self, room_id: RoomId, user_id: UserId) -> Member | None:
        key = member_key(room_id, user_id)
        return await self._cache.get_or_fetch(key, partial(self._inner.member, room_id, user_id))

    async def members(self, room_id: RoomId, limit: int) -> list[MemberProfile]:
        listed = await self._lists.get(members_key(room_id), limit, partial(self._inner.members, room_id))
        return list(listed.items[:limit])

    async def member_ids(self, room_id: RoomId) -> frozenset[UserId]:
        return await self._cache.get_or_fetch(member_ids_key(room_id), partial(self._inner.member_ids, room_id), TTL)

    def cached_member_ids(self, room_id: RoomId) -> frozenset[UserId] | None:
        """Return the cached result of `member_ids` without waiting; None if it is not cached."""
        return cast("frozenset[UserId] | None", self._cache.peek(member_ids_key(room_id)))

    async def transfer_room(
        self, room_id: RoomId, owner: UserId, new_owner: UserId, audit: AuditDraft | None = None
    ) -> None:
        keys = (key for user_id in (owner, new_owner) for key in membership_keys(room_id, user_id))
        await self._write(self._inner.transfer_room(room_id, owner, new_owner, audit), *keys, pattern=ALL_OWNERS)

    async def mark_read(self, room_id: RoomId, user_id: UserId, seq: int) -> int:
        marking = self._inner.mark_read(room_id, user_id, seq)
        return await self._write(marking, member_key(room_id, user_id), rooms_of_key(user_id))

    # Messages

    async def add_messages(self, drafts: Sequence[MessageDraft]) -> list[Message | AppError]:
        return await self._writes.run(self._add_messages(drafts))

    async def messages_after(self, room_id: RoomId, seq: int, limit: int, *, visible_from: int = 1) -> list[Message]:
        return await self._inner.messages_after(room_id, seq, limit, visible_from=visible_from)

    async def messages_before(
        self, room_id: RoomId, seq: int | None, limit: int, *, visible_from: int = 1
    ) -> list[Message]:
        if seq is not None:
            return await self._inner.messages_before(room_id, seq, limit, visible_from=visible_from)
        # One cached list for all members: each reads the part that is visible to them.
        listed = await self._lists.get(
            messages_key(room_id), limit, partial(self._inner.messages_before, room_id, None)
        )
        return [message for message in listed.items[-limit:] if message.seq >= visible_from]

    async def recent_messages(self, user_id: UserId, limit: int) -> list[Message]:
        return await self._inner.recent_messages(user_id, limit)

    # Retention

    async def expire_messages(self, room_id: RoomId, now: Timestamp, max_retention_days: int | None, limit: int) -> int:
        expiry = self._inner.expire_messages(room_id, now, max_retention_days, limit)
        return await self._write(expiry, room_key(room_id), messages_key(room_id))

    # Presence

    async def save_presence(self, rooms: Mapping[RoomId, Sequence[PresenceRecord]]) -> None:
        await self._write(self._inner.save_presence(rooms), *map(room_key, rooms))

    async def presence(self, room_id: RoomId) -> list[PresenceRecord]:
        return await self._inner.presence(room_id)

    async def clear_presence(self) -> int:
        return await self._inner.clear_presence()

    # Invalidation

    async def _write(self, write: Coroutine[Any, Any, T], *keys: str, pattern: str | None = None) -> T:
        """Run a write to its end, then invalidate `keys` and all keys that match `pattern`."""
        # Cancelling the inner call would end it before its outcome is known: the database may still commit.
        return await self._writes.run(self._invalidate_after(write, keys, pattern))

    async def _write_membership(self, write: Coroutine[Any, Any, T], room_id: RoomId, *user_ids: UserId) -> T:
        return await self._write(write, *(key for user_id in user_ids for key in membership_keys(room_id, user_id)))

    async def _invalidate_after(self, write: Coroutine[Any, Any, T], keys: Sequence[str], pattern: str | None) -> T:
        try:
            return await write
        finally:
            await self._invalidate(*keys)
            if pattern:
                await self._cache.invalidate_cache_pattern(pattern)

    async def _invalidate(self, *keys: str) -> None:
        for key in keys:
            if key.startswith(room_key("")):
                self._lists.record_write(key)
            await self._cache.invalidate_cache(key)

    async def _add_messages(self, drafts: Sequence[MessageDraft]) -> list[Message | AppError]:
        places = {(draft.room_id, draft.sender.id) for draft in drafts if draft.sender}
        rooms = {draft.room_id for draft in drafts}
        try:
            results = await self._inner.add_messages(drafts)
        except BaseException:
            await self._invalidate(*map(room_key, rooms), *(member_key(*place) for place in places))
            raise
        else:
            await self._advance_marks([result for result in results if isinstance(result, Message)])
            return results
        finally:
            await self._invalidate(*map(messages_key, rooms), *{rooms_of_key(user_id) for _, user_id in places})

    async def _advance_marks(self, messages: Sequence[Message]) -> None:
        """Update the cached rooms and senders in place, because the next message reads them again.

        Only growing marks change, so the larger value is right, also for a retry and whenever the value was read.
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
            self._lists.record_write(room_key(room_id))
            await self._cache.change_cached(room_key(room_id), partial(_advance_room, seq=seq, at=at))
        for place, seq in read.items():
            await self._cache.change_cached(member_key(*place), partial(_advance_member, seq=seq))


def _advance_room(room: Room | None, seq: int, at: Timestamp) -> Room | None:
    if room is None:
        return None
    return msgspec.structs.replace(room, last_seq=max(room.last_seq, seq), last_active=max(room.last_active, at))


def _advance_member(member: Member | None, seq: int) -> Member | None:
    return member and msgspec.structs.replace(member, last_read=max(member.last_read, seq))
