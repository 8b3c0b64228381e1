"""Attendance of one occurrence: overlaps of focus sessions with it; and the occurrences that are over."""

from datetime import timedelta

from hypothesis import given, strategies as st

from domain.clock import from_milliseconds, to_milliseconds
from domain.study.attendance import Attendance, RoomFocus, attendance, last_begun, occurrence_at
from domain.study.schedule import occurrences, past_occurrences
from tests.unit.test_schedule import DAY, MINUTE, NOW, planned

BEGIN, END = NOW, NOW + 90 * MINUTE


def session(user, start, end=None, name="Ada"):
    """Return a session of a user, with times in minutes after the beginning."""
    at = [None if minute is None else from_milliseconds(BEGIN + minute * MINUTE) for minute in (start, end)]
    return RoomFocus(user, name, *at, is_shown=False)


def test_only_time_within_the_occurrence_counts():
    sessions = [session("a", -20, 10), session("a", 80, 120), session("b", -9, 0), session("b", 90, 99)]
    assert attendance(sessions, BEGIN, END, END + DAY) == [Attendance("a", "Ada", 1200, None)]


def test_open_session_runs_until_the_end_and_the_longest_is_first():
    sessions = [
        session("a", 0, 20),
        session("b", -5, name="Ben"),
        session("c", 30, name="Cy"),
        session("c", 5, 10, name="Cy"),
    ]
    assert attendance(sessions, BEGIN, END, BEGIN + 40 * MINUTE) == [
        Attendance("b", "Ben", 0, from_milliseconds(BEGIN)),
        Attendance("a", "Ada", 1200, None),
        Attendance("c", "Cy", 300, from_milliseconds(BEGIN + 30 * MINUTE)),
    ]
    ended = attendance(sessions, BEGIN, END, END + MINUTE)
    assert [(row.user_id, row.seconds, row.running_since) for row in ended] == [
        ("b", 5400, None),
        ("c", 3900, None),
        ("a", 1200, None),
    ]


@given(st.lists(st.integers(-100, 200), unique=True, max_size=12).map(sorted), st.integers(0, 200))
def test_seconds_are_the_minutes_of_sessions_that_overlap(edges, minutes):
    spans = list(zip(edges[::2], edges[1::2], strict=False))
    rows = attendance([session("a", *span) for span in spans], BEGIN, END, BEGIN + minutes * MINUTE)
    expected = sum(any(start <= minute < end for start, end in spans) for minute in range(90))
    assert sum(row.seconds for row in rows) == expected * 60


@given(st.integers(0, 100), st.integers(0, 24 * 60), st.integers(1, 90))
def test_past_occurrences_are_the_ones_that_ended_last_first(days, minutes, stored):
    one = planned(
        startsAt="2027-03-20T23:30", minutes=90, repeat="weekly", days=["sat", "sun", "wed"], until="2027-06-01"
    )
    now = to_milliseconds("2027-03-20T00:00:00.000Z") + days * DAY + minutes * MINUTE
    since = now - stored * DAY
    past = [found.starts_at for found in past_occurrences(one, since, now)]
    over = [found for found in occurrences(one, since) if to_milliseconds(found.ends_at) <= now]
    assert past == [found.starts_at for found in reversed(over)]
    begun = last_begun(one, since, now)
    assert begun is None or to_milliseconds(begun.starts_at) <= now
    assert begun in (*over[-1:], *occurrences(one, now)) or not over
    assert all(occurrence_at(one, found.starts_at) == found for found in over)


def test_no_occurrence_starts_at_another_time():
    one = planned()
    [only] = occurrences(one, NOW)
    start = to_milliseconds(only.starts_at)
    assert occurrence_at(one, only.starts_at) == only
    for at in (start - 1, start + 1, start + timedelta(days=7) // timedelta(milliseconds=1)):
        assert occurrence_at(one, from_milliseconds(at)) is None
