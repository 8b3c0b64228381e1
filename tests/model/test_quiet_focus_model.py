"""Quiet focus against a model: any sequence of messages, retries, cancellations and phases keeps every promise."""

import asyncio

from hypothesis import given, strategies as st

from domain.errors.messages import TooManyHeld
from domain.errors.storage import HeldMessagesDue
from domain.messages import HeldMessage, Message
from storage.memory import MemoryStorage
from storage.rules.held_messages import MAX_HELD_PER_SENDER
from tests.support.factories import at, draft, make_room, make_user
from tests.support.quiet_focus import BREAK, start_focus, stop_focus

DURING, AFTER = at(60), at(BREAK)
SENDERS = ("owner", "bob", "cy")

STEPS = st.one_of(
    st.tuples(st.just("send"), st.sampled_from(SENDERS), st.integers(0, 40)),
    st.tuples(st.just("cancel"), st.sampled_from(SENDERS), st.integers(0, 40)),
    st.tuples(st.sampled_from(["focus", "break", "release"]), st.none(), st.none()),
)


class World:
    """A room in memory, and the model: keys in the order in which they must be in the history."""

    async def begin(self):
        self.storage = MemoryStorage()
        await self.storage.open()
        people = [await make_user(self.storage, name) for name in SENDERS]
        self.users = dict(zip(SENDERS, people, strict=True))
        self.room = await make_room(self.storage, *people, quiet_focus="hold")
        self.is_focus = False
        self.history, self.held = [], []

    @property
    def time(self):
        return DURING if self.is_focus else AFTER

    async def take(self, step, sender, number):
        if step == "send":
            await self.send(sender, f"{sender} {number}")
        elif step == "cancel":
            key = f"{sender} {number}"
            cancelled = await self.storage.cancel_held(self.room.id, self.users[sender].id, key)
            assert (cancelled is not None) == (key in self.held)
            self.held = [one for one in self.held if one != key]
        elif step == "release":
            await self.release()
        else:
            self.is_focus = step == "focus"
            await (start_focus if self.is_focus else stop_focus)(self.storage, self.room)

    async def send(self, sender, key):
        new = draft(self.room, self.users[sender], key, key=key)
        [result] = await self.storage.add_messages([new], self.time)
        if isinstance(result, HeldMessagesDue):
            assert not self.is_focus
            assert self.held
            await self.release()
            [result] = await self.storage.add_messages([new], self.time)
        if key in self.history:
            assert isinstance(result, Message)
            assert result.seq == self.history.index(key) + 1
        elif key in self.held:
            assert isinstance(result, HeldMessage)
        elif not self.is_focus or sender == "owner":
            assert isinstance(result, Message)
            self.history.append(key)
            assert result.seq == len(self.history)
        elif sum(one.startswith(sender) for one in self.held) == MAX_HELD_PER_SENDER:
            assert isinstance(result, TooManyHeld)
        else:
            assert isinstance(result, HeldMessage)
            self.held.append(key)

    async def release(self):
        release = await self.storage.release_held(self.room.id, self.time, self.time, 100)
        assert [one.content for one in release.released] == ([] if self.is_focus else self.held)
        if not self.is_focus:
            self.history, self.held = self.history + self.held, []

    async def check(self):
        messages = await self.storage.messages_after(self.room.id, 0, 1000)
        assert [message.seq for message in messages] == list(range(1, len(messages) + 1))
        assert [message.content for message in messages] == self.history
        stored = [await self.storage.held_messages(self.room.id, user.id, self.time) for user in self.users.values()]
        for name, found in zip(SENDERS, stored, strict=True):
            assert [one.message.content for one in found] == [key for key in self.held if key.startswith(name)]


@given(st.lists(STEPS, max_size=60))
def test_messages_are_in_history_once_in_order_of_acks(steps):
    async def run():
        world = World()
        await world.begin()
        for step in steps:
            await world.take(*step)
            await world.check()
        await world.take("break", None, None)
        await world.release()
        await world.check()
        assert world.held == []
        await world.storage.close()

    asyncio.run(run())
