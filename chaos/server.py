"""The server under test: a process of its own, started as in production, always on the same port."""

import asyncio
import os
import resource
import signal
import struct
import time
from contextlib import AsyncExitStack
from pathlib import Path

from chaos.record import Run
from tests.support.paths import ROOT
from tests.support.ports import lasting_port
from tests.support.process import SECRET, Process, started

GRACE, FLUSH_EVERY = 2.0, 2.0
PING_INTERVAL, PING_TIMEOUT = 2.0, 2.0
HOUR = 3600.0

_CLOCK_SHIFT = Path(__file__).parent / "clock_shift"
_DOUBLE = struct.Struct("d")


class Server:
    """Starts server processes, one after the other.

    Args:
        storage: URL of the storage.
        folder: folder for other files.
        run: record that receives unexpected errors.
        home: checkout of the server.
    """

    def __init__(self, storage: str, folder: Path, run: Run, home: Path = ROOT) -> None:
        self.port = lasting_port()
        self._run = run
        self._home = home
        self._storage = storage
        self._clock = folder / "clock"
        self._stack = AsyncExitStack()
        self._process: Process | None = None
        self._read = 0
        self._passed = 0.0
        self.shift_clock(0.0)

    async def start(self) -> None:
        """Start the process, and return before it is ready; only the first start waits until it is."""
        environ = {
            "STUDYHALL_SERVER_HOST": "127.0.0.1",
            "STUDYHALL_SERVER_ENVIRONMENT": "test",  # cheap password hashes
            "STUDYHALL_AUTH_SECRET": SECRET,
            "STUDYHALL_LIMITS_ENABLED": "false",
            "STUDYHALL_PRESENCE_GRACE": str(GRACE),
            "STUDYHALL_PRESENCE_FLUSH_EVERY": str(FLUSH_EVERY),
            "STUDYHALL_SOCKET_PING_INTERVAL": str(PING_INTERVAL),
            "STUDYHALL_SOCKET_PING_TIMEOUT": str(PING_TIMEOUT),
            "PYTHONPATH": str(_CLOCK_SHIFT),
            "CHAOS_CLOCK": str(self._clock),
        }
        arguments = "--config", self._home / "config.toml", "--port", self.port, "--storage", self._storage
        self._read = 0
        is_first = self._process is None
        self._process = await self._stack.enter_async_context(started(*arguments, environ=environ, home=self._home))
        if is_first:
            await self._process.port()

    def freeze(self) -> None:
        """Stop the process with SIGSTOP."""
        self._running.send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Continue a frozen process."""
        self._running.send(signal.SIGCONT)

    async def kill(self) -> None:
        """Kill the process, as in a crash."""
        await self._end(signal.SIGKILL, -signal.SIGKILL)

    async def stop(self) -> None:
        """Shut the process down."""
        await self._end(signal.SIGTERM, 0)

    def limit_files(self, size: int) -> None:
        """Limit files that the process writes to `size` bytes; -1 removes the limit."""
        pid = self._running.pid
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard if size < 0 else size, hard))

    def shift_clock(self, seconds: float) -> None:
        """Set the server's wall clock ahead of the right time, also for servers started later."""
        file = os.open(self._clock, os.O_CREAT | os.O_WRONLY)  # never truncated: the server has mapped it into memory
        os.write(file, _DOUBLE.pack(self._passed + seconds))
        os.close(file)

    def pass_time(self, seconds: float) -> None:
        """Set the wall clock ahead for good, before a start: for the server it is so much later."""
        self._passed += seconds
        self.shift_clock(0.0)

    async def close(self) -> None:
        """Shut a running process down, and clean up."""
        if self._process is not None and not self._process.ended:
            await self.stop()
        await self._stack.aclose()

    def listen(self) -> None:
        """Record tracebacks in its output since the last call."""
        lines = self._running.said + self._running.errors
        for number, line in enumerate(lines):
            cause = lines[number - 1] if number else ""
            if line.startswith("Traceback") and cause and number >= self._read:  # else it is the cause of the next one
                self._run.complaints.append((time.monotonic(), f"a traceback after {cause}"))
        self._read = len(lines)

    @property
    def _running(self) -> Process:
        assert self._process is not None
        return self._process

    async def _end(self, number: signal.Signals, expected: int) -> None:
        async with asyncio.timeout(20):
            ended = await self._running.stop(number)
        self.listen()
        if ended.code != expected:
            self._run.complaints.append((time.monotonic(), f"the server exited with {ended.code}, not {expected}"))
