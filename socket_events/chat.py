"""Events of clients: join and leave rooms, messages, status, read positions, renewal of the token."""

from collections.abc import Awaitable, Coroutine
from typing import Any, Literal

from msgspec import UNSET, UnsetType

from domain.account_requests import TokenRenewal
from domain.accounts import Caller
from domain.base import Timestamp
from domain.connections import Connection
from domain.events import RoomUsers
from domain.messages import CancelHeld, HeldMessage, MarkRead, Message, PostedMessage, SendMessage
from domain.presence import ChosenStatus, UpdateStatus, UserActive
from domain.rooms import JoinRoom, RoomRef, RoomView
from domain.study.timer import TimerView
from services.container import Services
from socket_events.routing import Ack


class JoinRoomAck(Ack, kw_only=True, frozen=True):
    """Ack of `join-room`. `awayAfter` is in seconds; `chosenStatus` is null while the status follows input.

    `recovered` is true if `missed` continues the client's messages without a gap; otherwise `missed` has the latest
    messages and replaces them. `expired` is true if messages that the client lacks are deleted, or older than
    `visibleFrom`.
    """

    room: RoomView
    users: RoomUsers
    chosen_status: ChosenStatus | None
    follow_timer: bool
    show_on_leaderboard: bool
    away_after: float
    muted_until: Timestamp | None
    timer: TimerView
    last_read: int
    first_seq: int
    visible_from: int
    last_seq: int
    epoch: str
    recovered: bool
    expired: bool
    missed: list[Message]
    held: list[HeldMessage]
    """Messages of the user that quiet focus holds, in the order in which they were sent."""


class SendMessageAck(Ack, kw_only=True, frozen=True):
    """The message as it was stored.

    If quiet focus holds it, `held` is true, `seq` of the message is 0, and it is published at `releaseAt` or earlier.
    """

    message: Message
    held: Literal[True] | UnsetType = UNSET
    release_at: Timestamp | UnsetType = UNSET


class CancelHeldAck(Ack, kw_only=True, frozen=True):
    """True if a message was cancelled; false if none waits: it was published or cancelled before, or never sent."""

    cancelled: bool


class MarkReadAck(Ack, kw_only=True, frozen=True):
    """Number of messages that are unread now."""

    unread: int


class RefreshTokenAck(Ack, kw_only=True, frozen=True):
    """Time when the new token expires."""

    token_expires: Timestamp


async def join_room(services: Services, caller: Caller, connection: Connection, payload: JoinRoom) -> JoinRoomAck:
    """Join a room, or rejoin it: receive its events from now on, and the messages that were missed."""
    entered, timer, caught_up, held = await services.room_joins.join(connection, caller.user, payload)
    return JoinRoomAck(
        room=services.room_views.view(entered.room, entered.member),
        users=entered.users,
        chosen_status=entered.chosen_status,
        follow_timer=entered.member.follow_timer,
        show_on_leaderboard=entered.member.show_on_leaderboard,
        away_after=services.presence.away_after,
        muted_until=services.room_views.muted_until(entered.member),
        timer=timer,
        last_read=entered.member.last_read,
        first_seq=caught_up.first_seq,
        visible_from=entered.member.visible_from,
        last_seq=caught_up.last_seq,
        epoch=caught_up.epoch,
        recovered=caught_up.recovered,
        expired=caught_up.expired,
        missed=caught_up.missed,
        held=held,
    )


async def leave_room(services: Services, connection: Connection, payload: RoomRef) -> Ack:
    """Leave a room on this connection; other devices of the user stay in it."""
    services.presence.leave(connection, payload.room_id)
    await services.access.require_visible(
        payload.room_id, await services.access.require_user(connection.user_id)
    )  # raises if the room is missing
    return Ack()


async def send_message(services: Services, caller: Caller, payload: SendMessage) -> Coroutine[Any, Any, SendMessageAck]:
    """Send a message. The next event of the client is handled while this one is being stored."""
    room_id, content, key = payload.room_id, payload.content, payload.client_message_id
    return _message_ack(await services.messages.submit(room_id, content, key, caller.user, caller.address))


async def _message_ack(kept: Awaitable[PostedMessage]) -> SendMessageAck:
    posted = await kept
    if isinstance(posted, HeldMessage):
        return SendMessageAck(message=posted.message, held=True, release_at=posted.release_at)
    return SendMessageAck(message=posted)


async def cancel_held(services: Services, caller: Caller, payload: CancelHeld) -> CancelHeldAck:
    """Delete an own message that quiet focus holds."""
    room_id, key = payload.room_id, payload.client_message_id
    return CancelHeldAck(cancelled=await services.held_messages.cancel(room_id, key, caller.user))


async def update_status(services: Services, caller: Caller, payload: UpdateStatus) -> Ack:
    """Set the status and the activity in a room, until they are changed. Without either, report input in the room."""
    await services.presence_choices.update(payload.room_id, payload, caller.user)
    return Ack()


async def user_active(services: Services, caller: Caller, payload: UserActive) -> Ack:  # noqa: ARG001  # no fields
    """Report input of the user: it counts in each room in which they are present."""
    services.presence.touch_everywhere(caller.user.id)
    return Ack()


async def mark_read(services: Services, caller: Caller, payload: MarkRead) -> MarkReadAck:
    """Mark messages up to a number as read."""
    return MarkReadAck(unread=await services.messages.mark_read(payload.room_id, payload.seq, caller.user))


async def refresh_token(services: Services, connection: Connection, payload: TokenRenewal) -> RefreshTokenAck:
    """Renew the access token of this client, in each of its namespaces."""
    return RefreshTokenAck(token_expires=await services.token_expiry.renew(connection, payload.token))
