"""Leaderboards: periods of a room's days, ranks, and members who hide."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given, strategies as st

from domain.accounts import UserSummary
from domain.study.leaderboard import MemberTotal, make_leaderboard, period_keys, running_period

NOON = int(datetime(2026, 12, 3, 12, tzinfo=UTC).timestamp() * 1000)  # a Thursday
WEEK = running_period("week", "Etc/UTC", NOON)
VIEWER = UserSummary("v", "Vera", None)


def total(name, seconds, *, is_shown=True):
    return MemberTotal(UserSummary(name.lower(), name, None), seconds, is_shown)


def board(*totals, running=None, is_on=True, viewer=VIEWER):
    return make_leaderboard(totals, running or {}, WEEK, viewer, is_on=is_on)


def test_periods_start_on_monday_and_the_first_in_the_rooms_zone():
    late = int(datetime(2026, 11, 30, 23, 30, tzinfo=UTC).timestamp() * 1000)
    assert [running_period(name, "Etc/UTC", late).first for name in ("day", "week", "month", "all")] == [
        date(2026, 11, 30),
        date(2026, 11, 30),
        date(2026, 11, 1),
        None,
    ]
    berlin = running_period("month", "Europe/Berlin", late)
    assert (berlin.key, berlin.first) == ("2026-12", date(2026, 12, 1))
    assert berlin.started_at == int(datetime(2026, 11, 30, 23, tzinfo=UTC).timestamp() * 1000)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_days_of_a_period_share_its_key(day):
    monday = day - timedelta(days=day.weekday())
    assert {period_keys(monday + timedelta(days=number))[1] for number in range(7)} == {period_keys(day)[1]}
    assert period_keys(monday - timedelta(days=1))[1] != period_keys(day)[1]
    assert period_keys(day.replace(day=1))[2:] == period_keys(day)[2:]


def test_equal_seconds_share_a_rank_by_name():
    made = board(total("Bob", 60), total("cem", 90), total("Ada", 60), total("Dora", 30), total("Emil", 0))
    assert [(one.rank, one.user.name) for one in made.entries] == [(1, "cem"), (2, "Ada"), (2, "Bob"), (4, "Dora")]
    assert (made.me.rank, made.me.seconds) == (None, 0)


def test_hidden_viewer_has_time_but_neither_rank_nor_place():
    made = board(total("Ada", 60), MemberTotal(VIEWER, 90, is_shown=False))
    assert [(one.rank, one.user.name) for one in made.entries] == [(1, "Ada")]
    assert (made.me.rank, made.me.seconds) == (None, 90)


def test_room_without_leaderboard_shows_viewer_only():
    made = board(total("Ada", 60), MemberTotal(VIEWER, 90, is_shown=True), is_on=False)
    assert (made.entries, made.me.rank, made.me.seconds) == ([], None, 90)


def test_viewer_beyond_the_list_has_a_rank():
    made = board(*(total(f"M{number:02}", 100) for number in range(60)), MemberTotal(VIEWER, 1, is_shown=True))
    assert (len(made.entries), made.entries[-1].rank, made.me.rank) == (50, 1, 61)


def test_running_session_counts_from_the_start_of_the_period():
    last_week = WEEK.started_at - 3_600_000
    made = board(total("Ada", 10), total("Bob", 3_599), running={"ada": last_week, "bob": NOON - 1_500})
    assert [(one.user.name, one.seconds) for one in made.entries] == [("Ada", 10), ("Bob", 3_599)]
    assert [one.running_since for one in made.entries] == ["2026-11-30T00:00:00.000Z", "2026-12-03T11:59:58.500Z"]
    later = board(total("Ada", 3_600), total("Bob", 3_599), running={"bob": NOON - 1_000})
    assert {one.rank for one in later.entries} == {1}, "seconds that run are whole ones"
