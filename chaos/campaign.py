"""Campaign: all faults of a schedule on one storage, one after the other. Fills a `Run`."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from chaos.clients import Client
from chaos.faults import FAULTS, Fault, Stage
from chaos.people import ask, gather, students_of
from chaos.reading import Reading
from chaos.record import Applied, Census, Deaf, Probe, Room, Run
from chaos.schedule import Planned
from chaos.server import FLUSH_EVERY, GRACE, PING_INTERVAL, PING_TIMEOUT, Server
from chaos.storages import Pairs, open_storage
from chaos.students import Students
from tests.support.paths import ROOT

BACK_WITHIN = 20.0
"""Seconds to wait for a recovery that must take at most ten, to measure how long it takes."""
TRUE_WITHIN = PING_INTERVAL + PING_TIMEOUT + GRACE + FLUSH_EVERY + 1.0
"""Seconds until presence must be correct: detection of a lost connection, grace period, flush, and a margin."""
_PROBE_EVERY = 0.2
_PROBE_WITHIN = 3.0
_LATE = 0.1
"""Seconds by which this process may be late before it counts as unreachable itself."""


async def campaign(
    storage: str, plan: Sequence[Planned], seed: int, say: Callable[[str], None], home: Path = ROOT
) -> Run:
    """Apply all faults of `plan` to a server with a fresh storage (`sqlite`, `postgres`), and return the record.

    Args:
        storage: name of the storage.
        plan: schedule of faults.
        seed: of the clients' messages and their times.
        say: called with a line of text for each fault.
        home: checkout of the server.
    """
    async with AsyncExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="studyhall-chaos-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        kept = await open_storage(storage, folder)
        stack.push_async_callback(asyncio.to_thread, kept.close)
        run = Run()
        server = Server(kept.url, folder, run, home)
        stack.push_async_callback(server.close)
        await server.start()
        http = await stack.enter_async_context(aiohttp.ClientSession(f"http://127.0.0.1:{server.port}"))
        stage = Stage(server, kept)
        people = await gather(http, run, seed)
        for client in people:
            await client.cable.open(server.port)
            stack.push_async_callback(client.close)
        faults = {fault.sort.kind: fault for fault in FAULTS[storage]}
        students = students_of(run, people, seed)
        stack.push_async_callback(students.close)
        lesson = _Campaign(run, stage, people, students, faults, http, say)
        async with lesson.watched():
            await lesson.begin()
            for planned in plan:
                await lesson.suffer(planned)
            await lesson.end()
        return run


class _Campaign:
    def __init__(
        self,
        run: Run,
        stage: Stage,
        clients: list[Client],
        students: Students,
        faults: dict[str, Fault],
        http: aiohttp.ClientSession,
        say: Callable[[str], None],
    ) -> None:
        self._run, self._stage, self._clients, self._students = run, stage, clients, students
        self._faults, self._http, self._say = faults, http, say
        self._rooms = list(dict.fromkeys(room for client in clients for room in client.rooms))

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Poll both health routes all the time, and record when this process itself is late."""
        tasks = [asyncio.create_task(self._probe(path)) for path in ("/healthz", "/readyz")]
        tasks.append(asyncio.create_task(self._watch_ourselves()))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def begin(self) -> None:
        """Start all clients, and wait until they have joined, timers run and the three users study."""
        for client in self._clients:
            client.start()
        await self._until(lambda: all(client.is_inside for client in self._clients), BACK_WITHIN)
        self._students.begin()
        await self._until(lambda: self._students.are_studying, BACK_WITHIN)

    async def suffer(self, planned: Planned) -> None:
        """Apply one fault, heal it, and wait for recovery."""
        fault = self._faults[planned.kind]
        away = [self._clients[number] for number in planned.away]
        chosen = [self._clients[number] for number in planned.chosen]
        await asyncio.sleep(planned.after)
        began = time.monotonic()
        for client in away:
            client.vanish()
        self._stage.chosen = chosen
        async with fault.during(self._stage):
            broken = time.monotonic()
            if fault.ends_sessions:
                self._students.sessions_ended(broken)
            await asyncio.sleep(planned.lasts)
            healing = time.monotonic()
        healed = time.monotonic()
        ready = await self._ready(healed)
        hit = frozenset(client.name for client in (*chosen, *away))
        if fault.deafens:
            until = (ready or time.monotonic()) if fault.deafens == "server" else healed
            self._run.deaf.append(Deaf(began, until, None if fault.deafens == "server" else hit))
        unwritable = (broken, healing) if fault.unwritable else None
        touched = hit if fault.spares else None
        self._run.faults.append(Applied(planned.kind, began, healed, ready, unwritable, touched, fault.study_loss))
        await self._everyone_is_back(away)
        await self._count(away)
        for client in away:
            client.come_back()
        await self._until(lambda: all(client.is_inside for client in away), BACK_WITHIN)
        took = "NOT" if ready is None else f"{ready - healed:.1f} s"
        self._say(f"{planned}; ready again: {took}")

    async def end(self) -> None:
        """Wait until queued messages are sent, read the histories, then count presence when nothing is in flight."""
        for client in self._clients:
            client.hush()
        await self._students.end()
        reading = Reading(self._run, self._clients, self._request)
        await reading.study()
        await reading.break_phases()
        await self._until(lambda: not any(client.unsent for client in self._clients), BACK_WITHIN)
        await reading.held_are_released(BACK_WITHIN)
        for room in self._rooms:
            self._run.histories[room] = await reading.history(room)
        await self._until(self._all_heard, 2.0)
        await asyncio.sleep(TRUE_WITHIN)
        await reading.timers()
        self._run.censuses += await self._censuses([])
        self._stage.server.listen()
        self._run.end = time.monotonic()

    async def _ready(self, since: float) -> float | None:
        """Return the time of the first 200 of `/readyz` requested after `since`; None if there is none."""

        def yes() -> float | None:
            for probe in reversed(self._run.probes):
                if probe.began < since:
                    return None
                if probe.path == "/readyz" and probe.status == 200:
                    found.append(probe.ended)
            return None

        found: list[float] = []
        await self._until(lambda: yes() or bool(found), BACK_WITHIN)
        return min(found, default=None)

    async def _everyone_is_back(self, away: list[Client]) -> None:
        await self._until(lambda: all(c.is_inside for c in self._clients if c not in away), BACK_WITHIN)

    async def _count(self, away: list[Client]) -> None:
        """Record presence as soon as it is correct, or at its deadline."""
        deadline = time.monotonic() + TRUE_WITHIN
        while True:
            censuses = await self._censuses(away)
            right = all(c.connected == c.shown == c.stored and c.active_members == len(c.connected) for c in censuses)
            if right or time.monotonic() > deadline:
                self._run.censuses += censuses
                return
            await asyncio.sleep(0.2)

    async def _censuses(self, away: list[Client]) -> list[Census]:
        stored = await asyncio.to_thread(self._stage.storage.presence)
        return await asyncio.gather(*(self._census(room, stored, away) for room in self._rooms))

    async def _census(self, room: Room, stored: Pairs, away: list[Client]) -> Census:
        members = [client for client in self._clients if room in client.rooms]
        shown = await ask(self._http, "GET", f"/api/study-rooms/{room}/presence", members[0].token)
        about = await ask(self._http, "GET", f"/api/study-rooms/{room}/basic-info", members[0].token)
        return Census(
            time.monotonic(),
            room,
            connected=frozenset(self._run.people[client.name].id for client in members if client not in away),
            shown=frozenset(user["userId"] for user in shown),
            stored=frozenset(user for where, user in stored if where == room),
            active_members=about["activeMembers"],
        )

    async def _request(self, method: str, path: str, token: str = "", body: Any = None) -> Any:
        return await ask(self._http, method, path, token, body)

    def _all_heard(self) -> bool:
        return all(
            client.last[room] >= len(self._run.histories[room]) for client in self._clients for room in client.rooms
        )

    async def _probe(self, path: str) -> None:
        timeout = aiohttp.ClientTimeout(_PROBE_WITHIN)
        while True:
            began, status = time.monotonic(), 0
            try:
                async with self._http.get(path, timeout=timeout) as response:
                    status = response.status
            except (aiohttp.ClientError, OSError, TimeoutError):
                pass
            self._run.probes.append(Probe(began, time.monotonic(), path, status))
            await asyncio.sleep(_PROBE_EVERY)

    async def _watch_ourselves(self) -> None:
        before = time.monotonic()
        while True:
            await asyncio.sleep(_LATE / 2)
            now = time.monotonic()
            if now - before > _LATE:
                self._run.deaf.append(Deaf(before, now, None))
            before = now

    @staticmethod
    async def _until(condition: Callable[[], object], within: float) -> None:
        """Return when the condition is true, or after the timeout: the checker then finds what is missing."""
        deadline = time.monotonic() + within
        while not condition() and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
