"""Two-factor authentication: codes from an app in addition to the password (RFC 6238)."""

import secrets

import msgspec
import pyotp

from domain.account_requests import BeginTwoFactor, DisableTwoFactor
from domain.accounts import Identity, SecondFactor, User
from domain.base import Record
from domain.errors.accounts import NoSecondFactor, SecondFactorActive
from runtime.logs import log_security_event
from services.accounts.reauthentication import Reauthenticator
from services.accounts.security_emails import SecurityEmails
from services.accounts.sessions import Sessions
from services.accounts.tokens import secret_hash
from services.accounts.two_factor_codes import TwoFactorCodes
from services.context import ServiceContext

ISSUER = "Studyhall"
RECOVERY_CODE_COUNT = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # no letters and digits that are easily confused
_LENGTH, _GROUP = 24, 4  # 118 bits: from 112 bits on, a fast hash is enough (ASVS 6.5.2)


class Enrolment(Record, frozen=True):
    """Data for an authenticator app: the secret (Base32), and the same as a URI for a QR code."""

    secret: str
    uri: str


class RecoveryCodes(Record, frozen=True):
    """Recovery codes, each of which replaces a code from the app once. They are only returned once."""

    recovery_codes: list[str]


class TwoFactorState(Record, frozen=True):
    """State of the second factor, and the number of recovery codes left."""

    active: bool
    recovery_codes_left: int


class TwoFactor:
    """Second factors of all users."""

    def __init__(
        self,
        ctx: ServiceContext,
        sessions: Sessions,
        reauthenticator: Reauthenticator,
        codes: TwoFactorCodes,
        security_emails: SecurityEmails,
    ) -> None:
        self._storage = ctx.storage
        self._sessions = sessions
        self._reauthenticator = reauthenticator
        self._security_emails = security_emails
        self._codes = codes
        self._clock = ctx.clock
        self._new_id = ctx.new_id

    async def state(self, user: User) -> TwoFactorState:
        """Return the state of the user's second factor."""
        factor = await self._storage.second_factor(user.id)
        if factor is None or not factor.confirmed:
            return TwoFactorState(active=False, recovery_codes_left=0)
        return TwoFactorState(active=True, recovery_codes_left=len(factor.recovery))

    async def begin(self, start: BeginTwoFactor, user: User, address: str) -> Enrolment:
        """Create a new secret. The second factor becomes active when it is confirmed with a code.

        Raises:
            WrongPassword, RateLimited: see `Reauthenticator.verify`.
            SecondFactorActive: the second factor is active already.
        """
        kept = await self._storage.second_factor(user.id)
        if kept is not None and kept.confirmed:
            raise SecondFactorActive
        await self._reauthenticator.verify(user, start.current_password, None, address)
        secret = pyotp.random_base32()
        factor = SecondFactor(user.id, self._new_id(), secret)
        if not await self._storage.set_second_factor(factor, expected_version=kept.version if kept else None):
            raise SecondFactorActive  # begun concurrently
        return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=ISSUER))

    async def confirm(self, code: str, identity: Identity) -> RecoveryCodes:
        """Activate the second factor and revoke all other sessions.

        Raises:
            NoSecondFactor: no enrolment was begun.
            SecondFactorActive: it is active already.
            WrongCode: the code is not one of the new secret.
            RateLimited: too many attempts.
        """
        user = identity.user
        kept = await self._storage.second_factor(user.id)
        if kept is None:
            raise NoSecondFactor
        if kept.confirmed:
            raise SecondFactorActive
        codes = [_recovery_code() for _ in range(RECOVERY_CODE_COUNT)]
        wanted = msgspec.structs.replace(kept, confirmed=True, recovery=tuple(secret_hash(code) for code in codes))
        await self._codes.consume(wanted, code)
        log_security_event("second_factor_on", user=user.id)
        self._security_emails.second_factor_changed(user, self._clock.now(), is_on=True)
        await self._sessions.revoke_all(user.id, except_session=identity.session_id)
        return RecoveryCodes([_grouped(code) for code in codes])

    async def disable(self, end: DisableTwoFactor, user: User, address: str) -> None:
        """Turn the second factor off.

        Raises:
            NoSecondFactor: it is not active.
            WrongPassword, WrongCode: the password or the code is wrong.
            RateLimited: too many attempts.
        """
        proof = await self._reauthenticator.verify(user, end.current_password, end.code, address)
        if proof.factor is None:
            raise NoSecondFactor
        await self._storage.delete_second_factor(user.id)
        log_security_event("second_factor_off", user=user.id)
        self._security_emails.second_factor_changed(user, self._clock.now(), is_on=False)


def _recovery_code() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def _grouped(code: str) -> str:
    """Format a recovery code in groups."""
    return "-".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP))
