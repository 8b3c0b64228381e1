"""Timers of one server process, with a clock that is that of the loop, and without connections."""

import asyncio

import msgspec

from domain.accounts import User
from domain.clock import Instant, from_milliseconds
from domain.study.timer import TimerChange
from services.access import RoomAccess
from services.study.clock import StudyClock
from services.study.timers import Timers
from tests.support.services import service_context

BEGAN = 1_800_000_000_000
PLAN = {"focus": 60, "shortBreak": 30, "longBreak": 40, "rounds": 2}
CYCLE = 190.0
"""Seconds of a cycle of `PLAN`."""


class LoopClock:
    """The clock of the loop, which skips time."""

    def __init__(self, loop):
        self._loop = loop
        self.set_by = 0.0
        """Seconds by which the machine's clock was set."""

    def instant(self):
        return Instant(self._loop.time(), self.now())

    def now(self):
        return self.later(0)

    def later(self, seconds):
        return from_milliseconds(BEGAN + round((self._loop.time() + self.set_by + seconds) * 1000))


class Present(dict):
    """Numbers of present users by room, instead of presence."""

    def active_members(self, room_id):
        return self.get(room_id, 0)


class Published(list):
    """Timers that were published, with the milliseconds at which they were."""

    def publish(self, event):
        self.append(event.timer)

    def push(self, user_id, event):
        """Ignore what is for one user."""


class Process:
    """Timers of one server process.

    Attributes:
        published: the timers that it published.
        phases: the phases before and after each change, as subscribers were told.
    """

    def __init__(self, storage):
        clock = self.machine = LoopClock(asyncio.get_running_loop())
        self.published, self.present, self.phases = Published(), Present(), []
        ctx = self.ctx = service_context(storage, self.published, clock=clock)
        self.clock = StudyClock(clock)
        self.access = RoomAccess(ctx)
        self.timers = Timers(ctx, self.clock, self.access, self.present)
        self.timers.subscribe(lambda _, before, after: self.phases.append((before.phase, after.phase)))

    async def press(self, room, user: User, action, version, **fields):
        change = TimerChange(action=action, version=version, **fields)
        return await self.timers.change(room.id, change, user)

    async def starts(self, room, user, **plan):
        change = msgspec.convert({"action": "start", "version": 0, "plan": PLAN | plan}, TimerChange)
        return await self.timers.change(room.id, change, user)

    def come(self, room, people=1):
        self.present[room.id] = people
        self.timers.presence_changed(room.id, people)
