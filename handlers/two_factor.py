"""The caller's second factor."""

from aiohttp import web

from domain.account_requests import BeginTwoFactor, ConfirmTwoFactor, DisableTwoFactor
from handlers.keys import ADDRESS, CALLER, SERVICES
from services.accounts.two_factor import Enrolment, RecoveryCodes, TwoFactorState

TAG = "second_factor"
"""Tag in the API documents; operationIds begin with it."""


async def show(request: web.Request) -> TwoFactorState:
    """Get the state of the second factor."""
    return await request.app[SERVICES].two_factor.state(request[CALLER].user)


async def begin(request: web.Request, start: BeginTwoFactor) -> Enrolment:
    """Create a secret for an authenticator app."""
    return await request.app[SERVICES].two_factor.begin(start, request[CALLER].user, request[ADDRESS])


async def confirm(request: web.Request, proof: ConfirmTwoFactor) -> RecoveryCodes:
    """Turn the second factor on, with a code from the app."""
    return await request.app[SERVICES].two_factor.confirm(proof.code, request[CALLER])


async def end(request: web.Request, end: DisableTwoFactor) -> None:
    """Turn the second factor off."""
    await request.app[SERVICES].two_factor.disable(end, request[CALLER].user, request[ADDRESS])
