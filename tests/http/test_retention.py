"""Retention: messages expire as their room defines, are deleted in batches, and are never shown afterwards."""

import asyncio
from types import SimpleNamespace

import msgspec
import pytest

from domain import clock
from domain.errors.storage import StorageUnavailable
from domain.events import MessagesExpired
from services.messages.retention import BATCH_SIZE, Retention
from services.messages.writer import MessageWriter
from storage.memory import MemoryStorage
from tests.support.factories import at, draft, make_room, make_user, new_act, new_report, post
from tests.support.served import served
from tests.support.services import service_context

DAY = 24 * 3600


def clock_at(day):
    """A clock that stands still."""
    now = 1_800_000_000 + day * DAY
    return SimpleNamespace(
        now=lambda: clock.format_timestamp(now), later=lambda seconds: clock.format_timestamp(now + seconds)
    )


@pytest.fixture
async def memory():
    storage = MemoryStorage()
    await storage.open()
    return storage


class Naps:
    """Stands for time: every call of the clock is 3 s later, and what was slept is written down."""

    def __init__(self):
        self.slept, self.seconds = [], 0.0

    async def sleep(self, seconds):
        self.slept.append(seconds)

    def monotonic(self):
        self.seconds += 3
        return self.seconds


class Told:
    """Publisher that records the events `messages-expired`."""

    def __init__(self):
        self.expired = []

    def publish(self, event):
        assert isinstance(event, MessagesExpired)
        self.expired.append((event.room_id, event.first_seq))


def retention(storage, day, most_days=None, naps=None, told=None):
    naps = naps or Naps()
    context = service_context(storage, told or Told(), clock=clock_at(day), retention_days=most_days or 0)
    return Retention(context, sleep=naps.sleep, monotonic=naps.monotonic)


async def test_every_room_loses_what_it_keeps_no_longer(memory):
    ada = await make_user(memory)
    rooms = [await make_room(memory, ada, retention_days=1 + number % 3) for number in range(250)]
    for room in rooms:
        await post(memory, *(draft(room, ada, when=day * DAY) for day in (1, 2, 3)))
    await retention(memory, 4.5).expire_messages()
    for number, room in enumerate(rooms):
        kept = [message.seq for message in await memory.messages_after(room.id, 0, 10)]
        assert kept == [[], [3], [2, 3]][number % 3], room.retention_days


async def test_between_two_pieces_it_rests_for_longer_than_they_took(memory):
    ada, naps = await make_user(memory), Naps()
    room = await make_room(memory, ada)
    await post(memory, *(draft(room, ada) for _ in range(2 * BATCH_SIZE + 1)))
    await retention(memory, 2, most_days=1, naps=naps).expire_messages()
    assert naps.slept == [12, 12, 12]  # after two full pieces and the rest of one
    assert await memory.messages_after(room.id, 0, 1) == []


async def test_after_each_piece_the_room_is_told_where_the_rest_begins(memory):
    ada, told = await make_user(memory), Told()
    room = await make_room(memory, ada, retention_days=1)
    other, silent = await make_room(memory, ada, retention_days=1), await make_room(memory, ada, retention_days=3)
    await post(memory, *(draft(room, ada) for _ in range(BATCH_SIZE + 1)), draft(room, ada, when=2 * DAY))
    await post(memory, draft(other, ada), draft(silent, ada))
    await retention(memory, 2, told=told).expire_messages()
    assert sorted(told.expired) == sorted([(room.id, BATCH_SIZE + 1), (room.id, BATCH_SIZE + 2), (other.id, 2)])


async def test_a_room_that_is_deleted_while_its_messages_expire_is_told_nothing(memory):
    ada, told = await make_user(memory), Told()
    room = await make_room(memory, ada, retention_days=1)
    await post(memory, draft(room, ada))
    expire = memory.expire_messages

    async def and_then(*arguments):
        gone = await expire(*arguments)
        await memory.delete_room(room.id)
        return gone

    memory.expire_messages = and_then
    await retention(memory, 2, told=told).expire_messages()
    assert told.expired == []


async def test_keys_of_what_expired_are_forgotten_after_thirty_days(memory):
    ada = await make_user(memory)
    room = await make_room(memory, ada, retention_days=1)
    [first] = await post(memory, draft(room, ada, key="k1"))
    await retention(memory, 2).expire_messages()
    await retention(memory, 32).expire_messages()
    assert (await memory.add_messages([draft(room, ada, key="k1")]))[0].id == first.id
    await retention(memory, 32.001).expire_messages()
    assert (await memory.add_messages([draft(room, ada, key="k1")]))[0].seq == 2


async def test_cut_off_it_goes_on_the_next_time(memory):
    ada = await make_user(memory)
    room = await make_room(memory, ada, retention_days=1)
    await post(memory, *(draft(room, ada) for _ in range(3 * BATCH_SIZE)))

    async def cut(_):
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await Retention(service_context(memory, Told(), clock=clock_at(2)), sleep=cut).expire_messages()
    assert (await memory.room(room.id)).first_seq == BATCH_SIZE + 1
    await retention(memory, 2).expire_messages()
    assert (await memory.room(room.id)).first_seq == 3 * BATCH_SIZE + 1


@pytest.mark.parametrize(
    ("made", "resolved", "day", "kept"), [(0, None, 364, 1), (0, None, 366, 0), (0, 5, 94, 1), (0, 5, 96, 0)]
)
async def test_reports_are_kept_for_90_days_after_their_end_and_for_a_year_at_most(memory, made, resolved, day, kept):
    ada, ben = await make_user(memory), await make_user(memory)
    room = await make_room(memory, ada, ben)
    [message] = await post(memory, draft(room, ben))
    report = await memory.add_report(new_report(message, ada, when=made * DAY))
    if resolved is not None:
        act = new_act(room, ada, "report-resolved", when=resolved * DAY)
        await memory.set_report_status(report.id, "resolved", act)
    await retention(memory, day).purge_reports()
    assert len(await memory.reports(room.id, None, room.created_by, limit=10)) == kept


async def test_deleted_rooms_are_purged_by_pieces(durable, tmp_path):
    storage, naps = durable.make(), Naps()
    await storage.open()
    ada = await make_user(storage)
    room, other = await make_room(storage, ada), await make_room(storage, ada)
    await post(storage, *(draft(room, ada) for _ in range(BATCH_SIZE + 1)), draft(other, ada))
    await storage.delete_room(room.id)
    await retention(storage, 0, naps=naps).purge_rooms()
    assert len(naps.slept) == 3  # two pieces of messages and the room
    assert len(await storage.messages_after(other.id, 0, 10)) == 1
    await storage.close()


# What a client is told


async def _say(person, room, *numbers):
    for number in numbers:
        await person.post(f"/api/study-rooms/{room}/messages", {"content": f"message {number}"})


async def _grow_old(school, room, keep):
    """Expire all messages of the room except the last `keep`."""
    storage = school.storage
    last = (await storage.room(room)).last_seq
    assert await storage.expire_messages(room, clock.format_timestamp(4_000_000_000), 1, last - keep) == last - keep


async def _joined(school, person, room, **wanted):
    chat = await person.chat()
    return await chat.call("join-room", {"roomId": room, **wanted})


def _told(answer):
    return (
        [message["seq"] for message in answer["missed"]],
        *(answer[name] for name in ("recovered", "expired", "firstSeq", "lastSeq")),
    )


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"since": 0}, ([5, 6, 7], False, True, 5, 7)),
        ({"since": 3}, ([5, 6, 7], False, True, 5, 7)),
        ({"since": 4}, ([5, 6, 7], True, False, 5, 7)),
        ({"since": 6}, ([7], True, False, 5, 7)),
        ({"since": 7}, ([], True, False, 5, 7)),
        ({"since": 8}, ([5, 6, 7], False, False, 5, 7)),
        ({"since": 2, "epoch": "another"}, ([5, 6, 7], False, False, 5, 7)),
        ({}, ([], False, False, 5, 7)),
    ],
    ids=str,
)
async def test_who_comes_back_is_told_what_is_left_and_whether_some_is_gone(school, wanted, told):
    ada = await school.person()
    room = await ada.opens()
    await _say(ada, room, *range(1, 8))
    await _grow_old(school, room, keep=3)
    assert _told(await _joined(school, ada, room, **wanted)) == told


@pytest.mark.parametrize(("since", "expired"), [(0, True), (4, True), (5, False)])
async def test_who_comes_back_when_nothing_is_left_is_told_so(school, since, expired):
    ada = await school.person()
    room = await ada.opens()
    await _say(ada, room, *range(1, 6))
    await _grow_old(school, room, keep=0)
    assert _told(await _joined(school, ada, room, since=since)) == ([], not expired, expired, 6, 5)


async def test_with_more_left_than_may_be_caught_up_it_is_the_latest(school):
    ada = await school.person()
    room = await ada.opens()
    storage = school.storage
    author = await storage.user(ada.id)
    place = await storage.room(room)
    await post(storage, *(draft(place, author) for _ in range(310)))
    await _grow_old(school, room, keep=301)
    latest = list(range(261, 311))
    assert _told(await _joined(school, ada, room, since=2)) == (latest, False, True, 10, 310)
    assert _told(await _joined(school, ada, room, since=9)) == (latest, False, False, 10, 310)
    assert _told(await _joined(school, ada, room, since=10)) == (list(range(11, 311)), True, False, 10, 310)


async def test_all_that_is_left_is_caught_up_where_it_may_be(school):
    ada = await school.person()
    room = await ada.opens()
    storage = school.storage
    author, place = await storage.user(ada.id), await storage.room(room)
    await post(storage, *(draft(place, author) for _ in range(310)))
    await _grow_old(school, room, keep=300)
    assert _told(await _joined(school, ada, room, since=2)) == (list(range(11, 311)), False, True, 11, 310)


async def test_what_is_said_while_it_is_read_has_not_expired(school, monkeypatch):
    ada = await school.person()
    room = await ada.opens()
    await _say(ada, room, 1)
    messages = school.services.messages
    read, times = school.storage.messages_after, []

    async def and_then(*arguments, **options):
        found = await read(*arguments, **options)
        if not times:
            times.append(arguments)
            await _say(ada, room, 2)
        return found

    monkeypatch.setattr(school.storage, "messages_after", and_then)
    caught_up = await messages.catch_up(room, 1, None, 1)
    assert [message.seq for message in caught_up.missed] == [2]
    assert (caught_up.recovered, caught_up.expired, caught_up.last_seq) == (True, False, 2)


async def test_nobody_is_told_that_all_is_there_while_it_is_being_deleted(school):
    """The messages are deleted, and the cache has yet to forget the room."""
    ada = await school.person()
    room = await ada.opens()
    await _say(ada, room, 1, 2, 3)
    messages = school.services.messages
    await school.storage.room(room)
    await messages._storage._inner.expire_messages(room, clock.format_timestamp(4_000_000_000), 1, 10)
    caught_up = await messages.catch_up(room, 1, None, 1)
    assert (caught_up.missed, caught_up.recovered, caught_up.expired, caught_up.first_seq) == ([], False, True, 4)


async def test_history_pages_say_where_it_begins(school):
    ada = await school.person()
    room = await ada.opens()
    await _say(ada, room, *range(1, 11))
    await _grow_old(school, room, keep=5)

    async def shown(query):
        data = (await ada.get(f"/api/study-rooms/{room}/messages?{query}")).data
        pagination = data["pagination"]
        assert pagination["firstSeq"] == 6
        return [message["seq"] for message in data["messages"]], pagination["hasMore"]

    assert await shown("limit=3") == ([8, 9, 10], True)
    assert await shown("limit=5") == ([6, 7, 8, 9, 10], False)
    assert await shown("before=8&limit=3") == ([6, 7], False)
    assert await shown("before=8&limit=1") == ([7], True)
    assert await shown("before=6") == ([], False)
    assert await shown("before=2") == ([], False)
    assert await shown("after=0&limit=2") == ([6, 7], True)
    assert await shown("after=8") == ([9, 10], False)
    assert await shown("after=10") == ([], False)
    assert await shown("page=2&limit=3") == ([6, 7], False)
    assert await shown("page=3&limit=3") == ([], False)
    pagination = (await ada.get(f"/api/study-rooms/{room}/messages?limit=3")).data["pagination"]
    assert (pagination["total"], pagination["pages"]) == (5, 2)


async def test_history_of_which_nothing_is_left_ends_where_it_begins(school):
    ada = await school.person()
    room = await ada.opens()
    await _say(ada, room, 1, 2, 3)
    await _grow_old(school, room, keep=0)
    for query in ("", "?after=0", "?before=3", "?page=1"):
        answer = (await ada.get(f"/api/study-rooms/{room}/messages{query}")).data
        pagination = answer["pagination"]
        assert (answer["messages"], pagination["hasMore"], pagination["total"]) == ([], False, 0)
        assert pagination["firstSeq"] == 4


async def test_what_is_gone_counts_nowhere_as_unread_and_is_on_no_dashboard(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens()
    await ben.joins(room)
    await _say(ada, room, *range(1, 6))
    await _grow_old(school, room, keep=2)
    assert (await ben.get("/api/study-rooms")).data["userRooms"][0]["unread"] == 2
    assert (await ben.get(f"/api/study-rooms/{room}")).data["unread"] == 2
    dashboard = (await ben.get("/api/dashboard")).data
    assert (dashboard["unreadTotal"], dashboard["activeRooms"][0]["unread"]) == (2, 2)
    assert [message["seq"] for message in dashboard["recentMessages"]] == [5, 4]
    chat = await ben.chat(room)
    assert (await chat.call("mark-read", {"roomId": room, "seq": 4}))["unread"] == 1


async def test_a_client_that_sends_again_what_is_gone_gets_its_ack_and_nobody_hears_it(school):
    ada = await school.person()
    room = await ada.opens()
    chat = await ada.chat(room)
    said = {"roomId": room, "content": "once", "clientMessageId": "k1"}
    first = (await chat.call("send-message", said))["message"]
    await _grow_old(school, room, keep=0)
    assert (await chat.call("send-message", said)) == {"ok": True, "message": first}
    await _say(ada, room, 2)
    await chat.hears("message", lambda heard: heard["seq"] == 2)
    assert [heard["seq"] for heard in chat.of("message")] == [1, 2]


async def test_what_was_kept_unheard_and_has_expired_brings_nothing_forward(memory):
    """A commit went through unheard of; by the next one some of it is gone, and others have its place in the page."""
    ada = await make_user(memory)
    room = await make_room(memory, ada, retention_days=1)
    announced = []
    writer = MessageWriter(memory, announced.append)
    await writer.write(draft(room, ada, "1", when=0))
    await post(memory, *(draft(room, ada, str(n), when=0) for n in (2, 3, 4)), draft(room, ada, "5", when=5 * DAY))
    await memory.expire_messages(room.id, at(3 * DAY), None, 100)
    await asyncio.gather(*(writer.write(draft(room, ada, str(n), when=5 * DAY)) for n in (6, 7, 8)))
    await writer.close()
    assert [message.content for message in announced] == ["1", "5", "6", "7", "8"]


# Who sets it


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
                {"field": "retentionDays", "message": "must be at most 30 on this server"}
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
        await _say(ada, room, 1, 2)
        await school.services.retention.expire_messages()
        assert len((await ada.get(f"/api/study-rooms/{room}/messages")).data["messages"]) == 2
        await _later(school, 3 * DAY + 60).expire_messages()
        assert (await ada.get(f"/api/study-rooms/{room}/messages")).data["messages"] == []


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_those_in_the_room_hear_what_expired_and_nobody_else_does(school, transport):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room, other = await ada.opens(retentionDays=1), await ada.opens("For ever")
    await ben.joins(room)
    await _say(ada, room, 1, 2)
    await _say(ada, other, 1)
    inside, outside = await ada.chat(room, other, transport=transport), await ben.chat(transport=transport)
    await _later(school, DAY + 60).expire_messages()
    assert await inside.hears("messages-expired") == {"roomId": room, "firstSeq": 3}
    assert _told(await outside.call("join-room", {"roomId": room, "since": 0})) == ([], False, True, 3, 2)
    await _say(ada, room, 3)
    assert (await outside.hears("message"))["seq"] == 3
    assert (inside.of("messages-expired"), outside.of("messages-expired")) == ([{"roomId": room, "firstSeq": 3}], [])


async def test_a_storage_that_is_away_ends_the_run_and_no_more(memory):
    ada, told = await make_user(memory), Told()
    room = await make_room(memory, ada, retention_days=1)
    await post(memory, draft(room, ada))

    async def away(*_):
        raise StorageUnavailable

    working, memory.expire_messages = memory.expire_messages, away
    with pytest.raises(StorageUnavailable):
        await retention(memory, 2, told=told).expire_messages()
    assert told.expired == []
    memory.expire_messages = working
    await retention(memory, 2, told=told).expire_messages()
    assert told.expired == [(room.id, 2)]
    assert await memory.messages_after(room.id, 0, 1) == []


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
