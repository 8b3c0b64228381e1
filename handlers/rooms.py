"""Study rooms."""

from aiohttp import web

from domain.base import Record, RoomId
from domain.rooms import ListedRoom, NewRoom, RoomChange, RoomDetails, RoomInfo, RoomsQuery, RoomView
from handlers.keys import ADDRESS, CALLER, SERVICES
from handlers.routing import RoomInPath


class Overview(Record, frozen=True):
    """The caller's rooms, and public rooms that they could join; `next_cursor` is the cursor of the latter."""

    user_rooms: list[ListedRoom]
    discover_rooms: list[ListedRoom]
    next_cursor: RoomId | None


async def overview(request: web.Request, query: RoomsQuery) -> Overview:
    """List the caller's rooms, and public rooms that they could join."""
    rooms, user = request.app[SERVICES].rooms, request[CALLER].user
    discovered, cursor = await rooms.discover(query, user)
    return Overview(await rooms.list_for_user(user), discovered, cursor)


async def create(request: web.Request, new: NewRoom) -> RoomDetails:
    """Create a room owned by the caller."""
    return await request.app[SERVICES].rooms.create(new, request[CALLER].user, request[ADDRESS])


async def details(request: web.Request, room_id: RoomInPath) -> RoomDetails:
    """Get a room with its members."""
    return await request.app[SERVICES].rooms.details(room_id, request[CALLER].user)


async def change(request: web.Request, room_id: RoomInPath, payload: RoomChange) -> RoomDetails:
    """Change a room."""
    return await request.app[SERVICES].rooms.change(room_id, payload, request[CALLER].user)


async def delete(request: web.Request, room_id: RoomInPath) -> None:
    """Delete a room."""
    await request.app[SERVICES].rooms.delete(room_id, request[CALLER].user)


async def basic_info(request: web.Request, room_id: RoomInPath) -> RoomInfo:
    """Get the public part of a room, without membership."""
    return await request.app[SERVICES].rooms.basic_info(room_id, request[CALLER].user)


async def join(request: web.Request, room_id: RoomInPath) -> RoomView:
    """Join a room: the caller becomes a member."""
    return await request.app[SERVICES].rooms.join(room_id, request[CALLER].user, request[ADDRESS])


async def leave(request: web.Request, room_id: RoomInPath) -> RoomView:
    """End the caller's membership."""
    return await request.app[SERVICES].rooms.leave(room_id, request[CALLER].user)
