"""The caller's second factor."""

from domain.account_requests import BeginTwoFactor, ConfirmTwoFactor, DisableTwoFactor
from domain.accounts import Caller
from services.accounts.two_factor import Enrolment, RecoveryCodes, TwoFactorState
from services.container import Services

TAG = "second_factor"
"""Tag in the API documents; operationIds begin with it."""


async def show(services: Services, caller: Caller) -> TwoFactorState:
    """Get the state of the second factor."""
    return await services.two_factor.state(caller.user)


async def begin(services: Services, caller: Caller, start: BeginTwoFactor) -> Enrolment:
    """Create a secret for an authenticator app."""
    return await services.two_factor.begin(start, caller.user, caller.address)


async def confirm(services: Services, caller: Caller, proof: ConfirmTwoFactor) -> RecoveryCodes:
    """Turn the second factor on, with a code from the app."""
    return await services.two_factor.confirm(proof.code, caller)


async def end(services: Services, caller: Caller, end: DisableTwoFactor) -> None:
    """Turn the second factor off."""
    await services.two_factor.disable(end, caller.user, caller.address)
