"""What clients send, validated at construction: behind the edges nobody looks at raw input again.

A field that is optional and null is as absent; unknown fields are ignored. All fields that are
refused are named at once.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Literal

import msgspec

import text
from errors import FieldError, Invalid
from models import ActId, ChosenStatus, ReportId, ReportStatus, RoomId, UserId, UserRole, Visibility

Rule = Callable[[str], str]

Seq = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
"""A message's number. The upper bound is the largest integer that JavaScript keeps exactly."""

Capacity = Annotated[int, msgspec.Meta(ge=1, le=10_000)]

RetentionDays = Annotated[int, msgspec.Meta(ge=0, le=3650)]
"""For how many days a message is kept; 0 is for as long as the server keeps them, as null is as absent."""


class Body(msgspec.Struct, frozen=True, rename="camel"):
    """Base of every body and argument. `RULES` says which rule of text.py each text field obeys.

    `EXAMPLE` is one that is accepted, as JSON; those who read the documents of the API see it.
    """

    RULES: ClassVar[dict[str, Rule]] = {}
    EXAMPLE: ClassVar[Mapping[str, Any]] = {}

    def __post_init__(self) -> None:
        refused: list[FieldError] = []
        for name, rule in self.RULES.items():
            value = getattr(self, name)
            if value is None:
                continue
            try:
                msgspec.structs.force_setattr(self, name, rule(value))
            except ValueError as error:
                refused.append(FieldError(self._wire_name(name), str(error)))
        if refused:
            raise Invalid(refused)

    def _wire_name(self, name: str) -> str:
        return dict(zip(self.__struct_fields__, self.__struct_encode_fields__, strict=True))[name]

    def given(self) -> dict[str, Any]:
        """Return the fields that were sent with a value: what a partial change changes."""
        return {name: value for name, value in msgspec.structs.asdict(self).items() if value is not None}


class Query(Body, frozen=True):
    """Base of what stands behind the `?` of a path: numbers are text there, and an empty value is as absent."""


class Registration(Body, frozen=True):
    """POST /api/auth/register. `last_name` is optional: people with one name exist.

    `invite` is the code of an invitation to make an account, `admin_token` that of the link for the first admin.
    """

    first_name: str
    email: str
    password: str
    last_name: str | None = None
    invite: str | None = None
    admin_token: str | None = None
    RULES = {
        "first_name": text.person_name,
        "last_name": text.optional_person_name,
        "email": text.email,
        "password": text.password,
        "invite": text.invite_code,
        "admin_token": text.token,
    }
    EXAMPLE = {
        "firstName": "Ada",
        "lastName": "Okafor",
        "email": "ada@example.org",
        "password": "correct horse battery",
    }


class Credentials(Body, frozen=True):
    """POST /api/auth/login. The password is compared, so its rule is only that it can be.

    `code` is for those who have a second factor: from their app, or a recovery code.
    """

    email: str
    password: str
    code: str | None = None
    RULES = {"email": text.email, "password": text.any_password, "code": text.code}
    EXAMPLE = {"email": "ada@example.org", "password": "correct horse battery"}


class RefreshRequest(Body, frozen=True):
    """POST /api/auth/refresh."""

    refresh_token: str
    RULES = {"refresh_token": text.refresh_token}
    EXAMPLE = {"refreshToken": "01890a5d-ac96-774b-bcce-b302099a8057.qQ3Rk8yG0v4YJ7s2m1Zb5cX9tLhUeAfD"}


class SignOut(Body, frozen=True):
    """POST /api/auth/sign-out.

    `token` is the refresh token, or its id and the SHA-256 of its secret in hex: `<id>.<hash>`.
    """

    token: str
    RULES = {"token": text.refresh_token}
    EXAMPLE = {"token": "01890a5d-ac96-774b-bcce-b302099a8057.qQ3Rk8yG0v4YJ7s2m1Zb5cX9tLhUeAfD"}


class AdminClaim(Body, frozen=True):
    """POST /api/auth/first-admin."""

    token: str
    RULES = {"token": text.token}
    EXAMPLE = {"token": "nN3vXr0qk8Ha2Zt6pYcW5sLdUeBfMjGi7oRx1yQv4Tw"}


class ProfileChange(Body, frozen=True):
    """PUT /api/auth/me."""

    first_name: str | None = None
    last_name: str | None = None
    avatar: str | None = None
    bio: str | None = None
    RULES = {
        "first_name": text.person_name,
        "last_name": text.optional_person_name,
        "avatar": text.link,
        "bio": text.paragraph,
    }
    EXAMPLE = {"bio": "Numbers, mostly", "avatar": ""}


class AccountDeletion(Body, frozen=True):
    """DELETE /api/auth/me. `code` as for `Credentials`."""

    current_password: str
    code: str | None = None
    RULES = {"current_password": text.any_password, "code": text.code}
    EXAMPLE = {"currentPassword": "correct horse battery"}


class PasswordChange(Body, frozen=True):
    """PUT /api/auth/password. `code` as for `Credentials`."""

    current_password: str
    new_password: str
    code: str | None = None
    RULES = {"current_password": text.any_password, "new_password": text.password, "code": text.code}
    EXAMPLE = {"currentPassword": "correct horse battery", "newPassword": "battery staple correct"}


class FactorStart(Body, frozen=True):
    """POST /api/auth/second-factor."""

    current_password: str
    RULES = {"current_password": text.any_password}
    EXAMPLE = {"currentPassword": "correct horse battery"}


class FactorProof(Body, frozen=True):
    """PUT /api/auth/second-factor."""

    code: str
    RULES = {"code": text.code}
    EXAMPLE = {"code": "492039"}


class FactorEnd(Body, frozen=True):
    """DELETE /api/auth/second-factor."""

    current_password: str
    code: str
    RULES = {"current_password": text.any_password, "code": text.code}
    EXAMPLE = {"currentPassword": "correct horse battery", "code": "492039"}


class UserChange(Body, frozen=True):
    """PUT /api/users/:id. A role can be taken away alone."""

    role: UserRole | None = None
    disabled: bool | None = None
    EXAMPLE = {"disabled": True}


class ForgottenPassword(Body, frozen=True):
    """POST /api/auth/forgot-password."""

    email: str
    RULES = {"email": text.email}
    EXAMPLE = {"email": "ada@example.org"}


class PasswordReset(Body, frozen=True):
    """POST /api/auth/reset-password."""

    token: str
    new_password: str
    RULES = {"token": text.token, "new_password": text.password}
    EXAMPLE = {"token": "nN3vXr0qk8Ha2Zt6pYcW5sLdUeBfMjGi7oRx1yQv4Tw", "newPassword": "battery staple correct"}


class EmailVerification(Body, frozen=True):
    """POST /api/auth/verify-email."""

    token: str
    RULES = {"token": text.token}
    EXAMPLE = {"token": "nN3vXr0qk8Ha2Zt6pYcW5sLdUeBfMjGi7oRx1yQv4Tw"}


_ROOM_RULES: dict[str, Rule] = {
    "name": text.name,
    "description": text.paragraph,
    "subject": text.optional_line,
    "image": text.link,
}


class NewRoom(Body, frozen=True):
    """POST /api/study-rooms."""

    name: str
    description: str | None = None
    subject: str | None = None
    image: str | None = None
    visibility: Visibility | None = None
    capacity: Capacity | None = None
    retention_days: RetentionDays | None = None
    RULES = _ROOM_RULES
    EXAMPLE = {"name": "Calculus", "subject": "Maths", "visibility": "public", "capacity": 12}


class RoomChange(Body, frozen=True):
    """PUT /api/study-rooms/:id. `ownerId` hands the room over to another member."""

    name: str | None = None
    description: str | None = None
    subject: str | None = None
    image: str | None = None
    visibility: Visibility | None = None
    capacity: Capacity | None = None
    retention_days: RetentionDays | None = None
    owner_id: UserId | None = None
    RULES = {**_ROOM_RULES, "owner_id": text.uuid}
    EXAMPLE = {"description": "Chapter 4, every evening at eight"}


class NewMessage(Body, frozen=True):
    """POST /api/study-rooms/:id/messages."""

    content: str
    client_message_id: str | None = None
    RULES = {"content": text.content, "client_message_id": text.token}
    EXAMPLE = {"content": "Who has done exercise 7?", "clientMessageId": "phone-17"}


class SystemMessage(Body, frozen=True):
    """POST /api/study-rooms/:id/messages/system."""

    content: str
    RULES = {"content": text.content}
    EXAMPLE = {"content": "Break at four"}


class StatusChange(Body, frozen=True):
    """POST /api/study-rooms/:id/presence."""

    status: ChosenStatus
    EXAMPLE = {"status": "busy"}


class NewInvite(Body, frozen=True):
    """POST /api/study-rooms/:id/invites. `expiresIn` is in seconds; without `uses`, any number may use it."""

    expires_in: Annotated[int, msgspec.Meta(ge=60, le=365 * 24 * 3600)] | None = None
    uses: Annotated[int, msgspec.Meta(ge=1, le=1_000)] | None = None
    EXAMPLE = {"expiresIn": 86_400, "uses": 30}


class InviteCode(Body, frozen=True):
    """POST /api/invites/lookup and /api/invites/accept."""

    code: str
    RULES = {"code": text.token}
    EXAMPLE = {"code": "q8Ha2Zt6pYcW5sLdUeBfMjGi"}


class NewAccountInvite(Body, frozen=True):
    """POST /api/account-invites. `expiresIn` is in seconds; without `uses`, any number of accounts may be made with it.

    With `email` it is for that address only, and for one account.
    """

    expires_in: Annotated[int, msgspec.Meta(ge=60, le=365 * 24 * 3600)] | None = None
    uses: Annotated[int, msgspec.Meta(ge=1, le=1_000)] | None = None
    email: str | None = None
    RULES = {"email": text.email}
    EXAMPLE = {"expiresIn": 604_800, "uses": 30}


class AccountInviteCode(Body, frozen=True):
    """POST /api/account-invites/lookup."""

    code: str
    RULES = {"code": text.invite_code}
    EXAMPLE = {"code": "q7Zr1mX0cVb9TnYkL2sWdE4fGhJ8pAuo"}


class NewAnnouncement(Body, frozen=True):
    """POST /api/announcements. It is shown for `endsIn` seconds, a day if that is left out."""

    content: str
    ends_in: Annotated[int, msgspec.Meta(ge=60, le=30 * 24 * 3600)] | None = None
    RULES = {"content": text.announcement}
    EXAMPLE = {"content": "The server restarts at six", "endsIn": 86_400}


class RoleChange(Body, frozen=True):
    """PUT /api/study-rooms/:id/members/:userId."""

    role: Literal["moderator", "member"]
    EXAMPLE = {"role": "moderator"}


class NewMute(Body, frozen=True):
    """PUT /api/study-rooms/:id/members/:userId/mute."""

    seconds: Annotated[int, msgspec.Meta(ge=1, le=30 * 24 * 3600)]
    EXAMPLE = {"seconds": 600}


class NewBan(Body, frozen=True):
    """PUT /api/study-rooms/:id/bans/:userId. The reason is for those who look after the room."""

    reason: str | None = None
    EXAMPLE = {"reason": "Advertising"}
    RULES = {"reason": text.reason}


class NewReport(Body, frozen=True):
    """POST /api/study-rooms/:id/messages/:messageId/report, …/members/:userId/report and …/report."""

    reason: str | None = None
    EXAMPLE = {"reason": "Rude"}
    RULES = {"reason": text.reason}


class ReportChange(Body, frozen=True):
    """PUT /api/study-rooms/:id/reports/:reportId and /api/dashboard/admin/reports/:id."""

    status: ReportStatus
    EXAMPLE = {"status": "resolved"}


class ReportsQuery(Query, frozen=True):
    """GET /api/study-rooms/:id/reports?status=&before=&limit=. `before` is the id of the last report that one has."""

    status: ReportStatus | None = None
    before: ReportId | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50
    RULES = {"before": text.uuid}


class AllReportsQuery(Query, frozen=True):
    """GET /api/dashboard/admin/reports?status=&roomId=&before=&limit=."""

    status: ReportStatus | None = None
    room_id: RoomId | None = None
    before: ReportId | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50
    RULES = {"before": text.uuid, "room_id": text.uuid}


class AuditQuery(Query, frozen=True):
    """GET /api/study-rooms/:id/audit-log?before=&limit=. `before` is the id of the last entry that one has."""

    before: ActId | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50
    RULES = {"before": text.uuid}


class RoomsQuery(Query, frozen=True):
    """GET /api/study-rooms and /api/dashboard/admin/rooms?search=&limit=&cursor=."""

    search: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20
    cursor: str | None = None
    RULES = {"search": text.search, "cursor": text.uuid}


class UsersQuery(Query, frozen=True):
    """GET /api/users?search=&pending=&limit=&cursor=.

    With `pending` only users who wait for approval, or only those who do not.
    """

    search: str | None = None
    pending: bool | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20
    cursor: str | None = None
    RULES = {"search": text.search, "cursor": text.uuid}


class HistoryQuery(Query, frozen=True):
    """GET /api/study-rooms/:id/messages. `before` and `after` are message numbers; `page` is the seed's."""

    before: Seq | None = None
    after: Seq | None = None
    page: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50

    def __post_init__(self) -> None:
        if sum(value is not None for value in (self.before, self.after, self.page)) > 1:
            raise Invalid([FieldError("before", "give one of before, after and page")])


_EXAMPLE_ROOM = "01890a5d-ac96-774b-bcce-b302099a8057"


class RoomRef(Body, frozen=True):
    """`leave-room`: a room."""

    room_id: str
    RULES = {"room_id": text.uuid}
    EXAMPLE = {"roomId": _EXAMPLE_ROOM}


class JoinRoom(Body, frozen=True):
    """`join-room`. With `since`, what was said after that number is answered as `missed`."""

    room_id: str
    since: Seq | None = None
    epoch: str | None = None
    RULES = {"room_id": text.uuid, "epoch": text.token}
    EXAMPLE = {"roomId": _EXAMPLE_ROOM, "since": 41}


class SendMessage(Body, frozen=True):
    """`send-message`."""

    room_id: str
    content: str
    client_message_id: str | None = None
    RULES = {"room_id": text.uuid, "content": text.content, "client_message_id": text.token}
    EXAMPLE = {"roomId": _EXAMPLE_ROOM, "content": "Who has done exercise 7?", "clientMessageId": "phone-17"}


class UpdateStatus(Body, frozen=True):
    """`update-status`. Without a status it says that the user is doing something."""

    room_id: str
    status: ChosenStatus | None = None
    RULES = {"room_id": text.uuid}
    EXAMPLE = {"roomId": _EXAMPLE_ROOM, "status": "busy"}


class TokenRenewal(Body, frozen=True):
    """`refresh-token`: the access token to go on with."""

    token: str
    RULES = {"token": text.access_token}
    EXAMPLE = {"token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.Et9HFtf9R3GEMA0IICOfFMVXY7kkTX1wr4qCyIf58U"}


class MarkRead(Body, frozen=True):
    """`mark-read`: everything up to and including `seq` has been read."""

    room_id: str
    seq: Seq
    RULES = {"room_id": text.uuid}
    EXAMPLE = {"roomId": _EXAMPLE_ROOM, "seq": 42}
