"""What clients do in rooms, and to stay there."""

from collections.abc import Awaitable, Coroutine
from typing import Any

from aiohttp import web

from domain.account_requests import TokenRenewal
from domain.base import Timestamp
from domain.connections import Connection
from domain.events import RoomUsers
from domain.messages import MarkRead, Message, SendMessage
from domain.presence import Status, UpdateStatus
from domain.rooms import JoinRoom, RoomRef, RoomView
from handlers.keys import ACCESS, ACCOUNTS, MESSAGES, PRESENCE, ROOM_VIEWS, TOKEN_EXPIRY
from socket_events.routing import Ack


class JoinRoomAck(Ack, kw_only=True, frozen=True):
    """Answer to `join-room`. `awayAfter` is in seconds; `chosenStatus` is null while it follows what the user does.

    `recovered` says that `missed` goes on where the client was, without a hole; else it is the latest, and replaces
    what the client has. `expired` says that some of what the client has not is deleted, or older than `visibleFrom`.
    """

    room: RoomView
    users: RoomUsers
    chosen_status: Status | None
    away_after: float
    muted_until: Timestamp | None
    last_read: int
    first_seq: int
    visible_from: int
    last_seq: int
    epoch: str
    recovered: bool
    expired: bool
    missed: list[Message]


class SendMessageAck(Ack, kw_only=True, frozen=True):
    """The message as it was stored."""

    message: Message


class MarkReadAck(Ack, kw_only=True, frozen=True):
    """How many messages are unread now."""

    unread: int


class RefreshTokenAck(Ack, kw_only=True, frozen=True):
    """When the token ends that the connection goes on with."""

    token_expires: Timestamp


async def join_room(app: web.Application, connection: Connection, payload: JoinRoom) -> JoinRoomAck:
    """Come into a room, or back into it: hear it first, then read what was missed."""
    presence = app[PRESENCE]
    user = await app[ACCOUNTS].require_user(connection.user_id)
    app[ACCESS].require_verified(user)
    entered = await presence.join(connection, user, payload.room_id)
    try:
        visible_from = entered.member.visible_from
        caught_up = await app[MESSAGES].catch_up(payload.room_id, payload.since, payload.epoch, visible_from)
        await presence.ensure_present(connection, user, payload.room_id)  # else what was missed is not theirs to read
        await app[ACCOUNTS].require_user(connection.user_id)  # nor is it if they were disabled
    except BaseException:
        if entered.is_new:  # the ack will say no, so nobody must be seen there
            presence.leave(connection, payload.room_id)
        raise
    return JoinRoomAck(
        room=app[ROOM_VIEWS].view(entered.room, entered.member),
        users=entered.users,
        chosen_status=entered.chosen_status,
        away_after=presence.away_after,
        muted_until=app[ROOM_VIEWS].muted_until(entered.member),
        last_read=entered.member.last_read,
        first_seq=caught_up.first_seq,
        visible_from=visible_from,
        last_seq=caught_up.last_seq,
        epoch=caught_up.epoch,
        recovered=caught_up.recovered,
        expired=caught_up.expired,
        missed=caught_up.missed,
    )


async def leave_room(app: web.Application, connection: Connection, payload: RoomRef) -> Ack:
    """Go out of a room; on another device one may still be there."""
    app[PRESENCE].leave(connection, payload.room_id)
    await app[ACCESS].require_visible(
        payload.room_id, await app[ACCOUNTS].require_user(connection.user_id)
    )  # says so where it is none
    return Ack()


async def send_message(
    app: web.Application, connection: Connection, payload: SendMessage
) -> Coroutine[Any, Any, SendMessageAck]:
    """Say something. Once it is on its way, the next event need not wait until it is kept."""
    user = await app[ACCOUNTS].require_user(connection.user_id)
    messages, where = app[MESSAGES], connection.address
    return _message_ack(await messages.submit(payload.room_id, payload.content, payload.client_message_id, user, where))


async def _message_ack(kept: Awaitable[Message]) -> SendMessageAck:
    return SendMessageAck(message=await kept)


async def update_status(app: web.Application, connection: Connection, payload: UpdateStatus) -> Ack:
    """Be active, away or busy in a room until that is changed; without a status, say that one is doing something."""
    await app[ACCESS].require_member(payload.room_id, await app[ACCOUNTS].require_user(connection.user_id))
    app[PRESENCE].set_status(payload.room_id, connection.user_id, payload.status)
    return Ack()


async def mark_read(app: web.Application, connection: Connection, payload: MarkRead) -> MarkReadAck:
    """Note what was read."""
    user = await app[ACCOUNTS].require_user(connection.user_id)
    return MarkReadAck(unread=await app[MESSAGES].mark_read(payload.room_id, payload.seq, user))


async def refresh_token(app: web.Application, connection: Connection, payload: TokenRenewal) -> RefreshTokenAck:
    """Go on with a newer token, in each namespace that the client is in."""
    return RefreshTokenAck(token_expires=await app[TOKEN_EXPIRY].renew(connection, payload.token))
