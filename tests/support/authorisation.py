"""Actors and rows of the authorisation matrix: expected answers to each actor, in a public and a private room.

The rows are in tests/cases/<area>.py. They state the contract; nothing in them was recorded from a server. A new kind
of user needs a line in `ACTORS`, and a place in `scene.Scene`.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

OK = ""
"""The answer to an actor who may; otherwise it is the code of the error."""

NOBODY = "nobody"
"""No token."""
ENDED = "ended"
"""The owner, with a token of a session that was ended."""
DELETED = "deleted"
"""A former member who deleted the account; the token has not expired."""
DISABLED = "disabled"
"""A former member and admin whose account is disabled while the session was not ended."""
PENDING = "pending"
"""An account that waits for the approval of an admin, and has no access before."""
OUTSIDER = "outsider"
"""A user without a relation to the room."""
INVITED = "invited"
"""A user who looked at an invitation into the room, and did not accept it."""
BANNED = "banned"
"""A former member who is banned."""
MUTED = "muted"
"""A member who may not send messages."""
MEMBER, MODERATOR, OWNER = "member", "moderator", "owner"
ADMIN = "admin"
"""An admin of the server, who is not a member of the room."""

SIGNED_OUT = (NOBODY, ENDED, DELETED, DISABLED)
OUTSIDE = (OUTSIDER, INVITED, BANNED)
SIGNED_IN = (*OUTSIDE, MUTED, MEMBER, MODERATOR, OWNER, ADMIN)
ACTORS = (*SIGNED_OUT, PENDING, *SIGNED_IN)
NOT_ADMITTED = (*SIGNED_OUT, PENDING)
"""Actors without a connection."""

UNSEEING = (*SIGNED_OUT, PENDING, *OUTSIDE)
"""Actors to whom a private room does not exist."""

Expected = Mapping[str, str]


class Row(NamedTuple):
    """One request or event, and the answers to it.

    Attributes:
        does: the route, as in docs/protocol.md, or the event.
        public, private: the answer to each actor if the room is public, and if it is private; `private` is None if the
            request names no room, and is sent only once.
        body: the body, or the argument of the event. `<…>` is a placeholder that the scene fills.
        status: of a success over HTTP.
        parts: the value of each `:part` of the path.
        inside: whether the actor joins the room with a connection before, if possible.
        tells: whether the answer describes the room to users who are not members, too.
        about: distinguishes rows of one route.
        is_empty: whether a success finds nothing to change in the scene.
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
    is_empty: bool = False

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
        """Return the cells of the row: actor, whether the room is private, answer."""
        cells = [(actor, False, self.public[actor]) for actor in ACTORS]
        return cells + [(actor, True, (self.private or {})[actor]) for actor in ACTORS if self.private is not None]


def everybody(
    does: str, body: Mapping[str, Any] | None = None, status: int = 200, about: str = "", **refused: str
) -> Row:
    """Return a row of a route without a token; `refused` are the errors by actor."""
    return Row(does, dict.fromkeys(ACTORS, OK) | refused, body=body, status=status, about=about)


def signed_in(
    does: str, body: Mapping[str, Any] | None = None, status: int = 200, about: str = "", **refused: str
) -> Row:
    """Return a row of a route for every signed-in user, that names no room."""
    out = dict.fromkeys(SIGNED_OUT, "not_signed_in") | {PENDING: "account_pending"}
    return Row(does, out | dict.fromkeys(SIGNED_IN, OK) | refused, body=body, status=status, about=about)


def for_admins(does: str, body: Mapping[str, Any] | None = None, about: str = "", admin: str = OK) -> Row:
    """Return a row of a route for admins only, that names no room."""
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
    is_empty: bool = False,
) -> Row:
    """Return a row of a request or event that names a room.

    By default, muted members and moderators get the answer of a member, banned and invited users that of an outsider.

    Args:
        private: the answers that differ if the room is private. Users outside get `room_not_found`.
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
        is_empty,
    )


def of_owner(does: str, body: Mapping[str, Any] | None = None, status: int = 200, about: str = "", **more: Any) -> Row:
    """Return a row of a request that the owner of the room and admins may send."""
    refused = {"outsider": "forbidden", "member": "forbidden"}
    return in_room(does, body, status, about=about, **(refused | more))


def of_moderator(
    does: str, body: Mapping[str, Any] | None = None, status: int = 200, about: str = "", **more: Any
) -> Row:
    """Return a row of a request that the owner and moderators of the room and admins may send."""
    return of_owner(does, body, status, about=about, **({"moderator": OK} | more))


ROOM = "/api/study-rooms/:id"
ON_TARGET = {"userId": "<target>"}
ON_ADMIN = {"userId": "<warden>"}
"""An admin who is a member, muted from before."""
ON_OWNER, ON_MODERATOR, ON_ONESELF = {"userId": "<owner>"}, {"userId": "<deputy>"}, {"userId": "<me>"}
NOBODY_MAY = dict.fromkeys(("moderator", "owner", "admin"), "forbidden")
BY_CODE = {OUTSIDER: OK, INVITED: OK, BANNED: "invite_not_found"}
"""Answers to looking at an invitation into a private room, and to accepting it."""
PASSWORD = "correct horse battery"
