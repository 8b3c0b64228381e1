"""Progress of a user: totals of study time, streaks, the table of sessions, and the dashboard."""

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest

from domain import ids
from domain.clock import from_milliseconds, to_milliseconds
from domain.study.focus import FocusRow, FocusSession, StoredFocusSession

HOUR = 3_600_000


def noon(days_ago):
    """Return 12:00 in UTC of a day in the past, in milliseconds; of the current day for 0."""
    today = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    return int((today - timedelta(days=days_ago)).timestamp() * 1000)


def day(days_ago):
    """Return the date of `noon`."""
    return str(datetime.fromtimestamp(noon(days_ago) / 1000, UTC).date())


async def study(school, user, start, minutes, **fields):
    """Store a session that a server would have counted."""
    session = FocusSession(
        id=ids.new_id(),
        user_id=user.id,
        started_at=from_milliseconds(start),
        ended_at=from_milliseconds(start + minutes * 60_000),
        seconds=minutes * 60,
        **({"room_id": None, "task_id": None, "activity": "", "source": "stopwatch"} | fields),
    )
    await school.storage.save_focus([FocusRow(session=session, acted_at=session.started_at)])
    return session


async def test_stats_are_totals_of_days_rooms_and_hours(school):
    ada = await school.person("Ada", timeZone="Etc/UTC")
    room = await ada.opens("Maths")
    await study(school, ada, noon(2), 90, room_id=room)
    await study(school, ada, noon(1), 30)
    await study(school, ada, noon(1) + HOUR, 40, room_id=room)
    stats = (await ada.get(f"/api/focus/stats?from={day(7)}&to={day(1)}")).data
    assert [(one["date"], one["seconds"], one["goal"]) for one in stats["days"]] == [
        (day(2), 5400, 60),
        (day(1), 4200, 60),
    ]
    assert (stats["total"], stats["goalDays"]) == ({"seconds": 9600, "runningSince": None}, 2)
    assert (stats["streak"], stats["bestStreak"]) == (2, 2)
    assert stats["byRoom"] == [
        {"roomId": room, "name": "Maths", "seconds": 7800, "runningSince": None},
        {"roomId": None, "name": None, "seconds": 1800, "runningSince": None},
    ]
    assert {one["hour"]: one["seconds"] for one in stats["byHour"]} == {12: 5400, 13: 4200}
    assert (stats["from"], stats["to"]) == (day(7), day(1))


async def test_time_of_task_is_in_stats_and_in_task_until_it_is_deleted(school):
    ada = await school.person("Ada", timeZone="Etc/UTC")
    task = (await ada.post("/api/tasks", {"title": "Sheet 4"})).data["id"]
    await study(school, ada, noon(1), 30, task_id=task)
    [part] = (await ada.get("/api/focus/stats")).data["byTask"]
    assert (part["taskId"], part["title"], part["seconds"]) == (task, "Sheet 4", 1800)
    [shown] = (await ada.get("/api/tasks")).data["tasks"]
    assert shown["spentSeconds"] == 1800
    await ada.delete(f"/api/tasks/{task}")
    [part] = (await ada.get("/api/focus/stats")).data["byTask"]
    assert (part["taskId"], part["title"], part["seconds"]) == (None, None, 1800)


async def test_stats_without_range_are_those_of_53_weeks(school):
    ada = await school.person("Ada", timeZone="Etc/UTC")
    stats = (await ada.get("/api/focus/stats")).data
    first, last = date.fromisoformat(stats["from"]), date.fromisoformat(stats["to"])
    assert (last, (last - first).days) == (date.fromisoformat(stats["today"]), 370)


async def test_running_session_is_in_stats_and_dashboard_at_once(school):
    ada = await school.person("Ada")
    room = await ada.opens("Maths")
    chat = await ada.chat(room)
    started = await chat.call("start-focus", {"roomId": room})
    since = started["session"]["startedAt"]
    stats = (await ada.get("/api/focus/stats")).data
    assert (stats["total"], stats["days"][-1]["runningSince"]) == ({"seconds": 0, "runningSince": since}, since)
    assert stats["byRoom"] == [{"roomId": room, "name": "Maths", "seconds": 0, "runningSince": since}]
    today = (await ada.get("/api/dashboard")).data["focusToday"]
    assert (today["seconds"], today["runningSince"], today["goal"]) == (0, since, 60)
    assert today["serverTime"] >= since


async def test_dashboard_shows_manual_session_and_its_deletion_at_once(school):
    ada = await school.person("Ada", timeZone="Etc/UTC")
    await ada.put("/api/auth/me", {"dayStartsAt": 0})
    end = int(datetime.now(UTC).timestamp() * 1000) - 60_000
    start = end - 16 * 60_000
    assert (await ada.get("/api/dashboard")).data["streak"] == 0
    body = {"startedAt": from_milliseconds(start), "endedAt": from_milliseconds(end)}
    session = (await ada.post("/api/focus/manual", body)).data
    dashboard = (await ada.get("/api/dashboard")).data
    midnight = to_milliseconds(f"{from_milliseconds(end)[:10]}T00:00:00.000Z")
    assert dashboard["focusToday"]["seconds"] == (end - max(start, midnight)) // 1000
    assert dashboard["streak"] == int(
        end - start >= 15 * 60_000 and (start >= midnight or end - midnight >= 15 * 60_000)
    )
    await ada.delete(f"/api/focus/{session['id']}")
    dashboard = (await ada.get("/api/dashboard")).data
    assert (dashboard["focusToday"]["seconds"], dashboard["streak"]) == (0, 0)


async def test_room_that_was_left_has_no_name(school):
    ada, ben = await school.person("Ada", timeZone="Etc/UTC"), await school.person("Ben")
    room = await ben.opens("Secret")
    await ada.joins(room)
    await study(school, ada, noon(1), 30, room_id=room)
    await ada.post(f"/api/study-rooms/{room}/leave")
    [part] = (await ada.get("/api/focus/stats")).data["byRoom"]
    assert (part["roomId"], part["name"]) == (room, None)
    await ben.delete(f"/api/study-rooms/{room}")
    [part] = (await ada.get("/api/focus/stats")).data["byRoom"]
    assert (part["roomId"], part["seconds"]) == (None, 1800)


async def test_stats_are_of_the_caller_alone(school):
    ada, ben = await school.person("Ada", timeZone="Etc/UTC"), await school.person("Ben", timeZone="Etc/UTC")
    await study(school, ada, noon(1), 30)
    stats = (await ben.get("/api/focus/stats")).data
    assert (stats["total"]["seconds"], stats["streak"]) == (0, 0)
    assert (await ben.get("/api/focus/export.csv")).body.count("\r\n") == 1


async def test_new_goal_is_that_of_tomorrow(school):
    ada = await school.person("Ada", timeZone="Etc/UTC")
    user = await school.storage.user(ada.id)
    assert user.daily_goal == 60
    await ada.put("/api/auth/me", {"dailyGoal": 30})
    on_first_day = (await ada.get("/api/dashboard")).data["focusToday"]["goal"]
    assert on_first_day == 30, "there was no account at the first second of this day"


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("from=2026-02-30", "from", "bad_date"),
        ("from=2026-12-02&to=2026-12-01", "to", "not_later"),
        ("from=2025-01-01&to=2026-12-01", "from", "too_old"),
    ],
)
async def test_invalid_range_names_its_field(school, query, field, code):
    ada = await school.person("Ada")
    answer = await ada.get(f"/api/focus/stats?{query}")
    [error] = answer.body["errors"]
    assert (answer.status, error["field"], error["code"]) == (422, field, code)


async def test_csv_has_a_line_for_each_session(school):
    ada = await school.person("Ada", timeZone="Europe/Berlin")
    room = await ada.opens("=Maths, and more")
    task = (await ada.post("/api/tasks", {"title": "-Sheet"})).data["id"]
    await study(school, ada, noon(2), 30, activity="@home")
    last = await study(school, ada, noon(1), 45, room_id=room, task_id=task, source="timer")
    answer = await ada.get("/api/focus/export.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="studyhall-focus-')
    assert answer.headers["Cache-Control"] == "no-store"
    header, *lines = csv.reader(io.StringIO(answer.body, newline=""))
    assert header == ["date", "startedAt", "endedAt", "seconds", "room", "task", "activity", "source"]
    assert lines[0] == [day(1), last.started_at, last.ended_at, "2700", "'=Maths, and more", "'-Sheet", "", "timer"]
    assert (len(lines), lines[1][6]) == (2, "'@home")


async def test_csv_reads_many_sessions_in_pages(school, monkeypatch):
    monkeypatch.setattr("services.study.progress.BATCH_SIZE", 2)
    ada = await school.person("Ada", timeZone="Etc/UTC")
    for number in range(5):
        await study(school, ada, noon(1) + number * HOUR, 30)
    lines = (await ada.get("/api/focus/export.csv")).body.split("\r\n")
    assert len(lines) == 7


async def test_export_has_days_with_their_goals(school):
    ada = await school.person("Ada", timeZone="Etc/UTC")
    await study(school, ada, noon(1), 30)
    export = (await ada.get("/api/auth/me/export")).body
    assert export["focusDays"] == [{"date": day(1), "seconds": 1800, "goal": 60}]


async def test_manual_session_of_last_week_is_in_goal_but_not_in_streak(school):
    ada = await school.person("Ada", timeZone="Etc/UTC")
    body = {"startedAt": from_milliseconds(noon(7)), "endedAt": from_milliseconds(noon(7) + HOUR)}
    assert (await ada.post("/api/focus/manual", body)).status == 201
    stats = (await ada.get("/api/focus/stats")).data
    assert (stats["goalDays"], stats["bestStreak"]) == (1, 0)
    stored = await school.storage.focus_sessions(ada.id, limit=1)
    assert isinstance(stored[0], StoredFocusSession)
