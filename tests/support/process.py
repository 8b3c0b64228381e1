"""The server as a process of its own."""

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
"""Seconds: the machine may be busy with other tests."""

_PORT = re.compile(r"Server running in \w+ mode on port (\d+)$")


class Ended(NamedTuple):
    """What a process left that has ended."""

    code: int
    said: list[str]
    errors: list[str]


class Process:
    """A process, and what it has said so far, line by line."""

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
        """Return the match in the first line of standard output that has one, now or later."""
        async with asyncio.timeout(within):
            while True:
                for line in self.said:
                    if found := re.search(pattern, line):
                        return found
                assert not self.ended, f"it ended without saying {pattern}: {self.said} {self.errors}"
                self._more.clear()
                await self._more.wait()

    async def port(self) -> int:
        """Return the port it listens on, once it does."""
        return int((await self.says(_PORT))[1])

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    async def ends(self, within: float = START_WITHIN) -> Ended:
        """Return what it left, once it has ended by itself."""
        async with asyncio.timeout(within):
            code = await self._process.wait()
            await asyncio.gather(*self._readers)
        return Ended(code, self.said, self.errors)

    async def stop(self, number: signal.Signals = signal.SIGTERM, within: float = START_WITHIN) -> Ended:
        """Send a signal and return what was left."""
        self.send(number)
        return await self.ends(within)

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Whether it has ended and all that it said has been read."""
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
    """Start the server with these arguments, from a folder that is not the checkout; kill what is left of it.

    Args:
        arguments: of the command line.
        environ: settings; those of the caller's own environment are left out.
        home: the checkout whose `server.py` a new Python is started with, as people do; else it is a copy of one that
            has read this checkout's modules already.
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
    """Run it as `started` does, to its end, which it must find by itself."""
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
