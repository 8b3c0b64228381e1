"""Rows of both matrices, bad input and authorisation: totals of study time, focus sessions as a table, leaderboards."""

from collections.abc import Iterable, Mapping

from domain.base import Payload
from domain.study.leaderboard import LeaderboardQuery
from domain.study.progress import FocusStatsQuery
from tests.support.authorisation import ROOM, Row, in_room, signed_in
from tests.support.bad_input import ROOM_PATH, Cell, Event, Route
from tests.support.bad_values import Value
from tests.support.outcomes import ACCEPTED, INVALID, NOT_A_MEMBER, Outcome, invalid

# Bad input

FIELDS: Mapping[type[Payload], Mapping[str, Iterable[Value]]] = {}


def _dates(*good: str) -> list[Value]:
    bad = ("x", "2026", "2026-02-30", "2026-13-01", "01.12.2026", "20261201", "2026-12-01T00:00:00Z", "%00", "1" * 7000)
    return [
        *(Value(raw[:20], raw.encode(), INVALID) for raw in bad),
        *(Value(raw, raw.encode(), ACCEPTED) for raw in (*good, "")),
    ]


QUERIES: Mapping[type[Payload], Mapping[str, list[Value]]] = {
    FocusStatsQuery: {"from": _dates(), "to": _dates("2026-12-01", "0001-01-01", "9999-12-31")},
    LeaderboardQuery: {
        "period": [
            *(Value(raw[:20], raw.encode(), INVALID) for raw in ("year", "WEEK", "%20week", "week%00", "x" * 7000)),
            *(Value(raw, raw.encode(), ACCEPTED) for raw in ("day", "week", "month", "all", "")),
        ]
    },
}

QUERY_COMBINATIONS: Mapping[type[Payload], Mapping[str, Outcome]] = {
    FocusStatsQuery: {
        "from=2026-12-01&to=2026-12-01": ACCEPTED,
        "from=2026-12-02&to=2026-12-01": invalid("to"),
        "from=2025-01-01&to=2026-12-01": invalid("from"),
        "from=0001-01-01&to=9999-12-31": invalid("from"),
        "from=x&to=y": invalid("from", "to"),
    },
    LeaderboardQuery: {"period=day&period=all": ACCEPTED, "unknown=%00": ACCEPTED},
}

ROUTES: Mapping[tuple[str, str], Route] = {
    ("GET", "/api/focus/stats"): Route(query=FocusStatsQuery),
    ("GET", "/api/focus/export.csv"): Route(),
    ("GET", ROOM_PATH + "/leaderboard"): Route(query=LeaderboardQuery, public=NOT_A_MEMBER),
}

EVENTS: Mapping[str, Event] = {}
SPECIAL: list[Cell] = []

# Authorisation

ROUTE_ROWS: tuple[Row, ...] = (
    signed_in("GET /api/focus/stats"),
    signed_in("GET /api/focus/export.csv"),
    in_room(f"GET {ROOM}/leaderboard", admin="not_a_member"),
)
EVENT_ROWS: tuple[Row, ...] = ()
