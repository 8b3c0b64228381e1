"""Request bodies of accounts, validated at construction."""

from typing import Annotated

import msgspec

from domain import languages, time_zones
from domain.base import Payload
from domain.study.days import DailyGoal, DayStart, WeekStart
from text import normalise


class Registration(Payload, frozen=True):
    """POST /api/auth/register. `last_name` is optional: some people have only one name.

    `invite` is the code of an account invitation, `admin_token` the token of the link for the first admin.
    `language` and `time_zone` are as for `ProfileChange`.
    """

    first_name: str
    email: str
    password: str
    last_name: str | None = None
    invite: str | None = None
    admin_token: str | None = None
    language: str | None = None
    time_zone: str | None = None
    week_starts_on: WeekStart | None = None
    RULES = {
        "first_name": normalise.person_name,
        "last_name": normalise.optional_person_name,
        "email": normalise.email,
        "password": normalise.password,
        "invite": normalise.invite_code,
        "admin_token": normalise.opaque_token,
        "language": languages.language,
        "time_zone": time_zones.time_zone,
    }
    EXAMPLE = {
        "firstName": "Ada",
        "lastName": "Okafor",
        "email": "ada@example.org",
        "password": "correct horse battery",
    }


class Credentials(Payload, frozen=True):
    """POST /api/auth/login. Any password is accepted here, because it is only compared.

    `code` is for users with a second factor: a code from their app, or a recovery code.
    """

    email: str
    password: str
    code: str | None = None
    RULES = {"email": normalise.email, "password": normalise.any_password, "code": normalise.one_time_code}
    EXAMPLE = {"email": "ada@example.org", "password": "correct horse battery"}


class RefreshRequest(Payload, frozen=True):
    """POST /api/auth/refresh."""

    refresh_token: str
    RULES = {"refresh_token": normalise.refresh_token}
    EXAMPLE = {"refreshToken": "01890a5d-ac96-774b-bcce-b302099a8057.qQ3Rk8yG0v4YJ7s2m1Zb5cX9tLhUeAfD"}


class SignOut(Payload, frozen=True):
    """POST /api/auth/sign-out.

    `token` is the refresh token, or its id and the SHA-256 of its secret in hex: `<id>.<hash>`.
    """

    token: str
    RULES = {"token": normalise.refresh_token}
    EXAMPLE = {"token": "01890a5d-ac96-774b-bcce-b302099a8057.qQ3Rk8yG0v4YJ7s2m1Zb5cX9tLhUeAfD"}


class AdminClaim(Payload, frozen=True):
    """POST /api/auth/first-admin."""

    token: str
    RULES = {"token": normalise.opaque_token}
    EXAMPLE = {"token": "nN3vXr0qk8Ha2Zt6pYcW5sLdUeBfMjGi7oRx1yQv4Tw"}


class ProfileChange(Payload, frozen=True):
    """PUT /api/auth/me. Empty text clears an optional field: the language is then that of the browser.

    `time_zone` is a name of the IANA database, `daily_goal` in minutes, `day_starts_at` an hour.
    """

    first_name: str | None = None
    last_name: str | None = None
    avatar: str | None = None
    bio: str | None = None
    language: str | None = None
    time_zone: str | None = None
    day_starts_at: DayStart | None = None
    daily_goal: DailyGoal | None = None
    week_starts_on: WeekStart | None = None
    RULES = {
        "first_name": normalise.person_name,
        "last_name": normalise.optional_person_name,
        "avatar": normalise.link,
        "bio": normalise.paragraph,
        "language": languages.language,
        "time_zone": time_zones.time_zone,
    }
    EXAMPLE = {"bio": "Numbers, mostly", "avatar": ""}


class AccountDeletion(Payload, frozen=True):
    """DELETE /api/auth/me. `code` as for `Credentials`."""

    current_password: str
    code: str | None = None
    RULES = {"current_password": normalise.any_password, "code": normalise.one_time_code}
    EXAMPLE = {"currentPassword": "correct horse battery"}


class PasswordChange(Payload, frozen=True):
    """PUT /api/auth/password. `code` as for `Credentials`."""

    current_password: str
    new_password: str
    code: str | None = None
    RULES = {
        "current_password": normalise.any_password,
        "new_password": normalise.password,
        "code": normalise.one_time_code,
    }
    EXAMPLE = {"currentPassword": "correct horse battery", "newPassword": "battery staple correct"}


class BeginTwoFactor(Payload, frozen=True):
    """POST /api/auth/second-factor."""

    current_password: str
    RULES = {"current_password": normalise.any_password}
    EXAMPLE = {"currentPassword": "correct horse battery"}


class ConfirmTwoFactor(Payload, frozen=True):
    """PUT /api/auth/second-factor."""

    code: str
    RULES = {"code": normalise.one_time_code}
    EXAMPLE = {"code": "492039"}


class DisableTwoFactor(Payload, frozen=True):
    """DELETE /api/auth/second-factor."""

    current_password: str
    code: str
    RULES = {"current_password": normalise.any_password, "code": normalise.one_time_code}
    EXAMPLE = {"currentPassword": "correct horse battery", "code": "492039"}


class ForgottenPassword(Payload, frozen=True):
    """POST /api/auth/forgot-password."""

    email: str
    RULES = {"email": normalise.email}
    EXAMPLE = {"email": "ada@example.org"}


class PasswordReset(Payload, frozen=True):
    """POST /api/auth/reset-password."""

    token: str
    new_password: str
    RULES = {"token": normalise.opaque_token, "new_password": normalise.password}
    EXAMPLE = {"token": "nN3vXr0qk8Ha2Zt6pYcW5sLdUeBfMjGi7oRx1yQv4Tw", "newPassword": "battery staple correct"}


class EmailVerification(Payload, frozen=True):
    """POST /api/auth/verify-email."""

    token: str
    RULES = {"token": normalise.opaque_token}
    EXAMPLE = {"token": "nN3vXr0qk8Ha2Zt6pYcW5sLdUeBfMjGi7oRx1yQv4Tw"}


class NewAccountInvite(Payload, frozen=True):
    """POST /api/account-invites. `expiresIn` is in seconds. Without `uses`, the number of new accounts is unlimited.

    With `email`, the invitation is for that address only and for one account.
    """

    expires_in: Annotated[int, msgspec.Meta(ge=60, le=365 * 24 * 3600)] | None = None
    uses: Annotated[int, msgspec.Meta(ge=1, le=1_000)] | None = None
    email: str | None = None
    RULES = {"email": normalise.email}
    EXAMPLE = {"expiresIn": 604_800, "uses": 30}


class AccountInviteCode(Payload, frozen=True):
    """POST /api/account-invites/lookup."""

    code: str
    RULES = {"code": normalise.invite_code}
    EXAMPLE = {"code": "q7Zr1mX0cVb9TnYkL2sWdE4fGhJ8pAuo"}


class TokenRenewal(Payload, frozen=True):
    """`refresh-token`: a new access token for this connection."""

    token: str
    RULES = {"token": normalise.access_token}
    EXAMPLE = {"token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.Et9HFtf9R3GEMA0IICOfFMVXY7kkTX1wr4qCyIf58U"}
