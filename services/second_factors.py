"""Second factors: codes from an app that people sign in with beside their password (RFC 6238)."""

import hashlib
import secrets

import msgspec
import pyotp
from pyotp.exceptions import OTPVerificationError

from bodies import FactorEnd, FactorStart
from clock import Clock, seconds_between
from errors import NoSecondFactor, SecondFactorActive, SecondFactorNeeded, WrongCode
from ids import NewId
from logs import security
from models import Identity, Record, SecondFactor, Timestamp, User
from services.limits import Limiter
from services.notices import Notices
from services.proofs import Proofs
from services.sign_ins import SignIns
from storage.base import Storage

ISSUER = "Studyhall"
DRIFT = 1
"""Steps of 30 s that a device's clock may be away, before or behind."""
RECOVERY_CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another
_LENGTH, _GROUP = 24, 4  # 118 bits: from 112 on a fast hash may be kept (ASVS 6.5.2)
_EPOCH = Timestamp("1970-01-01T00:00:00.000Z")


class Enrolment(Record, frozen=True):
    """What an app needs to make codes: the secret (Base32), and the same as the address that a QR code holds."""

    secret: str
    uri: str


class RecoveryCodes(Record, frozen=True):
    """Codes to sign in with in place of one from the app, once each. They are shown this once."""

    recovery_codes: list[str]


class FactorState(Record, frozen=True):
    """Whether codes are asked for, and how many recovery codes are left."""

    active: bool
    recovery_codes_left: int


class SecondFactors:
    """The second factors of everybody who has one."""

    def __init__(
        self,
        storage: Storage,
        sign_ins: SignIns,
        proofs: Proofs,
        notices: Notices,
        limiter: Limiter,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self._storage = storage
        self._sign_ins = sign_ins
        self._proofs = proofs
        self._notices = notices
        self._limiter = limiter
        self._clock = clock
        self._new_id = new_id

    async def of(self, user: User) -> FactorState:
        """Say what somebody has."""
        factor = await self._storage.second_factor(user.id)
        if factor is None or not factor.confirmed:
            return FactorState(active=False, recovery_codes_left=0)
        return FactorState(active=True, recovery_codes_left=len(factor.recovery))

    async def begin(self, start: FactorStart, user: User) -> Enrolment:
        """Make a new secret, which counts when it is confirmed with a code of it.

        Raises:
            WrongPassword, RateLimited: see `Proofs.of`.
            SecondFactorActive: codes are asked for already.
        """
        await self._proofs.of(user, start.current_password)
        kept = await self._storage.second_factor(user.id)
        if kept is not None and kept.confirmed:
            raise SecondFactorActive
        secret = pyotp.random_base32()
        factor = SecondFactor(user.id, self._new_id(), secret)
        if not await self._storage.set_second_factor(factor, instead_of=kept.version if kept else None):
            raise SecondFactorActive  # begun elsewhere at the same time
        return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=ISSUER))

    async def confirm(self, code: str, identity: Identity) -> RecoveryCodes:
        """Ask for codes from now on; every other sign-in ends.

        Raises:
            NoSecondFactor: none was begun.
            SecondFactorActive: it is confirmed already.
            WrongCode: it is no code of the new secret.
            RateLimited: too many tries.
        """
        user = identity.user
        kept = await self._storage.second_factor(user.id)
        if kept is None:
            raise NoSecondFactor
        if kept.confirmed:
            raise SecondFactorActive
        codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
        wanted = msgspec.structs.replace(kept, confirmed=True, recovery=tuple(_hash(code) for code in codes))
        await self._use(wanted, code)
        security("second_factor_on", user=user.id)
        self._notices.second_factor(user, self._clock.now(), is_on=True)
        await self._sign_ins.end_all(user.id, keep=identity.sign_in_id)
        return RecoveryCodes([_shown(code) for code in codes])

    async def end(self, end: FactorEnd, user: User) -> None:
        """Ask for no codes any more.

        Raises:
            NoSecondFactor: none are asked for.
            WrongPassword, WrongCode: one of both.
            RateLimited: too many tries.
        """
        await self._proofs.of(user, end.current_password)
        kept = await self._storage.second_factor(user.id)
        if kept is None or not kept.confirmed:
            raise NoSecondFactor
        await self._use(kept, end.code)
        await self._storage.delete_second_factor(user.id)
        security("second_factor_off", user=user.id)
        self._notices.second_factor(user, self._clock.now(), is_on=False)

    async def ask(self, user: User, code: str | None) -> str | None:
        """Take the code of somebody who signs in, and whose password was right; return what `stands` is to be asked.

        Nothing happens where no code is wanted.

        Raises:
            SecondFactorNeeded: one is, and there is none.
            WrongCode: it is no code of theirs, or was used.
            RateLimited: too many tries.
        """
        factor = await self._storage.second_factor(user.id)
        if factor is None or not factor.confirmed:
            return None
        if code is None:
            security("code_asked", user=user.id)
            raise SecondFactorNeeded
        await self._use(factor, code)
        return factor.secret

    async def stands(self, user: User, proven: str | None) -> bool:
        """Say whether what `ask` returned is enough still: a second factor may have been turned on since."""
        factor = await self._storage.second_factor(user.id)
        return factor is None or not factor.confirmed or factor.secret == proven

    async def _use(self, factor: SecondFactor, code: str) -> None:
        """Keep the factor as it is when the code was used up: of many who bring one code, one has it."""
        await self._limiter.hit("codes", factor.user_id)
        used = self._without(factor, code)
        if used is None or not await self._storage.set_second_factor(used, instead_of=factor.version):
            security("wrong_code", user=factor.user_id)
            raise WrongCode
        if used.recovery != factor.recovery:
            security("recovery_code_used", user=factor.user_id, left=str(len(used.recovery)))

    def _without(self, factor: SecondFactor, code: str) -> SecondFactor | None:
        """Return the factor after the code, None where it is no good."""
        version = self._new_id()
        plain = "".join(code.replace("-", " ").split()).lower()  # however it was written down
        left = tuple(kept for kept in factor.recovery if kept != _hash(plain))
        if left != factor.recovery:
            return msgspec.structs.replace(factor, version=version, recovery=left)
        now = seconds_between(_EPOCH, self._clock.now())
        try:
            step = pyotp.TOTP(factor.secret).verify_and_get_timecode(plain, for_time=now, valid_window=DRIFT)
        except OTPVerificationError:
            return None
        return msgspec.structs.replace(factor, version=version, last_step=step) if step > factor.last_step else None


def _recovery_code() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def _hash(code: str) -> str:
    """What is kept of a recovery code: it is random, so a fast hash will do."""
    return hashlib.sha256(code.encode()).hexdigest()


def _shown(code: str) -> str:
    """Write a recovery code as people copy it: in groups."""
    return "-".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP))
