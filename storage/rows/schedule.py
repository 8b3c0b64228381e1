"""Columns and mappers of scheduled sessions."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import cast

import msgspec

from domain.base import ScheduledSessionId, UserId
from domain.study.schedule import ScheduledSession, Weekday
from domain.study.timer import TimerPlan
from storage.rows import Row, columns
from storage.rows.rooms import AUTHORITY, MUTED_UNTIL, authority_of
from storage.rules.schedule import Planner

_NAMES = ScheduledSession.__struct_fields__
NEW_SCHEDULED_SESSION = columns(_NAMES)
"""Columns of the table `scheduled_sessions` for `scheduled_session_row`."""

SCHEDULED_SESSION = columns(_NAMES, "s")
"""Columns of `scheduled_sessions s` for `scheduled_session_of`."""

CHANGEABLE = tuple(name for name in _NAMES if name not in {"id", "room_id", "created_by", "created_at", "client_id"})
"""Columns that a change sets, in the order of `scheduled_session_changes`."""

PLANNER = f"{AUTHORITY}, {MUTED_UNTIL}"
"""Columns of `users u` and `members m`, joined or missing, for `planner_of`."""


def scheduled_session_of(row: Row) -> ScheduledSession:
    """Return the session from a row of `SCHEDULED_SESSION`."""
    fields = dict(zip(_NAMES, row, strict=True))
    fields["days"] = cast("tuple[Weekday, ...]", _split(fields["days"]))
    fields["until"] = fields["until"] and date.fromisoformat(fields["until"])
    fields["plan"] = fields["plan"] and msgspec.json.decode(fields["plan"], type=TimerPlan)
    fields["excluded"] = tuple(map(date.fromisoformat, _split(fields["excluded"])))
    return ScheduledSession(**fields)


def scheduled_session_row(session: ScheduledSession) -> tuple[object, ...]:
    """Return the row of `NEW_SCHEDULED_SESSION`: dates, lists and plans are stored as text."""
    return tuple(_stored(getattr(session, name)) for name in _NAMES)


def scheduled_session_changes(session: ScheduledSession) -> tuple[object, ...]:
    """Return the values of `CHANGEABLE`."""
    return tuple(_stored(getattr(session, name)) for name in CHANGEABLE)


def planner_of(row: Row | None) -> Planner:
    """Return the planner from a row of `PLANNER`; None if there is no such user."""
    return Planner(authority_of(row[:3]), row[3]) if row else Planner()


def going_of(rows: Iterable[Row]) -> dict[ScheduledSessionId, tuple[UserId, ...]]:
    """Return the users going, by session, from rows of session and user, in their order."""
    found: dict[ScheduledSessionId, list[UserId]] = {}
    for session_id, user_id in rows:
        found.setdefault(session_id, []).append(user_id)
    return {session_id: tuple(users) for session_id, users in found.items()}


def _split(text: str) -> Sequence[str]:
    return tuple(text.split(",")) if text else ()


def _stored(value: object) -> object:
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    if isinstance(value, TimerPlan):
        return msgspec.json.encode(value).decode()
    return value.isoformat() if isinstance(value, date) else value
