"""Timers of rooms and of users alone, over HTTP and Socket.IO."""

import asyncio

import pytest

from domain.clock import to_milliseconds
from tests.support.served import PATIENCE, served

PLAN = {"focus": 1500, "shortBreak": 300, "longBreak": 900, "rounds": 4}
MINUTE = 60_000
"""Milliseconds."""


def code(answer):
    return answer.body["code"]


@pytest.fixture
async def pair(school):
    """Ada, who owns a room, Ben, a member, and the path of the room's timer."""
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens()
    await ben.joins(room)
    return ada, ben, room, f"/api/study-rooms/{room}/timer"


@pytest.fixture
def pass_by(school):
    """A function that moves the study clock by milliseconds, and wakes what waits for it."""

    def pass_by(milliseconds):
        school.services.study_clock.shift(milliseconds)
        school.services.timers._tick()

    return pass_by


async def start(person, path, **fields):
    version = (await person.get(path)).data["version"]
    return (await person.put(path, {"action": "start", "version": version, **fields})).data


async def test_new_timer_is_idle_with_the_default_plan(pair):
    ada, _, room, path = pair
    timer = (await ada.get(path)).data
    assert timer | {"serverTime": ""} == {
        "roomId": room,
        "state": "idle",
        "phase": None,
        "round": 0,
        "startedAt": None,
        "endsAt": None,
        "remaining": None,
        "duration": None,
        "plan": PLAN,
        "nextPlan": None,
        "autoContinue": True,
        "version": 0,
        "changedBy": None,
        "serverTime": "",
    }


async def test_change_is_published_to_the_room_once_and_in_the_join_ack(pair):
    ada, ben, room, path = pair
    watching = await ben.chat(room)
    started = await start(ada, path)
    assert (started["state"], started["phase"], started["round"], started["version"]) == ("running", "focus", 1, 1)
    assert to_milliseconds(started["endsAt"]) - to_milliseconds(started["startedAt"]) == 1500_000
    assert started["changedBy"] == ada.id
    said = await watching.hears("timer-updated")
    of_the_moment = {name: said["timer"][name] for name in ("remaining", "serverTime")}
    assert said == {"roomId": room, "timer": started | of_the_moment}
    joined = await (await ada.chat()).call("join-room", room)
    assert joined["timer"]["endsAt"] == started["endsAt"] == said["timer"]["endsAt"]
    await watching.settles()
    assert len(watching.of("timer-updated")) == 1


async def test_two_presses_of_pause_pause_once(pair):
    ada, ben, room, path = pair
    await start(ada, path)
    hers, his = await ada.chat(room), await ben.chat(room)
    press = {"roomId": room, "action": "pause", "version": 1}
    answers = await asyncio.gather(hers.call("set-timer", press), his.call("set-timer", press))
    [won], [lost] = [one for one in answers if one["ok"]], [one for one in answers if not one["ok"]]
    assert (won["timer"]["state"], won["timer"]["version"], won["timer"]["endsAt"]) == ("paused", 2, None)
    assert lost["error"]["code"] == "timer_changed"
    assert lost["error"]["timer"]["version"] == 2
    assert lost["error"]["timer"]["remaining"] == won["timer"]["remaining"]
    late = await ben.put(path, {"action": "pause", "version": 1})
    assert (late.status, code(late), late.body["timer"]["state"]) == (409, "timer_changed", "paused")


async def test_actions_that_do_not_fit_the_state_are_rejected(pair):
    ada, _, _, path = pair
    for action in ("pause", "resume", "skip", "stop"):
        assert code(await ada.put(path, {"action": action, "version": 0})) == "timer_state"
    assert code(await ada.put(path, {"action": "extend", "version": 0, "seconds": 60})) == "timer_state"
    await start(ada, path)
    assert code(await ada.put(path, {"action": "start", "version": 1})) == "timer_state"
    missing = await ada.put(path, {"action": "extend", "version": 1})
    assert [(one["field"], one["code"]) for one in missing.body["errors"]] == [("seconds", "required")]
    bad = await ada.put(path, {"action": "configure", "version": 1, "plan": {"focus": 59, "rounds": 13}})
    assert [one["field"] for one in bad.body["errors"]] == ["plan.focus", "plan.rounds"]


async def test_boundary_is_published_and_counts_as_a_version(pair, pass_by):
    ada, ben, room, path = pair
    watching = await ben.chat(room)
    started = await start(ada, path)
    pass_by(25 * MINUTE)
    said = (await watching.hears("timer-updated", lambda said: said["timer"]["phase"] == "shortBreak"))["timer"]
    assert (said["version"], said["startedAt"]) == (2, started["endsAt"])
    assert code(await ben.put(path, {"action": "pause", "version": 1})) == "timer_changed"
    assert (await ben.put(path, {"action": "skip", "version": 2})).data["round"] == 2


async def test_phase_change_is_published_in_time_without_a_request(pair, school):
    ada, ben, room, path = pair
    watching = await ben.chat(room)
    phases = []
    school.services.timers.subscribe(lambda room_id, before, after: phases.append((room_id, before.phase, after.phase)))
    await start(ada, path)
    school.services.study_clock.shift(25 * MINUTE - 200)
    school.services.timers._tick()
    said = (await watching.hears("timer-updated", lambda said: said["timer"]["phase"] == "shortBreak"))["timer"]
    assert to_milliseconds(said["serverTime"]) - to_milliseconds(said["startedAt"]) < PATIENCE * 1000
    assert phases == [(room, None, "focus"), (room, "focus", "shortBreak")]
    assert school.services.timers.phase_of(room).phase == "shortBreak"


async def test_timer_for_moderators_rejects_members(pair):
    ada, ben, _, path = pair
    assert (await ada.put(path.removesuffix("/timer"), {"timerControl": "moderators"})).data[
        "timerControl"
    ] == "moderators"
    assert code(await ben.put(path, {"action": "start", "version": 0})) == "forbidden"
    assert (await ada.put(path, {"action": "start", "version": 0})).status == 200


async def test_muted_member_may_read_the_timer_only(pair):
    ada, ben, room, path = pair
    await ada.put(f"/api/study-rooms/{room}/members/{ben.id}/mute", {"seconds": 60})
    refused = await ben.put(path, {"action": "start", "version": 0})
    assert (refused.status, code(refused)) == (403, "muted")
    assert 55 < refused.body["retryAfter"] <= 60
    assert (await ben.get(path)).data["state"] == "idle"


async def test_timer_of_an_empty_room_stops_after_a_cycle(pair, pass_by, school):
    ada, ben, room, path = pair
    inside = await ben.chat(room)
    await start(ada, path, plan={"focus": 60, "shortBreak": 30, "longBreak": 30, "rounds": 1})
    pass_by(3 * MINUTE)
    assert (await ada.get(path)).data["state"] == "running"
    await inside.call("leave-room", room)
    pass_by(89_000)
    assert (await ada.get(path)).data["state"] == "running"
    pass_by(2_000)
    stopped = (await ada.get(path)).data
    assert (stopped["state"], stopped["changedBy"]) == ("idle", None)
    assert school.services.timers.phase_of(room) is None
    again = await (await ben.chat()).call("join-room", room)
    assert (again["timer"]["state"], again["timer"]["version"]) == ("idle", stopped["version"])


async def test_user_who_returns_to_an_empty_room_finds_the_timer_running(pair, pass_by):
    ada, ben, room, path = pair
    inside = await ben.chat(room)
    await start(ada, path, plan={"focus": 60, "shortBreak": 30, "longBreak": 30, "rounds": 1})
    await inside.call("leave-room", room)
    pass_by(80_000)
    await inside.call("join-room", room)
    pass_by(80_000)
    assert (await ada.get(path)).data["state"] == "running"


async def test_own_timer_has_no_room_and_reaches_all_devices(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    device, his = await ada.personal(), await ben.personal()
    path = "/api/focus/timer"
    assert (await ada.get(path)).data["roomId"] is None
    started = await start(ada, path, plan={"focus": 3000}, autoContinue=False)
    assert (started["roomId"], started["plan"]["focus"], started["autoContinue"]) == (None, 3000, False)
    said = await device.hears("timer-updated")
    assert said == {"roomId": None, "timer": said["timer"]}
    assert said["timer"]["endsAt"] == started["endsAt"]
    assert code(await ada.put(path, {"action": "pause", "version": 0})) == "timer_changed"
    assert (await ben.get(path)).data["state"] == "idle"
    await his.settles()
    assert his.of("timer-updated") == []


async def test_changes_of_timers_are_limited():
    async with served(environ={"STUDYHALL_LIMITS_ENABLED": "true"}) as school:
        ada = await school.person("Ada")
        answers = [await ada.put("/api/focus/timer", {"action": "configure", "version": 0}) for _ in range(21)]
    assert [answer.status for answer in answers] == [200] * 20 + [429]
