"""Invitations into rooms."""

from typing import Annotated

from aiohttp import web

import text
from app_keys import ADDRESS, CALLER, INVITES, SIGN_INS
from bodies import InviteCode, NewInvite
from errors import InviteNotFound
from handlers.bearer import bearer
from handlers.routes import InPath, RoomInPath
from models import Invite, InvitedRoom, InviteId, RoomView

InviteInPath = Annotated[InviteId, InPath("inviteId", text.uuid, InviteNotFound)]
CodeInPath = Annotated[str, InPath("code", text.invite_code, InviteNotFound)]


async def create(request: web.Request, room_id: RoomInPath, new: NewInvite) -> Invite:
    """Invite into a room whoever will have the code."""
    return await request.app[INVITES].create(room_id, new, request[CALLER].user, request[ADDRESS])


async def of_room(request: web.Request, room_id: RoomInPath) -> list[Invite]:
    """Show the invitations that work, newest first."""
    return await request.app[INVITES].of_room(room_id, request[CALLER].user)


async def revoke(request: web.Request, room_id: RoomInPath, invite_id: InviteInPath) -> None:
    """Have an invitation work no more."""
    await request.app[INVITES].revoke(room_id, invite_id, request[CALLER].user)


async def show(request: web.Request, code: CodeInPath) -> InvitedRoom:
    """Show the room that an invitation leads to, and its inviter. The code is the permission; a token is optional."""
    user = await request.app[SIGN_INS].user_of(bearer(request))
    return await request.app[INVITES].room(code, user, request[ADDRESS])


async def look_up(request: web.Request, wanted: InviteCode) -> InvitedRoom:
    """Show the room that an invitation leads to, and its inviter. The code is the permission; a token is optional."""
    return await show(request, wanted.code)


async def accept_code(request: web.Request, wanted: InviteCode) -> RoomView:
    """Make the caller a member of the room that an invitation leads to."""
    return await accept(request, wanted.code)


async def accept(request: web.Request, code: CodeInPath) -> RoomView:
    """Make the caller a member of the room that an invitation leads to."""
    return await request.app[INVITES].accept(code, request[CALLER].user, request[ADDRESS])
