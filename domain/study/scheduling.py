"""Planning of scheduled sessions: rules for new dates, changes, and changes of all dates from one on."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET

from domain.base import RoomId, ScheduledSessionId, UserId
from domain.clock import from_milliseconds
from domain.errors.base import InvalidInput
from domain.errors.fields import FieldError, FieldErrorCode
from domain.study.schedule import (
    DAY,
    WEEKDAYS,
    NewScheduledSession,
    ScheduledSession,
    ScheduledSessionChange,
    Weekday,
    dates_of,
    last_end,
    local_text,
    next_due,
    to_local,
)
from domain.study.timer import DEFAULT_PLAN, PlanChange, TimerPlan

MAX_AHEAD = timedelta(days=366)
"""Longest time from now to the first date, and from the first date to the last one."""


class Split(NamedTuple):
    """A session as changed, and a new session with its later dates, None if all of its dates are changed."""

    session: ScheduledSession
    rest: ScheduledSession | None


def plan(
    new: NewScheduledSession, session_id: ScheduledSessionId, room_id: RoomId, user_id: UserId, now: int
) -> ScheduledSession:
    """Return a new session.

    Args:
        new: the request.
        session_id, room_id, user_id: its id, its room and its creator.
        now: Unix time in milliseconds.

    Raises:
        InvalidInput: a weekly session has no `until`; the session is over, or more than a year ahead, or its last date
            more than a year after its first; or it has no date.
    """
    created_at = from_milliseconds(now)
    blank = ScheduledSession(
        id=session_id,
        room_id=room_id,
        title=new.title or "",
        local_start="",
        minutes=new.minutes,
        time_zone=new.time_zone,
        created_by=user_id,
        created_at=created_at,
        plan=None if new.plan is None else _plan(None, new.plan),
        client_id=new.client_id,
        ends_at=created_at,
        due_at=None,
    )
    start = _local(new.starts_at, new.time_zone)
    repeats = new.repeat == "weekly"
    pattern = _Pattern(start, repeats, new.days, new.until, new.excluded or ())
    return _validated(blank, pattern, now)


def change(session: ScheduledSession, changed: ScheduledSessionChange, now: int) -> ScheduledSession:
    """Return the session with changes, as its next version.

    A new time zone without a new start keeps the local time. A weekly session on the weekday of its start moves to the
    weekday of its new start.

    Raises:
        InvalidInput: as for `plan`.
    """
    zone = changed.time_zone or session.time_zone
    start = session.start if changed.starts_at is None else _local(changed.starts_at, zone)
    repeats = (changed.repeat or session.repeat) == "weekly"
    is_own_weekday = session.days == (_weekday(session.start),)
    pattern = _Pattern(
        start,
        repeats,
        (None if is_own_weekday else session.days) if changed.days is None else changed.days,
        changed.until or session.until,
        session.excluded if changed.excluded is None else changed.excluded,
        is_moved=changed.starts_at is not None,
    )
    renamed = {} if changed.title is None else {"title": changed.title}
    fields: dict[str, Any] = {
        "minutes": changed.minutes or session.minutes,
        "time_zone": zone,
        "version": session.version + 1,
        **renamed,
    }
    if changed.plan is not UNSET:
        fields["plan"] = None if changed.plan is None else _plan(session.plan, changed.plan)
    return _validated(msgspec.structs.replace(session, **fields), pattern, now)


def split(
    session: ScheduledSession, first: date, new_id: ScheduledSessionId, changed: ScheduledSessionChange, now: int
) -> Split:
    """Return the session without its dates from `first` on, and a new session with these, changed.

    A session without a date before `first` is changed as a whole.

    Raises:
        InvalidInput: as for `plan`; or the session has no date from `first` on, or would start before it.
    """
    before = truncate(session, first, now)
    if before is None:
        return Split(change(session, changed, now), None)
    next_date = next(dates_of(session, first), None)
    if next_date is None:
        raise InvalidInput([FieldError("from", "no_dates", "must not be after the last date")])
    begun = datetime.combine(next_date, session.start.time())
    rest = msgspec.structs.replace(
        session, id=new_id, local_start=local_text(begun), created_at=from_milliseconds(now), client_id=None, version=0
    )
    result = change(rest, changed, now)
    if result.start.date() < first:
        raise _invalid("startsAt", "too_early", "must not be before the date in from")
    return Split(before, result)


def truncate(session: ScheduledSession, first: date, now: int) -> ScheduledSession | None:
    """Return the session without its dates from `first` on, as its next version; None if no date is left."""
    if session.start.date() >= first:
        return None
    if session.until is None:
        return session
    until = min(session.until, first - DAY)
    shortened = msgspec.structs.replace(session, until=until, version=session.version + 1)
    return None if last_end(shortened) is None else _with_times(shortened, now)


class _Pattern(NamedTuple):
    """Dates of a session: local start, whether it repeats, weekdays (None for that of the start), last date.

    `is_moved` is false if a change leaves the start as it was: then it may be more than a year ahead.
    """

    start: datetime
    repeats: bool
    days: tuple[Weekday, ...] | None
    until: date | None
    excluded: tuple[date, ...]
    is_moved: bool = True


def _validated(session: ScheduledSession, pattern: _Pattern, now: int) -> ScheduledSession:
    """Return the session with the dates of a pattern, and with the times that follow from them."""
    if errors := _errors(pattern, to_local(now, session.time_zone)):
        raise InvalidInput(errors)
    if not pattern.repeats:
        dates: Mapping[str, Any] = {"days": (), "until": None, "excluded": ()}
    else:
        chosen = pattern.days or (_weekday(pattern.start),)
        dates = {"days": tuple(day for day in WEEKDAYS if day in chosen), "until": pattern.until, "excluded": ()}
    planned = msgspec.structs.replace(session, local_start=local_text(pattern.start), **dates)
    if pattern.repeats and pattern.excluded:
        excluded = tuple(sorted({*pattern.excluded} & {*dates_of(planned)}))
        planned = msgspec.structs.replace(planned, excluded=excluded)
    end = last_end(planned)
    if end is None:
        raise _invalid("except" if planned.excluded else "until", "no_dates", "must leave at least one date")
    if end <= now:
        raise _invalid("until" if pattern.repeats else "startsAt", "too_early", "must not be in the past")
    return _with_times(planned, now)


def _errors(pattern: _Pattern, now: datetime) -> list[FieldError]:
    """Return the errors of a pattern, given the local time. With an impossible start, `until` is not compared to it."""
    errors = []
    first, last = pattern.start.date(), pattern.until
    if pattern.is_moved and first > now.date() + MAX_AHEAD:
        errors.append(FieldError("startsAt", "too_late", "must be within a year from now"))
    if not pattern.repeats:
        return errors
    if last is None:
        errors.append(FieldError("until", "required", "is required"))
    elif errors:
        return errors
    elif last < first:
        errors.append(FieldError("until", "too_early", "must not be before startsAt"))
    elif last > first + MAX_AHEAD:
        if pattern.is_moved and first + MAX_AHEAD < now.date():  # every last date would be in the past
            errors.append(FieldError("startsAt", "too_early", "must not be in the past"))
        else:
            errors.append(FieldError("until", "too_late", "must be within a year from startsAt"))
    return errors


def _with_times(session: ScheduledSession, now: int) -> ScheduledSession:
    end, due = last_end(session), next_due(session, now)
    return msgspec.structs.replace(
        session,
        ends_at=session.ends_at if end is None else from_milliseconds(end),
        due_at=None if due is None else from_milliseconds(due),
    )


def _plan(before: TimerPlan | None, changed: PlanChange) -> TimerPlan:
    return msgspec.structs.replace(before or DEFAULT_PLAN, **changed.provided())


def _local(starts_at: str, zone: str) -> datetime:
    """Return the local time of a text that `normalise.date_time` returned."""
    if not starts_at.endswith("Z"):
        return datetime.fromisoformat(starts_at)
    return to_local(round(datetime.fromisoformat(starts_at).astimezone(UTC).timestamp()) * 1000, zone)


def _weekday(start: datetime) -> Weekday:
    return WEEKDAYS[start.weekday()]


def _invalid(field: str, code: FieldErrorCode, message: str) -> InvalidInput:
    return InvalidInput([FieldError(field, code, message)])
