"""Relative times of the page: days are the reader's calendar days."""

import pytest

from tests.support.page_modules import run_in_node

pytestmark = pytest.mark.slow

EACH = """
const format = await load("core/format");
return given.map(([name, at, now]) => format[name](at, Number(new Date(now))));
"""
BERLIN, NEW_YORK, AUCKLAND, UTC = "Europe/Berlin", "America/New_York", "Pacific/Auckland", "UTC"
# (what, the time, now, zone) -> words; 2026-11-30 is a Monday.
# Berlin's clocks go forward on 2026-03-29 and back on 2026-10-25.
CASES = {
    ("ago", "2026-11-30T10:32", "2026-12-02T02:32", UTC): "2 days ago",
    ("ago", "2026-11-30T10:32", "2026-12-01T10:32", UTC): "yesterday",
    ("ago", "2026-11-30T10:32", "2026-12-01T10:31", UTC): "23 hours ago",
    ("ago", "2026-11-30T00:01", "2026-12-01T23:59", UTC): "yesterday",
    ("ago", "2026-11-30T23:59", "2026-12-01T00:01", UTC): "2 minutes ago",
    ("ago", "2026-11-30T10:00", "2026-12-14T23:59", UTC): "14 days ago",
    ("ago", "2026-11-30T10:00", "2026-12-15T00:00", UTC): "30 November 2026",
    ("ago", "2026-11-30T10:00", "2026-11-30T10:59:59", UTC): "59 minutes ago",
    ("ago", "2026-11-30T10:00", "2026-11-30T11:00", UTC): "1 hour ago",
    ("ago", "2026-11-30T10:00", "2026-11-30T09:00", UTC): "just now",
    ("ago", "nonsense", "2026-11-30T09:00", UTC): "",
    ("ago", "2026-03-28T23:30", "2026-03-30T00:30", BERLIN): "2 days ago",
    ("ago", "2026-03-28T12:00", "2026-03-29T12:30", BERLIN): "23 hours ago",
    ("ago", "2026-10-24T12:00", "2026-10-25T11:30", BERLIN): "yesterday",
    ("ago", "2026-10-25T00:00", "2026-10-25T23:59", BERLIN): "24 hours ago",
    ("ago", "2026-11-29T20:00Z", "2026-12-01T15:00Z", AUCKLAND): "2 days ago",
    ("ago", "2026-11-29T20:00Z", "2026-12-01T04:59Z", NEW_YORK): "yesterday",
    ("until", "2026-12-02T07:00", "2026-11-30T20:00", UTC): "in 2 days",
    ("until", "2026-12-01T23:00", "2026-11-30T20:00", UTC): "tomorrow",
    ("until", "2026-12-01T07:00", "2026-11-30T20:00", UTC): "in 11 hours",
    ("until", "2026-12-07T20:00", "2026-11-30T20:01", UTC): "in 7 days",
    ("until", "2026-11-30T21:00", "2026-11-30T20:00:20", UTC): "in 1 hour",
    ("until", "2026-11-30T20:30", "2026-11-30T20:00", UTC): "in 30 minutes",
    ("until", "2026-11-30T20:00:30", "2026-11-30T20:00", UTC): "in a moment",
    ("until", "2026-11-30T20:00", "2026-11-30T20:00", UTC): "now",
    ("until", "nonsense", "2026-11-30T20:00", UTC): "",
    ("until", "2026-03-30T00:30", "2026-03-28T23:30", BERLIN): "in 2 days",
    ("until", "2026-10-26T00:00", "2026-10-25T00:00", BERLIN): "tomorrow",
    ("day", "2026-11-30T00:00", "2026-11-30T23:59", UTC): "Today",
    ("day", "2026-11-30T23:59", "2026-12-01T00:00", UTC): "Yesterday",
    ("day", "2026-11-30T10:32", "2026-12-02T02:32", UTC): "Monday 30 November",
    ("day", "2025-11-30T10:32", "2026-12-02T02:32", UTC): "30 November 2025",
    ("day", "2026-03-29T00:30", "2026-03-30T00:10", BERLIN): "Yesterday",
    ("day", "2026-03-28T12:00", "2026-03-29T00:10", BERLIN): "Yesterday",
    ("day", "2026-10-25T00:30", "2026-10-26T00:10", BERLIN): "Yesterday",
    ("day", "2026-11-30T10:30Z", "2026-11-30T11:30Z", AUCKLAND): "Yesterday",
    ("day", "nonsense", "2026-11-30T11:30", UTC): "",
}


@pytest.mark.parametrize("zone", [UTC, BERLIN, NEW_YORK, AUCKLAND])
def test_relative_times_count_calendar_days_of_the_reader(zone):
    cases = {case[:3]: words for case, words in CASES.items() if case[3] == zone}
    assert dict(zip(cases, run_in_node(EACH, list(cases), time_zone=zone), strict=True)) == cases


def test_unreadable_times_are_left_out():
    script = 'const { time, moment } = await load("core/format"); return [time(given), moment(given)];'
    assert run_in_node(script, "nonsense") == ["", ""]


def test_date_stamp_is_the_readers_date():
    script = 'const { dateStamp } = await load("core/format"); return dateStamp(new Date(given));'
    assert run_in_node(script, "2026-11-29T23:30Z", time_zone=BERLIN) == "2026-11-30"


def test_a_time_of_another_day_names_its_day():
    cases = {
        ("2026-11-30T14:10", "2026-11-30T23:59"): "at 14:10",
        ("2026-11-29T23:50", "2026-11-30T00:10"): "on Sunday 29 November 2026 at 23:50",
    }
    said = run_in_node(EACH, [("atClock", *case) for case in cases])
    assert [words.replace(",", "") for words in said] == list(cases.values())  # Unicode versions differ in the comma
