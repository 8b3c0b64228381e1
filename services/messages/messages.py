"""Messages in rooms: sending, history, catch-up after a reconnect, read positions."""

from collections.abc import Awaitable, Coroutine
from functools import partial
from typing import Any

import msgspec

from domain.accounts import User, UserSummary
from domain.base import Record, RoomId
from domain.clock import seconds_between
from domain.errors.messages import TooManyHeld
from domain.errors.moderation import Muted
from domain.errors.rooms import NotAMember, RoomNotFound
from domain.messages import HeldMessage, HistoryQuery, Message, MessageDraft, PostedMessage
from services.access import RoomAccess
from services.context import ServiceContext
from services.messages.held_messages import HeldMessages
from services.messages.writer import MessageWriter
from services.presence.activity import Activity
from services.presence.presence import Presence
from services.study.clock import StudyClock

MAX_RECOVERED_MESSAGES = 300
"""Limit of missed messages in a catch-up. If more were missed, the client gets the latest `LATEST_MESSAGES` instead."""
LATEST_MESSAGES = 50


class CatchUp(Record, frozen=True):
    """Missed messages of a client that joins again.

    `recovered` is true if `missed` continues the client's messages without a gap; otherwise `missed` replaces them.
    `expired` is true if messages that the client lacks are no longer available to it: deleted, or older than
    `visible_from` of the member. `first_seq` is the first number that is stored and visible to the member.
    """

    first_seq: int
    last_seq: int
    epoch: str
    recovered: bool
    expired: bool
    missed: list[Message]


class Pagination(Record, frozen=True):
    """Position of a page of history. Pages are counted from the newest message.

    `first_seq` is the first number that is stored and visible to the member: their history begins at `visible_from`.
    """

    page: int
    limit: int
    total: int
    pages: int
    first_seq: int
    total_pages: int
    """The same as `pages`, under the name that clients of the older backend read."""
    has_more: bool
    """True if there are older messages than these; with `after`, newer ones."""
    visible_from: int


class History(Record, frozen=True):
    """A page of messages of a room, oldest first."""

    messages: list[Message]
    pagination: Pagination


class Messages:
    """The messages of all rooms."""

    def __init__(
        self,
        ctx: ServiceContext,
        writer: MessageWriter,
        access: RoomAccess,
        presence: Presence,
        activity: Activity,
        held_messages: HeldMessages,
        study_clock: StudyClock,
    ) -> None:
        self._storage = ctx.storage
        self._lookups = ctx.lookups
        self._writer = writer
        self._access = access
        self._presence = presence
        self._activity = activity
        self._held_messages = held_messages
        self._study_clock = study_clock
        self._limiter = ctx.limiter
        self._clock = ctx.clock
        self._new_id = ctx.new_id

    async def post(
        self, room_id: RoomId, content: str, client_message_id: str | None, user: User, address: str = ""
    ) -> PostedMessage:
        """Send a message to a room. When this returns it is committed, and published or held by quiet focus.

        Idempotent: a second call of the same user with the same `client_message_id` in the same room returns the first
        message. `address` is the client's.

        Raises:
            RoomNotFound: the room is missing, or it is private and the user not a member.
            NotAMember: the user is not a member.
            Muted: the user is muted.
            TooManyHeld: quiet focus would hold it, and too many wait.
            RateLimited: too many messages of the user or from this address, or too many wait for a commit (load
                shedding).
            StorageUnavailable: not stored in time, outcome unknown; a retry with the same id stores it only once.
        """
        return await (await self.submit(room_id, content, client_message_id, user, address))

    async def submit(
        self, room_id: RoomId, content: str, client_message_id: str | None, user: User, address: str = ""
    ) -> Coroutine[Any, Any, PostedMessage]:
        """Enqueue a message, and return the coroutine that `post` awaits.

        Messages that are submitted later get later numbers, and are released later if they are held.
        """
        self._access.require_verified(user)
        await self._limiter.hit("messages", user.id, address=address)
        kept = self._writer.enqueue(self._draft(room_id, user.summary, content, client_message_id))
        return self._await_commit(kept, room_id, user)

    async def _await_commit(self, kept: Awaitable[PostedMessage], room_id: RoomId, user: User) -> PostedMessage:
        try:
            message = await kept
        except (NotAMember, RoomNotFound):
            # A hidden room is reported as missing, with the same timing as a room that does not exist.
            await self._access.require_member(room_id, user)
            raise
        except Muted as failure:
            raise failure.at(self._clock.now()) from None
        except TooManyHeld as failure:
            raise failure.at(self._study_clock.timestamp()) from None
        self._presence.touch(room_id, user.id)
        if isinstance(message, HeldMessage):
            self._held_messages.announce(message)
        else:
            await self._activity.push_read_mark(room_id, user.id)
        return message

    async def post_system(self, room_id: RoomId, content: str, user: User) -> Message:
        """Send a system message to the room.

        Raises:
            RoomNotFound: as for `post`.
            Forbidden: the user is neither its owner, nor a moderator of it, nor an admin.
            Muted: as for `post`.
        """
        await self._limiter.hit("messages", user.id)
        _, member = await self._access.require_moderator(room_id, user)
        if member is not None and member.muted_until is not None:
            left = seconds_between(self._clock.now(), member.muted_until)
            if left > 0:
                raise Muted(member.muted_until, left)
        draft = self._draft(room_id, None, content, None)
        act = self._access.audit_draft(room_id, "system-message-posted", user, messageId=draft.id)
        written = self._writer.write(msgspec.structs.replace(draft, audit=act))
        return await self._access.run_authorized(room_id, user, written)

    async def history(self, room_id: RoomId, query: HistoryQuery, user: User) -> History:
        """Return a page of the room's history.

        Raises:
            RoomNotFound, NotAMember: as for `post`.
        """
        room, member = await self._access.require_member(room_id, user)
        page, limit, visible_from = query.page or 1, query.limit, member.visible_from
        first = max(room.first_seq, visible_from)
        if query.after is not None:
            messages = await self._storage.messages_after(room_id, query.after, limit, visible_from=visible_from)
            has_more = bool(messages) and messages[-1].seq < room.last_seq
        else:
            before = query.before
            if page > 1:
                before = max(1, room.last_seq + 1 - (page - 1) * limit)  # numbers have no gaps
            messages = await self._lookups.messages_before(room_id, before, limit, visible_from=visible_from)
            has_more = bool(messages) and messages[0].seq > first
        await self._access.require_member(room_id, user)  # a user evicted meanwhile receives nothing
        total = max(room.last_seq, messages[-1].seq if messages else 0) + 1 - first
        pages = -(-total // limit)
        return History(
            messages=messages,
            pagination=Pagination(
                page=page,
                limit=limit,
                total=total,
                pages=pages,
                first_seq=first,
                total_pages=pages,
                has_more=has_more,
                visible_from=visible_from,
            ),
        )

    async def catch_up(self, room_id: RoomId, since: int | None, epoch: str | None, visible_from: int) -> CatchUp:
        """Return the messages after `since`. Subscribe to the room first, then call this, so that no message is missed.

        If some of them have expired, this is no recovery: a client that looks for the gap would look for ever. The
        client still receives all that are left, up to the limit.

        Args:
            room_id: the room.
            since: number of the last message that the client has; None if it wants none.
            epoch: epoch of the history to which that number belongs; None if the client does not know it.
            visible_from: first number that the member may read; older messages count as expired.
        """
        read = partial(
            self._storage.messages_after, room_id, limit=MAX_RECOVERED_MESSAGES + 1, visible_from=visible_from
        )
        current = await self._lookups.epoch()
        start = since if epoch in (None, current) else None
        missed = [] if start is None else await read(start)
        room = await self._lookups.room(room_id)
        first, last = (max(room.first_seq, visible_from), room.last_seq) if room else (1, 0)
        if start is not None and not missed and start < last:  # sent since the first read, or deleted
            missed = await read(start)
        last = max(last, missed[-1].seq) if missed else last
        following = missed[0].seq if missed else last + 1
        expired = start is not None and start + 1 < following
        recovered = start is not None and start <= last and not expired and len(missed) <= MAX_RECOVERED_MESSAGES
        if since is not None and not recovered and not (expired and len(missed) <= MAX_RECOVERED_MESSAGES):
            missed = await self._lookups.messages_before(room_id, None, LATEST_MESSAGES, visible_from=visible_from)
            last = max(last, missed[-1].seq) if missed else last
        return CatchUp(
            first_seq=max(first, following) if expired else first,
            last_seq=last,
            epoch=current,
            recovered=recovered,
            expired=expired,
            missed=missed,
        )

    async def mark_read(self, room_id: RoomId, seq: int, user: User) -> int:
        """Store that the user has read everything up to `seq`, and return the number of unread messages.

        Raises:
            RoomNotFound, NotAMember: as for `post`.
        """
        _, before = await self._access.require_member(room_id, user)
        try:
            unread = await self._storage.mark_read(room_id, user.id, seq)
        except NotAMember:  # the membership ended meanwhile
            await self._access.require_member(room_id, user)
            raise
        self._presence.touch(room_id, user.id)
        if seq > before.last_read:
            await self._activity.push_read_mark(room_id, user.id)
        return unread

    def _draft(
        self, room_id: RoomId, sender: UserSummary | None, content: str, client_message_id: str | None
    ) -> MessageDraft:
        return MessageDraft(
            id=self._new_id(),
            room_id=room_id,
            sender=sender,
            content=content,
            timestamp=self._clock.now(),
            client_message_id=client_message_id,
        )
