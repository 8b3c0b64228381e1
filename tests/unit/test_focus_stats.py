"""Statistics of study time: stored totals with the session that runs."""

from datetime import date, timedelta

import pytest

from domain.clock import from_milliseconds, to_milliseconds
from domain.study.day_changes import day_changes
from domain.study.days import DayRule
from domain.study.progress import RecentDay, StoredDay, StoredStreak, StoredTotals
from domain.study.stats import Moment, RunningSession, make_stats, make_today

RULE = DayRule("Europe/Berlin", 4)
TODAY = date(2026, 12, 1)
YESTERDAY = TODAY - timedelta(days=1)
NOW = to_milliseconds("2026-12-01T09:30:00.000Z")  # 10:30 in Berlin
START_OF_DAY = "2026-12-01T03:00:00.000Z"
MOMENT = Moment(NOW, TODAY, RULE)
NOTHING = StoredTotals([], {}, {}, {})
NO_STREAK = StoredStreak([], [], [], 60)
ROOM, TASK = "room", "task"


def running(minutes, room_id=None, task_id=None):
    """Return a session that began that many minutes ago."""
    return RunningSession(NOW - minutes * 60_000, room_id, task_id)


def stats(totals=NOTHING, streak=NO_STREAK, session=None, first=YESTERDAY, last=TODAY):
    return make_stats(totals, streak, session, MOMENT, (first, last), {ROOM: "Maths"}, {TASK: "Sheet 4"})


def test_stats_without_study_have_today_alone():
    found = stats()
    assert [(day.date, day.seconds, day.running_since, day.goal) for day in found.days] == [("2026-12-01", 0, None, 60)]
    assert (found.total.seconds, found.goal_days, found.streak, found.best_streak) == (0, 0, 0, 0)
    assert (found.by_room, found.by_task, found.by_hour) == ([], [], [])
    assert (found.from_, found.to, found.today) == ("2026-11-30", "2026-12-01", "2026-12-01")


def test_running_session_is_in_every_total_of_today():
    found = stats(session=running(50, ROOM, TASK))
    since = from_milliseconds(NOW - 50 * 60_000)
    assert (found.total.seconds, found.total.running_since) == (0, since)
    assert found.days[-1].running_since == since
    [room], [task] = found.by_room, found.by_task
    assert (room.room_id, room.name, room.seconds, room.running_since) == (ROOM, "Maths", 0, since)
    assert (task.task_id, task.title, task.seconds, task.running_since) == (TASK, "Sheet 4", 0, since)
    assert [(hour.hour, hour.seconds, hour.running_since) for hour in found.by_hour] == [
        (9, 20 * 60, None),
        (10, 0, from_milliseconds(NOW - 30 * 60_000)),
    ]


def test_session_that_began_yesterday_is_split_at_start_of_day():
    minutes = 7 * 60  # since 03:30, half an hour before the day began
    totals = StoredTotals([StoredDay("2026-11-30", 600, 90)], {ROOM: 600}, {}, {20: 600})
    found = stats(totals, session=running(minutes, ROOM))
    assert [(day.date, day.seconds, day.goal) for day in found.days] == [
        ("2026-11-30", 600 + 1800, 90),
        ("2026-12-01", 0, 60),
    ]
    assert found.days[-1].running_since == found.total.running_since == START_OF_DAY
    assert (found.total.seconds, found.by_room[0].seconds) == (2400, 2400)
    assert [hour.hour for hour in found.by_hour] == [3, 4, 5, 6, 7, 8, 9, 10, 20]


def test_range_without_today_has_nothing_that_runs():
    found = stats(session=running(60, ROOM), last=YESTERDAY)
    assert (found.days, found.total.running_since, found.by_room) == ([], None, [])


def test_time_without_room_is_the_rest():
    totals = StoredTotals([StoredDay("2026-12-01", 1000, 60)], {ROOM: 300, "former": 100}, {TASK: 1000}, {})
    found = stats(totals)
    assert [(part.room_id, part.name, part.seconds) for part in found.by_room] == [
        (None, None, 600),
        (ROOM, "Maths", 300),
        ("former", None, 100),
    ]
    assert [part.task_id for part in found.by_task] == [TASK]


def test_time_of_deleted_task_is_time_without_task():
    totals = StoredTotals([StoredDay("2026-12-01", 1000, 60)], {}, {TASK: 600, "deleted": 100}, {})
    found = stats(totals, session=running(5, task_id="deleted"))
    assert [(part.task_id, part.title, part.seconds, part.running_since is None) for part in found.by_task] == [
        (TASK, "Sheet 4", 600, True),
        (None, None, 400, False),
    ]


def test_running_session_without_room_is_in_the_rest():
    totals = StoredTotals([StoredDay("2026-12-01", 300, 60)], {ROOM: 300}, {}, {})
    found = stats(totals, session=running(5))
    assert [(part.room_id, part.running_since is None) for part in found.by_room] == [(ROOM, True), (None, False)]
    assert [(part.task_id, part.seconds) for part in found.by_task] == [(None, 300)]


def test_goal_days_are_counted_with_what_runs():
    totals = StoredTotals([StoredDay("2026-11-30", 3600, 60), StoredDay("2026-12-01", 1800, 60)], {}, {}, {})
    assert stats(totals).goal_days == 1
    assert stats(totals, session=running(29)).goal_days == 1
    assert stats(totals, session=running(30)).goal_days == 2


@pytest.mark.parametrize(
    ("studied", "recent", "minutes", "streak"),
    [
        (["2026-11-29", "2026-11-30"], [], None, 2),
        (["2026-11-29", "2026-11-30"], [], 14, 2),
        (["2026-11-29", "2026-11-30"], [], 15, 3),
        (["2026-11-29", "2026-11-30"], [RecentDay("2026-12-01", 300, 300)], 10, 3),
        (["2026-11-29"], [], None, 0),
        (["2026-11-29"], [RecentDay("2026-11-30", 300, 300)], 6 * 60 + 30 + 10, 3),  # 10 minutes of yesterday
    ],
)
def test_streak_counts_what_runs(studied, recent, minutes, streak):
    stored = StoredStreak(studied, [], recent, 60)
    session = None if minutes is None else running(minutes)
    assert stats(streak=stored, session=session).streak == streak
    assert make_today(stored, session, MOMENT)[1] == streak


def test_skipped_day_breaks_no_streak():
    assert stats(streak=StoredStreak(["2026-11-28", "2026-11-30"], ["2026-11-29"], [], 60)).streak == 2


def test_today_has_seconds_goal_and_start_of_what_runs():
    stored = StoredStreak([], [], [RecentDay("2026-11-30", 500, 500), RecentDay("2026-12-01", 700, 700)], 45)
    today, _ = make_today(stored, running(10), MOMENT)
    assert (today.seconds, today.goal, today.running_since) == (700, 45, from_milliseconds(NOW - 600_000))
    assert today.server_time == from_milliseconds(NOW)


def test_session_that_starts_in_the_future_runs_since_now():
    found = stats(session=running(-1))
    assert (found.total.running_since, found.days[-1].seconds) == (from_milliseconds(NOW), 0)


@pytest.mark.parametrize(
    ("registered", "since"),
    [
        ("2026-11-20T12:00:00.000Z", date(2026, 12, 2)),
        ("2026-12-01T03:00:00.000Z", date(2026, 12, 1)),
        ("2026-12-01T02:59:59.999Z", date(2026, 12, 2)),
    ],
)
def test_new_goal_is_in_force_from_the_next_day(registered, since):
    changes = day_changes(RULE, RULE, registered_at=to_milliseconds(registered), now=NOW)
    assert changes == (since, ())


def test_new_zone_skips_dates_between():
    now = to_milliseconds("2026-12-02T14:30:00.000Z")
    west, east = DayRule("Pacific/Pago_Pago", 4), DayRule("Pacific/Kiritimati", 4)
    assert day_changes(west, east, registered_at=0, now=now).skipped == (date(2026, 12, 2),)
