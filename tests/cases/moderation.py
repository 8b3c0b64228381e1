"""Rows of both matrices, bad input and authorisation: roles, removals, mutes, bans, reports, audit log."""

from collections.abc import Iterable, Mapping

from domain.base import Payload
from domain.moderation import (
    AllReportsQuery,
    AuditQuery,
    NewBan,
    NewMute,
    NewReport,
    ReportChange,
    ReportsQuery,
    RoleChange,
)
from tests.support.authorisation import (
    NOBODY_MAY,
    OK,
    ON_ADMIN,
    ON_MODERATOR,
    ON_ONESELF,
    ON_OWNER,
    ON_TARGET,
    ROOM,
    Row,
    for_admins,
    in_room,
    of_moderator,
    of_owner,
)
from tests.support.bad_input import ROOM_PATH, Cell, Event, Route
from tests.support.bad_queries import REPORTS_PAGE, query_number
from tests.support.bad_values import Value, integer, text, word
from tests.support.outcomes import (
    ACCEPTED,
    FORBIDDEN,
    INVALID,
    MESSAGE_NOT_FOUND,
    NOT_A_MEMBER,
    REPORT_NOT_FOUND,
    UNKNOWN,
    USER_NOT_FOUND,
    Outcome,
    invalid,
)

DORA = {"dora": USER_NOT_FOUND}


# Bad input

FIELDS: Mapping[type[Payload], Mapping[str, Iterable[Value]]] = {
    RoleChange: {"role": word("moderator", "member")},
    NewMute: {"seconds": integer(1, 2_592_000)},
    NewBan: {"reason": text(200, 0, required=False)},
    NewReport: {"reason": text(200, 0, required=False, well_formed=ACCEPTED)},
    ReportChange: {"status": word("resolved", "open")},
}

QUERIES: Mapping[type[Payload], Mapping[str, list[Value]]] = {
    ReportsQuery: REPORTS_PAGE,
    AllReportsQuery: {**REPORTS_PAGE, "roomId": REPORTS_PAGE["before"]},
    AuditQuery: {
        "before": [
            *(Value(raw[:20], raw.encode(), INVALID) for raw in ("x", "42", "%00", "..", "a" * 7000)),
            Value("the id of nothing", UNKNOWN.encode(), ACCEPTED),
            Value("upper case", b"<room:upper>", ACCEPTED),
            Value("nothing", b"", ACCEPTED),
        ],
        "limit": list(query_number(1, 100)),
    },
}

QUERY_COMBINATIONS: Mapping[type[Payload], Mapping[str, Outcome]] = {
    ReportsQuery: {
        "status=open&status=resolved": ACCEPTED,
        "status=open&limit=x": invalid("limit"),
        "status=&before=&limit=": ACCEPTED,
        "unknown=%00": ACCEPTED,
    },
    AllReportsQuery: {"roomId=&status=&before=": ACCEPTED, "roomId=x&limit=x": invalid("roomId", "limit")},
    AuditQuery: {
        "limit=1&limit=2": ACCEPTED,
        "limit=x&before=x": invalid("before", "limit"),
        "unknown=%00": ACCEPTED,
    },
}

ROUTES: Mapping[tuple[str, str], Route] = {
    ("GET", "/api/dashboard/admin/reports"): Route(query=AllReportsQuery, caller="head"),
    ("PUT", "/api/dashboard/admin/reports/<report>"): Route(
        200, ReportChange, {"status": b'"resolved"'}, caller="head", parts={"report": REPORT_NOT_FOUND}
    ),
    ("PUT", ROOM_PATH + "/members/<dora>"): Route(
        200, RoleChange, {"role": b'"moderator"'}, public=FORBIDDEN, member=FORBIDDEN, parts=DORA
    ),
    ("DELETE", ROOM_PATH + "/members/<dora>"): Route(public=FORBIDDEN, member=FORBIDDEN, parts=DORA),
    ("PUT", ROOM_PATH + "/members/<dora>/mute"): Route(
        200, NewMute, {"seconds": b"60"}, public=FORBIDDEN, member=FORBIDDEN, parts=DORA
    ),
    ("DELETE", ROOM_PATH + "/members/<dora>/activity"): Route(public=FORBIDDEN, member=FORBIDDEN, parts=DORA),
    ("DELETE", ROOM_PATH + "/members/<dora>/mute"): Route(public=FORBIDDEN, member=FORBIDDEN, parts=DORA),
    ("GET", ROOM_PATH + "/bans"): Route(public=FORBIDDEN, member=FORBIDDEN),
    ("PUT", ROOM_PATH + "/bans/<fay>"): Route(
        200, NewBan, {"reason": b'"Spam"'}, public=FORBIDDEN, member=FORBIDDEN, parts={"fay": USER_NOT_FOUND}
    ),
    ("DELETE", ROOM_PATH + "/bans/<fay>"): Route(public=FORBIDDEN, member=FORBIDDEN, parts={"fay": USER_NOT_FOUND}),
    ("POST", ROOM_PATH + "/messages/<message>/report"): Route(
        201, NewReport, {"reason": b'"Rude"'}, public=NOT_A_MEMBER, parts={"message": MESSAGE_NOT_FOUND}
    ),
    ("POST", ROOM_PATH + "/members/<dora>/report"): Route(
        201, NewReport, {"reason": b'"Rude"'}, public=NOT_A_MEMBER, parts=DORA
    ),
    ("POST", ROOM_PATH + "/report"): Route(201, NewReport, {"reason": b'"Rude"'}),
    ("GET", ROOM_PATH + "/reports"): Route(query=ReportsQuery, public=FORBIDDEN, member=FORBIDDEN),
    ("PUT", ROOM_PATH + "/reports/<report>"): Route(
        200,
        ReportChange,
        {"status": b'"resolved"'},
        public=FORBIDDEN,
        member=FORBIDDEN,
        parts={"report": REPORT_NOT_FOUND},
    ),
    ("GET", ROOM_PATH + "/audit-log"): Route(query=AuditQuery, public=FORBIDDEN, member=FORBIDDEN),
}

EVENTS: Mapping[str, Event] = {}

SPECIAL: list[Cell] = []


# Authorisation

ROUTE_ROWS: tuple[Row, ...] = (
    for_admins("GET /api/dashboard/admin/reports"),
    for_admins("PUT /api/dashboard/admin/reports/:id", {"status": "resolved"})._replace(parts={"id": "<report>"}),
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
    of_moderator(f"DELETE {ROOM}/members/:userId/activity", parts=ON_TARGET),
    of_owner(f"DELETE {ROOM}/members/:userId/activity", parts=ON_MODERATOR, about="a moderator"),
    of_owner(f"DELETE {ROOM}/members/:userId/activity", parts=ON_OWNER, about="the owner", **NOBODY_MAY),
    of_owner(f"DELETE {ROOM}/members/:userId/activity", parts=ON_ADMIN, about="an admin", **NOBODY_MAY),
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
)

EVENT_ROWS: tuple[Row, ...] = ()
