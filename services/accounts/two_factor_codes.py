"""Verification of second-factor codes after the password was verified."""

import msgspec
import pyotp
from pyotp.exceptions import OTPVerificationError

from domain.accounts import SecondFactor, User
from domain.base import Timestamp
from domain.clock import seconds_between
from domain.errors.accounts import SecondFactorNeeded, WrongCode
from runtime.logs import log_security_event
from services.accounts.tokens import secret_hash
from services.context import ServiceContext

MAX_DRIFT_STEPS = 1
"""Steps of 30 s by which a device's clock may differ, in both directions."""
_EPOCH = Timestamp("1970-01-01T00:00:00.000Z")


class TwoFactorCodes:
    """Verifies codes of users with a second factor."""

    def __init__(self, ctx: ServiceContext) -> None:
        self._storage = ctx.storage
        self._limiter = ctx.limiter
        self._clock = ctx.clock
        self._new_id = ctx.new_id

    async def verify(self, user: User, code: str | None) -> str | None:
        """Verify the code of a user after the password; return the argument for `is_still_valid`.

        Returns None if the user has no active second factor.

        Raises:
            SecondFactorNeeded: a code is required and missing.
            WrongCode: the code is wrong or was used.
            RateLimited: too many attempts.
        """
        factor = await self._storage.second_factor(user.id)
        if factor is None or not factor.confirmed:
            return None
        if code is None:
            log_security_event("second_factor_required", user=user.id)
            raise SecondFactorNeeded
        await self.consume(factor, code)
        return factor.secret

    async def is_still_valid(self, user: User, proven: str | None) -> bool:
        """Return True if the result of `verify` is still sufficient: a second factor may have been turned on since."""
        factor = await self._storage.second_factor(user.id)
        return factor is None or not factor.confirmed or factor.secret == proven

    async def consume(self, factor: SecondFactor, code: str) -> None:
        """Store that the code was used. Of several concurrent requests with one code, one succeeds."""
        await self._limiter.hit("codes", factor.user_id)
        used = self._after_use(factor, code)
        if used is None or not await self._storage.set_second_factor(used, expected_version=factor.version):
            log_security_event("wrong_code", user=factor.user_id)
            raise WrongCode
        if used.recovery != factor.recovery:
            log_security_event("recovery_code_used", user=factor.user_id, remaining=str(len(used.recovery)))

    def _after_use(self, factor: SecondFactor, code: str) -> SecondFactor | None:
        """Return the factor after use of the code, None if the code is wrong."""
        version = self._new_id()
        plain = "".join(code.replace("-", " ").split()).lower()  # however it was written
        left = tuple(kept for kept in factor.recovery if kept != secret_hash(plain))
        if left != factor.recovery:
            return msgspec.structs.replace(factor, version=version, recovery=left)
        now = seconds_between(_EPOCH, self._clock.now())
        try:
            step = pyotp.TOTP(factor.secret).verify_and_get_timecode(plain, for_time=now, valid_window=MAX_DRIFT_STEPS)
        except OTPVerificationError:
            return None
        return msgspec.structs.replace(factor, version=version, last_step=step) if step > factor.last_step else None
