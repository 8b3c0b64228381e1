"""Presence in a room."""

from aiohttp import web

from domain.base import Record, RoomId, Timestamp, UserId
from domain.presence import Status, StatusChange
from handlers.keys import CALLER, SERVICES
from handlers.routing import RoomInPath


class PresentUser(Record, frozen=True):
    """A user present in a room, with the field names of the older API."""

    user_id: UserId
    name: str
    avatar: str | None
    status: Status
    last_active: Timestamp


async def show(request: web.Request, room_id: RoomInPath) -> list[PresentUser]:
    """List the users present in a room."""
    room, _ = await request.app[SERVICES].access.require_member(room_id, request[CALLER].user)
    return _present_users(request, room.id)


async def set_status(request: web.Request, room_id: RoomInPath, payload: StatusChange) -> list[PresentUser]:
    """Set the caller's status."""
    user = request[CALLER].user
    room, _ = await request.app[SERVICES].access.require_member(room_id, user)
    request.app[SERVICES].presence.set_status(room.id, user.id, payload.status)
    return _present_users(request, room.id)


async def leave(request: web.Request, room_id: RoomInPath) -> None:
    """Remove the caller from the room's present users, on all their devices; the membership remains."""
    user = request[CALLER].user
    room, _ = await request.app[SERVICES].access.require_member(room_id, user)
    request.app[SERVICES].presence.remove(room.id, user.id)


def _present_users(request: web.Request, room_id: RoomId) -> list[PresentUser]:
    return [
        PresentUser(user.id, user.name, user.avatar, user.status, user.last_active)
        for user in request.app[SERVICES].presence.users(room_id)
    ]
