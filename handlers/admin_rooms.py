"""All rooms of the server, for admins."""

from domain.accounts import Caller
from domain.base import Record, RoomId
from domain.rooms import RoomsQuery
from services.admin.rooms import ServerRoom
from services.container import Services

TAG = "server_rooms"
"""Tag in the API documents; operationIds begin with it."""


class ServerRoomList(Record, frozen=True):
    """A page of rooms; `next_cursor` is the cursor of the next page."""

    rooms: list[ServerRoom]
    next_cursor: RoomId | None


async def search(services: Services, caller: Caller, query: RoomsQuery) -> ServerRoomList:
    """List all rooms, public or private, newest first (admins only)."""
    return ServerRoomList(*await services.room_admin.search(query, caller.user))
