"""Study rooms."""

from aiohttp import web

from app_keys import CALLER, ROOMS
from bodies import NewRoom, RoomChange, RoomsQuery
from handlers.reading import answer, read, read_query, room_id


async def overview(request: web.Request) -> web.Response:
    """Show the caller's rooms, and others that they could join."""
    query, user = read_query(request, RoomsQuery), request[CALLER].user
    rooms = request.app[ROOMS]
    discovered, cursor = await rooms.discover(query, user)
    return answer({"userRooms": await rooms.of_user(user), "discoverRooms": discovered, "nextCursor": cursor})


async def create(request: web.Request) -> web.Response:
    """Open a room owned by the caller."""
    new = await read(request, NewRoom)
    return answer(await request.app[ROOMS].create(new, request[CALLER].user), 201)


async def details(request: web.Request) -> web.Response:
    """Show a room with its members."""
    return answer(await request.app[ROOMS].details(room_id(request), request[CALLER].user))


async def change(request: web.Request) -> web.Response:
    """Change a room."""
    wanted = await read(request, RoomChange)
    return answer(await request.app[ROOMS].change(room_id(request), wanted, request[CALLER].user))


async def delete(request: web.Request) -> web.Response:
    """Delete a room."""
    await request.app[ROOMS].delete(room_id(request), request[CALLER].user)
    return answer(None)


async def basic_info(request: web.Request) -> web.Response:
    """Show what somebody who is no member may see."""
    return answer(await request.app[ROOMS].basic_info(room_id(request), request[CALLER].user))


async def join(request: web.Request) -> web.Response:
    """Make the caller a member."""
    return answer(await request.app[ROOMS].join(room_id(request), request[CALLER].user))


async def leave(request: web.Request) -> web.Response:
    """End the caller's membership."""
    return answer(await request.app[ROOMS].leave(room_id(request), request[CALLER].user))
