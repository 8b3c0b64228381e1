"""All rooms of the server, for admins."""

from aiohttp import web

from domain.base import Record, RoomId
from domain.rooms import RoomsQuery
from handlers.keys import CALLER, SERVICES
from services.admin.rooms import ServerRoom

TAG = "server_rooms"
"""Tag in the API documents; operationIds begin with it."""


class ServerRoomList(Record, frozen=True):
    """A page of rooms; `next_cursor` is the cursor of the next page."""

    rooms: list[ServerRoom]
    next_cursor: RoomId | None


async def search(request: web.Request, query: RoomsQuery) -> ServerRoomList:
    """List all rooms, public or private, newest first."""
    return ServerRoomList(*await request.app[SERVICES].room_admin.search(query, request[CALLER].user))
