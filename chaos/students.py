"""Users that study: stopwatches that are started and stopped, and timers of rooms with skipped phases.

All of it is asked over the clients' own connections, which the faults break, and again until there is an answer.
"""

import asyncio
import random
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from chaos.clients import Client
from chaos.record import NOT_NOW, Pressed, Room, Run, Study, TimerHeard, Window

PLANS = (
    {"focus": 60, "shortBreak": 30, "longBreak": 30, "rounds": 12},
    {"focus": 75, "shortBreak": 30, "longBreak": 30, "rounds": 12},
)
"""Plans of the two timers, in seconds. A cycle is longer than any fault, so that no timer stops by itself."""
_FOCUS = ((10.0, 15.0), None)
"""Seconds after which a focus phase of each timer is skipped; None if it is not. A break is skipped soon."""
_BREAK = (3.0, 6.0)
_SHORT, _LONG = (5.0, 20.0), (62.0, 90.0)
"""Seconds for which a stopwatch runs. Under a minute nothing is stored."""
_REST = (1.0, 4.0)
_SOON = 0.2


class Students:
    """Actions of the users of a run, apart from sending messages.

    Args:
        run: record of the run.
        trio: a client of each user that studies all the time.
        learners: a client of each user that starts and stops a stopwatch.
        timers: for each room with a timer, two clients that press its buttons, sometimes at once.
        chance: source of random decisions.
    """

    def __init__(
        self,
        run: Run,
        trio: Sequence[Client],
        learners: Sequence[Client],
        timers: Sequence[tuple[Room, Client, Client]],
        chance: random.Random,
    ) -> None:
        self._run, self._trio, self._learners, self._timers, self._chance = run, trio, learners, timers, chance
        self._over = asyncio.Event()
        self._ended = asyncio.Event()
        self._ended_at = 0.0
        self._tasks: list[asyncio.Task[None]] = []
        self._started: set[str] = set()

    def begin(self) -> None:
        """Start timers and stopwatches."""
        for number, (room, one, other) in enumerate(self._timers):
            self._spawn(self._run_timer(room, one, other, number))
        for client in self._trio:
            self._spawn(self._study(client, is_endless=True))
        for client in self._learners:
            self._spawn(self._study(client, is_endless=False))

    @property
    def are_studying(self) -> bool:
        """True if all of the trio have a session, and all timers run."""
        return self._started >= {self._run.people[c.name].id for c in self._trio} and all(
            one.timers.get(room, {}).get("state") == "running" for room, one, _ in self._timers
        )

    def sessions_ended(self, at: float) -> None:
        """Begin new sessions: the server was away for so long that it ended all of them, at this time at the latest."""
        self._ended_at = at
        self._ended.set()
        self._ended = asyncio.Event()

    async def end(self) -> None:
        """Do nothing more. Sessions stay open."""
        self._over.set()
        self.sessions_ended(0.0)
        await asyncio.gather(*self._tasks)

    async def close(self) -> None:
        """Stop at once."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _spawn(self, work: Any) -> None:
        self._tasks.append(asyncio.create_task(work))

    # Stopwatches

    async def _study(self, client: Client, *, is_endless: bool) -> None:
        user = self._run.people[client.name].id
        while not self._over.is_set():
            began = await self._command(client, "start-focus", {"activity": "Essay", "clientId": self._key()})
            if began is None:
                return
            (started, answer), ended = began, self._ended
            if answer["session"] is None:
                continue  # it was started before the server was away, and has ended
            self._started.add(user)
            seconds = None if is_endless else self._chance.uniform(*self._chance.choice((_SHORT, _LONG)))
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await ended.wait()
            stopped = None
            if not ended.is_set():
                done = await self._command(client, "stop-focus", {}, is_needed=True)
                stopped = done[0] if done else None
            if ended.is_set() and not self._over.is_set():
                stopped = Window(min(stopped.first if stopped else self._ended_at, self._ended_at), self._ended_at)
            self._run.studies.append(Study(user, answer["session"]["id"], started, stopped))
            if not is_endless:
                await self._sleep(self._chance.uniform(*_REST))

    async def _command(
        self, client: Client, event: str, argument: dict[str, Any], *, is_needed: bool = False
    ) -> tuple[Window, dict[str, Any]] | None:
        """Send an event until it is accepted; None if the run is over before.

        It is sent to the end if it `is_needed`, and if an attempt without an answer may have been accepted.
        """
        first = None
        while is_needed or first is not None or not self._over.is_set():
            visit = client.visit
            if visit is None or not client.is_inside:
                await asyncio.sleep(_SOON)
                continue
            sent = time.monotonic()
            first = sent if first is None else first
            answer = await visit.ask(event, argument)
            if answer is not None and answer["ok"]:
                return Window(first, time.monotonic()), answer
            if answer is not None:
                first = first if answer["error"]["code"] in NOT_NOW or first != sent else None
                await asyncio.sleep(_SOON)
        return None

    # Timers

    async def _run_timer(self, room: Room, one: Client, other: Client, number: int) -> None:
        while not self._over.is_set():
            timer = one.timers.get(room)
            if timer is None or one.visit is None:
                await self._sleep(_SOON)
            elif timer["state"] == "idle":
                await self._press(one, room, {"action": "start", "plan": PLANS[number]}, timer["version"])
            else:
                wait = _FOCUS[number] if timer["phase"] == "focus" else _BREAK
                await self._wait_in(one, room, timer["version"], wait)
                if wait is not None and one.timers[room]["version"] == timer["version"]:
                    both = [one, other] if self._chance.random() < 0.5 else [one]
                    asked = (self._press(who, room, {"action": "skip"}, timer["version"]) for who in both)
                    await asyncio.gather(*asked)

    async def _wait_in(self, client: Client, room: Room, version: int, span: tuple[float, float] | None) -> None:
        """Wait for a time of the span, or until the timer has another version."""
        until = time.monotonic() + (self._chance.uniform(*span) if span else 3600.0)
        while client.timers[room]["version"] == version and time.monotonic() < until and not self._over.is_set():
            await asyncio.sleep(_SOON)

    async def _press(self, client: Client, room: Room, change: dict[str, Any], version: int) -> None:
        """Change a timer, once: without an answer it is not known whether it was changed."""
        visit = client.visit
        if visit is None:
            return
        answer = await visit.ask("set-timer", {"roomId": room, "version": version, **change})
        if answer is None:
            return
        now = time.monotonic()
        timer = answer["timer"] if answer["ok"] else answer["error"].get("timer")
        if timer is not None:
            self._run.events.append(TimerHeard(now, client.name, visit.number, room, timer))
            visit.show_timer(room, timer)
        else:
            await self._sleep(_SOON)
        if answer["ok"]:
            self._run.presses.append(Pressed(now, client.name, room, version))

    # Time

    def _key(self) -> str:
        return str(uuid.UUID(int=self._chance.getrandbits(128)))

    async def _sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._over.wait()
