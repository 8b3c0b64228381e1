"""What clients do in rooms.

Each handler takes the event's argument as it came and returns what the ack says beside ok.
"""

from collections.abc import Awaitable, Coroutine, Mapping
from typing import Any

from aiohttp import web

import wire
from app_keys import ACCOUNTS, MESSAGES, PRESENCE, ROOMS
from bodies import JoinRoom, MarkRead, RoomRef, SendMessage, UpdateStatus
from connection import Connection
from models import Message

Answer = Mapping[str, Any]


async def join_room(app: web.Application, connection: Connection, argument: Any) -> Answer:
    """Come into a room, or back into it: hear it first, then read what was missed."""
    wanted = wire.convert(_named(argument), JoinRoom)
    presence = app[PRESENCE]
    user = await app[ACCOUNTS].user(connection.user_id)
    entered = await presence.enter(connection, user, wanted.room_id)
    try:
        caught_up = await app[MESSAGES].catch_up(wanted.room_id, wanted.since, wanted.epoch)
        await presence.confirm(connection, user, wanted.room_id)  # else what was missed is not theirs to read
    except BaseException:
        if entered.is_new:  # the ack will say no, so nobody must be seen there
            presence.leave(connection, wanted.room_id)
        raise
    return {
        "room": app[ROOMS].view(entered.room, entered.member),
        "users": entered.users,
        "mutedUntil": app[ROOMS].muted_until(entered.member),
        "lastRead": entered.member.last_read,
        "firstSeq": caught_up.first_seq,
        "lastSeq": caught_up.last_seq,
        "epoch": caught_up.epoch,
        "recovered": caught_up.recovered,
        "expired": caught_up.expired,
        "missed": caught_up.missed,
    }


async def leave_room(app: web.Application, connection: Connection, argument: Any) -> Answer:
    """Go out of a room; on another device one may still be there."""
    wanted = wire.convert(_named(argument), RoomRef)
    app[PRESENCE].leave(connection, wanted.room_id)
    await app[ROOMS].visible(wanted.room_id, await app[ACCOUNTS].user(connection.user_id))  # says so where it is none
    return {}


async def send_message(app: web.Application, connection: Connection, argument: Any) -> Coroutine[Any, Any, Answer]:
    """Say something. Once it is on its way, the next event need not wait until it is kept."""
    wanted = wire.convert(argument, SendMessage)
    user = await app[ACCOUNTS].user(connection.user_id)
    messages, where = app[MESSAGES], connection.address
    return _message(await messages.send(wanted.room_id, wanted.content, wanted.client_message_id, user, where))


async def _message(kept: Awaitable[Message]) -> Answer:
    return {"message": await kept}


async def update_status(app: web.Application, connection: Connection, argument: Any) -> Answer:
    """Be active, away or busy in a room."""
    wanted = wire.convert(argument, UpdateStatus)
    await app[ROOMS].of_member(wanted.room_id, await app[ACCOUNTS].user(connection.user_id))
    app[PRESENCE].set_status(wanted.room_id, connection.user_id, wanted.status)
    return {}


async def mark_read(app: web.Application, connection: Connection, argument: Any) -> Answer:
    """Note what was read."""
    wanted = wire.convert(argument, MarkRead)
    user = await app[ACCOUNTS].user(connection.user_id)
    return {"unread": await app[MESSAGES].mark_read(wanted.room_id, wanted.seq, user)}


def _named(argument: Any) -> Any:
    """The seed's clients send the room's id alone."""
    return {"roomId": argument} if isinstance(argument, str) else argument
