"""Retention service: messages, reports and deleted rooms are deleted in batches, with pauses and events."""

import asyncio
from types import SimpleNamespace

import pytest

from domain import clock
from domain.clock import SystemClock
from domain.errors.storage import StorageUnavailable
from domain.events import MessagesExpired
from services.messages.retention import BATCH_SIZE, Retention
from services.messages.writer import MessageWriter
from services.study.clock import StudyClock
from storage.memory import MemoryStorage
from tests.support.expired_messages import DAY
from tests.support.factories import at, draft, make_room, make_user, new_act, new_report, post
from tests.support.services import service_context


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


async def test_what_was_kept_unheard_and_has_expired_brings_nothing_forward(memory):
    """A commit went through unheard of; by the next one some of it is gone, and others have its place in the page."""
    ada = await make_user(memory)
    room = await make_room(memory, ada, retention_days=1)
    announced = []
    writer = MessageWriter(memory, announced.append, SystemClock(), StudyClock(SystemClock()))
    await writer.write(draft(room, ada, "1", when=0))
    await post(memory, *(draft(room, ada, str(n), when=0) for n in (2, 3, 4)), draft(room, ada, "5", when=5 * DAY))
    await memory.expire_messages(room.id, at(3 * DAY), None, 100)
    await asyncio.gather(*(writer.write(draft(room, ada, str(n), when=5 * DAY)) for n in (6, 7, 8)))
    await writer.close()
    assert [message.content for message in announced] == ["1", "5", "6", "7", "8"]


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
