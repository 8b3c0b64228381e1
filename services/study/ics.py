"""iCalendar files (RFC 5545) of scheduled sessions: their titles, rooms and times, and no people."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

import icalendar

from domain.clock import to_milliseconds
from domain.study.schedule import (
    REMINDER_LEAD,
    ScheduledSession,
    Weekday,
    dates_of,
    starts_on,
    to_local,
)
from domain.time_zones import load_zone

PRODUCT = "-//Studyhall//Studyhall//EN"
REFRESH = timedelta(hours=1)
"""Interval at which calendar programs are asked to read the file again."""
_STEP = timedelta(days=1)
_BY_DAY: dict[Weekday, str] = {
    "mon": "MO", "tue": "TU", "wed": "WE", "thu": "TH", "fri": "FR", "sat": "SA", "sun": "SU",
}  # fmt: skip


class Entry(NamedTuple):
    """A session with the name of its room and a link to it."""

    session: ScheduledSession
    room: str
    link: str


def calendar_of(entries: Sequence[Entry], name: str) -> bytes:
    """Return an iCalendar file of this name with an event for each session, and the time zones of all of them."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", icalendar.vDuration(REFRESH))
    for zone in sorted({entry.session.time_zone for entry in entries}):
        calendar.add_component(_zone(zone, [one.session for one in entries if one.session.time_zone == zone]))
    for entry in entries:
        if event := _event(entry):
            calendar.add_component(event)
    return bytes(calendar.to_ical())


def _event(entry: Entry) -> icalendar.Event | None:
    """Return the event of a session, None if it has no date."""
    session = entry.session
    dates = list(dates_of(session))
    if not dates:
        return None
    title = session.title or entry.room
    event = icalendar.Event()
    event.add("uid", f"{session.id}@studyhall")
    event.add("dtstamp", datetime.fromisoformat(session.created_at))
    event.add("sequence", session.version - 1)
    event.add("summary", title)
    event.add("location", entry.room)
    event.add("url", entry.link)
    _add_local(event, "dtstart", session, _shown_start(session, dates[0]))
    event.add("duration", timedelta(minutes=session.minutes))
    if session.until is not None:
        last = datetime.fromtimestamp(starts_on(session, dates[-1]) / 1000, UTC)
        event.add("rrule", {"freq": "weekly", "byday": [_BY_DAY[day] for day in session.days], "until": last})
        for excluded in session.excluded:
            if excluded > dates[0]:
                _add_local(event, "exdate", session, datetime.combine(excluded, session.start.time()))
    alarm = icalendar.Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", title)
    alarm.add("trigger", timedelta(milliseconds=-REMINDER_LEAD))
    event.add_component(alarm)
    return event


def _add_local(event: icalendar.Event, name: str, session: ScheduledSession, local: datetime) -> None:
    """Add a local time with the name of its zone, which a time in UTC would otherwise lose."""
    event.add(name, icalendar.vDatetime(local), parameters={"TZID": session.time_zone})


def _shown_start(session: ScheduledSession, day: date) -> datetime:
    """Return the local start on a date: of a session that does not repeat, as it is on the clock."""
    if session.until is None:
        return to_local(starts_on(session, day), session.time_zone)
    return datetime.combine(day, session.start.time())


def _zone(name: str, sessions: Iterable[ScheduledSession]) -> icalendar.Timezone:
    """Return the offsets of a zone from the day before the first of these sessions until their last end."""
    sessions = list(sessions)
    first = min(session.start.date() for session in sessions) - _STEP
    last = max(datetime.fromtimestamp(to_milliseconds(session.ends_at) / 1000, UTC) for session in sessions) + _STEP
    zone = load_zone(name)
    component = icalendar.Timezone()
    component.add("tzid", name)
    begin = datetime.combine(first, time(), UTC)
    before = begin.astimezone(zone).utcoffset() or timedelta()
    component.add_component(_offset(begin.astimezone(zone), before))
    for moment in _changes(zone, begin, last):
        component.add_component(_offset(moment.astimezone(zone), before))
        before = moment.astimezone(zone).utcoffset() or timedelta()
    return component


def _offset(moment: datetime, before: timedelta) -> icalendar.TimezoneStandard | icalendar.TimezoneDaylight:
    """Return the offset that begins at a moment, whose local time was until then `before` ahead of UTC."""
    component = icalendar.TimezoneDaylight() if moment.dst() else icalendar.TimezoneStandard()
    component.add("dtstart", (moment.astimezone(UTC) + before).replace(tzinfo=None))
    component.add("tzoffsetfrom", before)
    component.add("tzoffsetto", moment.utcoffset() or timedelta())
    component.add("tzname", moment.tzname() or "")
    return component


def _changes(zone: tzinfo, first: datetime, last: datetime) -> Iterator[datetime]:
    """Yield the moments at which the offset of a zone changes, in UTC to the second."""
    moment = first
    while moment < last:
        following = moment + _STEP
        if _utc_offset(moment, zone) != _utc_offset(following, zone):
            low, high = 0, int(_STEP.total_seconds())
            while high - low > 1:
                middle = (low + high) // 2
                is_same = _utc_offset(moment + timedelta(seconds=middle), zone) == _utc_offset(moment, zone)
                low, high = (middle, high) if is_same else (low, middle)
            yield moment + timedelta(seconds=high)
        moment = following


def _utc_offset(moment: datetime, zone: tzinfo) -> timedelta | None:
    return moment.astimezone(zone).utcoffset()
