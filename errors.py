"""What can go wrong, in words that both edges share.

Services and storages raise these; `handlers/middleware.py` turns them into problem+json and
`socket_events/dispatch.py` into acks. `code` is part of the wire contract (docs/protocol.md) and
never changes; the sentence may.
"""

import math
from collections.abc import Iterable, Mapping
from typing import ClassVar, NamedTuple

from models import Timestamp


class FieldError(NamedTuple):
    """One field that was refused. `field` is the name on the wire ("" for the whole body)."""

    field: str
    message: str


class AppError(Exception):
    """A failure that a client is told about.

    Attributes:
        status: the HTTP status that carries it.
        code: the stable snake_case word of the contract.
        message: one sentence for people.
        retry_after: seconds until trying again makes sense, or None.
        errors: the fields refused; empty unless the input was invalid.
    """

    status: ClassVar[int]
    code: ClassVar[str]
    message: str
    retry_after: float | None = None
    errors: tuple[FieldError, ...] = ()

    def __init__(self, message: str | None = None) -> None:
        self.message = message or (type(self).__doc__ or type(self).__name__).strip()
        super().__init__(self.message)

    @property
    def headers(self) -> Mapping[str, str]:
        """HTTP headers that belong to the answer."""
        return {}

    @property
    def fields(self) -> str:
        """The names of the fields refused, for the log; "" for the whole."""
        return ",".join(dict.fromkeys(error.field for error in self.errors))


class InvalidJson(AppError):
    """The body is not valid JSON."""

    status, code = 400, "invalid_json"


class Invalid(AppError):
    """Some fields are invalid."""

    status, code = 422, "invalid_input"

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(f"{e.field}: {e.message}" if e.field else e.message for e in self.errors))


class NotSignedIn(AppError):
    """Sign in first: a valid bearer token is required."""

    status, code = 401, "not_signed_in"

    @property
    def headers(self) -> Mapping[str, str]:
        """What belongs to the answer beside its body."""
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
        """What belongs to the answer beside its body."""
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


class Forbidden(AppError):
    """You are not allowed to do this."""

    status, code = 403, "forbidden"


class RegistrationClosed(AppError):
    """New accounts cannot be made here: ask the person who runs this server."""

    status, code = 403, "registration_closed"


class InvitationNeeded(AppError):
    """New accounts need an invitation here: ask an admin of this server for one."""

    status, code = 403, "invitation_needed"


class MailOff(AppError):
    """No mail is sent from here: ask whoever runs the server for a link to set a new password."""

    status, code = 403, "mail_off"


class CannotMakeAdmin(AppError):
    """Two admins make an admin: propose the user, and another admin confirms."""

    status, code = 403, "cannot_make_admin"


class AlreadyAdmin(AppError):
    """This user is an admin already."""

    status, code = 409, "already_admin"


class SecondAdminNeeded(AppError):
    """There is no second admin who could confirm: `python server.py create-admin EMAIL`, on the server, makes one."""

    status, code = 409, "second_admin_needed"


class UserNotVerified(AppError):
    """The email of this user is not verified, so they cannot become an admin."""

    status, code = 409, "user_not_verified"


class PromotionExists(AppError):
    """Another admin has proposed this user already: confirm that, or refuse it."""

    status, code = 409, "promotion_exists"


class PromotionNotFound(AppError):
    """There is no such proposal any more."""

    status, code = 404, "promotion_not_found"


class OwnPromotion(AppError):
    """You proposed this user, so another admin has to confirm."""

    status, code = 403, "own_promotion"


class NotAMember(AppError):
    """You are not a member of this room."""

    status, code = 403, "not_a_member"


class Banned(AppError):
    """You were banned from this room."""

    status, code = 403, "banned"


class Muted(AppError):
    """You may not write here at the moment.

    Storages say until when; the service that answers says how many seconds that is.
    """

    status, code = 403, "muted"

    def __init__(self, until: Timestamp, retry_after: float | None = None) -> None:
        self.until = until
        self.retry_after = retry_after
        super().__init__("You may not write in this room at the moment.")

    @property
    def headers(self) -> Mapping[str, str]:
        """What belongs to the answer beside its body."""
        return {"Retry-After": f"{math.ceil(self.retry_after or 0)}"}


class InviteNotFound(AppError):
    """This invitation does not exist, or not any more."""

    status, code = 404, "invite_not_found"


class RoomNotFound(AppError):
    """There is no such room."""

    status, code = 404, "room_not_found"


class RoomHidden(RoomNotFound):
    """There is one, which whoever asks is not to know of. They are told the same; the log is told of it."""

    def __init__(self) -> None:
        super().__init__(RoomNotFound.__doc__)


class UserNotFound(AppError):
    """There is no such user."""

    status, code = 404, "user_not_found"


class SessionNotFound(AppError):
    """There is no such session of yours."""

    status, code = 404, "session_not_found"


class MessageNotFound(AppError):
    """There is no such message in this room."""

    status, code = 404, "message_not_found"


class ReportNotFound(AppError):
    """There is no such report in this room."""

    status, code = 404, "report_not_found"


class AnnouncementNotFound(AppError):
    """There is no such announcement, or it has ended."""

    status, code = 404, "announcement_not_found"


class TooManyAnnouncements(AppError):
    """There are as many announcements as there may be: end one first."""

    status, code = 409, "too_many_announcements"


class RouteNotFound(AppError):
    """Route not found."""

    status, code = 404, "route_not_found"


class MethodNotAllowed(AppError):
    """This route does not take this method."""

    status, code = 405, "method_not_allowed"

    def __init__(self, allowed: Iterable[str]) -> None:
        self.allowed = ", ".join(sorted(allowed))
        super().__init__(f"This route takes {self.allowed}.")

    @property
    def headers(self) -> Mapping[str, str]:
        """What belongs to the answer beside its body."""
        return {"Allow": self.allowed}


class EmailTaken(AppError):
    """An account with this email exists already."""

    status, code = 409, "email_taken"


class LastAdmin(AppError):
    """There would be no admin left: make another one first, with `python server.py create-admin EMAIL`."""

    status, code = 409, "last_admin"


class RoomFull(AppError):
    """The room is full."""

    status, code = 409, "room_full"


class TooManyInvites(AppError):
    """The room has as many invitations as it may have: revoke one first."""

    status, code = 409, "too_many_invites"


class CapacityTooSmall(AppError):
    """The room has more members than this capacity."""

    status, code = 409, "capacity_too_small"


class OwnerCannotLeave(AppError):
    """The owner leaves a room only after handing it over or by deleting it."""

    status, code = 409, "owner_cannot_leave"


class NotPresent(AppError):
    """You have no connection in this room."""

    status, code = 409, "not_present"


class StalledBody(AppError):
    """The body did not arrive in time."""

    status, code = 408, "stalled_body"


class PayloadTooLarge(AppError):
    """The body is larger than 64 KiB."""

    status, code = 413, "payload_too_large"


class UnsupportedMediaType(AppError):
    """The body must be application/json."""

    status, code = 415, "unsupported_media_type"


class UnknownEvent(AppError):
    """There is no such event."""

    status, code = 404, "unknown_event"


class BadRequest(AppError):
    """The request could not be read as HTTP."""

    status, code = 400, "bad_request"


class RateLimited(AppError):
    """Too many requests: try again later."""

    status, code = 429, "rate_limited"

    def __init__(self, retry_after: float) -> None:
        self.retry_after = max(1, math.ceil(retry_after * 10)) / 10  # never too short, and at most 0.1 s too long
        super().__init__(f"Too many requests: try again in {math.ceil(self.retry_after)} s.")

    @property
    def headers(self) -> Mapping[str, str]:
        """What belongs to the answer beside its body."""
        return {"Retry-After": f"{math.ceil(self.retry_after or 1)}"}


class InternalError(AppError):
    """The server failed; the failure has been logged under the request's id."""

    status, code = 500, "internal_error"


class StorageUnavailable(AppError):
    """The storage does not answer: try again shortly."""

    status, code = 503, "storage_unavailable"
    retry_after = 2.0

    @property
    def headers(self) -> Mapping[str, str]:
        """What belongs to the answer beside its body."""
        return {"Retry-After": "2"}


class SettingsError(Exception):
    """A setting is unknown or bad. The message is one line that names it; the start is refused."""


class StorageUnusable(Exception):
    """The storage cannot be opened and waiting will not help (a newer schema, no permission, not a database).

    The message is one line that says what and what to do; the start is refused.
    """
