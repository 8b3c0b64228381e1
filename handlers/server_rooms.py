"""Rooms of the whole server, for admins."""

from aiohttp import web

from app_keys import CALLER, SERVER_ROOMS
from bodies import RoomsQuery
from models import Record, RoomId
from services.server_rooms import ServerRoom


class ServerRoomList(Record, frozen=True):
    """Page of rooms; `next_cursor` is the cursor of the next page."""

    rooms: list[ServerRoom]
    next_cursor: RoomId | None


async def search(request: web.Request, query: RoomsQuery) -> ServerRoomList:
    """List all rooms, public or private, newest first."""
    return ServerRoomList(*await request.app[SERVER_ROOMS].search(query, request[CALLER].user))
