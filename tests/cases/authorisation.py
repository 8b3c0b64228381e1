"""The authorisation matrix: the rows of every area. A new route or event needs a row in its area."""

from tests.cases import (
    accounts,
    admin,
    focus,
    messages,
    moderation,
    presence,
    progress,
    rooms,
    schedule,
    server,
    tasks,
    timers,
)
from tests.support.authorisation import NOBODY, OK, PENDING, SIGNED_IN, SIGNED_OUT, Expected, Row

_AREAS = (server, accounts, admin, rooms, messages, moderation, presence, schedule, tasks, timers, focus, progress)

HTTP: tuple[Row, ...] = tuple(row for area in _AREAS for row in area.ROUTE_ROWS)

EVENTS: tuple[Row, ...] = tuple(row for area in _AREAS for row in area.EVENT_ROWS)

ADMISSION: Expected = {
    **dict.fromkeys(SIGNED_IN, OK),
    **dict.fromkeys(SIGNED_OUT, "not_signed_in"),
    PENDING: "account_pending",
    NOBODY: "token_required",
}
"""Answers to each actor who connects to a namespace."""
