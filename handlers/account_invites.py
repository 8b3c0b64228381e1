"""Account invitations."""

from typing import Annotated

from domain.account_requests import AccountInviteCode, NewAccountInvite
from domain.accounts import Caller, ClientInfo
from domain.base import InviteId
from domain.errors.rooms import InviteNotFound
from handlers.routing import InPath
from services.accounts.invites import AccountInvitePreview, AccountInviteView
from services.container import Services
from text import normalise

InviteInPath = Annotated[InviteId, InPath("id", normalise.uuid, InviteNotFound)]


async def create(services: Services, caller: Caller, new: NewAccountInvite) -> AccountInviteView:
    """Create an account invitation (admins only)."""
    return await services.account_invites.create(new, caller.user)


async def show_all(services: Services, caller: Caller) -> list[AccountInviteView]:
    """List the newest account invitations, newest first (admins only)."""
    return await services.account_invites.list(caller.user)


async def revoke(services: Services, caller: Caller, invite_id: InviteInPath) -> None:
    """Revoke an account invitation; accounts created with it remain (admins only)."""
    await services.account_invites.revoke(invite_id, caller.user)


async def look(services: Services, client: ClientInfo, code: AccountInviteCode) -> AccountInvitePreview:
    """Get an account invitation by its code. The code is the permission."""
    return await services.account_invites.look_up(code.code, client.address)
