"""Messages of a room."""

from aiohttp import web

from domain.messages import HistoryQuery, Message, NewMessage, SystemMessage
from handlers.keys import ADDRESS, CALLER, SERVICES
from handlers.routing import RoomInPath
from services.messages.messages import History


async def history(request: web.Request, room_id: RoomInPath, query: HistoryQuery) -> History:
    """List a page of messages."""
    return await request.app[SERVICES].messages.history(room_id, query, request[CALLER].user)


async def post(request: web.Request, room_id: RoomInPath, new: NewMessage) -> Message:
    """Send a message."""
    user, where = request[CALLER].user, request[ADDRESS]
    return await request.app[SERVICES].messages.post(room_id, new.content, new.client_message_id, user, where)


async def post_system(request: web.Request, room_id: RoomInPath, new: SystemMessage) -> Message:
    """Send a system message to the room."""
    return await request.app[SERVICES].messages.post_system(room_id, new.content, request[CALLER].user)
