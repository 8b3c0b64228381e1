"""Account invitations."""

from typing import Annotated

from aiohttp import web

from domain.account_requests import AccountInviteCode, NewAccountInvite
from domain.base import InviteId
from domain.errors.rooms import InviteNotFound
from handlers.keys import ADDRESS, CALLER, SERVICES
from handlers.routing import InPath
from services.accounts.invites import AccountInvitePreview, AccountInviteView
from text import normalise

InviteInPath = Annotated[InviteId, InPath("id", normalise.uuid, InviteNotFound)]


async def create(request: web.Request, new: NewAccountInvite) -> AccountInviteView:
    """Create an account invitation."""
    return await request.app[SERVICES].account_invites.create(new, request[CALLER].user)


async def show_all(request: web.Request) -> list[AccountInviteView]:
    """List the newest account invitations, newest first."""
    return await request.app[SERVICES].account_invites.list(request[CALLER].user)


async def revoke(request: web.Request, invite_id: InviteInPath) -> None:
    """Revoke an account invitation; accounts created with it remain."""
    await request.app[SERVICES].account_invites.revoke(invite_id, request[CALLER].user)


async def look(request: web.Request, code: AccountInviteCode) -> AccountInvitePreview:
    """Get an account invitation by its code. The code is the permission."""
    return await request.app[SERVICES].account_invites.look_up(code.code, request[ADDRESS])
