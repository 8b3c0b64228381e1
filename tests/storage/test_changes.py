"""Changes: a write is reported once its outcome is known, before its caller continues."""

import asyncio
import inspect
import re

import pytest

from domain.errors.rooms import NotAMember
from domain.errors.storage import OperationRejected, StorageUnavailable
from runtime.cache import Cache
from storage.base import Storage
from storage.base.changes import (
    ChangeFeed,
    MembershipChanged,
    MembershipEnded,
    MessagesAdded,
    Outcome,
    ReadMarkMoved,
    RoomChanged,
    UserChanged,
)
from storage.base.store import LIFECYCLE, Store, changes, declaration, read
from storage.lookups import Lookups
from storage.memory import MemoryStorage
from tests.support.factories import at, draft, make_room, make_user
from tests.support.paths import find_files

COMMITTED, UNKNOWN, SETTLED = Outcome


class Uncertain(MemoryStorage):
    """A memory storage that tells the caller of a read mark something else: `failure`, after it has stored it."""

    settle_time = 5.0
    failure = None
    lost_runs = 0
    loses_connection = False

    async def mark_read(self, room_id, user_id, seq):
        self.lost_runs += self.loses_connection
        unread = await inspect.unwrap(MemoryStorage.mark_read)(self, room_id, user_id, seq)
        if self.failure:
            raise self.failure
        return unread


class Reports(list):
    """Changes and outcomes, as a subscriber was called with them."""

    def __call__(self, changes, outcome):
        self.append((list(changes), outcome))


@pytest.fixture
async def storage():
    storage = Uncertain()
    yield storage
    await storage.close()


@pytest.fixture
async def ada(storage):
    return await make_user(storage, "Ada")


@pytest.fixture
async def room(storage, ada):
    return await make_room(storage, ada)


@pytest.fixture
def reports(storage, room):
    """The reports of all writes after the room was made."""
    reports = Reports()
    storage.change_feed.subscribe(reports)
    return reports


async def test_subscribers_are_called_before_the_caller_continues(storage, ada, room, reports):
    await storage.mark_read(room.id, ada.id, 1)
    assert reports == [([ReadMarkMoved(room.id, ada.id)], COMMITTED)]


async def test_messages_are_reported_with_values_that_only_grow(storage, ada, room, reports):
    await storage.add_messages([draft(room, author, when=when) for author, when in ((ada, 30), (None, 20))])
    assert reports == [([MessagesAdded(room.id, 2, at(30), {ada.id: 1})], COMMITTED)]


async def test_rejected_write_is_not_reported(storage, room, reports):
    stranger = await make_user(storage, "Eve")
    reports.clear()
    with pytest.raises(NotAMember):
        await storage.mark_read(room.id, stranger.id, 1)
    storage.failure = OperationRejected()
    with pytest.raises(OperationRejected):
        await storage.mark_read(room.id, room.created_by, 1)
    assert reports == []


@pytest.mark.parametrize("failure", [NotAMember(), None])
async def test_first_run_that_lost_its_connection_is_unknown_whatever_the_second_returns(storage, ada, room, failure):
    reports = Reports()
    storage.change_feed.subscribe(reports)
    storage.loses_connection, storage.failure = True, failure
    writing = storage.mark_read(room.id, ada.id, 1)
    if failure:
        with pytest.raises(NotAMember):
            await writing
    else:
        await writing
    expected = [ReadMarkMoved(room.id, ada.id)]
    assert reports == [(expected, UNKNOWN)] + [(expected, COMMITTED)] * (not failure)
    await storage.close()
    assert reports[-1] == (expected, SETTLED)


async def test_write_of_a_cancelled_caller_is_reported(storage, ada, room, reports):
    writing = asyncio.create_task(storage.mark_read(room.id, ada.id, 1))
    await asyncio.sleep(0)
    writing.cancel()
    await storage.close()
    assert writing.cancelled()
    assert reports == [([ReadMarkMoved(room.id, ada.id)], COMMITTED)]


@pytest.mark.skips_time
@pytest.mark.parametrize("failure", [StorageUnavailable(), RuntimeError("a fault of the backend")])
async def test_unknown_outcome_is_reported_at_once_and_when_it_has_settled(storage, ada, room, reports, failure):
    storage.failure = failure
    with pytest.raises(type(failure)):
        await storage.mark_read(room.id, ada.id, 1)
    expected = [ReadMarkMoved(room.id, ada.id)]
    assert reports == [(expected, UNKNOWN)]
    await asyncio.sleep(storage.settle_time - 0.1)
    assert len(reports) == 1
    await asyncio.sleep(0.2)
    assert reports == [(expected, UNKNOWN), (expected, SETTLED)]


async def test_backend_that_knows_each_outcome_reports_once(storage, ada, room, reports):
    storage.failure, storage.settle_time = StorageUnavailable(), 0.0
    with pytest.raises(StorageUnavailable):
        await storage.mark_read(room.id, ada.id, 1)
    assert reports == [([ReadMarkMoved(room.id, ada.id)], COMMITTED)]


async def test_closing_settles_what_is_unknown(storage, ada, room, reports):
    storage.failure = StorageUnavailable()
    with pytest.raises(StorageUnavailable):
        await storage.mark_read(room.id, ada.id, 1)
    await storage.close()
    assert [outcome for _, outcome in reports] == [UNKNOWN, SETTLED]


@pytest.mark.skips_time
async def test_nothing_is_cached_while_an_outcome_is_unknown(storage, ada, room):
    lookups = Lookups(storage, Cache())

    async def read_mark():
        return (await lookups.member(room.id, ada.id)).last_read

    await storage.add_messages([draft(room, None) for _ in range(3)])
    assert await read_mark() == 0
    storage.failure = StorageUnavailable()
    for _ in range(2):  # two writes, of which the first settles before the second
        with pytest.raises(StorageUnavailable):
            await storage.mark_read(room.id, ada.id, 1)
        await asyncio.sleep(3)
    unreported = inspect.unwrap(MemoryStorage.mark_read)
    for seq in (2, 3):  # the database commits it late, after a read
        await unreported(storage, room.id, ada.id, seq)
        assert await read_mark() == seq
    storage.failure = None
    other = await make_user(storage, "Bob")
    await storage.add_member(room.id, other.id, at(1))  # a change of the same room ends nothing
    await asyncio.sleep(storage.settle_time)
    assert await read_mark() == 3
    storage.member = None
    assert await read_mark() == 3, "cached again"
    assert lookups._releases == {}


async def test_error_of_a_subscriber_is_logged_and_the_next_is_called(caplog):
    feed, reports = ChangeFeed(), Reports()
    feed.subscribe(lambda _changes, _outcome: 1 / 0)
    feed.subscribe(reports)
    feed.publish([RoomChanged("a room")])
    assert reports == [([RoomChanged("a room")], COMMITTED)]
    assert "a subscriber failed" in caplog.text


async def test_what_changes_nothing_is_not_reported():
    feed, reports = ChangeFeed(), Reports()
    feed.subscribe(reports)
    feed.publish([])
    feed.publish_unknown([], 5.0)
    assert reports == []


async def test_lookups_are_current_when_later_subscribers_are_called(storage, ada, room):
    lookups = Lookups(storage, Cache())
    assert (await lookups.user(ada.id)).last_login is None
    found = []
    storage.change_feed.subscribe(lambda _changes, _outcome: found.append(lookups._cache.find(f"user:{ada.id}")))
    await storage.record_login(ada.id, at(5))
    assert found == [None]


def test_ended_membership_is_a_changed_one():
    assert isinstance(MembershipEnded("room", "user"), MembershipChanged)


# Declarations


class Notes(Store):
    """A store of two methods."""

    @read
    async def note(self, note_id: str) -> str: ...

    @changes(lambda user_id: [UserChanged(user_id)])
    async def set_note(self, user_id: str, note: str = "") -> None: ...


def test_method_that_is_not_declared_cannot_be_made():
    with pytest.raises(TypeError, match=r"Longer\.delete_note is declared neither as a read nor as a write"):

        class Longer(Notes):
            async def delete_note(self, note_id: str) -> None: ...

    with pytest.raises(TypeError, match="forgotten"):

        class Forgetful(MemoryStorage):
            async def forgotten(self) -> None: ...


def test_implementation_of_a_declared_method_needs_no_declaration():
    class NotesInMemory(Notes):
        async def note(self, note_id: str) -> str:
            return note_id

        async def _helper(self) -> None: ...

    assert declaration(NotesInMemory, "note") is None
    assert declaration(NotesInMemory, "set_note").parameters == ["user_id", "note"]


def test_description_takes_only_parameters_of_its_method():
    with pytest.raises(TypeError, match="has no parameter usr_id"):
        changes(lambda usr_id: [UserChanged(usr_id)])(Notes.note)
    with pytest.raises(TypeError, match="has no parameter result"):
        changes(lambda result: [UserChanged(result)])(Notes.note)


def test_every_method_of_the_storage_is_declared():
    methods = Storage.__abstractmethods__ - LIFECYCLE
    assert len(methods) > 100
    for name in methods:
        declaration(Storage, name)


def test_no_backend_calls_its_own_writes():
    """A write within a write would be reported before the outer one has its outcome, and would wait in between."""
    writes = "|".join(name for name in Storage.__abstractmethods__ - LIFECYCLE if declaration(Storage, name))
    files = [file for kind in ("memory", "sqlite", "postgres") for file in find_files(f"storage/{kind}/*.py")]
    called = [f"{file}: {found}" for file in files for found in re.findall(rf"self\.(?:{writes})\(", file.read_text())]
    assert called == []
