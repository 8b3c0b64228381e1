"""Verifiers of credentials: the checks that a login and a re-authentication share."""

from dataclasses import dataclass

from services.accounts.login_attempts import PasswordAttempts
from services.accounts.passwords import Passwords
from services.accounts.two_factor_codes import TwoFactorCodes


@dataclass(frozen=True, slots=True)
class CredentialVerifiers:
    """Passwords, the limit on wrong ones, and the codes of second factors."""

    passwords: Passwords
    attempts: PasswordAttempts
    two_factor_codes: TwoFactorCodes
