"""Clients that send messages, recover after each loss, and record all they receive.

They follow docs/protocol.md for clients that must not lose messages. They also try to enter rooms of others.
"""

import asyncio
import itertools
import random
import uuid
from collections.abc import Callable, Collection, Sequence
from typing import Any

from chaos.cable import Cable
from chaos.record import Event, Room
from chaos.visit import Visit

TRANSPORTS = (["websocket"], ["polling"], ["polling", "websocket"])
"""Transports, one for each client in turn; the last begins with polling and upgrades."""

_MOST_UNSENT = 10
_QUIET = 0.4
"""Share of messages for a quiet room that are sent there; the others go to another room."""
_IMPATIENT = 0.1
"""Share of messages that are sent again before the ack, like a double click."""


class Client:
    """One user on one device.

    Args:
        name: name in the record.
        token: access token.
        rooms: the user's rooms.
        foreign: a room of which the user is not a member.
        transports: Engine.IO transports.
        chance: source of random decisions.
        pause: average of seconds between two messages.
        quiet: rooms with quiet focus, where less is said.
        note: called with each observation.
    """

    def __init__(
        self,
        name: str,
        token: str,
        rooms: Sequence[Room],
        foreign: Room,
        transports: list[str],
        chance: random.Random,
        pause: float,
        note: Callable[[Event], None],
        quiet: Collection[Room] = (),
    ) -> None:
        self.name, self.token, self.rooms, self.foreign = name, token, rooms, foreign
        self.transports, self.chance, self.note = transports, chance, note
        self.cable = Cable()
        self.last = dict.fromkeys(rooms, 0)
        self.epochs: dict[Room, str] = {}
        self.unsent: dict[str, tuple[Room, str]] = {}
        self.visit: Visit | None = None
        self.timers: dict[Room, dict[str, Any]] = {}
        self._pause, self._quiet = pause, quiet
        self._talks = True
        self._wanted = asyncio.Event()
        self._wanted.set()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Connect, send messages, and reconnect after each loss."""
        self.spawn(self._come())
        self.spawn(self._talk())

    def vanish(self) -> None:
        """Disconnect without a goodbye until `come_back`."""
        self._wanted.clear()
        self.tear()

    def tear(self) -> None:
        """Lose the connection."""
        if self.visit is not None:
            self.visit.over("torn")
        self.cable.tear()

    def come_back(self) -> None:
        """Connect again."""
        self._wanted.set()

    def hush(self) -> None:
        """Send no new messages; queued ones are still sent."""
        self._talks = False

    @property
    def is_inside(self) -> bool:
        """True if the client has joined all its rooms."""
        return self.visit is not None and self.visit.inside == set(self.rooms)

    async def close(self) -> None:
        """Disconnect for good."""
        self.vanish()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.cable.close()

    def spawn(self, work: Any) -> None:
        """Run a coroutine in the background."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _come(self) -> None:
        while True:
            await self._wanted.wait()
            visit = Visit(self)
            await visit.live()
            await asyncio.sleep(self.chance.uniform(0.1, 0.5))

    async def _talk(self) -> None:
        for number in itertools.count(1):
            await asyncio.sleep(self.chance.uniform(0.5, 1.5) * self._pause)
            if not self._talks or not self._wanted.is_set() or len(self.unsent) >= _MOST_UNSENT:
                continue
            room = self.chance.choice(self.rooms)
            if room in self._quiet and self.chance.random() > _QUIET:
                room = self.rooms[-1]
            key = str(uuid.UUID(int=self.chance.getrandbits(128)))
            self.unsent[key] = room, f"{number} from {self.name}"
            if self.visit is not None and room in self.visit.inside:
                self.visit.send(key)
                if self.chance.random() < _IMPATIENT:
                    self.visit.send(key)
