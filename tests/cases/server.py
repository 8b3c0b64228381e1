"""Rows of both matrices, bad input and authorisation: probes, rules of the server, documents of the API."""

from collections.abc import Iterable, Mapping

from domain.base import Payload
from tests.support.authorisation import Row, everybody
from tests.support.bad_input import Cell, Event, Route
from tests.support.bad_values import Value
from tests.support.outcomes import Outcome

# Bad input

FIELDS: Mapping[type[Payload], Mapping[str, Iterable[Value]]] = {}

QUERIES: Mapping[type[Payload], Mapping[str, list[Value]]] = {}

QUERY_COMBINATIONS: Mapping[type[Payload], Mapping[str, Outcome]] = {}

ROUTES: Mapping[tuple[str, str], Route] = {
    ("GET", "/api/server"): Route(caller=None),
    ("GET", "/api/openapi.json"): Route(caller=None),
    ("GET", "/api/asyncapi.json"): Route(caller=None),
    ("GET", "/api/docs"): Route(caller=None),
    ("GET", "/api/docs/events"): Route(caller=None),
    ("GET", "/api/docs/style.css"): Route(caller=None),
    ("GET", "/healthz"): Route(caller=None),
    ("GET", "/readyz"): Route(caller=None),
}

EVENTS: Mapping[str, Event] = {}

SPECIAL: list[Cell] = []


# Authorisation

ROUTE_ROWS: tuple[Row, ...] = (
    everybody("GET /healthz"),
    everybody("GET /readyz"),
    everybody("GET /api/server"),
    everybody("GET /api/openapi.json"),
    everybody("GET /api/asyncapi.json"),
    everybody("GET /api/docs"),
    everybody("GET /api/docs/events"),
    everybody("GET /api/docs/style.css"),
)

EVENT_ROWS: tuple[Row, ...] = ()
