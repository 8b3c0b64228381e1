"""Presence, wired: races between coming in and being put out, and what storage is told."""

import asyncio

import msgspec
import pytest

from domain.clock import Instant
from domain.connections import CHAT, Connection
from domain.errors.rooms import NotAMember, NotPresent, RoomNotFound
from domain.errors.storage import StorageUnavailable
from domain.events import UserLeft
from domain.presence import RoomUser
from services.presence.presence import MAX_CHANGES_PER_TICK, Presence
from services.presence.tracker import PresenceTracker
from storage.memory import MemoryStorage
from tests.support.factories import at, make_room, make_user, make_users
from tests.support.services import service_context


class SetClock:
    """Time that tests set. Timers of the loop do not follow it: tests call `tick`."""

    def __init__(self):
        self.seconds = 0.0

    def instant(self):
        return Instant(self.seconds, self.now())

    def now(self):
        return at(self.seconds)

    def later(self, seconds):
        return at(self.seconds + seconds)


class Ears:
    """Publisher that records events, and the connections subscribed to each room."""

    def __init__(self):
        self.published = []
        self.inside = set()

    def subscribe(self, connection, room_id):
        self.inside.add((connection.id, room_id))

    def unsubscribe(self, connection_ids, room_id):
        self.inside -= {(connection_id, room_id) for connection_id in connection_ids}

    def publish(self, event, **_):
        self.published.append(event)

    def send(self, connection, event):
        pass


class GatedStorage(MemoryStorage):
    """A storage whose answers about members are held back until they are let go, and whose flushes can fail."""

    def __init__(self):
        super().__init__()
        self.asked = asyncio.Event()
        self.go = asyncio.Event()
        self.go.set()
        self.flushed = []
        self.fails = False

    async def member(self, room_id, user_id):
        found = await super().member(room_id, user_id)
        self.asked.set()
        await self.go.wait()
        return found

    async def save_presence(self, rooms):
        if self.fails:
            raise StorageUnavailable
        self.flushed.append(set(rooms))
        await super().save_presence(rooms)


class Hall:
    def __init__(self, storage, ada, ben, room):
        self.storage, self.ada, self.ben, self.room = storage, ada, ben, room
        self.clock, self.ears = SetClock(), Ears()
        self.presence = Presence(service_context(storage, self.ears, clock=self.clock), PresenceTracker(10, 300))

    @staticmethod
    def connection(name="c1"):
        connection = Connection(name, CHAT)
        connection.alive = True
        return connection


@pytest.fixture
async def hall():
    storage = GatedStorage()
    await storage.open()
    ada, ben = await make_user(storage, "Ada"), await make_user(storage, "Ben")
    hall = Hall(storage, ada, ben, await make_room(storage, ada, ben))
    await hall.presence.start()
    yield hall
    storage.fails = False
    await hall.presence.close()
    await storage.close()


async def _while_coming_in(hall, connection, happens):
    """Run an action after the storage has confirmed Ben's membership, before he is present."""
    hall.storage.asked.clear()
    hall.storage.go.clear()
    entering = asyncio.create_task(hall.presence.join(connection, hall.ben, hall.room.id))
    await hall.storage.asked.wait()
    await happens()
    hall.storage.go.set()
    return entering


async def test_who_is_removed_while_coming_in_stays_outside(hall):
    async def remove():
        await hall.storage.remove_member(hall.room.id, hall.ben.id)
        hall.presence.remove(hall.room.id, hall.ben.id)

    entering = await _while_coming_in(hall, hall.connection(), remove)

    with pytest.raises(NotAMember):
        await entering
    assert hall.ears.inside == set()
    assert hall.presence.users(hall.room.id) == []


async def test_who_comes_into_a_room_while_it_is_deleted_stays_outside(hall):
    async def delete():
        await hall.storage.delete_room(hall.room.id)
        hall.presence.close_room(hall.room.id)

    entering = await _while_coming_in(hall, hall.connection(), delete)

    with pytest.raises(RoomNotFound):
        await entering
    assert hall.ears.inside == set()


async def test_a_connection_that_goes_away_while_coming_in_leaves_no_ghost(hall):
    connection = hall.connection()

    async def go_away():
        connection.alive = False
        hall.presence.connection_closed(connection)

    entering = await _while_coming_in(hall, connection, go_away)

    with pytest.raises(NotPresent):
        await entering
    assert hall.presence.users(hall.room.id) == []


async def test_whoever_comes_in_is_shown_what_is_so(hall):
    async def assert_shown():
        entered = await hall.presence.join(hall.connection("newcomer"), hall.ada, hall.room.id)
        assert msgspec.json.decode(entered.users, type=list[RoomUser]) == hall.presence.users(hall.room.id)

    await hall.presence.join(hall.connection(), hall.ben, hall.room.id)
    await assert_shown()
    hall.clock.seconds = 5
    hall.presence.touch(hall.room.id, hall.ben.id)
    await assert_shown()
    for seconds, fields in ((5, {"chosen_status": "busy"}), (6, {"activity": "Sheet 4"}), (7, {"activity": None})):
        hall.clock.seconds = seconds
        await hall.storage.set_presence(hall.room.id, hall.ben.id, fields, at(seconds))
        await hall.presence.show_choice(hall.room.id, hall.ben.id, is_input=True)
        await assert_shown()
    hall.presence.profile_changed(await hall.storage.change_user(hall.ben.id, {"first_name": "Benjamin"}))
    await assert_shown()
    hall.clock.seconds = 400
    hall.presence.tick()
    await assert_shown()
    hall.presence.remove(hall.room.id, hall.ben.id)
    await assert_shown()
    assert [user.id for user in hall.presence.users(hall.room.id)] == [hall.ada.id]


async def test_what_changed_is_flushed_in_one_batch_and_once(hall):
    other = await make_room(hall.storage, hall.ben)
    await hall.presence.join(hall.connection("c1"), hall.ben, hall.room.id)
    await hall.presence.join(hall.connection("c1"), hall.ben, other.id)
    await hall.presence.join(hall.connection("c2"), hall.ada, hall.room.id)

    await hall.presence.flush()
    await hall.presence.flush()

    assert hall.storage.flushed == [{hall.room.id, other.id}]
    assert {person.user_id for person in await hall.storage.presence(hall.room.id)} == {hall.ada.id, hall.ben.id}


async def test_a_flush_that_failed_is_made_up_for_by_the_next(hall):
    await hall.presence.join(hall.connection(), hall.ben, hall.room.id)
    hall.storage.fails = True
    with pytest.raises(StorageUnavailable):
        await hall.presence.flush()
    hall.storage.fails = False

    await hall.presence.flush()

    assert [person.user_id for person in await hall.storage.presence(hall.room.id)] == [hall.ben.id]


async def test_the_end_leaves_nobody_in_storage_but_when_they_were_last_active(hall):
    hall.clock.seconds = 50
    await hall.presence.join(hall.connection(), hall.ben, hall.room.id)

    await hall.presence.close()

    assert await hall.storage.presence(hall.room.id) == []
    assert (await hall.storage.room(hall.room.id)).last_active == at(50)


async def test_the_start_clears_what_a_dead_process_left(hall):
    await hall.presence.join(hall.connection(), hall.ben, hall.room.id)
    await hall.presence.flush()
    successor = Presence(service_context(hall.storage, Ears(), clock=hall.clock), PresenceTracker(10, 300))

    await successor.start()

    assert await hall.storage.presence(hall.room.id) == []
    await successor.close()


async def test_a_grace_that_is_over_is_told_at_the_next_tick(hall):
    connection = hall.connection()
    await hall.presence.join(connection, hall.ben, hall.room.id)
    hall.presence.connection_closed(connection)

    hall.clock.seconds = 9.9
    hall.presence.tick()
    assert not [event for event in hall.ears.published if isinstance(event, UserLeft)]
    hall.clock.seconds = 10
    hall.presence.tick()

    assert hall.ears.published[-1] == UserLeft(hall.ben.id, hall.room.id, active_members=0, version=2)


async def test_crowd_that_becomes_idle_together_is_published_in_parts(hall):
    users = await make_users(hall.storage, 2 * MAX_CHANGES_PER_TICK + 1)
    for number, user in enumerate(users):
        await hall.storage.add_member(hall.room.id, user.id, at(0))
        await hall.presence.join(hall.connection(f"c{number}"), user, hall.room.id)
    hall.ears.published.clear()
    hall.clock.seconds = 300

    parts = []
    for _ in range(4):
        before = len(hall.ears.published)
        hall.presence.tick()
        parts.append(len(hall.ears.published) - before)

    assert parts == [MAX_CHANGES_PER_TICK, MAX_CHANGES_PER_TICK, 1, 0]
    assert {event.user_id for event in hall.ears.published} == {user.id for user in users}
    assert [event.version for event in hall.ears.published] == list(range(len(users) + 1, 2 * len(users) + 1))
