"""What is said in a room."""

from aiohttp import web

from app_keys import CALLER, MESSAGES
from bodies import HistoryQuery, NewMessage, SystemMessage
from handlers.reading import answer, read, read_query, room_id


async def history(request: web.Request) -> web.Response:
    """Show a page of what was said."""
    query = read_query(request, HistoryQuery)
    return answer(await request.app[MESSAGES].history(room_id(request), query, request[CALLER].user))


async def post(request: web.Request) -> web.Response:
    """Say something."""
    new = await read(request, NewMessage)
    user = request[CALLER].user
    message = await request.app[MESSAGES].post(room_id(request), new.content, new.client_message_id, user)
    return answer(message, 201)


async def post_system(request: web.Request) -> web.Response:
    """Have the room itself say something."""
    new = await read(request, SystemMessage)
    message = await request.app[MESSAGES].post_system(room_id(request), new.content, request[CALLER].user)
    return answer(message, 201)
