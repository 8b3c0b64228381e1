"""Pushes to members wherever they are: new messages, how many are present, and what was read elsewhere."""

import asyncio
import time

import pytest

from domain.errors.storage import StorageUnavailable
from runtime.throttle import Throttle
from tests.support.raw_sockets import until


@pytest.fixture
def short_intervals(monkeypatch):
    """Push the next change of a room a tenth of a second after the last one. Named before the server is started."""
    for interval in ("ACTIVITY_INTERVAL", "PRESENCE_INTERVAL"):
        monkeypatch.setattr(f"services.presence.activity.{interval}", 0.1)


@pytest.fixture
async def room(school):
    """Ada's room, with Ben as a member, and Cleo, who is none."""
    ada, ben, cleo = [await school.person(name) for name in ("Ada", "Ben", "Cleo")]
    room = await ada.opens()
    await ben.joins(room)
    return ada, ben, cleo, room


async def say(person, room, *texts):
    for text in texts:
        assert (await person.post(f"/api/study-rooms/{room}/messages", {"content": text})).status == 201


async def test_activity_reaches_every_device_of_every_member(room):
    ada, ben, cleo, room = room
    phone, laptop, own, stranger = [await person.personal() for person in (ben, ben, ada, cleo)]
    await say(ada, room, "one")
    for ear in (phone, laptop, own):
        assert await ear.hears("room-activity") == {"roomId": room, "lastSeq": 1}
    await stranger.settles()
    assert stranger.of("room-activity") == []


async def test_activity_comes_once_a_second_and_the_last_is_never_lost(room):
    ada, ben, _, room = room
    ear = await ben.personal()
    began = time.monotonic()
    await say(ada, room, *map(str, range(1, 21)))
    said = time.monotonic()
    await ear.hears("room-activity", lambda heard: heard["lastSeq"] == 20)
    heard_after = time.monotonic() - said
    numbers = [heard["lastSeq"] for heard in ear.of("room-activity")]
    assert numbers[0] == 1
    assert numbers == sorted(set(numbers))
    assert len(numbers) <= 2 + (time.monotonic() - began)
    assert heard_after < 1.5


@pytest.mark.usefixtures("short_intervals")
async def test_members_that_come_and_go_are_pushed_to_as_long_as_they_are_members(room):
    ada, ben, cleo, room = room
    bens, cleos = await ben.personal(), await cleo.personal()
    await cleo.joins(room)
    assert await cleos.hears("read-updated") == {"roomId": room, "lastRead": 0, "unread": 0}
    await say(ada, room, "one")
    for ear in (bens, cleos):
        await ear.hears("room-activity")
    await ben.post(f"/api/study-rooms/{room}/leave")
    await say(ada, room, "two")
    await cleos.hears("room-activity", lambda heard: heard["lastSeq"] == 2)
    await bens.settles()
    assert [heard["lastSeq"] for heard in bens.of("room-activity")] == [1]


async def test_reading_is_pushed_to_own_devices_only(room):
    ada, ben, _, room = room
    await say(ada, room, "one", "two", "three")
    chat, phone, adas = await ben.chat(room), await ben.personal(), await ada.personal()

    await chat.call("mark-read", {"roomId": room, "seq": 2})
    assert await phone.hears("read-updated") == {"roomId": room, "lastRead": 2, "unread": 1}
    await chat.call("mark-read", {"roomId": room, "seq": 1})
    await chat.call("mark-read", {"roomId": room, "seq": 2})
    await phone.settles()
    assert len(phone.of("read-updated")) == 1

    sent = {"roomId": room, "content": "four", "clientMessageId": "4"}
    await chat.call("send-message", sent)
    last = {"roomId": room, "lastRead": 4, "unread": 0}
    assert await phone.hears("read-updated", lambda heard: heard["lastRead"] == 4) == last
    await say(ada, room, "five")
    await chat.call("send-message", sent)
    await phone.settles()
    assert phone.of("read-updated")[-1] == last | {"unread": 1}
    await adas.settles()
    assert [heard["lastRead"] for heard in adas.of("read-updated")] == [5], "her own message"


async def test_a_new_room_is_known_on_own_devices(room):
    ada, *_ = room
    ear = await ada.personal()
    second = await ada.opens("Algebra")
    assert await ear.hears("read-updated") == {"roomId": second, "lastRead": 0, "unread": 0}


@pytest.mark.usefixtures("short_intervals")
async def test_presence_is_pushed_to_members_elsewhere(room):
    ada, ben, cleo, room = room
    ear, stranger = await ben.personal(), await cleo.personal()
    chat = await ada.chat(room)
    assert await ear.hears("room-presence") == {"roomId": room, "activeMembers": 1}
    await chat.call("leave-room", room)
    assert await ear.hears("room-presence", lambda heard: heard["activeMembers"] == 0)
    await stranger.settles()
    assert stranger.of("room-presence") == []


async def test_list_says_where_each_room_stands(room):
    ada, ben, cleo, room = room
    await say(ada, room, "one", "two")
    mine = (await ben.get("/api/study-rooms")).data["userRooms"][0]
    assert (mine["lastSeq"], mine["unread"]) == (2, 2)
    other = (await cleo.get("/api/study-rooms")).data["discoverRooms"][0]
    assert (other["lastSeq"], other["unread"]) == (None, 0)


async def test_nothing_is_read_where_nobody_listens(school, room, monkeypatch):
    ada, _, _, room = room

    async def member_ids(_):
        raise AssertionError

    monkeypatch.setattr(school.storage, "member_ids", member_ids)
    await say(ada, room, "one")
    assert len(school.services.activity) == 0


# Pacing


TICK = 0.002
"""Seconds: uvloop counts in milliseconds, and by the time at which its turn began."""


class Publisher:
    """Takes what is published, and can fail or be held back."""

    def __init__(self):
        self.published, self.at = [], []
        self.failure = None
        self.is_at_once = False
        self.go = asyncio.Event()
        self.go.set()

    def __call__(self, key, value):
        if not self.is_at_once:
            return self.work(key, value)
        self.published.append((key, value))
        self.at.append(time.monotonic())
        return None

    async def work(self, key, value):
        await self.go.wait()
        failure, self.failure = self.failure, None
        if failure:
            raise failure
        self.published.append((key, value))
        self.at.append(time.monotonic())


async def test_paced_values_of_many_keys_come_in_their_intervals():
    publish = Publisher()
    paced = Throttle(0.05, publish)
    for value in range(5):
        for key in "ab":
            paced.put(key, value)
    await until(lambda: len(publish.published) == 4)
    assert publish.published == [("a", 0), ("b", 0), ("a", 4), ("b", 4)]
    assert publish.at[2] - publish.at[0] >= 0.05 - TICK
    await until(lambda: len(paced) == 0)
    paced.put("a", 9)
    await until(lambda: publish.published[-1] == ("a", 9))
    paced.close()


async def test_paced_value_that_can_be_published_at_once_is():
    publish = Publisher()
    publish.is_at_once = True
    paced = Throttle(0.02, publish)
    for value in (1, 2, 3):
        paced.put("a", value)
    assert publish.published == [("a", 1)]
    await until(lambda: len(publish.published) == 2)
    assert publish.published[1] == ("a", 3)
    assert publish.at[1] - publish.at[0] >= 0.02 - TICK
    await until(lambda: len(paced) == 0)
    paced.close()


async def test_paced_value_put_during_a_publication_is_not_lost():
    publish = Publisher()
    paced = Throttle(0.01, publish)
    publish.go.clear()
    paced.put("a", 1)
    await asyncio.sleep(0)
    paced.put("a", 2)
    publish.go.set()
    await until(lambda: len(publish.published) == 2)
    assert publish.published == [("a", 1), ("a", 2)]
    assert publish.at[1] - publish.at[0] >= 0.01 - TICK
    paced.close()


async def test_paced_value_is_tried_again_after_a_failure():
    publish = Publisher()
    paced = Throttle(0.01, publish)
    publish.failure = StorageUnavailable()
    paced.put("a", 1)
    await until(lambda: publish.published == [("a", 1)])
    paced.close()


async def test_paced_failures_in_a_row_are_logged_once(caplog):
    tried, published, is_down = [], set(), True

    async def publish(key, value):
        tried.append(key)
        if is_down:
            raise StorageUnavailable
        published.add(key)

    paced = Throttle(0.01, publish)
    for key in "ab":
        paced.put(key, 1)
    await until(lambda: len(tried) > 5)
    is_down = False
    await until(lambda: published == {"a", "b"})
    paced.close()
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == ["publishing a is delayed"]


async def test_paced_value_put_after_the_close_is_dropped():
    publish = Publisher()
    paced = Throttle(0.01, publish)
    publish.go.clear()
    paced.put("a", 1)
    await asyncio.sleep(0)
    paced.put("a", 2)
    paced.close()
    paced.put("b", 1)
    publish.go.set()
    await until(lambda: len(paced) == 0)
    assert publish.published == []
    assert not paced._timer.is_scheduled


async def test_paced_failure_at_once_does_not_reach_the_caller(caplog):
    def publish(key, value):
        raise ValueError(key, value)

    paced = Throttle(0.01, publish)
    paced.put("a", 1)
    assert "publishing a failed" in caplog.text
    await until(lambda: len(paced) == 0)
    paced.close()
