"""Cost of the end of a phase in a room of many followers: `make phase-changes`.

    python -m bench.phase_changes [--followers N] [--storages sqlite postgres]

The server runs in this process, its clients in another. All followers are present, and the server counts their study
time. A probe runs in each iteration of the event loop: the longest CPU time of an iteration is the time for which no
other client is served.
"""

import argparse
import asyncio
import gc
import os
import resource
import sys
import time
from typing import Any, NamedTuple

from bench.load.http import ask_all, request
from bench.load.websocket import Refused, Socket, connect
from bench.population import account
from bench.study_storages import STORAGES, empty_storage
from server import GC_THRESHOLDS
from tests.support.served import Served, served

FOLLOWERS = 1000
PLAN = {"focus": 60, "shortBreak": 30, "rounds": 12}
"""The shortest phases, in seconds."""
PHASES = (60.0, 30.0, 60.0)
"""Lengths of the phases that are measured, in seconds."""
MARGIN = 3.0
"""Seconds before and after the end of a phase in which it is measured."""
CONNECTIONS = {"STUDYHALL_SOCKET_CONNECTIONS_PER_ADDRESS": "5000", "STUDYHALL_SERVER_REQUESTS_PER_ADDRESS": "5000"}


class PhaseChange(NamedTuple):
    """CPU time of the longest iteration of the loop in milliseconds, and the sizes of the batches to the storage."""

    hold: float
    batches: list[int]


async def follow(port: int, followers: int) -> None:
    """Register users, let them join a room, print its id and the owner's token, and stay until the input ends."""
    signed_up = await ask_all(port, [request("POST", "/api/auth/register", body=account(n)) for n in range(followers)])
    tokens = [answer["token"] for answer in signed_up]
    [opened] = await ask_all(port, [request("POST", "/api/study-rooms", tokens[0], {"name": "Hall"})])
    room = opened["data"]["id"]
    await ask_all(port, [request("POST", f"/api/study-rooms/{room}/join", token) for token in tokens[1:]])
    sockets = []
    for token in tokens:
        socket = await connect(port, token)
        await _join(socket, room)
        sockets.append(socket)
    sys.stdout.write(f"{room} {tokens[0]}\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    for socket in sockets:
        socket.transport.abort()


async def _join(socket: Socket, room: str, attempts: int = 60) -> None:
    try:
        await socket.call("join-room", {"roomId": room})
    except Refused as refusal:
        if "rate_limited" not in str(refusal) or attempts == 0:
            raise
        await asyncio.sleep(1)  # the server sheds load after so many requests
        await _join(socket, room, attempts - 1)


class Probe:
    """Records the CPU time of each iteration of the loop, and the writes of focus sessions."""

    def __init__(self, school: Served) -> None:
        self.longest = 0.0
        self.batches: list[int] = []
        storage: Any = school.storage
        self._save = storage.save_focus
        storage.save_focus = self._counted

    async def _counted(self, rows: Any, *checkpoint: Any) -> None:
        if rows:
            self.batches.append(len(rows))
        await self._save(rows, *checkpoint)

    async def run(self) -> None:
        """Record until the task is cancelled."""
        while True:
            before = time.thread_time()
            await asyncio.sleep(0)
            self.longest = max(self.longest, time.thread_time() - before)

    def take(self) -> PhaseChange:
        """Return what was recorded since the last call."""
        found = PhaseChange(1000 * self.longest, self.batches)
        self.longest, self.batches = 0.0, []
        return found


async def measure(storage: str, followers: int) -> list[PhaseChange]:
    """Return the figures of each phase change of `PHASES`."""
    async with served(storage, CONNECTIONS) as school:
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)  # as the server does when it has started
        command = (sys.executable, "-m", "bench.phase_changes", "--follow", str(school.port))
        clients = await asyncio.create_subprocess_exec(
            *command, "--followers", str(followers), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        if clients.stdin is None or clients.stdout is None:
            raise RuntimeError("the clients have no pipes")
        room, token = (await clients.stdout.readline()).decode().split()
        change = {"action": "start", "version": 0, "plan": PLAN}
        await school.request("PUT", f"/api/study-rooms/{room}/timer", change, token=token)
        found = await _watch(school)
        clients.stdin.close()
        await clients.wait()
        return found


async def _watch(school: Served) -> list[PhaseChange]:
    probe = Probe(school)
    found: list[PhaseChange] = []
    for seconds in PHASES:
        await asyncio.sleep(seconds - (2 * MARGIN if found else MARGIN))
        probe.take()
        running = asyncio.create_task(probe.run())
        await asyncio.sleep(2 * MARGIN)
        running.cancel()
        found.append(probe.take())
    return found


def main() -> None:
    """Measure, and print a line for each phase change."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--followers", type=int, default=FOLLOWERS)
    parser.add_argument("--storages", nargs="+", choices=STORAGES, default=STORAGES)
    parser.add_argument("--follow", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    most, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(most, min(hard, 3 * given.followers + 500)), hard))
    if given.follow:
        asyncio.run(follow(given.follow, given.followers))
        return
    for kind in given.storages:
        with empty_storage(kind) as (storage, _):
            changes = asyncio.run(measure(storage, given.followers))
        for change in changes:
            print(f"{kind}: {change.hold:.1f} ms of the loop, batches {change.batches}")
        print(f"load of the machine: {os.getloadavg()[0]:.1f}", flush=True)


if __name__ == "__main__":
    main()
