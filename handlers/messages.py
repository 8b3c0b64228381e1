"""Messages of a room."""

from domain.accounts import Caller
from domain.messages import HistoryQuery, Message, NewMessage, PostedMessage, SystemMessage
from handlers.routing import RoomInPath
from services.container import Services
from services.messages.messages import History


async def history(services: Services, caller: Caller, room_id: RoomInPath, query: HistoryQuery) -> History:
    """List a page of messages."""
    return await services.messages.history(room_id, query, caller.user)


async def post(services: Services, caller: Caller, room_id: RoomInPath, new: NewMessage) -> PostedMessage:
    """Send a message."""
    user, where = caller.user, caller.address
    return await services.messages.post(room_id, new.content, new.client_message_id, user, where)


async def post_system(services: Services, caller: Caller, room_id: RoomInPath, new: SystemMessage) -> Message:
    """Send a system message to the room."""
    return await services.messages.post_system(room_id, new.content, caller.user)
