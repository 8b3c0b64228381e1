"""Records and request bodies of focus sessions: counted study time of users."""

from typing import Annotated, Literal, NamedTuple, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from domain.base import (
    EXAMPLE_ROOM,
    FocusSessionId,
    Payload,
    QueryParams,
    Record,
    RoomId,
    TaskId,
    Timestamp,
    UserId,
)
from text import normalise

FocusSource: TypeAlias = Literal["timer", "stopwatch", "manual"]

MIN_SECONDS = 60
"""Seconds below which a session is not stored; a piece that continues into the next one is stored from 1 s on."""
MAX_MANUAL_SECONDS = 12 * 3600
MAX_MANUAL_AGE_DAYS = 31

_EXAMPLE_START, _EXAMPLE_END = "2026-12-01T09:00:00.000Z", "2026-12-01T09:45:00.000Z"


class FocusSession(Record, kw_only=True, frozen=True):
    """A focus session of a user. At most one of a user is open: its `endedAt` is null.

    `seconds` is the counted time, 0 while the session is open: clients compute it from `startedAt`. `source` is "timer"
    for a session of a room's timer, "stopwatch" if the user started it, "manual" if they entered it afterwards.
    """

    id: FocusSessionId
    user_id: UserId
    room_id: RoomId | None
    task_id: TaskId | None
    activity: str
    source: FocusSource
    started_at: Timestamp
    ended_at: Timestamp | None = None
    seconds: int = 0


class StoredFocusSession(FocusSession, kw_only=True, frozen=True):
    """A focus session as it is stored: with the zone and the start of the day that assign its seconds to days.

    `time_zone` and `day_starts_at` are the user's when the session began, `room_time_zone` is that of its room.
    `client_id` is the idempotency key of the request that made it; None after 30 days.
    """

    time_zone: str = "UTC"
    day_starts_at: int = 4
    room_time_zone: str | None = None
    client_id: str | None = None
    created_at: Timestamp

    @property
    def shown(self) -> FocusSession:
        """The session as sent to its user."""
        return FocusSession(**{name: getattr(self, name) for name in FocusSession.__struct_fields__})


class FocusRow(Record, kw_only=True, frozen=True):
    """State of a session that is stored as a whole, and replaces the state stored before.

    Attributes:
        session: the session; its zone is not used: a new row gets that of its user.
        client_id: idempotency key of the request that opened it.
        lost_at: time when the user's last connection was lost; None while there is one.
        ends_at: end of the timer's phase, for a session of a timer.
        acted_at: last act of the user.
        checked_at: time of a check that is unanswered.
        is_piece: True if the session continues from, or into, another one: it is stored from 1 s on.
    """

    session: FocusSession
    client_id: str | None = None
    lost_at: Timestamp | None = None
    ends_at: Timestamp | None = None
    acted_at: Timestamp
    checked_at: Timestamp | None = None
    is_piece: bool = False

    @property
    def is_too_short(self) -> bool:
        """True for a session that ended and is not stored."""
        shortest = 1 if self.is_piece else MIN_SECONDS
        return self.session.ended_at is not None and self.session.seconds < shortest


class Checkpoint(NamedTuple):
    """Time at which a server process was known to run, on the study clock. `node` is the name of the process."""

    node: str
    alive_at: Timestamp


class FocusCheck(Record, frozen=True):
    """Question whether the user still studies. Without an answer until `respondBy` the session ended when it was sent.

    `id` is the session's.
    """

    id: FocusSessionId
    respond_by: Timestamp


class FocusState(Record, kw_only=True, frozen=True):
    """Focus of a user: the open session, an unanswered check, and the session that has just ended.

    `ended` is null if none ended with this change, or if it was too short to be stored. `serverTime` is the time of the
    server's study clock, from which `startedAt` comes.
    """

    session: FocusSession | None
    check: FocusCheck | None
    ended: FocusSession | None = None
    server_time: Timestamp


class FocusSessionPage(Record, frozen=True):
    """A page of sessions, latest first. `hasMore` is true if there are earlier ones."""

    sessions: list[FocusSession]
    has_more: bool


class StartFocus(Payload, frozen=True):
    """`start-focus`, POST /api/focus. With `resume`, the id of a session that ended in the last 5 minutes.

    A retry with the same `clientId` does not start another session.
    """

    room_id: str | None = None
    task_id: str | None = None
    activity: str | None = None
    client_id: str | None = None
    resume: str | None = None
    RULES = {
        "room_id": normalise.uuid,
        "task_id": normalise.uuid,
        "activity": normalise.optional_line,
        "client_id": normalise.opaque_token,
        "resume": normalise.uuid,
    }
    EXAMPLE = {"roomId": EXAMPLE_ROOM, "activity": "Essay plan", "clientId": "phone-18"}


class FocusCommand(Payload, frozen=True):
    """`stop-focus`, `confirm-focus`: nothing but the command."""


class NewManualSession(Payload, frozen=True):
    """POST /api/focus/manual. At most 12 hours, in the last 31 days, and at no time of another session."""

    started_at: str
    ended_at: str
    room_id: str | None = None
    task_id: str | None = None
    activity: str | None = None
    client_id: str | None = None
    RULES = {
        "started_at": normalise.timestamp,
        "ended_at": normalise.timestamp,
        "room_id": normalise.uuid,
        "task_id": normalise.uuid,
        "activity": normalise.optional_line,
        "client_id": normalise.opaque_token,
    }
    EXAMPLE = {"startedAt": _EXAMPLE_START, "endedAt": _EXAMPLE_END, "activity": "Read on paper"}


class FocusChange(Payload, frozen=True):
    """PUT /api/focus/:id. The times of a session that ended can only be shortened; null clears `taskId`."""

    activity: str | None = None
    task_id: str | UnsetType | None = UNSET
    started_at: str | None = None
    ended_at: str | None = None
    RULES = {
        "activity": normalise.optional_line,
        "task_id": normalise.uuid,
        "started_at": normalise.timestamp,
        "ended_at": normalise.timestamp,
    }
    EXAMPLE = {"activity": "Essay plan", "endedAt": _EXAMPLE_END}


class FocusSessionsQuery(QueryParams, frozen=True):
    """GET /api/focus/sessions?before=&limit=. `before` is the id of the last session of the previous page."""

    before: FocusSessionId | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50
    RULES = {"before": normalise.uuid}
