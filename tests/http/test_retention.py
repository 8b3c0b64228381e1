"""Retention of a room: the setting, its limit, and the event `messages-expired`."""

from types import SimpleNamespace

import msgspec
import pytest

from domain import clock
from tests.support.expired_messages import DAY, recovery, say
from tests.support.factories import draft
from tests.support.served import served


async def test_the_owner_says_for_how_long_a_room_keeps(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens(retentionDays=30)
    await ben.joins(room)
    path = f"/api/study-rooms/{room}"

    async def kept():
        return (await ben.get(path)).data["retentionDays"]

    assert await kept() == 30
    assert (await ada.put(path, {"retentionDays": 7})).data["retentionDays"] == 7
    assert (await ada.put(path, {"name": "Algebra", "retentionDays": None})).data["retentionDays"] == 7
    assert (await ben.put(path, {"retentionDays": 1})).status == 403
    assert await kept() == 7
    assert (await ada.put(path, {"retentionDays": 0})).data["retentionDays"] is None
    assert (await ben.get(f"{path}/basic-info")).data["retentionDays"] is None
    other = await ada.opens("For ever", retentionDays=0)
    assert (await ada.get(f"/api/study-rooms/{other}")).data["retentionDays"] is None


async def test_those_in_the_room_hear_that_it_keeps_for_less(school):
    ada = await school.person()
    room = await ada.opens()
    chat = await ada.chat(room)
    await ada.put(f"/api/study-rooms/{room}", {"retentionDays": 7})
    assert (await chat.hears("room-updated"))["room"]["retentionDays"] == 7


async def test_no_room_keeps_for_longer_than_the_server():
    async with served(environ={"STUDYHALL_ROOMS_RETENTION_DAYS": "30"}) as school:
        ada = await school.person()
        room = await ada.opens()
        path = f"/api/study-rooms/{room}"
        assert (await ada.get(path)).data["retentionDays"] == 30
        assert (await ada.put(path, {"retentionDays": 7})).data["retentionDays"] == 7
        for refused in (
            await ada.put(path, {"retentionDays": 31}),
            await ada.post("/api/study-rooms", {"name": "Long", "retentionDays": 31}),
        ):
            assert (refused.status, refused.body["code"]) == (422, "invalid_input")
            assert refused.body["errors"] == [
                {
                    "field": "retentionDays",
                    "code": "exceeds_server_limit",
                    "message": "must be at most 30 on this server",
                    "params": {"max": 30},
                }
            ]
        assert (await ada.get(path)).data["retentionDays"] == 7
        assert (await ada.put(path, {"retentionDays": 0})).data["retentionDays"] == 30


def _later(school, seconds):
    """Advance the clock of a server's retention, and return the retention."""
    sweep = school.services.retention
    later = sweep._clock.later
    sweep._clock = SimpleNamespace(now=lambda: later(seconds), later=later)
    return sweep


async def test_a_server_deletes_what_its_rooms_keep_no_longer(tmp_path):
    """The whole of it, but for the waiting: the job that housekeeping runs, on a server's own parts."""
    async with served(f"sqlite:///{tmp_path}/a.db", {"STUDYHALL_ROOMS_RETENTION_DAYS": "3"}) as school:
        ada = await school.person()
        room = await ada.opens()
        await say(ada, room, 1, 2)
        await school.services.retention.expire_messages()
        assert len((await ada.get(f"/api/study-rooms/{room}/messages")).data["messages"]) == 2
        await _later(school, 3 * DAY + 60).expire_messages()
        assert (await ada.get(f"/api/study-rooms/{room}/messages")).data["messages"] == []


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_those_in_the_room_hear_what_expired_and_nobody_else_does(school, transport):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room, other = await ada.opens(retentionDays=1), await ada.opens("For ever")
    await ben.joins(room)
    await say(ada, room, 1, 2)
    await say(ada, other, 1)
    inside, outside = await ada.chat(room, other, transport=transport), await ben.chat(transport=transport)
    await _later(school, DAY + 60).expire_messages()
    assert await inside.hears("messages-expired") == {"roomId": room, "firstSeq": 3}
    assert recovery(await outside.call("join-room", {"roomId": room, "since": 0})) == ([], False, True, 3, 2)
    await say(ada, room, 3)
    assert (await outside.hears("message"))["seq"] == 3
    assert (inside.of("messages-expired"), outside.of("messages-expired")) == ([{"roomId": room, "firstSeq": 3}], [])


async def test_longer_retention_brings_back_no_expired_message(school):
    """They have expired, and housekeeping has yet to delete them."""
    ada = await school.person()
    room = await ada.opens(retentionDays=7)
    storage = school.storage
    author, place = await storage.user(ada.id), await storage.room(room)
    old = clock.SystemClock().later(-8 * DAY)
    await storage.add_messages([msgspec.structs.replace(draft(place, author, "old"), timestamp=old)])
    for days in (30, 0):
        await ada.put(f"/api/study-rooms/{room}", {"retentionDays": days})
    await school.services.retention.expire_messages()
    said = (await ada.get(f"/api/study-rooms/{room}/messages")).data["messages"]
    assert [message["isSystem"] for message in said] == [True, True]
