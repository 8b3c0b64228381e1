"""Days of study: their starts over changes of the clock, sessions split at them, streaks."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from domain.study.days import (
    DayRule,
    Streak,
    day_of,
    day_start,
    find_streak,
    skipped_days,
    split_days,
    split_hours,
    zone_skips,
)
from domain.time_zones import load_zone

HOUR = 3_600_000
DAY = timedelta(days=1)
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "Pacific/Kwajalein",
    "America/Sao_Paulo",
    "America/Havana",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Etc/UTC",
    "Etc/GMT+12",
)
MOMENTS = st.integers(631_152_000_000, 2_208_988_800_000)  # 1990 to 2039
RULES = st.builds(DayRule, st.sampled_from(ZONES), st.integers(0, 6))


def ms(text, zone="Etc/UTC", fold=0):
    """Return the moment at which the clock of a zone shows this time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=load_zone(zone), fold=fold).timestamp() * 1000)


def no_date(_):
    return False


@pytest.mark.parametrize(
    ("zone", "hour", "day", "start"),
    [
        # Berlin: 02:00-03:00 is missing on 2026-03-29, and doubled on 2026-10-25
        ("Europe/Berlin", 0, "2026-03-29", "2026-03-28T23:00"),
        ("Europe/Berlin", 2, "2026-03-29", "2026-03-29T01:00"),
        ("Europe/Berlin", 4, "2026-03-29", "2026-03-29T02:00"),
        ("Europe/Berlin", 2, "2026-10-25", "2026-10-25T00:00"),
        ("Europe/Berlin", 4, "2026-10-25", "2026-10-25T03:00"),
        ("Europe/Berlin", 6, "2026-10-25", "2026-10-25T05:00"),
        # New York: 02:00-03:00 is missing on 2026-03-08, 01:00-02:00 doubled on 2026-11-01
        ("America/New_York", 2, "2026-03-08", "2026-03-08T07:00"),
        ("America/New_York", 4, "2026-03-08", "2026-03-08T08:00"),
        ("America/New_York", 1, "2026-11-01", "2026-11-01T05:00"),
        ("America/New_York", 4, "2026-11-01", "2026-11-01T09:00"),
        # Lord Howe: 02:00-02:30 is missing on 2026-10-04, 01:30-02:00 doubled on 2026-04-05
        ("Australia/Lord_Howe", 2, "2026-10-04", "2026-10-03T15:30"),
        ("Australia/Lord_Howe", 4, "2026-10-04", "2026-10-03T17:00"),
        ("Australia/Lord_Howe", 2, "2026-04-05", "2026-04-04T15:30"),
        # São Paulo: midnight is missing on 2018-11-04
        ("America/Sao_Paulo", 0, "2018-11-04", "2018-11-04T03:00"),
        # Havana: 00:00-01:00 is doubled on 2026-11-01
        ("America/Havana", 0, "2026-11-01", "2026-11-01T04:00"),
        # Apia has no 2011-12-30
        ("Pacific/Apia", 0, "2011-12-30", "2011-12-30T10:00"),
        ("Pacific/Apia", 0, "2011-12-31", "2011-12-30T10:00"),
        ("Pacific/Apia", 4, "2011-12-29", "2011-12-29T14:00"),
        ("Pacific/Apia", 4, "2011-12-30", "2011-12-30T14:00"),
        ("Pacific/Apia", 4, "2011-12-31", "2011-12-30T14:00"),
    ],
)
def test_day_start_over_changes_of_the_clock(zone, hour, day, start):
    assert day_start(date.fromisoformat(day), DayRule(zone, hour)) == ms(start)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2026-03-28", 23),
        ("Europe/Berlin", "2026-03-29", 24),
        ("Europe/Berlin", "2026-10-24", 25),
        ("America/New_York", "2026-03-07", 23),
        ("America/New_York", "2026-10-31", 25),
        ("Australia/Lord_Howe", "2026-10-03", 23.5),
        ("Australia/Lord_Howe", "2026-04-04", 24.5),
        ("Pacific/Apia", "2011-12-29", 24),
        ("Pacific/Apia", "2011-12-30", 0),
    ],
)
def test_day_has_the_hours_that_passed(zone, day, hours):
    rule, first = DayRule(zone, 4), date.fromisoformat(day)
    assert day_start(first + DAY, rule) - day_start(first, rule) == hours * HOUR


@pytest.mark.parametrize(
    ("hour", "local", "day"),
    [
        (4, "2026-12-01T03:59:59.999", "2026-11-30"),
        (4, "2026-12-01T04:00", "2026-12-01"),
        (0, "2026-12-01T00:00", "2026-12-01"),
        (0, "2026-11-30T23:59:59.999", "2026-11-30"),
        (6, "2026-12-01T05:59:59.999", "2026-11-30"),
        (6, "2026-12-01T06:00", "2026-12-01"),
    ],
)
def test_night_hours_belong_to_the_day_before(hour, local, day):
    assert day_of(ms(local, "Europe/Berlin"), DayRule("Europe/Berlin", hour)) == date.fromisoformat(day)


def test_session_over_start_of_day_is_split_there():
    rule = DayRule("Europe/Berlin", 4)
    started, ended = ms("2026-12-01T03:30", "Europe/Berlin"), ms("2026-12-01T05:00:00.900", "Europe/Berlin")
    assert split_days(started, ended, rule) == {date(2026, 11, 30): 1800, date(2026, 12, 1): 3600}


def test_session_over_doubled_hour_counts_both():
    rule = DayRule("Europe/Berlin", 2)
    started, ended = ms("2026-10-25T01:00", "Europe/Berlin"), ms("2026-10-25T03:00", "Europe/Berlin")
    assert split_days(started, ended, rule) == {date(2026, 10, 24): 3600, date(2026, 10, 25): 7200}
    assert [(piece.hour, piece.seconds) for piece in split_hours(started, ended, rule)] == [
        (1, 3600),
        (2, 3600),
        (2, 3600),
    ]


def test_hours_of_lord_howe_end_at_the_jump():
    rule = DayRule("Australia/Lord_Howe", 4)
    started, ended = ms("2026-10-04T01:15", rule.time_zone), ms("2026-10-04T03:10", rule.time_zone)
    assert [(piece.hour, piece.seconds) for piece in split_hours(started, ended, rule)] == [
        (1, 2700),
        (2, 1800),
        (3, 600),
    ]


def test_empty_session_has_no_days():
    assert split_days(ms("2026-12-01"), ms("2026-12-01"), DayRule("Etc/UTC", 4)) == {}


@given(MOMENTS, RULES)
def test_day_of_moment_contains_it(moment, rule):
    day = day_of(moment, rule)
    assert day_start(day, rule) <= moment < day_start(day + DAY, rule)


@given(MOMENTS, st.integers(0, 36 * HOUR), RULES)
def test_later_moment_is_on_no_earlier_day(moment, later, rule):
    assert day_of(moment, rule) <= day_of(moment + later, rule)


@given(MOMENTS, RULES)
def test_clock_at_start_of_day_shows_its_hour_or_jumps(moment, rule):
    start = day_start(day_of(moment, rule), rule)
    zone = load_zone(rule.time_zone)
    clock = datetime.fromtimestamp(start // 1000, zone)
    before = datetime.fromtimestamp(start // 1000 - 1, zone)
    if clock.utcoffset() == before.utcoffset():
        assert (clock.hour, clock.minute, clock.second) == (rule.day_starts_at, 0, 0)
    else:
        assert before.replace(tzinfo=None) < clock.replace(tzinfo=None)


@given(MOMENTS, st.integers(0, 60 * HOUR), RULES)
def test_split_seconds_add_up(started, length, rule):
    days = split_days(started, started + length, rule)
    assert sum(days.values()) == length // 1000
    assert list(days) == sorted(days)
    for day, seconds in days.items():
        assert 0 < seconds <= (day_start(day + DAY, rule) - day_start(day, rule)) // 1000


@given(MOMENTS, st.lists(st.integers(0, 20 * HOUR), min_size=2, max_size=2), RULES)
def test_split_days_are_those_of_their_seconds(started, lengths, rule):
    """A session has on each day what it has before and after a cut at a full second."""
    first, second = (length // 1000 * 1000 for length in lengths)
    whole = split_days(started, started + first + second, rule)
    parts = [
        split_days(started, started + first, rule),
        split_days(started + first, started + first + second, rule),
    ]
    for day in whole:
        assert abs(whole[day] - sum(part.get(day, 0) for part in parts)) <= 1  # seconds that the start of a day cuts


@given(MOMENTS, st.integers(0, 60 * HOUR), RULES)
def test_hours_are_those_of_the_clock(started, length, rule):
    pieces = split_hours(started, started + length, rule)
    at = started
    for piece in pieces:
        clock = datetime.fromtimestamp(at // 1000, load_zone(rule.time_zone))
        assert piece.seconds <= 3600
        assert piece.hour in {clock.hour, (clock + timedelta(seconds=1)).hour}  # a cut second counts for one of both
        at += piece.seconds * 1000


def test_dates_that_zones_skip():
    assert zone_skips(date(2011, 12, 30), DayRule("Pacific/Apia", 4))
    assert zone_skips(date(1993, 8, 21), DayRule("Pacific/Kwajalein", 0))
    assert not zone_skips(date(2011, 12, 29), DayRule("Pacific/Apia", 4))
    assert not zone_skips(date(2011, 12, 31), DayRule("Pacific/Apia", 4))
    assert not zone_skips(date(2011, 12, 30), DayRule("Europe/Berlin", 4))


def test_traveller_over_the_date_line_skips_a_date():
    west, east = DayRule("Pacific/Pago_Pago", 4), DayRule("Pacific/Kiritimati", 4)  # UTC-11, UTC+14
    assert skipped_days(ms("2026-12-02T14:30"), west, east) == [date(2026, 12, 2)]
    assert skipped_days(ms("2026-12-02T20:00"), west, east) == []
    assert skipped_days(ms("2026-12-02T14:30"), east, west) == []


@given(MOMENTS, RULES, RULES)
def test_skipped_dates_are_between_the_days(moment, before, after):
    skipped = skipped_days(moment, before, after)
    assert all(day_of(moment, before) < day < day_of(moment, after) for day in skipped)
    assert len(skipped) == max(0, (day_of(moment, after) - day_of(moment, before)).days - 1)


def days(*numbers):
    return [date(2026, 12, number) for number in numbers]


@pytest.mark.parametrize(
    ("studied", "today", "streak"),
    [
        ([], 10, Streak(0, 0)),
        ([10], 10, Streak(1, 1)),
        ([9], 10, Streak(1, 1)),
        ([8], 10, Streak(0, 1)),
        ([7, 8, 9], 10, Streak(3, 3)),
        ([7, 8, 9, 10], 10, Streak(4, 4)),
        ([1, 2, 3, 5, 6], 7, Streak(2, 3)),
        ([1, 2, 3, 5], 7, Streak(0, 3)),
        ([8, 9, 10, 11], 10, Streak(4, 4)),  # a traveller to the west, whose day began again
    ],
)
def test_streak_is_days_in_a_row(studied, today, streak):
    assert find_streak(days(*studied), *days(today), no_date) == streak


def test_skipped_date_does_not_break_streak():
    [skipped] = days(9)
    assert find_streak(days(7, 8, 10), *days(10), {skipped}.__contains__) == Streak(3, 3)
    assert find_streak(days(7, 8), *days(10), {skipped}.__contains__) == Streak(2, 2)
    assert find_streak(days(7), *days(10), {skipped}.__contains__) == Streak(0, 1)


@given(st.sets(st.integers(0, 60)), st.sets(st.integers(0, 60)))
def test_streaks_are_those_of_a_walk_day_by_day(studied, skipped):
    first, today = date(2026, 1, 1), 60
    run = best = 0
    for number in range(today + 1):
        if number in studied:
            run += 1
        elif number not in skipped and number != today:
            run = 0
        best = max(best, run)
    known = [first + DAY * number for number in sorted(studied)]
    assert find_streak(known, first + DAY * today, lambda day: (day - first).days in skipped) == (run, best)


def test_moments_are_milliseconds():
    assert day_start(date(1970, 1, 2), DayRule("Etc/UTC", 0)) == 24 * HOUR
    assert datetime.fromtimestamp(0, UTC).date() == day_of(0, DayRule("Etc/UTC", 0))
