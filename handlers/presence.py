"""Who is in a room."""

from aiohttp import web

from app_keys import CALLER, PRESENCE, ROOMS
from bodies import StatusChange
from handlers.reading import answer, read, room_id


async def show(request: web.Request) -> web.Response:
    """Show who is here."""
    room, _ = await request.app[ROOMS].of_member(room_id(request), request[CALLER].user)
    return answer(_shown(request, room.id))


async def set_status(request: web.Request) -> web.Response:
    """Set the caller's status."""
    wanted, user = await read(request, StatusChange), request[CALLER].user
    room, _ = await request.app[ROOMS].of_member(room_id(request), user)
    request.app[PRESENCE].set_status(room.id, user.id, wanted.status)
    return answer(_shown(request, room.id))


async def leave(request: web.Request) -> web.Response:
    """Take the caller out of the room on all their devices; they stay a member."""
    user = request[CALLER].user
    room, _ = await request.app[ROOMS].of_member(room_id(request), user)
    request.app[PRESENCE].remove(room.id, user.id)
    return answer(None)


def _shown(request: web.Request, room: str) -> list[dict[str, str | None]]:
    return [
        {
            "userId": user.id,
            "name": user.name,
            "avatar": user.avatar,
            "status": user.status,
            "lastActive": user.last_active,
        }
        for user in request.app[PRESENCE].users(room)
    ]
