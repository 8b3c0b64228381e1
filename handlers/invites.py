"""Room invitations."""

from typing import Annotated

from aiohttp import web

from domain.base import InviteId
from domain.errors.rooms import InviteNotFound
from domain.rooms import Invite, InviteCode, InvitedRoom, NewInvite, RoomView
from handlers.bearer import bearer
from handlers.keys import ADDRESS, CALLER, SERVICES
from handlers.routing import InPath, RoomInPath
from text import normalise

InviteInPath = Annotated[InviteId, InPath("inviteId", normalise.uuid, InviteNotFound)]
CodeInPath = Annotated[str, InPath("code", normalise.invite_code, InviteNotFound)]


async def create(request: web.Request, room_id: RoomInPath, new: NewInvite) -> Invite:
    """Create an invitation to a room."""
    return await request.app[SERVICES].invites.create(room_id, new, request[CALLER].user, request[ADDRESS])


async def of_room(request: web.Request, room_id: RoomInPath) -> list[Invite]:
    """List the usable invitations of a room, newest first."""
    return await request.app[SERVICES].invites.list_for_room(room_id, request[CALLER].user)


async def revoke(request: web.Request, room_id: RoomInPath, invite_id: InviteInPath) -> None:
    """Revoke an invitation."""
    await request.app[SERVICES].invites.revoke(room_id, invite_id, request[CALLER].user)


async def show(request: web.Request, code: CodeInPath) -> InvitedRoom:
    """Get the room of an invitation, and the inviter. The code is the permission; a token is optional."""
    user = await request.app[SERVICES].sessions.find_user(bearer(request))
    return await request.app[SERVICES].invites.look_up(code, user, request[ADDRESS])


async def look_up(request: web.Request, payload: InviteCode) -> InvitedRoom:
    """Get the room of an invitation, and the inviter. The code is the permission; a token is optional."""
    return await show(request, payload.code)


async def accept_code(request: web.Request, payload: InviteCode) -> RoomView:
    """Accept an invitation: the caller becomes a member of its room."""
    return await accept(request, payload.code)


async def accept(request: web.Request, code: CodeInPath) -> RoomView:
    """Accept an invitation: the caller becomes a member of its room."""
    return await request.app[SERVICES].invites.accept(code, request[CALLER].user, request[ADDRESS])
