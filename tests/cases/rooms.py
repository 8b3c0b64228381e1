"""Rows of both matrices, bad input and authorisation: rooms, joining and leaving, invitations."""

from collections.abc import Iterable, Mapping

from domain.base import Payload
from domain.rooms import InviteCode, JoinRoom, NewInvite, NewRoom, RoomChange, RoomRef, RoomsQuery
from tests.support.authorisation import (
    ACTORS,
    BANNED,
    BY_CODE,
    OK,
    ROOM,
    Row,
    in_room,
    of_moderator,
    of_owner,
    signed_in,
)
from tests.support.bad_ids import an_id, room_id
from tests.support.bad_input import ROOM_ID, ROOM_PATH, Cell, Event, Route, special
from tests.support.bad_queries import LARGEST_SEQ, SEARCHED_PAGE
from tests.support.bad_values import Value, integer, link, name, text, time_zone, word
from tests.support.outcomes import ACCEPTED, FORBIDDEN, INVITE_NOT_FOUND, NOT_A_MEMBER, Outcome, Refused, invalid

_NOT_MINE = dict.fromkeys(("cleo", "room", "gone"), NOT_A_MEMBER)
NO_INVITE = {"invite": INVITE_NOT_FOUND}


def _room_fields(*, named: bool) -> dict[str, Iterable[Value]]:
    return {
        "name": name(required=named),
        "description": text(1000, 0, required=False, lines=True),
        "subject": text(80, 0, required=False),
        "image": link(),
        "visibility": word("private", "public", required=False),
        "capacity": integer(1, 10_000, required=False),
        "retentionDays": integer(0, 3650, required=False),
        "timerControl": word("moderators", "members", required=False),
        "quietFocus": word("off", "hold", required=False),
        "leaderboard": word("off", "on", required=False),
        "timeZone": time_zone(),
    }


# Bad input

FIELDS: Mapping[type[Payload], Mapping[str, Iterable[Value]]] = {
    InviteCode: {"code": text(100, well_formed=Refused(404, "invite_not_found"))},
    NewRoom: _room_fields(named=True),
    RoomChange: {
        **_room_fields(named=False),
        "ownerId": an_id("ada", NOT_A_MEMBER, _NOT_MINE, required=False),
    },
    NewInvite: {
        "expiresIn": integer(60, 31_536_000, required=False),
        "uses": integer(1, 1_000, required=False),
    },
    RoomRef: {"roomId": room_id(ACCEPTED)},
    JoinRoom: {
        "roomId": room_id(NOT_A_MEMBER),
        "since": integer(0, LARGEST_SEQ, required=False),
        "epoch": text(100, required=False, well_formed=ACCEPTED),
    },
}

QUERIES: Mapping[type[Payload], Mapping[str, list[Value]]] = {
    RoomsQuery: SEARCHED_PAGE,
}

QUERY_COMBINATIONS: Mapping[type[Payload], Mapping[str, Outcome]] = {
    RoomsQuery: {
        "limit=1&limit=2": ACCEPTED,
        "limit=1&limit=x": invalid("limit"),
        "limit": ACCEPTED,
        "&&=&": ACCEPTED,
        "unknown=%00": ACCEPTED,
        "search=a%00&cursor=x": invalid("search", "cursor"),
    },
}

ROUTES: Mapping[tuple[str, str], Route] = {
    ("GET", "/api/study-rooms"): Route(query=RoomsQuery),
    ("POST", "/api/study-rooms"): Route(201, NewRoom, {"name": b'"Calculus"'}),
    ("GET", ROOM_PATH): Route(public=NOT_A_MEMBER),
    ("PUT", ROOM_PATH): Route(
        200, RoomChange, {"subject": b'"Maths"'}, room="alone", public=FORBIDDEN, member=FORBIDDEN
    ),
    ("DELETE", ROOM_PATH): Route(public=FORBIDDEN, member=FORBIDDEN),
    ("GET", ROOM_PATH + "/basic-info"): Route(),
    ("POST", ROOM_PATH + "/join"): Route(),
    ("POST", ROOM_PATH + "/leave"): Route(),
    ("GET", ROOM_PATH + "/invites"): Route(public=FORBIDDEN, member=FORBIDDEN),
    ("POST", ROOM_PATH + "/invites"): Route(
        201, NewInvite, {"uses": b"5"}, room="alone", public=FORBIDDEN, member=FORBIDDEN
    ),
    ("DELETE", ROOM_PATH + "/invites/<invite>"): Route(public=FORBIDDEN, member=FORBIDDEN, parts=NO_INVITE),
    ("GET", "/api/invites/<code>"): Route(caller=None, parts={"code": INVITE_NOT_FOUND}),
    ("POST", "/api/invites/lookup"): Route(200, InviteCode, {"code": b'"<code>"'}, caller=None),
    ("POST", "/api/invites/accept"): Route(200, InviteCode, {"code": b'"<code>"'}),
    ("POST", "/api/invites/<code>"): Route(parts={"code": INVITE_NOT_FOUND}),
}

EVENTS: Mapping[str, Event] = {
    "join-room": Event(JoinRoom, ROOM_ID, named=True),
    "leave-room": Event(RoomRef, ROOM_ID, named=True),
}

SPECIAL: list[Cell] = [
    special(
        "fields of the wrong type beside one that breaks a rule",
        "POST",
        "/api/study-rooms",
        "ada",
        {"name": b'""', "subject": b"5", "capacity": b"2.5", "retentionDays": b'"x"'},
        invalid("name", "subject", "capacity", "retentionDays"),
    ),
    special(
        "three bad fields",
        "POST",
        "/api/study-rooms",
        "ada",
        {"name": b'" "', "subject": b'"a\\nb"', "image": b'"x"'},
        invalid("name", "subject", "image"),
    ),
    special(
        "a good name and an heir who is no member",
        "PUT",
        "/api/study-rooms/<alone>",
        "ada",
        {"name": b'"Changed by a refused request"', "ownerId": b'"<cleo>"'},
        NOT_A_MEMBER,
    ),
]


# Authorisation

ROUTE_ROWS: tuple[Row, ...] = (
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
)

EVENT_ROWS: tuple[Row, ...] = (
    in_room("join-room", {"roomId": "<room>", "since": 0}, admin="not_a_member"),
    in_room("leave-room", {"roomId": "<room>"}, outsider=OK, inside=True),
)
