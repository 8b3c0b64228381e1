"""Focus sessions over real connections: starts, stops, losses, timers, checks, restarts of the server."""

import asyncio

import pytest
from socketio import packet

from domain.clock import from_milliseconds, to_milliseconds
from domain.study.focus_user import BRIDGE, CHECK_AFTER, RESPOND_WITHIN
from tests.support.served import PATIENCE, served, signs_in

MINUTE = 60_000


@pytest.fixture
def pass_time(school):
    """A function that advances the study clock by milliseconds, and does what is due."""
    return lambda milliseconds: advance(school, milliseconds)


def advance(school, milliseconds):
    school.services.study_clock.shift(milliseconds)
    school.services.timers._tick()
    school.services.focus.tick()


async def until_not_focusing(person):
    """Wait until the server has noticed the end of the last connection."""
    async with asyncio.timeout(PATIENCE):
        while person.served.services.focus.is_focusing(person.id):
            await person.get("/api/focus/current")


async def sessions(person):
    """Return source and whole minutes of the sessions of a user, the latest first; None for an open one."""
    page = (await person.get("/api/focus/sessions")).data
    return [(one["source"], None if one["endedAt"] is None else round(one["seconds"] / 60)) for one in page["sessions"]]


async def test_session_is_the_same_on_all_devices(ada, pass_time):
    phone, tab, personal = await ada.chat(), await ada.chat(), await ada.personal()
    started = await tab.call("start-focus", {"activity": " Essay ", "clientId": "tab-1"})
    assert (started["session"]["activity"], started["session"]["endedAt"], started["ended"]) == ("Essay", None, None)
    told = await personal.hears("focus-updated")
    assert told["session"] == started["session"]
    assert (await ada.get("/api/focus/current")).data["session"] == started["session"]
    again = await phone.call("start-focus", {"activity": "Essay", "clientId": "tab-1"})
    assert again["session"] == started["session"], "a retry"

    pass_time(25 * MINUTE)
    stopped = await phone.call("stop-focus", {})

    assert stopped["session"] is None
    assert stopped["ended"]["id"] == started["session"]["id"]
    assert stopped["ended"]["seconds"] // 60 == 25
    assert (await personal.hears("focus-updated", lambda said: said["ended"]))["ended"] == stopped["ended"]
    retried = await tab.call("start-focus", {"clientId": "tab-1"})
    assert (retried["session"], retried["ended"]) == (None, stopped["ended"]), "a late retry"
    assert await sessions(ada) == [("stopwatch", 25)]


async def test_session_under_a_minute_is_not_stored(ada, pass_time):
    tab = await ada.chat()
    await tab.call("start-focus", {})
    pass_time(58_000)
    assert (await tab.call("stop-focus", {}))["ended"] is None
    assert await sessions(ada) == []


async def test_reload_is_bridged_and_disconnecting_is_not(ada, pass_time):
    tab = await ada.chat()
    await tab.call("start-focus", {})
    pass_time(10 * MINUTE)
    await tab.drop()
    pass_time(BRIDGE - MINUTE)
    tab = await ada.chat()
    pass_time(10 * MINUTE)
    await tab.client._send_packet(packet.Packet(packet.DISCONNECT, namespace="/chat"))
    await until_not_focusing(ada)
    assert (await ada.get("/api/focus/current")).data["session"] is None
    assert await sessions(ada) == [("stopwatch", 24)]


async def test_loss_that_is_not_bridged_ends_at_the_loss(school, ada, pass_time):
    tab = await ada.chat()
    await tab.call("start-focus", {})
    pass_time(10 * MINUTE)
    await tab.drop()
    await until_not_focusing(ada)
    pass_time(BRIDGE + 1000)
    await ada.chat()
    assert await sessions(ada) == [("stopwatch", 10)]


async def test_signing_out_ends_the_session(ada, pass_time):
    tab = await ada.chat()
    await tab.call("start-focus", {})
    pass_time(5 * MINUTE)
    await ada.post("/api/auth/logout")
    await tab.gone()
    again = await signs_in(ada.served, ada)
    assert await sessions(again) == [("stopwatch", 5)]


async def test_start_without_connection_is_refused(ada):
    assert (await ada.post("/api/focus", {})).body["code"] == "not_present"
    room = await ada.opens()
    await ada.chat()
    assert (await ada.post("/api/focus", {"roomId": room})).body["code"] == "not_present"


async def test_timer_counts_for_present_followers(school, pass_time):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens()
    await ben.joins(room)
    assert (await ben.put(f"/api/study-rooms/{room}/membership", {"followTimer": False})).data == {
        "roomId": room,
        "followTimer": False,
        "showOnLeaderboard": False,
    }
    tab, bens, personal = await ada.chat(room), await ben.chat(room), await ada.personal()
    await tab.call("set-timer", {"roomId": room, "action": "start", "version": 0})
    assert (await ada.get("/api/focus/current")).data["session"]["source"] == "timer"
    assert (await ben.get("/api/focus/current")).data["session"] is None
    pass_time(5 * MINUTE)
    await ben.put(f"/api/study-rooms/{room}/membership", {"followTimer": True})
    pass_time(21 * MINUTE)
    assert await sessions(ada) == [("timer", 25)]
    assert await sessions(ben) == [("timer", 20)]
    await personal.settles()
    assert personal.of("focus-updated") == [], "clients compute it from timer-updated"
    pass_time(5 * MINUTE)
    await bens.call("leave-room", {"roomId": room})
    assert await sessions(ada) == [("timer", None), ("timer", 25)]


def studied(users, person):
    """Return the study of a person in a list of present users."""
    [shown] = [one for one in users if one["id"] == person.id]
    return shown["followsTimer"], shown["focusedToday"], shown["focusSince"]


async def next_status(chat, before=None):
    """Return the first status that is newer than another."""
    version = before["version"] if before else 0
    return await chat.hears("status-updated", lambda told: told["version"] > version)


async def test_time_is_shown_to_the_room_by_who_wants_it(school, pass_time):
    ada, ben, cem = [await school.person(name) for name in ("Ada", "Ben", "Cem")]
    room = await ada.opens()
    membership = f"/api/study-rooms/{room}/membership"
    for person in (ben, cem):
        await person.joins(room)
    watching, tab = await cem.chat(room), await ada.chat(room)
    await tab.call("start-focus", {"roomId": room})
    pass_time(10 * MINUTE)
    await ben.put(membership, {"followTimer": False})
    users = (await (await ben.chat()).call("join-room", room))["users"]
    assert studied(users, ada) == (True, None, None), "hidden at first"
    assert studied(users, ben) == (False, None, None)
    assert watching.of("status-updated") == []

    await ada.put(membership, {"showOnLeaderboard": True})
    told = await next_status(watching)
    assert (told["userId"], told["focusedToday"]["seconds"]) == (ada.id, 0)
    assert told["focusedToday"]["runningSince"] == told["focusSince"] is not None
    session = (await tab.call("stop-focus", {}))["ended"]
    told = await next_status(watching, told)
    assert told["focusedToday"] == {"seconds": 600, "runningSince": None}
    again = (await tab.call("start-focus", {"resume": session["id"]}))["session"]
    resumed = {"seconds": 0, "runningSince": again["startedAt"]}
    told = await next_status(watching, told)
    assert told["focusedToday"] == resumed
    await tab.call("stop-focus", {})
    told = await next_status(watching, told)
    end = from_milliseconds(to_milliseconds(session["startedAt"]) + 5 * 60_000)
    await ada.put(f"/api/focus/{session['id']}", {"endedAt": end})
    told = await next_status(watching, told)
    assert told["focusedToday"]["seconds"] == 300
    users = (await (await ben.chat()).call("join-room", room))["users"]
    assert studied(users, ada) == (True, {"seconds": 300, "runningSince": None}, None)

    await ada.put(membership, {"showOnLeaderboard": False})
    told = await next_status(watching, told)
    assert told["focusedToday"] is None


async def test_phase_is_in_the_list_for_who_joins_later_without_an_event(school, pass_time):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens()
    await ben.joins(room)
    await ada.put(f"/api/study-rooms/{room}/membership", {"showOnLeaderboard": True})
    tab, watching = await ada.chat(room), await ben.chat(room)
    await tab.call("set-timer", {"roomId": room, "action": "start", "version": 0})
    users = (await (await ben.chat()).call("join-room", room))["users"]
    assert studied(users, ada)[2] is not None
    pass_time(26 * MINUTE)
    users = (await (await ben.chat()).call("join-room", room))["users"]
    assert studied(users, ada) == (True, {"seconds": 1500, "runningSince": None}, None)
    assert watching.of("status-updated") == [], "clients compute it from timer-updated"


async def test_stop_opts_out_until_the_next_phase(school, ada, pass_time):
    room = await ada.opens()
    tab = await ada.chat(room)
    await tab.call("set-timer", {"roomId": room, "action": "start", "version": 0})
    pass_time(2 * MINUTE)
    await tab.call("stop-focus", {})
    pass_time(2 * MINUTE)
    assert await sessions(ada) == [("timer", 2)]
    pass_time(30 * MINUTE)
    assert await sessions(ada) == [("timer", None), ("timer", 2)]


async def test_check_is_answered_by_any_act(school, ada, pass_time):
    tab, personal = await ada.chat(), await ada.personal()
    await tab.call("start-focus", {})
    pass_time(CHECK_AFTER)
    check = await personal.hears("focus-check")
    assert (await ada.get("/api/focus/current")).data["check"] == check
    assert not school.services.focus.is_focusing(ada.id)
    assert (await tab.call("user-active", {}))["ok"]
    assert (await ada.get("/api/focus/current")).data["check"] is None
    pass_time(CHECK_AFTER + 1000)
    await personal.hears("focus-check", lambda said: said["respondBy"] != check["respondBy"])
    pass_time(RESPOND_WITHIN)
    assert await sessions(ada) == [("stopwatch", 240)]


async def test_stopped_session_is_resumed_with_its_gap(ada, pass_time):
    tab = await ada.chat()
    session = (await tab.call("start-focus", {"activity": "Essay"}))["session"]
    pass_time(10 * MINUTE)
    await tab.call("stop-focus", {})
    pass_time(4 * MINUTE)
    resumed = await tab.call("start-focus", {"resume": session["id"]})
    assert resumed["session"] == session
    pass_time(6 * MINUTE)
    await tab.call("stop-focus", {})
    assert await sessions(ada) == [("stopwatch", 20)]
    pass_time(6 * MINUTE)
    failed = await tab.call("start-focus", {"resume": session["id"]})
    assert failed["error"]["code"] == "resume_too_late"


async def test_open_session_is_renamed_and_not_shortened(ada, pass_time):
    tab = await ada.chat()
    session = (await tab.call("start-focus", {}))["session"]
    path = f"/api/focus/{session['id']}"
    assert (await ada.put(path, {"activity": "Sheet 4"})).data["activity"] == "Sheet 4"
    assert (await ada.put(path, {"startedAt": session["startedAt"]})).body["code"] == "focus_session_runs"
    assert (await ada.delete(path)).body["code"] == "focus_session_runs"
    pass_time(2 * MINUTE)
    await tab.call("stop-focus", {})
    assert (await ada.delete(path)).status == 200
    assert await sessions(ada) == []


async def test_manual_session_overlaps_neither_stored_nor_open(ada, pass_time):
    tab = await ada.chat()
    session = (await tab.call("start-focus", {}))["session"]
    begin = session["startedAt"]
    pass_time(10 * MINUTE)
    end = (await ada.get("/api/focus/current")).data["serverTime"]
    new = {"startedAt": begin, "endedAt": end}
    assert (await ada.post("/api/focus/manual", new)).body["code"] == "focus_overlap"
    await tab.call("stop-focus", {})
    assert (await ada.post("/api/focus/manual", new)).body["code"] == "focus_overlap"
    await ada.delete(f"/api/focus/{session['id']}")
    assert (await ada.post("/api/focus/manual", new)).status == 201


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_restart_within_five_minutes_continues(tmp_path, kind):
    url = f"{kind}:///{tmp_path}/a.db"
    async with served(url) as school:
        ada = await school.person("Ada")
        room = await ada.opens()
        tab = await ada.chat(room)
        await tab.call("set-timer", {"roomId": room, "action": "start", "version": 0})
        session = (await ada.get("/api/focus/current")).data["session"]
    async with served(url) as school:
        again = await signs_in(school, ada)
        assert (await again.get("/api/focus/current")).data["session"] == session
        await again.chat(room)
        assert school.services.focus.is_focusing(ada.id)
        advance(school, 10 * MINUTE)
        await again.post("/api/focus/stop")
        assert await sessions(again) == [("timer", 10)]
