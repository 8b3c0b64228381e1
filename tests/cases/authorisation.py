"""The authorisation matrix: what each route and event answers to everybody who may ask, in a public and a private room.

Nothing here was recorded from a server: a row is what the contract says. A new route or event needs a row; a new kind
of person needs a line in `ACTORS`, and a place in `test_authorisation.Scene`.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

OK = ""
"""What an actor gets who may; else it is the code of the refusal."""

NOBODY = "nobody"
"""Brings no token."""
ENDED = "ended"
"""The owner, with a token of a sign-in that was ended."""
DELETED = "deleted"
"""Was a member, and deleted the account; the token is in its time."""
DISABLED = "disabled"
"""Was a member and an admin, and is disabled, by somebody who did not think of ending the sign-in."""
PENDING = "pending"
"""Waits for the approval of an admin: is let into nothing."""
OUTSIDER = "outsider"
"""Has an account, and nothing to do with the room."""
INVITED = "invited"
"""Has looked at an invitation into the room, and not accepted it."""
BANNED = "banned"
"""Was a member, and is banned."""
MUTED = "muted"
"""A member who may say nothing."""
MEMBER, MODERATOR, OWNER = "member", "moderator", "owner"
ADMIN = "admin"
"""Looks after the server, and is no member of the room."""

SIGNED_OUT = (NOBODY, ENDED, DELETED, DISABLED)
OUTSIDE = (OUTSIDER, INVITED, BANNED)
SIGNED_IN = (*OUTSIDE, MUTED, MEMBER, MODERATOR, OWNER, ADMIN)
ACTORS = (*SIGNED_OUT, PENDING, *SIGNED_IN)
NOT_ADMITTED = (*SIGNED_OUT, PENDING)
"""Those who have no socket."""

UNSEEING = (*SIGNED_OUT, PENDING, *OUTSIDE)
"""Those for whom a private room does not exist."""

Expected = Mapping[str, str]


class Row(NamedTuple):
    """One thing that can be asked for.

    Attributes:
        does: the route, as in docs/protocol.md, or the event.
        public, private: what each actor gets, where the room is public, and where it is private; `private` is None
            where the request names no room, and is asked only once.
        body: what is sent: the body, or the event's argument. `<…>` stands for something of the scene.
        status: of a success over HTTP.
        parts: what stands in the path for each `:part`.
        inside: whether the actor is in the room with a socket before, as far as they can be.
        tells: whether it tells of the room whoever may ask, member or not.
        about: tells rows of one route apart.
    """

    does: str
    public: Expected
    private: Expected | None = None
    body: Mapping[str, Any] | None = None
    status: int = 200
    parts: Mapping[str, str] = {"id": "<room>"}
    inside: bool = False
    tells: bool = False
    about: str = ""

    @property
    def name(self) -> str:
        return f"{self.does} ({self.about})" if self.about else self.does

    @property
    def is_event(self) -> bool:
        return " " not in self.does

    @property
    def only_shows(self) -> bool:
        return self.does.startswith("GET ") or self.does.endswith("/lookup")

    def expected(self) -> list[tuple[str, bool, str]]:
        """Return the row's cells: who asks, whether the room is private, and what they get."""
        cells = [(actor, False, self.public[actor]) for actor in ACTORS]
        return cells + [(actor, True, (self.private or {})[actor]) for actor in ACTORS if self.private is not None]


def everybody(
    does: str, body: Mapping[str, Any] | None = None, status: int = 200, about: str = "", **refused: str
) -> Row:
    """Return a row of a route that wants no token; `refused` says who is refused all the same."""
    return Row(does, dict.fromkeys(ACTORS, OK) | refused, body=body, status=status, about=about)


def signed_in(
    does: str, body: Mapping[str, Any] | None = None, status: int = 200, about: str = "", **refused: str
) -> Row:
    """Return a row of a route for whoever is signed in, that names no room."""
    out = dict.fromkeys(SIGNED_OUT, "not_signed_in") | {PENDING: "account_pending"}
    return Row(does, out | dict.fromkeys(SIGNED_IN, OK) | refused, body=body, status=status, about=about)


def for_admins(does: str, body: Mapping[str, Any] | None = None, about: str = "", admin: str = OK) -> Row:
    """Return a row of a route for admins alone, that names no room."""
    others = dict.fromkeys(set(SIGNED_IN) - {ADMIN}, "forbidden")
    return signed_in(does, body, about=about, **others, admin=admin)


def in_room(
    does: str,
    body: Mapping[str, Any] | None = None,
    status: int = 200,
    *,
    outsider: str = "not_a_member",
    banned: str | None = None,
    muted: str | None = None,
    member: str = OK,
    moderator: str | None = None,
    owner: str = OK,
    admin: str = OK,
    private: Mapping[str, str] | None = None,
    parts: Mapping[str, str] | None = None,
    inside: bool = False,
    tells: bool = False,
    about: str = "",
) -> Row:
    """Return a row of what names a room.

    Where nothing else is said, who is muted and a moderator get what a member gets, and who is banned or invited what
    an outsider gets.

    Args:
        private: who gets something else where the room is private. Those outside find no such room.
    """
    public = dict.fromkeys(SIGNED_OUT, "not_signed_in") | {
        PENDING: "account_pending",
        OUTSIDER: outsider,
        INVITED: outsider,
        BANNED: outsider if banned is None else banned,
        MUTED: member if muted is None else muted,
        MEMBER: member,
        MODERATOR: member if moderator is None else moderator,
        OWNER: owner,
        ADMIN: admin,
    }
    return Row(
        does,
        public,
        public | dict.fromkeys(OUTSIDE, "room_not_found") | (private or {}),
        body,
        status,
        {"id": "<room>"} | (parts or {}),
        inside,
        tells,
        about,
    )


def of_owner(does: str, body: Mapping[str, Any] | None = None, status: int = 200, about: str = "", **more: Any) -> Row:
    """Return a row of what a room's owner may, and an admin."""
    refused = {"outsider": "forbidden", "member": "forbidden"}
    return in_room(does, body, status, about=about, **(refused | more))


def of_moderator(
    does: str, body: Mapping[str, Any] | None = None, status: int = 200, about: str = "", **more: Any
) -> Row:
    """Return a row of what a room's owner and moderators may, and an admin."""
    return of_owner(does, body, status, about=about, **({"moderator": OK} | more))


ROOM = "/api/study-rooms/:id"
ON_TARGET = {"userId": "<target>"}
ON_ADMIN = {"userId": "<warden>"}
"""An admin who is a member, muted from before."""
ON_OWNER, ON_MODERATOR, ON_ONESELF = {"userId": "<owner>"}, {"userId": "<deputy>"}, {"userId": "<me>"}
NOBODY_MAY = dict.fromkeys(("moderator", "owner", "admin"), "forbidden")
BY_CODE = {OUTSIDER: OK, INVITED: OK, BANNED: "invite_not_found"}
"""Who may look at an invitation into a private room, and accept it."""
PASSWORD = "correct horse battery"

HTTP: tuple[Row, ...] = (
    everybody("GET /healthz"),
    everybody("GET /readyz"),
    everybody(
        "POST /api/auth/register",
        {"firstName": "New", "lastName": "Comer", "email": "<new email>", "password": PASSWORD},
        201,
    ),
    everybody("POST /api/auth/login", {"email": "<guest email>", "password": PASSWORD}, about="as somebody else"),
    everybody(
        "POST /api/auth/login",
        {"email": "<my email>", "password": PASSWORD},
        about="as oneself",
        nobody="wrong_credentials",
        deleted="wrong_credentials",
        disabled="account_disabled",
    ),
    everybody("POST /api/auth/sign-out", {"token": "<guest refresh>"}, about="another sign-in"),
    everybody("POST /api/auth/refresh", {"refreshToken": "<guest refresh>"}, about="another sign-in"),
    everybody(
        "POST /api/auth/refresh",
        {"refreshToken": "<my refresh>"},
        about="this sign-in",
        **dict.fromkeys(SIGNED_OUT, "invalid_refresh_token"),
    ),
    everybody("GET /api/server"),
    everybody("GET /api/openapi.json"),
    everybody("GET /api/asyncapi.json"),
    everybody("GET /api/docs"),
    everybody("GET /api/docs/events"),
    everybody("GET /api/docs/style.css"),
    everybody(
        "POST /api/auth/reset-password",
        {"token": "<my reset>", "newPassword": "another good password"},
        nobody="invalid_reset_token",
        deleted="invalid_reset_token",
        disabled="account_disabled",
    ),
    signed_in("POST /api/auth/verify-email", {"token": "<my verification>"}, pending=OK),
    signed_in(
        "POST /api/auth/verify-email",
        {"token": "<guest verification>"},
        about="the link of another account",
        **dict.fromkeys((*SIGNED_IN, PENDING), "invalid_verification_token"),
    ),
    signed_in("POST /api/auth/me/verification", **dict.fromkeys((*SIGNED_IN, PENDING), "mail_off")),
    everybody("POST /api/auth/forgot-password", {"email": "<guest email>"}, **dict.fromkeys(ACTORS, "mail_off")),
    signed_in("POST /api/auth/logout", pending=OK),
    signed_in("GET /api/auth/sessions"),
    signed_in("DELETE /api/auth/sessions"),
    signed_in("DELETE /api/auth/sessions/:id", about="this sign-in")._replace(parts={"id": "<my sign in>"}),
    signed_in(
        "DELETE /api/auth/sessions/:id",
        about="the owner's sign-in",
        **dict.fromkeys(set(SIGNED_IN) - {OWNER}, "session_not_found"),
    )._replace(parts={"id": "<owner sign in>"}),
    signed_in("GET /api/auth/me", pending=OK),
    signed_in(
        "POST /api/auth/first-admin", {"token": "another"}, **dict.fromkeys((*SIGNED_IN, PENDING), "invalid_admin_link")
    ),
    signed_in("PUT /api/auth/me", {"bio": "Numbers"}),
    signed_in("GET /api/auth/me/export"),
    signed_in("DELETE /api/auth/me", {"currentPassword": PASSWORD}, pending=OK),
    signed_in("PUT /api/auth/password", {"currentPassword": PASSWORD, "newPassword": "another good password"}),
    signed_in("GET /api/auth/second-factor"),
    signed_in("POST /api/auth/second-factor", {"currentPassword": PASSWORD}, 201),
    signed_in("PUT /api/auth/second-factor", {"code": "492039"}, **dict.fromkeys(SIGNED_IN, "no_second_factor")),
    signed_in(
        "DELETE /api/auth/second-factor",
        {"currentPassword": PASSWORD, "code": "492039"},
        **dict.fromkeys(SIGNED_IN, "no_second_factor"),
    ),
    signed_in("GET /api/dashboard"),
    for_admins("GET /api/dashboard/admin"),
    for_admins("GET /api/users"),
    for_admins("GET /api/users/:id")._replace(parts={"id": "<target>"}),
    for_admins("GET /api/dashboard/admin/rooms"),
    for_admins("GET /api/dashboard/admin/reports"),
    for_admins("PUT /api/dashboard/admin/reports/:id", {"status": "resolved"})._replace(parts={"id": "<report>"}),
    for_admins("PUT /api/users/:id", {"disabled": True})._replace(parts={"id": "<target>"}),
    for_admins("GET /api/promotions"),
    for_admins("POST /api/users/:id/promotion")._replace(parts={"id": "<outsider>"}, status=201),
    for_admins("POST /api/users/:id/promotion", about="an admin", admin="already_admin")._replace(
        parts={"id": "<warden>"}
    ),
    for_admins("PUT /api/users/:id/promotion")._replace(parts={"id": "<guest>"}),
    for_admins("PUT /api/users/:id/promotion", about="of one's own", admin="own_promotion")._replace(
        parts={"id": "<proposed>"}
    ),
    for_admins("DELETE /api/users/:id/promotion")._replace(parts={"id": "<guest>"}),
    for_admins("PUT /api/users/:id", {"role": "admin"}, about="make an admin", admin="cannot_make_admin")._replace(
        parts={"id": "<target>"}
    ),
    for_admins("POST /api/users/:id/approve")._replace(parts={"id": "<applicant>"}),
    for_admins("POST /api/users/:id/refuse")._replace(parts={"id": "<applicant>"}),
    signed_in("GET /api/announcements"),
    for_admins("POST /api/announcements", {"content": "The server restarts at six", "endsIn": 60})._replace(status=201),
    for_admins("DELETE /api/announcements/:id")._replace(parts={"id": "<announcement>"}),
    for_admins("GET /api/account-invites"),
    for_admins("POST /api/account-invites", {"uses": 3})._replace(status=201),
    for_admins("DELETE /api/account-invites/:id")._replace(parts={"id": "<account invite>"}),
    everybody("POST /api/account-invites/lookup", {"code": "<account code>"}),
    signed_in("GET /api/study-rooms"),
    signed_in("POST /api/study-rooms", {"name": "Calculus"}, 201),
    in_room(f"GET {ROOM}"),
    of_owner(f"PUT {ROOM}", {"subject": "Maths"}),
    of_owner(f"PUT {ROOM}", {"ownerId": "<target>"}, about="hand it over"),
    of_owner(f"PUT {ROOM}", {"visibility": "<other visibility>"}, about="open or close it"),
    of_owner(f"DELETE {ROOM}"),
    in_room(f"GET {ROOM}/basic-info", outsider=OK),
    in_room(f"POST {ROOM}/join", outsider=OK, banned="banned"),
    in_room(f"POST {ROOM}/leave", outsider=OK, owner="owner_cannot_leave"),
    in_room(f"GET {ROOM}/messages", admin="not_a_member"),
    in_room(f"POST {ROOM}/messages", {"content": "hello"}, 201, admin="not_a_member", muted="muted"),
    in_room(
        f"POST {ROOM}/messages/system",
        {"content": "Break at four"},
        201,
        outsider="forbidden",
        member="forbidden",
        moderator=OK,
    ),
    of_moderator(f"GET {ROOM}/invites"),
    of_moderator(f"POST {ROOM}/invites", {"uses": 3}, 201),
    of_moderator(f"DELETE {ROOM}/invites/:inviteId", parts={"inviteId": "<invite>"}),
    Row(
        "GET /api/invites/:code",
        dict.fromkeys(ACTORS, OK),
        dict.fromkeys(ACTORS, OK) | {BANNED: "invite_not_found"},
        parts={"code": "<code>"},
        tells=True,
    ),
    Row(
        "POST /api/invites/lookup",
        dict.fromkeys(ACTORS, OK),
        dict.fromkeys(ACTORS, OK) | {BANNED: "invite_not_found"},
        {"code": "<code>"},
        tells=True,
    ),
    in_room("POST /api/invites/accept", {"code": "<code>"}, outsider=OK, banned="banned", private=BY_CODE, tells=True),
    in_room(
        "POST /api/invites/:code", outsider=OK, banned="banned", private=BY_CODE, parts={"code": "<code>"}, tells=True
    ),
    of_owner(f"PUT {ROOM}/members/:userId", {"role": "moderator"}, parts=ON_TARGET),
    of_owner(f"PUT {ROOM}/members/:userId", {"role": "member"}, parts=ON_MODERATOR, about="a moderator"),
    of_owner(f"PUT {ROOM}/members/:userId", {"role": "member"}, parts=ON_OWNER, about="the owner", **NOBODY_MAY),
    of_owner(f"PUT {ROOM}/members/:userId", {"role": "moderator"}, parts=ON_ONESELF, about="oneself", **NOBODY_MAY),
    of_owner(f"PUT {ROOM}/members/:userId", {"role": "member"}, parts=ON_ADMIN, about="an admin", **NOBODY_MAY),
    of_owner(f"PUT {ROOM}/members/:userId", {"role": "moderator"}, parts=ON_ADMIN, about="raise an admin"),
    of_moderator(f"DELETE {ROOM}/members/:userId", parts=ON_TARGET),
    of_owner(f"DELETE {ROOM}/members/:userId", parts=ON_ADMIN, about="an admin", **NOBODY_MAY),
    of_owner(f"DELETE {ROOM}/members/:userId", parts=ON_MODERATOR, about="a moderator"),
    of_owner(f"DELETE {ROOM}/members/:userId", parts=ON_OWNER, about="the owner", **NOBODY_MAY),
    of_owner(f"DELETE {ROOM}/members/:userId", parts=ON_ONESELF, about="oneself", **NOBODY_MAY),
    of_moderator(f"PUT {ROOM}/members/:userId/mute", {"seconds": 60}, parts=ON_TARGET),
    of_owner(f"PUT {ROOM}/members/:userId/mute", {"seconds": 60}, parts=ON_MODERATOR, about="a moderator"),
    of_owner(f"PUT {ROOM}/members/:userId/mute", {"seconds": 60}, parts=ON_OWNER, about="the owner", **NOBODY_MAY),
    of_owner(f"PUT {ROOM}/members/:userId/mute", {"seconds": 60}, parts=ON_ADMIN, about="an admin", **NOBODY_MAY),
    of_moderator(f"DELETE {ROOM}/members/:userId/mute", parts=ON_TARGET),
    of_moderator(f"DELETE {ROOM}/members/:userId/mute", parts=ON_ADMIN, about="an admin"),
    of_owner(f"DELETE {ROOM}/members/:userId/mute", parts=ON_ONESELF, about="oneself", **NOBODY_MAY),
    of_moderator(f"GET {ROOM}/bans"),
    of_moderator(f"PUT {ROOM}/bans/:userId", {"reason": "Spam"}, parts=ON_TARGET),
    of_owner(f"PUT {ROOM}/bans/:userId", {"reason": "Spam"}, parts=ON_MODERATOR, about="a moderator"),
    of_owner(f"PUT {ROOM}/bans/:userId", {"reason": "Spam"}, parts=ON_OWNER, about="the owner", **NOBODY_MAY),
    of_owner(f"PUT {ROOM}/bans/:userId", {"reason": "Spam"}, parts=ON_ADMIN, about="an admin", **NOBODY_MAY),
    of_moderator(f"DELETE {ROOM}/bans/:userId", parts={"userId": "<banned>"}),
    of_owner(f"DELETE {ROOM}/bans/:userId", parts=ON_ONESELF, about="oneself", **NOBODY_MAY),
    in_room(
        f"POST {ROOM}/messages/:messageId/report",
        {"reason": "Rude"},
        201,
        admin="not_a_member",
        parts={"messageId": "<message>"},
    ),
    in_room(f"POST {ROOM}/members/:userId/report", {"reason": "Rude"}, 201, admin="not_a_member", parts=ON_TARGET),
    in_room(f"POST {ROOM}/report", {"reason": "Rude"}, 201, outsider=OK),
    of_moderator(f"GET {ROOM}/reports"),
    of_moderator(f"PUT {ROOM}/reports/:reportId", {"status": "resolved"}, parts={"reportId": "<report>"}),
    of_owner(f"GET {ROOM}/audit-log"),
    in_room(f"GET {ROOM}/presence", admin="not_a_member"),
    in_room(f"POST {ROOM}/presence", {"status": "busy"}, admin="not_a_member", inside=True),
    in_room(f"DELETE {ROOM}/presence", admin="not_a_member", inside=True),
)

EVENTS: tuple[Row, ...] = (
    in_room("join-room", {"roomId": "<room>", "since": 0}, admin="not_a_member"),
    in_room("leave-room", {"roomId": "<room>"}, outsider=OK, inside=True),
    in_room("send-message", {"roomId": "<room>", "content": "hello"}, admin="not_a_member", muted="muted"),
    in_room("update-status", {"roomId": "<room>", "status": "busy"}, admin="not_a_member", inside=True),
    in_room("mark-read", {"roomId": "<room>", "seq": 1}, admin="not_a_member", inside=True),
    signed_in("refresh-token", {"token": "<another token>"}),
)

ADMISSION: Expected = {
    **dict.fromkeys(SIGNED_IN, OK),
    **dict.fromkeys(SIGNED_OUT, "not_signed_in"),
    PENDING: "account_pending",
    NOBODY: "token_required",
}
"""What each actor gets who asks to be let into a namespace."""
