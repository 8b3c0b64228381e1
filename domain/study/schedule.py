"""Schedule of a room: dates for studying together, once or weekly, in the local time of a place.

A scheduled session has a local start time and a time zone: 17:00 in Berlin stays 17:00 over the change of clocks. Its
occurrences are computed by pure functions, in Unix milliseconds. A local time that a change of clocks skips moves
forward by the length of the gap (RFC 5545, 3.3.5); of one that occurs twice, the first counts.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import Annotated, Literal, NamedTuple, TypeAlias, get_args

import msgspec
from msgspec import UNSET, UnsetType

from domain.base import Payload, QueryParams, Record, RoomId, Rule, ScheduledSessionId, Timestamp, UserId
from domain.clock import from_milliseconds
from domain.study.timer import PlanChange, TimerPlan
from domain.time_zones import load_zone, time_zone
from text import normalise

Weekday: TypeAlias = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
"""Days of the week in their order."""
Repeat: TypeAlias = Literal["none", "weekly"]

MINUTE = 60_000
"""Milliseconds."""
DAY = timedelta(days=1)
MAX_MINUTES = 12 * 60
REMINDER_LEAD = 10 * MINUTE
"""Milliseconds before the start at which its members are reminded."""
LISTED_DAYS = 14
"""Days from now within which all occurrences are listed."""


class Occurrence(Record, frozen=True):
    """One date of a scheduled session: its local date, and its times in UTC."""

    date: date
    starts_at: Timestamp
    ends_at: Timestamp


class ScheduledSession(Record, kw_only=True, frozen=True):
    """A date for studying together as it is stored, once or weekly.

    `local_start` is the local date and time of the first occurrence, `2026-12-07T17:00`, in `time_zone`. A weekly
    session has an occurrence on each of `days` from then on, up to and including the date `until`, except on the dates
    in `excluded`. A session that does not repeat has neither days nor `until`.
    """

    id: ScheduledSessionId
    room_id: RoomId
    title: str
    local_start: str
    minutes: int
    time_zone: str
    days: tuple[Weekday, ...] = ()
    until: date | None = None
    excluded: tuple[date, ...] = ()
    plan: TimerPlan | None = None
    """Plan with which the room's timer is started; None if it is not."""
    created_by: UserId
    created_at: Timestamp
    client_id: str | None = None
    """Idempotency key of the creation, per room and user."""
    ends_at: Timestamp
    """End of the last occurrence."""
    due_at: Timestamp | None
    """Time of the next reminder, start or end; None if the last occurrence is over."""
    version: int = 1
    """Number of the change, counted from 1."""

    @property
    def repeat(self) -> Repeat:
        """`weekly` if the session repeats."""
        return "none" if self.until is None else "weekly"

    @property
    def start(self) -> datetime:
        """Local start of the first occurrence, without a zone."""
        return datetime.fromisoformat(self.local_start)


class ScheduledSessionView(Record, kw_only=True, frozen=True):
    """A scheduled session as shown to members.

    `starts_at` is the start of the first occurrence. `occurrences` are the ones not over: all within the next 14
    days, and at least the next one. `going` are members that want to come, in the order of their answers. With a
    `plan`, the room's timer starts with it at each occurrence.
    """

    id: ScheduledSessionId
    room_id: RoomId
    title: str
    starts_at: Timestamp
    local_start: Annotated[str, msgspec.Meta(extra_json_schema={"example": "2026-12-07T17:00"})]
    minutes: int
    time_zone: str
    repeat: Repeat
    days: tuple[Weekday, ...]
    until: date | None
    excluded: tuple[date, ...] = msgspec.field(name="except")
    plan: TimerPlan | None
    created_by: UserId
    created_at: Timestamp
    occurrences: tuple[Occurrence, ...]
    going: tuple[UserId, ...]


class PastOccurrence(Record, frozen=True):
    """Occurrence of a scheduled session that is over."""

    scheduled_session_id: ScheduledSessionId
    title: str
    starts_at: Timestamp
    ends_at: Timestamp


class UpcomingSession(Record, kw_only=True, frozen=True):
    """Next occurrence of a scheduled session in a room of a user; `isGoing` is true if they are going to it."""

    id: ScheduledSessionId
    room_id: RoomId
    room_name: str
    title: str
    starts_at: Timestamp
    ends_at: Timestamp
    is_going: bool


Minutes = Annotated[int, msgspec.Meta(ge=5, le=MAX_MINUTES)]
_MAX_DATES = 366
_Dates = Annotated[tuple[date, ...], msgspec.Meta(max_length=_MAX_DATES)]
_Days = Annotated[tuple[Weekday, ...], msgspec.Meta(max_length=len(WEEKDAYS))]
_RULES: dict[str, Rule] = {
    "title": normalise.optional_line,
    "starts_at": normalise.date_time,
    "time_zone": time_zone,
    "client_id": normalise.opaque_token,
}


class NewScheduledSession(Payload, frozen=True):
    """POST /api/study-rooms/:id/schedule.

    `startsAt` is a local time in `timeZone`, or a time with an offset, which is converted. A session repeats if
    `repeat` is `weekly`: then `until` is required, and without `days` it repeats on the weekday of `startsAt`. With
    `plan` the room's timer starts by itself; lengths that are left out are the usual ones.
    """

    starts_at: str
    minutes: Minutes
    time_zone: str
    title: str | None = None
    repeat: Repeat | None = None
    days: _Days | None = None
    until: date | None = None
    excluded: _Dates | None = msgspec.field(name="except", default=None)
    plan: PlanChange | None = None
    client_id: str | None = None
    RULES = _RULES
    EXAMPLE = {
        "title": "Exam preparation",
        "startsAt": "2026-12-07T17:00",
        "minutes": 90,
        "timeZone": "Europe/Berlin",
        "repeat": "weekly",
        "days": ["mon", "thu"],
        "until": "2027-01-28",
        "except": ["2026-12-24"],
        "plan": {"focus": 1500, "shortBreak": 300},
        "clientId": "phone-17",
    }


class ScheduledSessionChange(Payload, frozen=True):
    """PUT /api/study-rooms/:id/schedule/:sessionId. With `?from=`, only occurrences from that date on change.

    `plan` changes the lengths that are in it; null clears it.
    """

    starts_at: str | None = None
    minutes: Minutes | None = None
    time_zone: str | None = None
    title: str | None = None
    repeat: Repeat | None = None
    days: _Days | None = None
    until: date | None = None
    excluded: _Dates | None = msgspec.field(name="except", default=None)
    plan: PlanChange | UnsetType | None = UNSET
    RULES = {name: rule for name, rule in _RULES.items() if name != "client_id"}
    EXAMPLE = {"except": ["2026-12-24", "2026-12-31"]}


class FromQuery(QueryParams, frozen=True):
    """PUT and DELETE /api/study-rooms/:id/schedule/:sessionId?from=. The first date that changes; absent for all."""

    first: date | None = msgspec.field(name="from", default=None)


class Due(NamedTuple):
    """A reminder, a start or an end of an occurrence, and its time in Unix milliseconds."""

    at: int
    kind: Literal["reminder", "start", "end"]
    occurrence: Occurrence


def dates_of(session: ScheduledSession, first: date = date.min) -> Iterator[date]:
    """Yield the local dates of the occurrences from `first` on, in order."""
    start = session.start.date()
    if session.until is None:
        if start >= first:
            yield start
        return
    day = max(start, first)
    while day <= session.until:
        if WEEKDAYS[day.weekday()] in session.days and day not in session.excluded:
            yield day
        day += DAY


def starts_on(session: ScheduledSession, day: date) -> int:
    """Return the start of the occurrence on a date, in Unix milliseconds."""
    return to_utc(datetime.combine(day, session.start.time()), session.time_zone)


def occurrence_on(session: ScheduledSession, day: date) -> Occurrence:
    """Return the occurrence on a date."""
    begin = starts_on(session, day)
    return Occurrence(day, from_milliseconds(begin), from_milliseconds(begin + session.minutes * MINUTE))


def occurrences(session: ScheduledSession, after: int) -> Iterator[Occurrence]:
    """Yield the occurrences that end after this moment, in order."""
    for day in dates_of(session, to_local(after - session.minutes * MINUTE, session.time_zone).date() - DAY):
        if starts_on(session, day) + session.minutes * MINUTE > after:
            yield occurrence_on(session, day)


def listed_occurrences(session: ScheduledSession, now: int) -> tuple[Occurrence, ...]:
    """Return the occurrences to list: all within `LISTED_DAYS`, and at least the next one."""
    horizon = from_milliseconds(now + LISTED_DAYS * 24 * 60 * MINUTE)
    listed: list[Occurrence] = []
    for one in occurrences(session, now):
        if listed and one.starts_at > horizon:
            break
        listed.append(one)
    return tuple(listed)


def past_occurrences(session: ScheduledSession, since: int, now: int) -> Iterator[Occurrence]:
    """Yield the occurrences that ended after `since` and at `now` at the latest, the last one first."""
    last = to_local(now, session.time_zone).date()
    days = list(takewhile(lambda day: day <= last, dates_of(session, to_local(since, session.time_zone).date() - DAY)))
    for day in reversed(days):
        if since < starts_on(session, day) + session.minutes * MINUTE <= now:
            yield occurrence_on(session, day)


def last_end(session: ScheduledSession) -> int | None:
    """Return the end of the last occurrence in Unix milliseconds; None if all dates are excluded."""
    last = max(dates_of(session), default=None)
    return None if last is None else starts_on(session, last) + session.minutes * MINUTE


def due_between(session: ScheduledSession, after: int, until: int | None = None) -> Iterator[Due]:
    """Yield the reminders, starts and ends after a moment, up to and including `until` if it is given, in order.

    Occurrences are at least 22 hours apart and last at most 12, so they never overlap.
    """
    for one in occurrences(session, after):
        begin = starts_on(session, one.date)
        for due in (
            Due(begin - REMINDER_LEAD, "reminder", one),
            Due(begin, "start", one),
            Due(begin + session.minutes * MINUTE, "end", one),
        ):
            if until is not None and due.at > until:
                return
            if due.at > after:
                yield due


def next_due(session: ScheduledSession, after: int) -> int | None:
    """Return the time of the next reminder, start or end after a moment; None if the last occurrence is over."""
    return next((due.at for due in due_between(session, after)), None)


def to_utc(local: datetime, zone: str) -> int:
    """Return a local time in Unix milliseconds. A time in a gap moves forward; of a doubled one the first counts."""
    return round(local.replace(tzinfo=load_zone(zone), fold=0).timestamp()) * 1000


def to_local(milliseconds: int, zone: str) -> datetime:
    """Return the local time of a moment, without a zone."""
    return datetime.fromtimestamp(milliseconds // 1000, load_zone(zone)).replace(tzinfo=None)


def local_text(local: datetime) -> str:
    """Return a local time in whole minutes as text: `2026-12-07T17:00`."""
    return f"{local:%Y-%m-%dT%H:%M}"
