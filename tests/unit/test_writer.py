"""Group commit: what shares a commit, in which order, and what a failure does to the others."""

import asyncio

import pytest

from domain.clock import SystemClock
from domain.errors.base import RateLimited
from domain.errors.rooms import NotAMember, RoomNotFound
from domain.errors.storage import StorageUnavailable
from runtime.load_shedding import LoadShedder
from services.messages.writer import MessageWriter
from services.study.clock import StudyClock
from storage.memory import MemoryStorage
from tests.support.factories import draft, make_room, make_user, new_room
from tests.support.served import PATIENCE


class SlowStorage(MemoryStorage):
    """A storage whose commits wait until they are let go, and which remembers how large they were."""

    def __init__(self):
        super().__init__()
        self.go = asyncio.Event()
        self.go.set()
        self.batches = []
        self.failure = None

    async def add_messages(self, drafts, study_time=None):
        self.batches.append(len(drafts))
        await self.go.wait()
        if self.failure is not None and self.failure(drafts):
            raise self.failure(drafts)
        return await super().add_messages(drafts, study_time)


@pytest.fixture
async def slow():
    storage = SlowStorage()
    await storage.open()
    yield storage
    await storage.close()


@pytest.fixture
async def hall(slow):
    """A room with Ada in it, a writer, and what it announced."""
    ada = await make_user(slow)
    room = await make_room(slow, ada)
    announced = []
    writer = MessageWriter(slow, announced.append, SystemClock(), StudyClock(SystemClock()), commit_timeout=PATIENCE)
    yield slow, room, ada, writer, announced
    slow.go.set()
    await writer.close()


async def _begun(storage, commits):
    async with asyncio.timeout(5):
        while len(storage.batches) < commits:
            await asyncio.sleep(0)


async def test_alone_a_message_is_committed_at_once(hall):
    storage, room, ada, writer, announced = hall

    message = await writer.write(draft(room, ada))

    assert storage.batches == [1]
    assert announced == [message]


async def test_what_arrives_during_a_commit_shares_the_next(hall):
    storage, room, ada, writer, announced = hall
    storage.go.clear()
    first = asyncio.create_task(writer.write(draft(room, ada, "0")))
    await _begun(storage, 1)
    others = [asyncio.create_task(writer.write(draft(room, ada, str(number)))) for number in range(1, 50)]
    await asyncio.sleep(0)

    storage.go.set()
    messages = await asyncio.gather(first, *others)

    assert storage.batches == [1, 49]
    assert [message.content for message in announced] == [str(number) for number in range(50)]
    assert [message.seq for message in announced] == list(range(1, 51))
    assert messages == announced


async def test_nothing_is_acked_or_announced_before_the_commit(hall):
    storage, room, ada, writer, announced = hall
    storage.go.clear()
    writing = asyncio.create_task(writer.write(draft(room, ada)))
    await _begun(storage, 1)

    assert not writing.done()
    assert announced == []

    storage.go.set()
    await writing
    assert len(announced) == 1


async def test_a_message_is_announced_before_its_writer_hears_of_it(hall):
    _, room, ada, writer, announced = hall

    async def write():
        message = await writer.write(draft(room, ada))
        assert message in announced

    await asyncio.gather(*(write() for _ in range(20)))


async def test_a_refused_message_does_not_fail_its_neighbours(hall):
    storage, room, ada, writer, announced = hall
    stranger = await make_user(storage, "Stranger")

    results = await asyncio.gather(
        writer.write(draft(room, ada, "one")),
        writer.write(draft(room, stranger)),
        writer.write(draft(new_room(ada), ada)),
        writer.write(draft(room, ada, "two")),
        return_exceptions=True,
    )

    assert [type(result) for result in results[1:3]] == [NotAMember, RoomNotFound]
    assert [message.content for message in announced] == ["one", "two"]


async def test_a_message_that_breaks_the_storage_does_not_fail_its_neighbours(hall):
    storage, room, ada, writer, announced = hall
    storage.failure = lambda drafts: ZeroDivisionError() if any(d.content == "poison" for d in drafts) else None

    results = await asyncio.gather(
        *(writer.write(draft(room, ada, content)) for content in ("one", "poison", "two")), return_exceptions=True
    )

    assert [getattr(result, "code", "kept") for result in results] == ["kept", "internal_error", "kept"]
    assert [message.seq for message in announced] == [1, 2]


async def test_a_retry_is_announced_once(hall):
    _, room, ada, writer, announced = hall

    messages = await asyncio.gather(*(writer.write(draft(room, ada, "once", key="k")) for _ in range(20)))

    assert len({message.id for message in messages}) == 1
    assert len(announced) == 1


async def test_while_the_storage_is_down_writers_are_told_and_what_was_not_sent_never_is(hall, monkeypatch):
    storage, room, ada, writer, announced = hall
    monkeypatch.setattr(writer, "_commit_timeout", 0.5)
    storage.go.clear()
    sent = asyncio.create_task(writer.write(draft(room, ada, "sent")))
    await _begun(storage, 1)
    unsent = [asyncio.create_task(writer.write(draft(room, ada, f"unsent {number}"))) for number in range(3)]

    for writing in (sent, *unsent):
        with pytest.raises(StorageUnavailable):
            await writing
    monkeypatch.undo()
    storage.go.set()
    last = await writer.write(draft(room, ada, "last"))

    assert [message.content for message in announced] == ["sent", "last"], (
        "what was sent was kept, and heard, after all"
    )
    assert last.seq == 2


async def test_a_failed_commit_fails_all_that_shared_it_at_once(hall):
    storage, room, ada, writer, announced = hall
    storage.failure = lambda _: StorageUnavailable()

    results = await asyncio.gather(*(writer.write(draft(room, ada)) for _ in range(5)), return_exceptions=True)

    assert {type(result) for result in results} == {StorageUnavailable}
    assert announced == []
    storage.failure = None
    assert (await writer.write(draft(room, ada))).seq == 1


async def test_what_was_kept_by_a_commit_that_seemed_to_fail_is_announced_in_its_place(hall):
    storage, room, ada, writer, announced = hall
    first = await writer.write(draft(room, ada, "first"))
    await _keep_unheard_of(storage, writer, draft(room, ada, "unheard of", key="k"))

    last = await writer.write(draft(room, ada, "last"))

    assert [message.content for message in announced] == ["first", "unheard of", "last"]
    assert [message.seq for message in announced] == [first.seq, 2, last.seq] == [1, 2, 3]


async def test_the_retry_of_a_message_whose_commit_went_unheard_of_announces_it(hall):
    storage, room, ada, writer, announced = hall
    await writer.write(draft(room, ada, "first"))
    await _keep_unheard_of(storage, writer, draft(room, ada, "unheard of", key="k"))

    for _ in range(2):
        assert (await writer.write(draft(room, ada, "unheard of", key="k"))).seq == 2

    assert [message.content for message in announced] == ["first", "unheard of"]


async def test_the_first_message_of_a_room_is_announced_though_its_commit_went_unheard_of(hall):
    storage, room, ada, writer, announced = hall
    await _keep_unheard_of(storage, writer, draft(room, ada, "unheard of"))

    await writer.write(draft(room, ada, "last"))

    assert [(message.seq, message.content) for message in announced] == [(1, "unheard of"), (2, "last")]


async def test_a_retry_of_the_first_message_of_a_room_announces_it_once(hall):
    storage, room, ada, writer, announced = hall
    await _keep_unheard_of(storage, writer, draft(room, ada, "unheard of", key="k"))

    for _ in range(2):
        assert (await writer.write(draft(room, ada, "unheard of", key="k"))).seq == 1

    assert [message.seq for message in announced] == [1]


async def test_a_new_writer_announces_nothing_that_an_earlier_one_kept(hall):
    storage, room, ada, writer, announced = hall
    await writer.write(draft(room, ada, "before", key="k"))
    announced.clear()
    another = MessageWriter(storage, announced.append, SystemClock(), StudyClock(SystemClock()))
    await _keep_unheard_of(storage, another, draft(room, ada, "unheard of"))

    await another.write(draft(room, ada, "before", key="k"))
    await another.write(draft(room, ada, "last"))

    assert [message.content for message in announced] == ["unheard of", "last"]
    await another.close()


async def _keep_unheard_of(storage, writer, unheard_of):
    """Commit, and lose the answer."""
    add_messages = storage.add_messages

    async def lose_the_answer(drafts, study_time=None):
        await add_messages(drafts, study_time)
        raise StorageUnavailable

    storage.add_messages = lose_the_answer
    with pytest.raises(StorageUnavailable):
        await writer.write(unheard_of)
    storage.add_messages = add_messages


async def test_a_cancelled_writer_cancels_nobody_else(hall):
    storage, room, ada, writer, announced = hall
    storage.go.clear()
    writings = [asyncio.create_task(writer.write(draft(room, ada, str(number)))) for number in range(3)]
    await _begun(storage, 1)

    writings[1].cancel()
    storage.go.set()

    results = await asyncio.gather(*writings, return_exceptions=True)
    assert isinstance(results[1], asyncio.CancelledError)
    assert [results[0].seq, results[2].seq] == [1, 3], "the one in between was on its way and is kept"


async def test_too_many_waiting_are_refused_at_once(hall):
    storage, room, ada, writer, _ = hall
    writer.load_shedder = LoadShedder(2, min_queue=3, max_queue=3)
    storage.go.clear()
    first = asyncio.create_task(writer.write(draft(room, ada)))
    await _begun(storage, 1)
    waiting = [asyncio.create_task(writer.write(draft(room, ada))) for _ in range(2)]
    await asyncio.sleep(0)

    with pytest.raises(RateLimited) as refused:
        await writer.write(draft(room, ada))

    assert refused.value.retry_after >= 1
    storage.go.set()
    assert [(await writing).seq for writing in (first, *waiting)] == [1, 2, 3]
    assert (await writer.write(draft(room, ada))).seq == 4


async def test_nothing_counts_as_waiting_that_does_not(hall):
    storage, room, ada, writer, _ = hall
    storage.failure = lambda drafts: ZeroDivisionError() if any(d.content == "poison" for d in drafts) else None
    storage.go.clear()
    writings = [asyncio.create_task(writer.write(draft(room, ada, words))) for words in ("one", "poison", "two")]
    await _begun(storage, 1)
    writings += [asyncio.create_task(writer.write(draft(room, ada))) for _ in range(3)]
    await asyncio.sleep(0)
    writings[-1].cancel()
    storage.go.set()
    await asyncio.gather(*writings, return_exceptions=True)
    await writer.write(draft(room, ada, "last"))

    async with asyncio.timeout(5):
        while writer.load_shedder.waiting:
            await asyncio.sleep(0)
    assert writer.load_shedder.waiting == 0


async def test_closing_commits_what_waits_and_takes_no_more(hall):
    storage, room, ada, writer, announced = hall
    storage.go.clear()
    writings = [asyncio.create_task(writer.write(draft(room, ada))) for _ in range(3)]
    await _begun(storage, 1)
    closing = asyncio.create_task(writer.close())
    await asyncio.sleep(0)

    with pytest.raises(StorageUnavailable):
        await writer.write(draft(room, ada))
    storage.go.set()
    await closing

    assert [(await writing).seq for writing in writings] == [1, 2, 3]
    assert len(announced) == 3
