"""All services together against a simple model, on every storage, behind the cache as in production.

Hypothesis runs operations of users, devices, networks and processes in any order. After each step, every device must
show what the model expects. Devices follow the protocol's rules for a client that loses nothing.
"""

import asyncio
import os
from contextlib import closing
from functools import partial

import pytest
from hypothesis import HealthCheck, Phase, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from domain.account_requests import AccountDeletion
from domain.accounts import DELETED_NAME
from domain.errors.base import AppError
from domain.errors.rooms import RoomHidden, RoomNotFound
from domain.messages import HistoryQuery
from domain.presence import PresenceUpdate
from domain.rooms import NewInvite, NewRoom, RoomChange
from runtime import event_loop
from tests.conftest import BACKENDS, make_backend
from tests.model.model import DAY, GRACE, Model
from tests.model.world import PASSWORD, Device, World

pytestmark = pytest.mark.slow

PEOPLE, PLACES = ("ada", "bob", "cy"), ("maths", "music")
USERS = st.sampled_from(PEOPLE)
ROOMS = st.sampled_from(["maths", "maths", "maths", "music"])  # mostly the same one, so that operations interact
DEVICES = ("ada-1", "ada-2", "bob-1", "cy-1")
KEYS = st.sampled_from([None, "k1", "k2"])
FATES = st.sampled_from(["kept", "unheard of", "kept", "fails"])
RUNS = {"memory": 100, "sqlite": 70, "postgres": 70}


class Hall(RuleBasedStateMachine):
    """Three users, four devices, two rooms."""

    def __init__(self, loop, storage):
        super().__init__()
        self.loop = loop
        self.model = Model()
        self.world = World(storage, GRACE)
        self.has_started = False
        self.devices = {name: Device(name) for name in DEVICES}
        self.room_ids = {}
        self.were = {}  # the members of each room before the last step
        self.invites = []  # each as the model has it, and as it was answered
        self.said = 0

    def do(self, work):
        return self.loop.run_until_complete(work)

    def both(self, expected, work):
        """Run an operation on the model and on the services, and compare the results; errors by their kind."""
        wanted, got = self.outcomes(expected, work)
        assert got == wanted, f"the model says {wanted}, the services {got}"
        return not (isinstance(wanted, type) and issubclass(wanted, AppError))

    def outcomes(self, expected, work):
        """Return the results of the model and of the services; an error as its kind."""
        return _outcome(expected), _outcome(lambda: self.do(work))

    def user(self, name):
        return self.world.users[name]

    def words(self):
        self.said += 1
        return f"word {self.said}"

    @initialize()
    def begin(self):
        self.do(self.world.start())
        self.has_started = True
        for user in PEOPLE:
            self.register(user)
        self.open_room("ada", private=False, capacity=None)
        for user in ("bob", "cy"):
            self.join(user, "maths")
        for device in DEVICES:
            self.enter(device, "maths")

    def register(self, user):
        self.do(self.world.register(user))
        self.model.ids[user] = self.user(user).id

    # Rooms and members

    @precondition(lambda self: len(self.model.rooms) < len(PLACES))
    @rule(user=USERS, private=st.booleans(), capacity=st.sampled_from([None, 2]))
    def open_room(self, user, private, capacity):
        place = next(place for place in PLACES if place not in self.model.rooms)
        self.model.open(user, place, private=private, capacity=capacity)
        new = NewRoom(name=place, visibility="private" if private else "public", capacity=capacity)
        self.room_ids[place] = self.do(self.world.rooms.create(new, self.user(user))).id

    def room_id(self, room):
        return self.room_ids.get(room, "00000000-0000-7000-8000-000000000000")

    @rule(user=USERS, room=ROOMS)
    def join(self, user, room):
        async def join():
            return (await self.world.services.memberships.join(self.room_id(room), self.user(user))).role

        self.both(lambda: self.model.join(user, room), join())

    @rule(user=USERS, room=ROOMS)
    def leave(self, user, room):
        async def leave():
            await self.world.services.memberships.leave(self.room_id(room), self.user(user))

        self.both(lambda: self.model.leave(user, room), leave())

    @rule(user=USERS, room=ROOMS, heir=USERS)
    def hand_over(self, user, room, heir):
        async def hand_over():
            await self.world.rooms.change(self.room_id(room), RoomChange(owner_id=self.user(heir).id), self.user(user))

        self.both(lambda: self.model.hand_over(user, room, heir), hand_over())

    @rule(user=USERS, room=ROOMS, private=st.booleans(), capacity=st.sampled_from([None, 1, 2, 3]))
    def change(self, user, room, private, capacity):
        async def change():
            wanted = RoomChange(visibility="private" if private else "public", capacity=capacity)
            await self.world.rooms.change(self.room_id(room), wanted, self.user(user))

        self.both(lambda: self.model.change(user, room, private=private, capacity=capacity), change())

    @rule(user=USERS, room=ROOMS, days=st.sampled_from([0, 1, 2]))
    def keep_for(self, user, room, days):
        async def keep_for():
            await self.world.rooms.change(self.room_id(room), RoomChange(retention_days=days), self.user(user))

        self.both(lambda: self.model.keep_for(user, room, days), keep_for())

    @rule(days=st.sampled_from([0.5, 1, 2, 30]))
    def days_pass(self, days):
        """Advance the clock, and run the deletion of expired messages and rooms."""
        self.a_while_passes(days * DAY)
        self.model.expire()
        self.do(self.world.retention.expire_messages())
        self.do(self.world.retention.purge_rooms())

    @rule(user=USERS, room=ROOMS)
    def delete_room(self, user, room):
        self.both(lambda: self.model.delete(user, room), self.world.rooms.delete(self.room_id(room), self.user(user)))

    @rule(user=USERS)
    def delete_account(self, user):
        """Delete an account; another account then has the same name."""
        self.model.delete_account(user)
        self.do(
            self.world.services.account_deletions.delete(
                AccountDeletion(current_password=PASSWORD), self.user(user), "127.0.0.1"
            )
        )
        for device in self.devices.values():
            if device.user == user:
                assert device.connection is None, "a socket of somebody who is gone"
                device.shown.clear()
        self.register(user)

    # Admission and moderation

    @rule(user=USERS, room=ROOMS, uses=st.sampled_from([None, 1, 2]), seconds=st.sampled_from([60, DAY]))
    def invite(self, user, room, uses, seconds):
        async def invite():
            new = NewInvite(expires_in=seconds, uses=uses)
            return await self.world.invites.create(self.room_id(room), new, self.user(user))

        wanted, got = self.outcomes(lambda: self.model.invite(user, room, uses, seconds), invite())
        if isinstance(wanted, type):
            assert got == wanted
        else:
            self.invites.append((wanted, got))

    @precondition(lambda self: self.invites)
    @rule(data=st.data(), user=USERS)
    def accept(self, data, user):
        wanted, kept = data.draw(st.sampled_from(self.invites), label="invite")

        async def accept():
            return (await self.world.invites.accept(kept.code, self.user(user))).role

        self.both(lambda: self.model.accept(user, wanted), accept())

    @precondition(lambda self: self.invites)
    @rule(data=st.data(), user=USERS, room=ROOMS)
    def revoke(self, data, user, room):
        wanted, kept = data.draw(st.sampled_from(self.invites), label="invite")
        self.both(
            lambda: self.model.revoke(user, room, wanted),
            self.world.invites.revoke(self.room_id(room), kept.id, self.user(user)),
        )

    @rule(user=USERS, room=ROOMS, other=USERS, role=st.sampled_from(["moderator", "moderator", "member"]))
    def set_role(self, user, room, other, role):
        async def set_role():
            await self.world.moderation.set_role(self.room_id(room), self.user(other).id, role, self.user(user))

        self.both(lambda: self.model.set_role(user, room, other, role), set_role())

    @rule(user=USERS, room=ROOMS, other=USERS)
    def remove(self, user, room, other):
        self.both(
            lambda: self.model.remove(user, room, other),
            self.world.moderation.remove(self.room_id(room), self.user(other).id, self.user(user)),
        )

    @rule(user=USERS, room=ROOMS, other=USERS)
    def ban(self, user, room, other):
        async def ban():
            await self.world.moderation.ban(self.room_id(room), self.user(other).id, "", self.user(user))

        self.both(lambda: self.model.ban(user, room, other), ban())

    @rule(user=USERS, room=ROOMS, other=USERS)
    def unban(self, user, room, other):
        self.both(
            lambda: self.model.unban(user, room, other),
            self.world.moderation.unban(self.room_id(room), self.user(other).id, self.user(user)),
        )

    @rule(user=USERS, room=ROOMS, other=USERS, seconds=st.sampled_from([1, GRACE, DAY]))
    def mute(self, user, room, other, seconds):
        async def mute():
            await self.world.moderation.mute(self.room_id(room), self.user(other).id, seconds, self.user(user))

        self.both(lambda: self.model.mute(user, room, other, seconds), mute())

    @rule(user=USERS, room=ROOMS, other=USERS)
    def unmute(self, user, room, other):
        self.both(
            lambda: self.model.unmute(user, room, other),
            self.world.moderation.unmute(self.room_id(room), self.user(other).id, self.user(user)),
        )

    # Messages

    @rule(user=USERS, room=ROOMS, key=KEYS, fate=FATES)
    def post(self, user, room, key, fate):
        words = self.words()
        self.world.fate.next = fate
        self.both(lambda: self.model.post(user, room, key, words, fate), self._post(user, room, key, words))
        self.world.fate.next = "kept"

    @rule(lines=st.lists(st.tuples(USERS, ROOMS, KEYS), min_size=2, max_size=6))
    def talk(self, lines):
        """Send concurrently: messages are stored in the order of the requests."""
        said = [(*line, self.words()) for line in lines]

        def in_turn():
            return [_outcome(lambda line=line: self.model.post(*line)) for line in said]

        async def at_once():
            outcomes = await asyncio.gather(*(self._post(*line) for line in said), return_exceptions=True)
            return [told(o) if isinstance(o, AppError) else o for o in outcomes]

        self.both(in_turn, at_once())

    async def _post(self, user, room, key, words):
        message = await self.world.messages.post(self.room_id(room), words, key, self.user(user))
        return message.seq, message.content

    @rule(user=USERS, room=ROOMS)
    def post_system(self, user, room):
        words = self.words()

        async def post():
            return (await self.world.messages.post_system(self.room_id(room), words, self.user(user))).seq

        self.both(lambda: self.model.post_system(user, room, words), post())

    @rule(user=USERS, room=ROOMS, seq=st.integers(0, 8))
    def mark_read(self, user, room, seq):
        self.both(
            lambda: self.model.mark_read(user, room, seq),
            self.world.messages.mark_read(self.room_id(room), seq, self.user(user)),
        )

    # Connections

    @rule(device=st.sampled_from(DEVICES), room=ROOMS)
    def enter(self, device, room):
        user = self.devices[device].user
        self.both(
            lambda: self.model.enter(user, room, device), self.world.enter(self.devices[device], self.room_id(room))
        )

    @property
    def connected(self):
        return [name for name, device in self.devices.items() if device.connection]

    @precondition(lambda self: self.connected)
    @rule(data=st.data(), room=ROOMS)
    def go_out(self, data, room):
        device = data.draw(st.sampled_from(self.connected), label="device")
        user = self.devices[device].user
        self.both(
            lambda: self.model.go_out(user, room, device), self.world.go_out(self.devices[device], self.room_id(room))
        )

    @precondition(lambda self: self.connected)
    @rule(data=st.data())
    def drop(self, data):
        device = data.draw(st.sampled_from(self.connected), label="device")
        self.model.drop(self.devices[device].user, device)
        self.in_loop(self.world.sockets.close, self.devices[device].connection)

    @precondition(lambda self: self.connected)
    @rule(data=st.data())
    def disconnect(self, data):
        """Disconnect a device on purpose."""
        device = data.draw(st.sampled_from(self.connected), label="device")
        self.model.disconnect(self.devices[device].user, device)
        self.in_loop(partial(self.world.sockets.close, on_purpose=True), self.devices[device].connection)

    def in_loop(self, act, *arguments):
        async def run():
            act(*arguments)

        self.do(run())

    @rule(user=USERS, room=ROOMS)
    def step_out(self, user, room):
        """Leave the room with all devices; the user stays a member."""

        async def step_out():
            await self.world.access.require_member(self.room_id(room), self.user(user))
            self.world.presence.remove(self.room_id(room), self.user(user).id)

        self.both(lambda: self.model.step_out(user, room), step_out())

    @rule(
        user=USERS,
        room=ROOMS,
        status=st.sampled_from(["active", "automatic", "away", "busy", None]),
        activity=st.lists(st.sampled_from([None, "Sheet 4", "Essay plan"]), max_size=1),
    )
    def set_status(self, user, room, status, activity):
        update = PresenceUpdate(status, *activity)
        doing = self.world.presence_choices.update(self.room_id(room), update, self.user(user))
        self.both(lambda: self.model.set_status(user, room, status, *activity), doing)

    @rule(user=USERS, room=ROOMS, whom=USERS)
    def clear_activity(self, user, room, whom):
        doing = self.world.presence_choices.clear_activity(self.room_id(room), self.user(whom).id, self.user(user))
        self.both(lambda: self.model.clear_activity(user, room, whom), doing)

    @rule(user=USERS)
    def sign_in_again(self, user):
        for device in self.devices.values():
            if device.user == user and device.connection:
                self.model.disconnect(user, device.name)
        self.do(self.world.sign_in_again(user))
        assert not any(device.connection for device in self.devices.values() if device.user == user)

    @rule(seconds=st.sampled_from([1, 4, GRACE]))
    def a_while_passes(self, seconds):
        self.model.pass_time(seconds)
        self.world.clock.seconds = self.model.now
        self.in_loop(self.world.presence.tick)

    @rule(in_order=st.booleans(), all_come_back=st.booleans())
    def restart(self, in_order, all_come_back):
        """Restart the process: all state in memory is lost."""
        were_in = [
            (d, room) for room in self.model.rooms for d in DEVICES if self.room_id(room) in self.devices[d].views
        ]
        self.model.restart()
        self.do(self.world.stop(in_order=in_order))
        for device in self.devices.values():
            device.connection = None
            device.views.clear()
        self.do(self.world.start())
        for room in self.model.rooms:
            assert self.do(self.world.storage.presence(self.room_id(room))) == []
        for device, room in were_in if all_come_back else ():
            self.enter(device, room)

    def is_of_member(self, device, stray):
        """Return True for a mute, which its member and moderators receive on all devices."""
        event, said = stray
        places = [place for place, room_id in self.room_ids.items() if room_id == said.room_id]
        now = self.model.rooms
        members = {
            user for place in places for user in (*self.were.get(place, ()), *getattr(now.get(place), "members", ()))
        }
        return event == "member-updated" and device.user in members

    # Invariants

    @invariant()
    def every_device_is_right(self):
        for device in self.devices.values():
            assert all(self.is_of_member(device, stray) for stray in device.strays), "heard in a room that it is not in"
            device.strays.clear()
        self.were = {place: set(room.members) for place, room in self.model.rooms.items()}
        for place, room in self.model.rooms.items():
            there = {self.model.ids[user]: (person.status, person.activity) for user, person in room.people.items()}
            users = self.world.presence.users(self.room_id(place))
            assert [(user.id, (user.status, user.activity)) for user in users] == list(there.items())
            for device in self.devices.values():
                inside = device.user in room.people and device.name in room.people[device.user].devices
                assert inside == (self.room_id(place) in device.views), f"{device.name} in {place}"
                if inside:
                    assert device.views[self.room_id(place)].people == there
                    assert device.views[self.room_id(place)].total == len(room.members)
                    self._has_heard_all(device, place, room)

    def _has_heard_all(self, device, place, room):
        shown = {message.seq: message.content for message in device.shown[self.room_id(place)]}
        said = {seq: {said.content, said.heard} for seq, said in enumerate(room.messages, start=1)}
        first = max(room.first, room.members[device.user].visible)
        begin = min(shown, default=first)
        assert begin == first, f"{device.name} shows what is not kept of {place}, or not theirs, or not all that is"
        assert set(shown) == set(range(begin, begin + len(shown)))
        assert all(content in said[seq] for seq, content in shown.items()), f"{device.name} shows what was not said"
        assert begin + len(shown) > room.announced, f"{device.name} did not hear all that was said in {place}"

    @rule()
    def storage_has_it_all(self):
        self.do(self.world.presence.flush())
        for place, room in self.model.rooms.items():
            self._room_is_kept(place, room)
        for user in PEOPLE:
            views = self.do(self.world.rooms.list_for_user(self.user(user)))
            assert {v.id: (v.role, v.unread, v.total_members, v.active_members) for v in views} == {
                self.room_id(place): (mine.role, room.unread(mine), len(room.members), len(room.people))
                for place, room in self.model.rooms.items()
                if (mine := room.members.get(user))
            }

    def _room_is_kept(self, place, room):
        storage, room_id = self.world.storage, self.room_id(place)
        names = {self.model.ids[user]: f"{user} Okafor" for user in PEOPLE}
        kept = self.do(storage.messages_after(room_id, 0, 1000))
        assert [(m.seq, m.content, m.sender and m.sender.name) for m in kept] == [
            (seq, said.content, said.sender and names.get(said.sender, DELETED_NAME))
            for seq, said in enumerate(room.messages, start=1)
            if not said.is_gone
        ]
        assert self.do(storage.room(room_id)).first_seq == room.first
        assert [m.id for m in self.do(storage.members(room_id, 10))] == [self.model.ids[user] for user in room.listed]
        for user, mine in room.members.items():
            history = self.do(self.world.messages.history(room_id, HistoryQuery(limit=100), self.user(user)))
            assert {m.seq for m in history.messages} == {m.seq for m in kept if m.seq >= mine.visible}
        self._access_is_kept(room_id, room)
        assert {p.user_id: p.status for p in self.do(storage.presence(room_id))} == {
            self.model.ids[user]: person.status for user, person in room.people.items()
        }

    def _access_is_kept(self, room_id, room):
        storage = self.world.storage
        working = {kept.code: wanted.used for wanted, kept in self.invites if wanted in room.invites}
        kept = {invite.code: invite.used for invite in self.do(storage.invites(room_id, self.world.clock.now()))}
        assert kept == {
            kept.code: wanted.used for wanted, kept in self.invites if kept.code in working and self.model.works(wanted)
        }
        assert {ban.user.id for ban in self.do(storage.bans(room_id, 10))} == {self.model.ids[u] for u in room.bans}
        muted = {m.id for m in self.do(self._details(room_id, room)).members if m.muted_until}
        assert muted == {self.model.ids[user] for user in room.members if self.model.is_muted(user, room)}
        log = [
            (entry.action, entry.actor.id, entry.target and entry.target.id)
            for entry in self.do(storage.audit_log(room_id, limit=1000))[::-1]
        ]
        assert log == room.log

    async def _details(self, room_id, room):
        return await self.world.rooms.details(room_id, self.user(room.owner))

    def teardown(self):
        if self.has_started:
            self.storage_has_it_all()
            self.do(self.world.stop())


def told(failure):
    """Return the kind of an error as a user receives it: a hidden room is reported as missing."""
    return RoomNotFound if isinstance(failure, RoomHidden) else type(failure)


def _outcome(work):
    try:
        return work()
    except AppError as failure:
        return told(failure)


@pytest.mark.parametrize("name", BACKENDS)
def test_the_services_do_as_the_model(name, request, tmp_path):
    backend = make_backend(name, request, tmp_path)
    with closing(event_loop.new_event_loop()) as loop:
        storage = backend.make()
        loop.run_until_complete(storage.open())
        try:
            run_state_machine_as_test(
                lambda: Hall(loop, storage),
                settings=settings(
                    max_examples=RUNS[name],
                    stateful_step_count=30,
                    deadline=None,
                    derandomize=bool(os.environ.get("CI")),
                    suppress_health_check=list(HealthCheck),
                    phases=set(Phase) - {Phase.explain},
                ),
            )
        finally:
            loop.run_until_complete(storage.close())
