"""Dates of scheduled sessions: local times over changes of the clock, weekdays, exceptions, times that are due."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, strategies as st

from domain.clock import from_milliseconds, to_milliseconds
from domain.errors.base import InvalidInput
from domain.study import scheduling
from domain.study.schedule import (
    MINUTE,
    REMINDER_LEAD,
    WEEKDAYS,
    NewScheduledSession,
    ScheduledSessionChange,
    dates_of,
    due_between,
    listed_occurrences,
    next_due,
    occurrences,
    starts_on,
    to_local,
    to_utc,
)

NOW = to_milliseconds("2027-01-15T08:00:00.000Z")
DAY = 24 * 60 * MINUTE
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC", "Africa/Casablanca")


local = datetime.fromisoformat


def planned(now: int = NOW, **fields):
    base = {"startsAt": "2027-01-18T17:00", "minutes": 90, "timeZone": "Europe/Berlin"}
    return scheduling.plan(msgspec.convert(base | fields, NewScheduledSession), "id", "room", "ada", now)


def changed(session, now: int = NOW, **fields):
    return scheduling.change(session, msgspec.convert(fields, ScheduledSessionChange), now)


def starts(session, now: int = NOW):
    return [one.starts_at for one in occurrences(session, now)]


def errors(call, *args, **fields):
    with pytest.raises(InvalidInput) as refused:
        call(*args, **fields)
    return [(error.field, error.code) for error in refused.value.errors]


def test_seventeen_in_berlin_stays_seventeen_over_both_changes():
    session = planned(startsAt="2027-03-21T17:00", repeat="weekly", until="2027-04-04")
    assert starts(session) == ["2027-03-21T16:00:00.000Z", "2027-03-28T15:00:00.000Z", "2027-04-04T15:00:00.000Z"]
    session = planned(startsAt="2027-10-24T17:00", repeat="weekly", until="2027-11-07")
    assert starts(session) == ["2027-10-24T15:00:00.000Z", "2027-10-31T16:00:00.000Z", "2027-11-07T16:00:00.000Z"]


def test_seventeen_in_new_york_stays_seventeen_over_both_changes():
    session = planned(startsAt="2027-03-07T17:00", timeZone="America/New_York", repeat="weekly", until="2027-03-14")
    assert starts(session) == ["2027-03-07T22:00:00.000Z", "2027-03-14T21:00:00.000Z"]
    session = planned(startsAt="2027-10-31T17:00", timeZone="America/New_York", repeat="weekly", until="2027-11-07")
    assert starts(session) == ["2027-10-31T21:00:00.000Z", "2027-11-07T22:00:00.000Z"]


def test_time_in_gap_moves_forward_on_that_day_only():
    session = planned(startsAt="2027-03-27T02:30", repeat="weekly", days=["sat", "sun", "mon"], until="2027-03-29")
    assert starts(session) == ["2027-03-27T01:30:00.000Z", "2027-03-28T01:30:00.000Z", "2027-03-29T00:30:00.000Z"]
    assert to_local(starts_on(session, date(2027, 3, 28)), "Europe/Berlin") == local("2027-03-28T03:30")
    assert session.local_start == "2027-03-27T02:30"


def test_doubled_time_is_the_first_one():
    assert starts(planned(startsAt="2027-10-31T02:30")) == ["2027-10-31T00:30:00.000Z"]
    assert starts(planned(startsAt="2027-11-07T01:30", timeZone="America/New_York")) == ["2027-11-07T05:30:00.000Z"]


def test_gap_of_half_an_hour_moves_by_half_an_hour():
    at_gap = to_utc(local("2027-10-03T02:15"), "Australia/Lord_Howe")
    assert to_local(at_gap, "Australia/Lord_Howe") == local("2027-10-03T02:45")


def test_start_with_offset_is_converted_to_the_zone():
    session = planned(startsAt="2027-01-18T17:00-05:00")
    assert (session.local_start, starts(session)) == ("2027-01-18T23:00", ["2027-01-18T22:00:00.000Z"])


def test_weekdays_start_at_first_listed_day_and_skip_exceptions():
    session = planned(
        repeat="weekly", days=["thu", "tue"], until="2027-02-04", **{"except": ["2027-01-26", "2027-01-27"]}
    )
    found = [date(2027, 1, 19), date(2027, 1, 21), date(2027, 1, 28), date(2027, 2, 2), date(2027, 2, 4)]
    assert [*dates_of(session)] == found
    assert session.days == ("tue", "thu")
    assert session.excluded == (date(2027, 1, 26),), "a date without an occurrence is no exception"


def test_weekly_without_days_repeats_on_weekday_of_start():
    assert planned(repeat="weekly", until="2027-02-01").days == ("mon",)
    assert planned(repeat="weekly", days=[], until="2027-02-01").days == ("mon",)


def test_single_session_drops_what_only_repeats_have():
    session = planned(repeat="none", days=["tue"], until="2027-02-04", **{"except": ["2027-01-18"]})
    assert (session.days, session.until, session.excluded, session.repeat) == ((), None, (), "none")
    assert (session.ends_at, session.due_at) == ("2027-01-18T17:30:00.000Z", "2027-01-18T15:50:00.000Z")


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"repeat": "weekly"}, [("until", "required")]),
        ({"repeat": "weekly", "until": "2027-01-17"}, [("until", "too_early")]),
        ({"repeat": "weekly", "until": "2028-01-20"}, [("until", "too_late")]),
        ({"repeat": "weekly", "days": ["sun"], "until": "2027-01-23"}, [("until", "no_dates")]),
        ({"repeat": "weekly", "until": "2027-01-18", "except": ["2027-01-18"]}, [("except", "no_dates")]),
        ({"startsAt": "2027-01-15T07:00"}, [("startsAt", "too_early")]),
        ({"startsAt": "2026-11-02T17:00", "repeat": "weekly", "until": "2027-01-14"}, [("until", "too_early")]),
        ({"startsAt": "2028-01-18T17:00"}, [("startsAt", "too_late")]),
        (
            {"startsAt": "2028-01-18T17:00", "repeat": "weekly"},
            [("startsAt", "too_late"), ("until", "required")],
        ),
    ],
)
def test_dates_that_cannot_be_are_refused_by_field(fields, wrong):
    assert errors(planned, **fields) == wrong


def test_longest_series_is_a_year_and_a_day():
    assert planned(repeat="weekly", until="2028-01-19").until == date(2028, 1, 19)


def test_session_that_runs_may_still_be_planned():
    assert planned(startsAt="2027-01-15T08:00").due_at == "2027-01-15T08:30:00.000Z", "its end"


def test_changed_zone_keeps_local_time():
    session = changed(planned(), timeZone="Asia/Tokyo")
    assert (session.local_start, session.version) == ("2027-01-18T17:00", 2)
    assert starts(session) == ["2027-01-18T08:00:00.000Z"]


def test_moved_start_moves_the_only_weekday():
    weekly = planned(repeat="weekly", until="2027-02-04")
    assert changed(weekly, startsAt="2027-01-20T18:00").days == ("wed",)
    several = planned(repeat="weekly", days=["mon", "thu"], until="2027-02-04")
    assert changed(several, startsAt="2027-01-20T18:00").days == ("mon", "thu")


def test_change_to_single_and_back():
    weekly = planned(repeat="weekly", days=["mon", "thu"], until="2027-02-04")
    single = changed(weekly, repeat="none")
    assert [*dates_of(single)] == [date(2027, 1, 18)]
    assert errors(changed, single, repeat="weekly") == [("until", "required")]
    assert changed(single, repeat="weekly", until="2027-02-04").days == ("mon",)


def test_split_leaves_dates_before_and_changes_the_rest():
    weekly = planned(repeat="weekly", days=["mon", "thu"], until="2027-02-04", **{"except": ["2027-02-01"]})
    change = msgspec.convert({"title": "Later", "minutes": 30}, ScheduledSessionChange)
    before, rest = scheduling.split(weekly, date(2027, 1, 26), "new", change, NOW)
    assert [*dates_of(before)] == [date(2027, 1, 18), date(2027, 1, 21), date(2027, 1, 25)]
    assert [*dates_of(rest)] == [date(2027, 1, 28), date(2027, 2, 4)]
    assert (before.id, before.version, before.title) == ("id", 2, "")
    assert (rest.id, rest.version, rest.title, rest.minutes, rest.local_start) == (
        "new",
        1,
        "Later",
        30,
        "2027-01-28T17:00",
    )
    assert rest.excluded == (date(2027, 2, 1),)


def test_split_at_first_date_changes_the_whole_and_behind_the_last_nothing():
    weekly = planned(repeat="weekly", until="2027-02-04")
    change = msgspec.convert({"title": "Later"}, ScheduledSessionChange)
    whole = scheduling.split(weekly, date(2027, 1, 18), "new", change, NOW)
    assert (whole.session.title, whole.session.id, whole.rest) == ("Later", "id", None)
    assert errors(scheduling.split, weekly, date(2027, 2, 5), "new", change, NOW) == [("from", "no_dates")]
    assert errors(scheduling.split, planned(), date(2027, 2, 5), "new", change, NOW) == [("from", "no_dates")]
    earlier = msgspec.convert({"startsAt": "2027-01-19T17:00"}, ScheduledSessionChange)
    assert errors(scheduling.split, weekly, date(2027, 1, 25), "new", earlier, NOW) == [("startsAt", "too_early")]


def test_dates_over_a_year_ahead_may_change_but_not_move():
    weekly = planned(startsAt="2027-12-18T17:00", repeat="weekly", until="2028-12-10")
    first, change = date(2028, 2, 1), msgspec.convert({"title": "Later"}, ScheduledSessionChange)
    assert scheduling.split(weekly, first, "new", change, NOW).rest.local_start == "2028-02-05T17:00"
    moved = msgspec.convert({"startsAt": "2028-02-05T18:00"}, ScheduledSessionChange)
    assert errors(scheduling.split, weekly, first, "new", moved, NOW) == [("startsAt", "too_late")]


@pytest.mark.parametrize("first", [date.min, date(2027, 1, 18), date(2027, 1, 25), date.max])
def test_truncate_at_any_date(first):
    weekly = planned(repeat="weekly", until="2027-02-04")
    left = scheduling.truncate(weekly, first, NOW)
    dates = [day for day in dates_of(weekly) if day < first]
    assert (left is None) == (not dates)
    assert left is None or [*dates_of(left)] == dates


def test_due_are_reminder_start_and_end_of_each_occurrence():
    session = planned(repeat="weekly", until="2027-01-25")
    found = [(due.kind, from_milliseconds(due.at)) for due in due_between(session, NOW)]
    assert found == [
        ("reminder", "2027-01-18T15:50:00.000Z"),
        ("start", "2027-01-18T16:00:00.000Z"),
        ("end", "2027-01-18T17:30:00.000Z"),
        ("reminder", "2027-01-25T15:50:00.000Z"),
        ("start", "2027-01-25T16:00:00.000Z"),
        ("end", "2027-01-25T17:30:00.000Z"),
    ]
    assert next_due(session, to_milliseconds("2027-01-25T17:30:00.000Z")) is None


def test_listed_are_two_weeks_and_at_least_the_next():
    daily = planned(repeat="weekly", days=list(WEEKDAYS), until="2027-06-01")
    assert len(listed_occurrences(daily, NOW)) == 11  # the 18th to the 28th
    assert len(listed_occurrences(daily, to_milliseconds(daily.ends_at) - 1)) == 1
    far = planned(startsAt="2027-12-18T17:00")
    assert [one.date for one in listed_occurrences(far, NOW)] == [date(2027, 12, 18)]


moments = st.integers(NOW, NOW + 400 * DAY)


@st.composite
def sessions(draw):
    """Sessions of any shape that `plan` accepts."""
    start = local("2027-01-16T00:00") + timedelta(minutes=draw(st.integers(0, 300 * 24 * 60)))
    fields = {
        "startsAt": f"{start:%Y-%m-%dT%H:%M}",
        "minutes": draw(st.integers(5, 720)),
        "timeZone": draw(st.sampled_from(ZONES)),
    }
    if draw(st.booleans()):
        dates = [start.date() + timedelta(days=draw(st.integers(0, 366))) for _ in range(draw(st.integers(0, 4)))]
        fields |= {
            "repeat": "weekly",
            "days": draw(st.lists(st.sampled_from(WEEKDAYS), max_size=7)),
            "until": f"{start.date() + timedelta(days=draw(st.integers(21, 366)))}",
            "except": [f"{day}" for day in dates],
        }
    try:
        return planned(**fields)
    except InvalidInput:
        return planned()


@given(sessions())
def test_occurrences_are_in_order_do_not_overlap_and_keep_their_local_time(session):
    found = [*occurrences(session, NOW)]
    assert [one.date for one in found] == [*dates_of(session)]
    assert found[-1].ends_at == session.ends_at
    for one, following in pairwise(found):
        assert one.ends_at < following.starts_at
    for one in found:
        begin = to_milliseconds(one.starts_at)
        assert to_milliseconds(one.ends_at) - begin == session.minutes * MINUTE
        wanted = datetime.combine(one.date, session.start.time())
        shown = to_local(begin, session.time_zone)
        assert timedelta(0) <= shown - wanted <= timedelta(hours=1)
        if shown != wanted:  # a gap: no moment has this local time
            noon_before = to_utc(wanted - timedelta(hours=12), session.time_zone)
            nearby = (to_local(noon_before + minute * MINUTE, session.time_zone) for minute in range(24 * 60))
            assert wanted not in nearby


@given(sessions(), moments)
def test_occurrences_after_a_moment_are_those_that_end_later(session, moment):
    after = from_milliseconds(moment)
    assert [*occurrences(session, moment)] == [one for one in occurrences(session, NOW) if one.ends_at > after]


@given(sessions(), moments, st.integers(0, 40 * DAY))
def test_due_between_adds_up_and_next_due_is_the_first(session, moment, length):
    halves = [*due_between(session, moment, moment + length), *due_between(session, moment + length)]
    whole = [*due_between(session, moment)]
    assert halves == whole
    assert [due.at for due in whole] == sorted({due.at for due in whole})
    assert next_due(session, moment) == (whole[0].at if whole else None)
    assert all(
        due.at + REMINDER_LEAD == to_milliseconds(due.occurrence.starts_at) for due in whole if due.kind == "reminder"
    )


@given(sessions(), st.integers(-5, 400))
def test_split_has_each_date_once(session, days):
    first = session.start.date() + timedelta(days=days)
    try:
        before, rest = scheduling.split(session, first, "new", ScheduledSessionChange(), NOW)
    except InvalidInput:
        assert not [day for day in dates_of(session) if day >= first]
        return
    assert [*dates_of(before), *(dates_of(rest) if rest else ())] == [*dates_of(session)]
    assert rest is None or min(dates_of(rest)) >= first > max(dates_of(before))


def test_occurrences_do_not_depend_on_the_machines_zone():
    session = planned()
    [one] = occurrences(session, NOW)
    assert datetime.fromisoformat(one.starts_at).astimezone(UTC).hour == 16
