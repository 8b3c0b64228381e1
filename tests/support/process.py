"""The server in its own process."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from tests.support import warm

SECRET = "a secret for tests that is long enough"
START_WITHIN = 60.0
"""Timeout in seconds: the machine may be busy with other tests."""
GIVES_UP_WITHIN = 90.0
"""Seconds in which the server reports that a database does not answer."""

_PORT = re.compile(r"Server running in \w+ mode on port (\d+)$")


class Ended(NamedTuple):
    """Exit code and output of an ended process."""

    code: int
    said: list[str]
    errors: list[str]


class Process:
    """A process with the lines of its output so far."""

    def __init__(self, process: asyncio.subprocess.Process | warm.Copy) -> None:
        self.said: list[str] = []
        self.errors: list[str] = []
        self._process = process
        self._more = asyncio.Event()
        self._readers = [
            asyncio.create_task(self._read(process.stdout, self.said)),
            asyncio.create_task(self._read(process.stderr, self.errors)),
        ]

    async def says(self, pattern: str | re.Pattern[str], within: float = START_WITHIN) -> re.Match[str]:
        """Wait for a line of standard output that matches, and return the match of the first one."""
        async with asyncio.timeout(within):
            while True:
                for line in self.said:
                    if found := re.search(pattern, line):
                        return found
                assert not self.ended, f"it ended without printing {pattern}: {self.said} {self.errors}"
                self._more.clear()
                await self._more.wait()

    async def port(self) -> int:
        """Wait until the server listens, and return its port."""
        return int((await self.says(_PORT))[1])

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    async def ends(self, within: float = START_WITHIN) -> Ended:
        """Wait until the process ends by itself, and return its exit code and output."""
        async with asyncio.timeout(within):
            code = await self._process.wait()
            await asyncio.gather(*self._readers)
        return Ended(code, self.said, self.errors)

    async def stop(self, number: signal.Signals = signal.SIGTERM, within: float = START_WITHIN) -> Ended:
        """Send a signal, wait until the process ends, and return its exit code and output."""
        self.send(number)
        return await self.ends(within)

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """True if it has ended and all of its output has been read."""
        return all(reader.done() for reader in self._readers)

    async def _read(self, stream: asyncio.StreamReader | None, lines: list[str]) -> None:
        assert stream is not None
        async for line in stream:
            lines.append(line.decode().rstrip("\n"))
            self._more.set()
        self._more.set()


@asynccontextmanager
async def started(
    *arguments: object, environ: dict[str, str] | None = None, home: Path | None = None
) -> AsyncIterator[Process]:
    """Start the server from a folder outside the checkout, and kill it at the end if it still runs.

    Args:
        arguments: of the command line.
        environ: settings. Settings in the caller's own environment are not inherited.
        home: checkout whose `server.py` is started with a new Python, as users do. Without it, the server is forked
            from a process that has already imported this checkout's modules.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("STUDYHALL_")}
    settings, words = inherited | (environ or {}), [str(argument) for argument in arguments]
    process = await (_start(home, words, settings) if home else warm.start(words, settings))
    server = Process(process)
    try:
        yield server
    finally:
        if process.returncode is None:
            process.kill()
        await server.ends()


async def ended(
    *arguments: object, environ: dict[str, str] | None = None, home: Path | None = None, within: float = START_WITHIN
) -> Ended:
    """Start the server as `started` does, and wait until it ends by itself."""
    async with started(*arguments, environ=environ, home=home) as process:
        return await process.ends(within)


async def _start(home: Path, arguments: list[str], environ: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        home / "server.py",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd="/",
        env=environ,
    )
