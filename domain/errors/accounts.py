"""Errors of accounts, sign-in and registration."""

from collections.abc import Mapping

from domain.errors.base import AppError


class NotSignedIn(AppError):
    """Sign in first: a valid bearer token is required."""

    status, code = 401, "not_signed_in"

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers of the answer: the scheme of RFC 6750."""
        return {"WWW-Authenticate": "Bearer"}


class AccessTokenInvalid(AppError):
    """The token is not one of ours, or its time is over."""

    status, code = 401, "token_invalid"


class AnotherPerson(AppError):
    """The token is somebody else's."""

    status, code = 403, "another_person"


class WrongCredentials(AppError):
    """Invalid email or password."""

    status, code = 401, "wrong_credentials"


class SecondFactorNeeded(AppError):
    """Signing in to this account takes a code from an app, too."""

    status, code = 401, "second_factor_needed"

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers of the answer: the scheme of RFC 6750."""
        return {"WWW-Authenticate": "Bearer"}


class WrongCode(AppError):
    """The code is wrong, or was used already: take the next one that the app shows."""

    status, code = 403, "wrong_code"


class SecondFactorActive(AppError):
    """Signing in takes a code already: turn that off first."""

    status, code = 409, "second_factor_active"


class NoSecondFactor(AppError):
    """There is no second factor that this could be about: begin one first."""

    status, code = 409, "no_second_factor"


class WrongPassword(AppError):
    """The current password is wrong."""

    status, code = 403, "wrong_password"


class AccountDisabled(AppError):
    """This account is disabled: ask whoever runs the server."""

    status, code = 403, "account_disabled"


class InvalidRefreshToken(AppError):
    """The refresh token is unknown, used up, expired or revoked: sign in again."""

    status, code = 401, "invalid_refresh_token"


class InvalidResetToken(AppError):
    """This link to set a password is unknown, used up or expired: ask for a new one."""

    status, code = 403, "invalid_reset_token"


class InvalidAdminLink(AppError):
    """This link is over: there is an admin by now, or the server was started again."""

    status, code = 403, "invalid_admin_link"


class InvalidVerificationToken(AppError):
    """This link to verify an email is unknown, used or expired, or of another account: send a new one to yourself."""

    status, code = 403, "invalid_verification_token"


class EmailVerified(AppError):
    """Your email is verified already."""

    status, code = 409, "email_verified"


class EmailNotVerified(AppError):
    """Verify your email first: open the link in the mail that you got, or send it again on the page of your account."""

    status, code = 403, "email_not_verified"


class AccountPending(AppError):
    """An admin has to approve this account first."""

    status, code = 403, "account_pending"


class RegistrationClosed(AppError):
    """New accounts cannot be made here: ask the person who runs this server."""

    status, code = 403, "registration_closed"


class InvitationNeeded(AppError):
    """New accounts need an invitation here: ask an admin of this server for one."""

    status, code = 403, "invitation_needed"


class MailOff(AppError):
    """No mail is sent from here: ask whoever runs the server for a link to set a new password."""

    status, code = 403, "mail_off"


class UserNotFound(AppError):
    """There is no such user."""

    status, code = 404, "user_not_found"


class SessionNotFound(AppError):
    """There is no such session of yours."""

    status, code = 404, "session_not_found"


class EmailTaken(AppError):
    """An account with this email exists already."""

    status, code = 409, "email_taken"
