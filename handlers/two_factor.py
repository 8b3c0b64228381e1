"""The caller's second factor."""

from aiohttp import web

from domain.account_requests import BeginTwoFactor, ConfirmTwoFactor, DisableTwoFactor
from handlers.keys import ADDRESS, CALLER, SECOND_FACTORS
from services.accounts.two_factor import Enrolment, RecoveryCodes, TwoFactorState

TAG = "second_factor"
"""In the API documents; operationIds begin with it."""


async def show(request: web.Request) -> TwoFactorState:
    """Show whether signing in takes a code from an app."""
    return await request.app[SECOND_FACTORS].state(request[CALLER].user)


async def begin(request: web.Request, start: BeginTwoFactor) -> Enrolment:
    """Make a secret for an app that makes codes."""
    return await request.app[SECOND_FACTORS].begin(start, request[CALLER].user, request[ADDRESS])


async def confirm(request: web.Request, proof: ConfirmTwoFactor) -> RecoveryCodes:
    """Ask for codes from now on, as the app makes them."""
    return await request.app[SECOND_FACTORS].confirm(proof.code, request[CALLER])


async def end(request: web.Request, end: DisableTwoFactor) -> None:
    """Ask for no codes any more."""
    await request.app[SECOND_FACTORS].disable(end, request[CALLER].user, request[ADDRESS])
