"""Releases of held messages by the writer: published in their place, before what was sent later."""

import pytest

from domain.clock import SystemClock, from_milliseconds, to_milliseconds
from domain.errors.storage import HeldMessagesDue, StorageUnavailable
from domain.messages import HeldMessage
from services.messages.writer import RELEASE_BATCH_SIZE, MessageWriter
from storage.memory import MemoryStorage
from tests.support.factories import at, draft, make_room, make_user, new_act
from tests.support.quiet_focus import BREAK, start_focus
from tests.support.served import PATIENCE


class Time:
    """Study clock of a test; `seconds` as of `at`."""

    def __init__(self, seconds):
        self.seconds = seconds

    def timestamp(self):
        return from_milliseconds(to_milliseconds(at(0)) + int(self.seconds * 1000))


@pytest.fixture
async def memory():
    storage = MemoryStorage()
    await storage.open()
    yield storage
    await storage.close()


@pytest.fixture
async def ada(memory):
    return await make_user(memory)


@pytest.fixture
async def bob(memory):
    return await make_user(memory, "Bob")


@pytest.fixture
async def room(memory, ada, bob):
    """A room of Ada with quiet focus in a focus phase, with Bob."""
    room = await make_room(memory, ada, bob, quiet_focus="hold")
    await start_focus(memory, room)
    return room


class Hall:
    """A writer, its time, and the contents that it announced and refused."""

    def __init__(self, storage):
        self.time, self.announced, self.refused = Time(60), [], []
        self.writer = MessageWriter(
            storage,
            lambda message: self.announced.append((message.seq, message.content)),
            SystemClock(),
            self.time,
            refuse=lambda refused: self.refused.append((refused.message.content, refused.code)),
            commit_timeout=PATIENCE,
        )

    async def hold(self, room, user, *contents):
        for content in contents:
            assert isinstance(await self.writer.enqueue(draft(room, user, content)), HeldMessage)


@pytest.fixture
async def hall(memory):
    hall = Hall(memory)
    yield hall
    await hall.writer.close()


async def test_release_publishes_held_messages_in_order(hall, room, ada, bob):
    await hall.hold(room, bob, "one", "two")
    assert hall.announced == []
    await hall.writer.write(draft(room, ada, "zero"))
    hall.time.seconds = BREAK
    await hall.writer.release(room.id)
    assert hall.announced == [(1, "zero"), (2, "one"), (3, "two")]


async def test_first_message_after_break_follows_held_ones(hall, room, ada, bob):
    await hall.hold(room, bob, "one", "two")
    hall.time.seconds = BREAK
    later = [hall.writer.enqueue(draft(room, user, "later")) for user in (ada, bob)]
    assert [(await one).seq for one in later] == [3, 4]
    assert hall.announced == [(1, "one"), (2, "two"), (3, "later"), (4, "later")]


async def test_release_precedes_drafts_that_wait(hall, room, ada, bob):
    await hall.hold(room, bob, "one")
    hall.time.seconds = BREAK
    later, release = hall.writer.enqueue(draft(room, ada, "later")), hall.writer.release(room.id)
    assert hall.writer.release(room.id) is release
    await release
    assert (await later).seq == 2
    assert hall.announced == [(1, "one"), (2, "later")]


async def test_release_before_break_publishes_nothing(hall, room, bob):
    await hall.hold(room, bob, "one")
    await hall.writer.release(room.id)
    assert hall.announced == []


async def test_large_release_is_complete(hall, memory, room):
    count = 0
    while count <= RELEASE_BATCH_SIZE:
        user = await make_user(memory, f"User {count}")
        await memory.add_member(room.id, user.id, at(1))
        await hall.hold(room, user, *(str(count + number) for number in range(20)))
        count += 20
    hall.time.seconds = BREAK
    await hall.writer.release(room.id)
    assert hall.announced == [(number + 1, str(number)) for number in range(count)]


async def test_refused_message_is_reported(hall, memory, room, ada, bob):
    await hall.hold(room, bob, "rude")
    await memory.mute_member(room.id, bob.id, at(BREAK + 10**9), new_act(room, ada, "member-muted", bob))
    hall.time.seconds = BREAK
    await hall.writer.release(room.id)
    assert (hall.announced, hall.refused) == ([], [("rude", "muted")])


async def test_release_without_answer_is_published_by_the_next(hall, memory, room, bob, monkeypatch):
    await hall.hold(room, bob, "one", "two")
    hall.time.seconds = BREAK
    release_held = memory.release_held

    async def lose_the_answer(*args):
        await release_held(*args)
        raise StorageUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(memory, "release_held", lose_the_answer)
        with pytest.raises(StorageUnavailable):
            await hall.writer.release(room.id)
    assert hall.announced == []
    await hall.writer.release(room.id)
    assert hall.announced == [(1, "one"), (2, "two")]


async def test_release_without_answer_is_published_before_the_next_message(hall, memory, room, ada, bob, monkeypatch):
    await hall.hold(room, bob, "one")
    hall.time.seconds = BREAK
    release_held = memory.release_held

    async def lose_the_answer(*args):
        await release_held(*args)
        raise StorageUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(memory, "release_held", lose_the_answer)
        with pytest.raises(StorageUnavailable):
            await hall.writer.write(draft(room, ada, "rejected"))
    await hall.writer.write(draft(room, ada, "later"))
    assert hall.announced == [(1, "one"), (2, "later")]


async def test_messages_held_anew_each_time_fail_the_draft(hall, memory, room, ada, monkeypatch):
    async def due(drafts, study_time=None):
        return [HeldMessagesDue() for _ in drafts]

    monkeypatch.setattr(memory, "add_messages", due)
    with pytest.raises(StorageUnavailable):
        await hall.writer.write(draft(room, ada))


async def test_closed_writer_releases_nothing(hall, room):
    await hall.writer.close()
    with pytest.raises(StorageUnavailable):
        hall.writer.release(room.id)
