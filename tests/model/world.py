"""The services, wired as in production, with simulated sockets that deliver events to devices at once."""

import inspect
import itertools
from dataclasses import dataclass, field

from domain import accounts, clock
from domain.account_requests import Registration
from domain.connections import CHAT, Connection
from domain.errors.storage import StorageUnavailable
from publisher.publisher import EventPublisher
from runtime import json_codec
from runtime.cache import Cache
from services.container import Services
from services.messages.retention import Retention
from socket_events import EVENTS
from tests.support.factories import at
from tests.support.services import service_context

PASSWORD = "correct horse battery"
_RUNS = itertools.count(1)


class SetClock:
    """Clock set by the model."""

    def __init__(self):
        self.seconds = 0.0

    def instant(self):
        return clock.Instant(self.seconds, self.now())

    def now(self):
        return at(self.seconds)

    def later(self, seconds):
        return at(self.seconds + seconds)


@dataclass
class View:
    """Users present in a room, according to all presence events that a device received."""

    people: dict
    version: int
    total: int = 0
    """Number of members, from the latest event."""

    def hear(self, event, said):
        assert said.version == self.version + 1, f"{event}: a version is missing, or came twice"
        self.version = said.version
        match event:
            case "user-joined":
                assert said.id not in self.people, "joined twice"
                self.people[said.id] = said.status, said.activity
            case "user-left":
                assert self.people.pop(said.user_id, None), "left without being there"
            case "status-updated":
                now = said.status, said.activity
                assert self.people[said.user_id] != now, "changed to what it was"
                self.people[said.user_id] = now


@dataclass
class Device:
    """A client that loses nothing, as docs/protocol.md describes it."""

    name: str
    connection: Connection | None = None
    shown: dict = field(default_factory=dict)
    """Room id → messages as shown, oldest first."""
    begins: dict = field(default_factory=dict)
    """Room id → number before the first message that it shows, or would show."""
    views: dict = field(default_factory=dict)
    """Room id → `View` of each joined room."""
    strays: list = field(default_factory=list)
    """Events received from rooms that it has not joined."""

    @property
    def user(self):
        return self.name.partition("-")[0]

    def hear(self, event, *arguments):
        said = arguments[0]
        match event:
            case "message":
                self._show(said) if said.room_id in self.views else self.strays.append((event, said))
            case "room-users":
                room = arguments[1]
                people = {user["id"]: (user["status"], user["activity"]) for user in json_codec.loads(bytes(said))}
                self.views[room.room_id] = View(people, room.version)
            case "user-joined" | "user-left" | "status-updated":
                if view := self.views.get(said.room_id):
                    view.hear(event, said)
                else:
                    self.strays.append((event, said))
            case "member-updated" | "member-left":
                if view := self.views.get(said.room_id):
                    view.total = said.total_members
                else:
                    self.strays.append((event, said))
            case "messages-expired":
                if said.room_id in self.views:
                    self._forget(said.room_id, said.first_seq)
                else:
                    self.strays.append((event, said))
            case "room-deleted" | "removed-from-room":
                self.views.pop(said.room_id, None)
                self.shown.pop(said.room_id, None)

    def came_in(self, room, ack):
        assert not (ack.recovered and ack.expired)
        if not ack.recovered or room not in self.shown:
            self.shown[room] = []
            self.begins[room] = ack.missed[0].seq - 1 if ack.missed else ack.last_seq
        self._forget(room, ack.first_seq)
        self.views[room].total = ack.room.total_members
        for message in ack.missed:
            self._show(message)

    def _forget(self, room, first_seq):
        self.shown[room] = [message for message in self.shown[room] if message.seq >= first_seq]
        self.begins[room] = max(self.begins[room], first_seq - 1)

    def _show(self, message):
        shown = self.shown[message.room_id]
        last = shown[-1].seq if shown else self.begins[message.room_id]
        if message.seq > last:
            assert message.seq == last + 1, f"{self.name} has {last} and hears {message.seq}"
            shown.append(message)


class Sockets:
    """Simulates the socket engine."""

    def __init__(self):
        self.on_closed = None
        self._inside = {}
        self._devices = {}

    def open(self, device, user_id, sign_in_id, connection_id):
        connection = device.connection = Connection(connection_id, CHAT)
        connection.user_id, connection.session_id, connection.alive = user_id, sign_in_id, True
        self._devices[connection.id] = device
        return connection

    def close(self, connection, *, on_purpose=False):
        connection.alive, connection.intentional = False, on_purpose
        for inside in self._inside.values():
            inside.pop(connection.id, None)
        device = self._devices.pop(connection.id)
        device.connection = None
        device.views.clear()
        self.on_closed(connection)

    # Called by the publisher

    def join(self, connection, room):
        if connection.alive:
            self._inside.setdefault((connection.namespace, room), {})[connection.id] = connection

    def leave(self, connection_id, namespace, room):
        if self._inside.get((namespace, room), {}).pop(connection_id, None):
            self._devices[connection_id].views.pop(room.removeprefix("room:"), None)

    def clear_room(self, namespace, room):
        self._inside.pop((namespace, room), None)

    def send(self, connection, event, *arguments):
        if connection.id in self._devices:
            self._devices[connection.id].hear(event, *arguments)

    def publish(self, event, *arguments, namespace, room, skip=None, **_):
        for connection_id in list(self._inside.get((namespace, room), ())):
            if connection_id != skip:
                self._devices[connection_id].hear(event, *arguments)

    def has_any_subscriber(self, namespace):
        return any(inside for (where, _), inside in self._inside.items() if where == namespace)

    def has_subscribers(self, namespace, room):
        return bool(self._inside.get((namespace, room)))

    def publish_to_rooms(self, event, *arguments, namespace, rooms, **_):
        inside = {connection_id for room in rooms for connection_id in self._inside.get((namespace, room), ())}
        for connection_id in inside:
            self._devices[connection_id].hear(event, *arguments)

    def disconnect_all(self, room, *, unless=lambda _: False):
        for connection in list(self._inside.get((CHAT, room), {}).values()):
            if not unless(connection):
                self.close(connection, on_purpose=True)


class Fate:
    """What becomes of the next commit of messages: `kept`, `fails`, or `unheard of` (its answer is lost)."""

    def __init__(self, storage):
        """Decide the fate of all commits of a storage, below the layer that reports changes."""
        self.next = "kept"
        decide, kind = self._decide, type(storage)

        class Unsure(kind):
            async def add_messages(self, drafts, study_time=None):
                return await decide(lambda: inspect.unwrap(kind.add_messages)(self, drafts, study_time))

        storage.__class__ = Unsure

    async def _decide(self, commit):
        fate, self.next = self.next, "kept"
        if fate == "fails":
            raise StorageUnavailable
        results = await commit()
        if fate == "unheard of":
            raise StorageUnavailable
        return results


async def _no_rest(_):
    """Simulates the pause between two batches of a deletion."""


class World:
    """A server without HTTP and Socket.IO, on a storage that may contain data."""

    def __init__(self, storage, grace):
        self.clock = SetClock()
        self.storage = storage
        self.fate = Fate(storage)
        self.users = {}
        self._sign_ins = {}
        self._grace = grace
        self._run, self._numbers = next(_RUNS), itertools.count(1)

    def new_id(self):
        return f"{self._run:08x}-0000-7000-8000-{next(self._numbers):012x}"

    async def start(self):
        """Create all objects in memory again, as a new process would."""
        self.sockets = Sockets()
        cache = Cache(ttl=3600)
        context = service_context(
            self.storage,
            EventPublisher(self.sockets),
            clock=self.clock,
            new_id=self.new_id,
            cache=cache,
            grace=self._grace,
        )
        self.services = services = Services(context)
        self.presence, self.access, self.rooms = services.presence, services.access, services.rooms
        self.presence_choices = services.presence_choices
        self.messages, self.invites, self.moderation = services.messages, services.invites, services.moderation
        self.retention = Retention(context, sleep=_no_rest)
        self.sockets.on_closed = self.presence.connection_closed
        await self.presence.start()

    async def stop(self, *, in_order=True):
        """Stop the services; without `in_order`, as a crash would."""
        if in_order:
            await self.services.writer.close()
            await self.presence.close()
        else:
            self.presence._flushing.cancel()
        self.presence._timer.cancel()
        self.services.activity.close()
        self.services.passwords.close()

    async def register(self, name):
        email = f"{name}.{self._run}@example.org"  # the same name again after the account was deleted
        new = Registration(first_name=name, last_name="Okafor", email=email, password=PASSWORD)
        signed_in = await self.services.registrations.register(new, accounts.ClientInfo("Browser", "127.0.0.1"))
        self.users[name] = signed_in.user
        self._sign_ins[name] = signed_in.token

    async def sign_in_again(self, name):
        await self.services.sessions.revoke(self.services.sessions._tokens.decode(self._sign_ins[name]).session_id)
        signed_in = await self.services.sessions.create(self.users[name], accounts.ClientInfo())
        self._sign_ins[name] = signed_in.token

    async def enter(self, device, room):
        """Connect the device if it is not connected, and join the room."""
        if device.connection is None:
            sign_in_id = self.services.sessions._tokens.decode(self._sign_ins[device.user]).session_id
            connection = self.sockets.open(device, self.users[device.user].id, sign_in_id, self.new_id())
            self.services.ctx.publisher.register(connection)
        last = device.shown.get(room, [])
        wanted = {"roomId": room, "since": last[-1].seq if last else 0}
        device.came_in(room, await EVENTS["join-room"].invoke(self.services, device.connection, wanted))

    async def go_out(self, device, room):
        await EVENTS["leave-room"].invoke(self.services, device.connection, room)
