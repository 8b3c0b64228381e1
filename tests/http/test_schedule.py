"""Schedules of rooms over HTTP: plan, change, split, delete and join dates, and the events in the room."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from domain import ids
from domain.clock import to_milliseconds

TODAY = datetime.now(UTC).date()


def on(days, time="17:00"):
    """Return a local start, in days from today."""
    return f"{TODAY + timedelta(days=days)}T{time}"


def day(days):
    return f"{TODAY + timedelta(days=days)}"


SINGLE = {"title": "Exam preparation", "startsAt": on(3), "minutes": 90, "timeZone": "UTC"}
DAILY = SINGLE | {"repeat": "weekly", "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "until": day(9)}


async def test_planned_date_is_shown_to_members_with_its_creator_going(school):
    ada, ben, path = await _room(school)
    answer = await ben.post(path, SINGLE)
    assert answer.status == 201
    session = answer.data
    assert session["createdBy"] == ben.id
    assert session["going"] == [ben.id]
    assert session["localStart"] == on(3)
    assert session["occurrences"] == [
        {"date": day(3), "startsAt": on(3) + ":00.000Z", "endsAt": on(3, "18:30") + ":00.000Z"}
    ]
    assert (session["repeat"], session["days"], session["until"], session["except"]) == ("none", [], None, [])
    assert (await ada.get(path)).data == [session]


async def test_next_date_is_listed_first(school):
    ada, ben, path = await _room(school)
    made = [(await ben.post(path, SINGLE | {"startsAt": on(days)})).data["id"] for days in (5, 2, 9)]
    assert [one["id"] for one in (await ada.get(path)).data] == [made[1], made[0], made[2]]


async def test_upcoming_dates_are_those_one_goes_to_then_the_others(school):
    _, ben, path = await _room(school)
    made = [(await ben.post(path, SINGLE | {"startsAt": on(days)})).data["id"] for days in (5, 2, 9)]
    await ben.delete(f"{path}/{made[1]}/going")
    week = 7 * 24 * 3600
    assert [one.id for one in await school.services.schedules.upcoming(ben.id, week, 2)] == made[:2]
    upcoming = await school.services.schedules.upcoming(ben.id, 2 * week, 5)
    assert [(one.id, one.is_going) for one in upcoming] == [(made[0], True), (made[2], True), (made[1], False)]
    assert (upcoming[0].room_name, upcoming[0].title, upcoming[0].starts_at) == (
        "Mine",
        "Exam preparation",
        on(5) + ":00.000Z",
    )


async def test_same_client_id_returns_the_first_one(school):
    _, ben, path = await _room(school)
    first, again = [await ben.post(path, SINGLE | {"clientId": "phone-1", "title": title}) for title in ("A", "B")]
    assert first.data == again.data
    assert len((await ben.get(path)).data) == 1


async def test_only_its_creator_and_moderators_change_a_date(school):
    ada, ben, path = await _room(school)
    cleo = await school.person("Cleo")
    await cleo.joins(path.split("/")[3])
    of_ada, of_ben = [(await person.post(path, SINGLE)).data["id"] for person in (ada, ben)]
    assert (await cleo.put(f"{path}/{of_ben}", {"title": "Mine"})).body["code"] == "forbidden"
    assert (await ben.put(f"{path}/{of_ada}", {"title": "Mine"})).body["code"] == "forbidden"
    assert (await ben.delete(f"{path}/{of_ada}")).body["code"] == "forbidden"
    assert (await ben.put(f"{path}/{of_ben}", {"title": "Algebra", "minutes": 30})).data["title"] == "Algebra"
    assert (await ada.put(f"{path}/{of_ben}", {"title": ""})).data["title"] == ""
    assert (await ada.delete(f"{path}/{of_ben}")).status == 200
    log = (await ada.get(path.replace("schedule", "audit-log"))).data["entries"]
    assert [(one["action"], one["details"]) for one in log] == [
        ("scheduled-session-deleted", {"scheduledSessionId": of_ben, "title": ""}),
        ("scheduled-session-changed", {"scheduledSessionId": of_ben, "title": "Algebra"}),
    ]


async def test_one_date_is_excepted_and_the_rest_changed_or_deleted(school):
    _, ben, path = await _room(school)
    session = (await ben.post(path, DAILY)).data["id"]
    await ben.put(f"{path}/{session}", {"except": [day(4)]})
    rest = (await ben.put(f"{path}/{session}?from={day(7)}", {"startsAt": on(7, "18:00")})).data
    assert [one["date"] for one in rest["occurrences"]] == [day(7), day(8), day(9)]
    [before, after] = (await ben.get(path)).data
    assert [one["date"] for one in before["occurrences"]] == [day(3), day(5), day(6)]
    assert (after["id"], after["localStart"], after["going"]) == (rest["id"], on(7, "18:00"), [ben.id])
    assert (await ben.delete(f"{path}/{rest['id']}?from={day(9)}")).status == 200
    assert (await ben.delete(f"{path}/{rest['id']}?from={day(9)}")).status == 200
    assert (await ben.delete(f"{path}/{session}?from={day(3)}")).status == 200
    [left] = (await ben.get(path)).data
    assert [one["date"] for one in left["occurrences"]] == [day(7), day(8)]


async def test_member_is_going_until_cancelled_or_gone(school):
    ada, ben, path = await _room(school)
    session = (await ada.post(path, SINGLE)).data["id"]
    for _ in range(2):
        assert (await ben.put(f"{path}/{session}/going")).status == 200
    assert (await ada.get(path)).data[0]["going"] == [ada.id, ben.id]
    for _ in range(2):
        assert (await ben.delete(f"{path}/{session}/going")).status == 200
    assert (await ada.get(path)).data[0]["going"] == [ada.id]
    await ben.put(f"{path}/{session}/going")
    await ben.post(path.replace("schedule", "leave"))
    assert (await ada.get(path)).data[0]["going"] == [ada.id]


async def test_muted_member_only_cancels(school):
    ada, ben, path = await _room(school)
    session = (await ben.post(path, SINGLE)).data["id"]
    await ada.put(f"{path.removesuffix('/schedule')}/members/{ben.id}/mute", {"seconds": 600})
    for answer in (
        await ben.post(path, SINGLE),
        await ben.put(f"{path}/{session}", {"title": "Rude"}),
        await ben.delete(f"{path}/{session}"),
        await ben.put(f"{path}/{session}/going"),
    ):
        assert (answer.status, answer.body["code"]) == (403, "muted")
        assert 590 <= int(answer.headers["Retry-After"]) <= 600
    assert (await ben.delete(f"{path}/{session}/going")).status == 200


async def test_full_schedule_says_so(school):
    _, ben, path = await _room(school)
    storage, room = school.storage, path.split("/")[3]
    first = (await ben.post(path, SINGLE)).data["id"]
    session = (await storage.scheduled_session(room, first)).session
    for number in range(199):
        await storage.add_scheduled_session(
            msgspec.structs.replace(session, id=ids.new_id(), title=f"Date {number}"), 200
        )
    answer = await ben.post(path, SINGLE)
    assert (answer.status, answer.body["code"]) == (409, "too_many_scheduled_sessions")
    assert len((await ben.get(path)).data) == 200


async def test_invalid_dates_name_their_fields(school):
    _, ben, path = await _room(school)
    answer = await ben.post(path, SINGLE | {"repeat": "weekly", "startsAt": on(400)})
    assert [(one["field"], one["code"]) for one in answer.body["errors"]] == [
        ("startsAt", "too_late"),
        ("until", "required"),
    ]
    answer = await ben.post(path, {"startsAt": "soon", "until": "later", "days": ["monday"], "except": [5]})
    assert {one["field"]: one["code"] for one in answer.body["errors"]} == {
        "startsAt": "bad_date_time",
        "minutes": "required",
        "timeZone": "required",
        "until": "bad_date",
        "days": "not_an_option",
        "except": "bad_date",
    }


async def test_room_hears_of_changes(school):
    ada, ben, path = await _room(school)
    room = path.split("/")[3]
    chat = await ada.chat(room)
    session = (await ben.post(path, DAILY)).data
    await ada.put(f"{path}/{session['id']}/going")
    await ada.put(f"{path}/{session['id']}/going")
    await ada.delete(f"{path}/{session['id']}/going")
    rest = (await ben.put(f"{path}/{session['id']}?from={day(5)}", {"title": "Later"})).data
    await ben.delete(f"{path}/{session['id']}")
    await ada.put(path.removesuffix("/schedule"), {"subject": "The last that is heard"})
    await chat.hears("room-updated")
    heard = chat.of("schedule-updated")
    assert [(one["change"], one["scheduledSessionId"]) for one in heard] == [
        ("saved", session["id"]),
        ("going", session["id"]),
        ("cancelled", session["id"]),
        ("saved", session["id"]),
        ("saved", rest["id"]),
        ("deleted", session["id"]),
    ]
    assert {one["roomId"] for one in heard} == {room}
    assert heard[0]["session"] == session
    assert heard[1]["userId"] == ada.id
    assert heard[4]["session"] == rest


async def test_two_members_who_change_at_once_both_succeed(school):
    ada, ben, path = await _room(school)
    session = (await ben.post(path, DAILY)).data["id"]
    storage, room = school.storage, path.split("/")[3]
    read = storage.scheduled_session

    async def read_then_changed(*place):
        storage.scheduled_session = read
        planned = await read(*place)
        assert (await ada.put(f"{path}/{session}", {"minutes": 30})).status == 200
        return planned

    storage.scheduled_session = read_then_changed
    assert (await ben.put(f"{path}/{session}", {"title": "Algebra"})).status == 200
    stored = (await read(room, session)).session
    assert (stored.title, stored.minutes, stored.version) == ("Algebra", 30, 3)


async def test_timer_starts_with_the_plan_of_a_date_and_stops_at_its_end(school):
    ada, ben, path = await _room(school)
    room = path.split("/")[3]
    watching = await ada.chat(room)
    made = (await ben.post(path, SINGLE | {"plan": {"focus": 1800, "rounds": 2}})).data
    assert made["plan"] == {"focus": 1800, "shortBreak": 300, "longBreak": 900, "rounds": 2}
    changed = (await ben.put(f"{path}/{made['id']}", {"plan": {"shortBreak": 600}})).data
    assert changed["plan"] == made["plan"] | {"shortBreak": 600}
    assert (await ben.put(f"{path}/{made['id']}", {"title": "Algebra"})).data["plan"] == changed["plan"]
    services, start = school.services, made["occurrences"][0]["startsAt"]
    services.study_clock.shift(to_milliseconds(start) + 300 - services.study_clock.now())
    for _ in range(2):
        await services.schedule_alarms.run()
    timer = (await watching.hears("timer-updated"))["timer"]
    assert (timer["state"], timer["startedAt"], timer["changedBy"]) == ("running", start, None)
    assert (timer["version"], timer["plan"]) == (1, changed["plan"])
    services.study_clock.shift(90 * 60_000)
    await services.schedule_alarms.run()
    assert (await ada.get(f"/api/study-rooms/{room}/timer")).data["state"] == "idle"


async def test_attendance_is_shown_to_moderators_and_to_oneself(school):
    ada, ben, path = await _room(school)
    cleo, eve = await school.person("Cleo"), await school.person("Eve")
    room, services = path.split("/")[3], school.services
    await cleo.joins(room)
    made = (await ben.post(path, SINGLE | {"plan": {"focus": 14_400}})).data

    async def pass_to(milliseconds):
        services.study_clock.shift(milliseconds - services.study_clock.now())
        await services.schedule_alarms.run()
        services.timers._tick()
        services.focus.tick()

    start, end = [to_milliseconds(made["occurrences"][0][name]) for name in ("startsAt", "endsAt")]
    attendance = f"{path}/{made['id']}/attendance"
    assert (await ada.get(attendance)).data == (await ada.get(path + "/past")).data == []
    await pass_to(start - 60_000)
    tabs = [await person.chat(room) for person in (ada, ben)]
    await pass_to(start)
    await tabs[0].hears("timer-updated")
    await pass_to(start + 10 * 60_000)
    await tabs[1].call("leave-room", {"roomId": room})
    of_ada, of_ben = (await ada.get(attendance)).data
    assert (of_ada["userId"], of_ada["name"], of_ada["seconds"]) == (ada.id, ada.name, 0)
    assert 0 <= to_milliseconds(of_ada["runningSince"]) - start < 5000
    assert (of_ben["userId"], of_ben["seconds"], of_ben["runningSince"]) == (ben.id, pytest.approx(600, abs=5), None)
    await pass_to(end)
    at = f"{attendance}?at={made['startsAt']}"
    for person, seconds in ((ada, [5400, 600]), (ben, [600]), (cleo, [])):
        assert [pytest.approx(one["seconds"], abs=5) for one in (await person.get(at)).data] == seconds, person.name
    await ben.put(f"/api/study-rooms/{room}/membership", {"showOnLeaderboard": True})
    assert [one["userId"] for one in (await cleo.get(at)).data] == [ben.id]
    assert (await eve.get(at)).body["code"] == "not_a_member"
    past = {"scheduledSessionId": made["id"], "title": "Exam preparation"}
    times = {name: made["occurrences"][0][name] for name in ("startsAt", "endsAt")}
    assert (await ben.get(path + "/past")).data == [past | times]
    assert (await ada.get(f"{attendance}?at={made['startsAt'].replace(':00.', ':01.')}")).status == 404
    await pass_to(end + 90 * 24 * 3600_000 + 1)
    assert (await ada.get(at)).body["code"] == "scheduled_session_not_found"
    assert (await ada.get(attendance)).data == (await ada.get(path + "/past")).data == []


async def test_plan_needs_the_right_to_start_the_timer(school):
    ada, ben, path = await _room(school)
    room = path.removesuffix("/schedule")
    session = (await ben.post(path, SINGLE)).data["id"]
    await ada.put(room, {"timerControl": "moderators"})
    plan = {"plan": {"rounds": 2}}
    for answer in (
        await ben.post(path, SINGLE | plan),
        await ben.put(f"{path}/{session}", plan),
        await ada.put(f"{path}/{session}", plan),
    ):
        assert (answer.status, answer.body["code"]) == (403, "forbidden")
    await ada.put(f"{room}/members/{ben.id}", {"role": "moderator"})
    assert (await ada.put(f"{path}/{session}", plan)).data["plan"]["rounds"] == 2
    assert (await ben.put(f"{path}/{session}", {"plan": None})).data["plan"] is None


async def _room(school):
    """Return the owner, a member, and the path of the schedule of their room."""
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens("Mine")
    await ben.joins(room)
    return ada, ben, f"/api/study-rooms/{room}/schedule"
