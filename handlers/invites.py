"""Room invitations."""

from typing import Annotated

from aiohttp import web

from domain.accounts import Caller, ClientInfo
from domain.base import InviteId
from domain.errors.rooms import InviteNotFound
from domain.rooms import Invite, InviteCode, InvitedRoom, NewInvite, RoomView
from handlers.bearer import bearer
from handlers.routing import InPath, RoomInPath
from services.container import Services
from text import normalise

InviteInPath = Annotated[InviteId, InPath("inviteId", normalise.uuid, InviteNotFound)]
CodeInPath = Annotated[str, InPath("code", normalise.invite_code, InviteNotFound)]


async def create(services: Services, caller: Caller, room_id: RoomInPath, new: NewInvite) -> Invite:
    """Create an invitation to a room."""
    return await services.invites.create(room_id, new, caller.user, caller.address)


async def of_room(services: Services, caller: Caller, room_id: RoomInPath) -> list[Invite]:
    """List the usable invitations of a room, newest first."""
    return await services.invites.list_for_room(room_id, caller.user)


async def revoke(services: Services, caller: Caller, room_id: RoomInPath, invite_id: InviteInPath) -> None:
    """Revoke an invitation."""
    await services.invites.revoke(room_id, invite_id, caller.user)


async def show(services: Services, client: ClientInfo, request: web.Request, code: CodeInPath) -> InvitedRoom:
    """Get the room of an invitation by a code in the path, for older clients; as `POST /api/invites/lookup`."""
    user = await services.sessions.find_user(bearer(request))
    return await services.invites.look_up(code, user, client.address)


async def look_up(services: Services, client: ClientInfo, request: web.Request, payload: InviteCode) -> InvitedRoom:
    """Get the room of an invitation, and the inviter. The code is the permission; a token is optional."""
    return await show(services, client, request, payload.code)


async def accept_code(services: Services, caller: Caller, payload: InviteCode) -> RoomView:
    """Accept an invitation: the caller becomes a member of its room."""
    return await accept(services, caller, payload.code)


async def accept(services: Services, caller: Caller, code: CodeInPath) -> RoomView:
    """Accept an invitation by a code in the path, for older clients; as `POST /api/invites/accept`."""
    return await services.invites.accept(code, caller.user, caller.address)
