"""A Python process that has imported the server's modules, and is forked for each server.

Starting Python with these modules takes a second of CPU time, nearly all for imports, and tests start some hundred
servers.
"""

import asyncio
import contextlib
import io
import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess

_pythons = multiprocessing.get_context("forkserver")
_pythons.set_forkserver_preload(["tests.support.preloaded"])


class Copy:
    """A forked process, with the part of the interface of `asyncio.subprocess.Process` that tests of servers use."""

    def __init__(self, process: ForkServerProcess, stdout: asyncio.StreamReader, stderr: asyncio.StreamReader) -> None:
        self.stdout, self.stderr = stdout, stderr
        assert process.pid is not None
        self.pid = process.pid
        self._process = process
        self._ended = asyncio.get_running_loop().create_task(self._end())

    @property
    def returncode(self) -> int | None:
        """Exit code, -N if signal N ended the process; None if it still runs."""
        return self._ended.result() if self._ended.done() else None

    async def wait(self) -> int:
        """Wait until it ends, and return its exit code."""
        return await asyncio.shield(self._ended)

    def send_signal(self, number: int) -> None:
        """Send a signal, if it still runs."""
        if self.returncode is None:  # else another process may have the pid by now
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)

    async def _end(self) -> int:
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._process.sentinel, ended.set)
        await ended.wait()
        loop.remove_reader(self._process.sentinel)
        self._process.join()
        code = self._process.exitcode
        assert code is not None
        self._process.close()
        return code


async def start(arguments: Sequence[str], environ: Mapping[str, str]) -> Copy:
    """Start the equivalent of `python server.py` with these arguments, in `/`, with exactly this environment."""
    ours, theirs = zip(*(os.pipe(), os.pipe()), strict=True)
    ends = [Connection(end, readable=False) for end in theirs]
    process = _pythons.Process(target=_be, args=(list(arguments), dict(environ), *ends))
    process.start()
    for end in ends:
        end.close()
    return Copy(process, *[await _reader(end) for end in ours])


class _Reading(asyncio.StreamReaderProtocol):
    def eof_received(self) -> bool:
        super().eof_received()
        return False  # close the transport


async def _reader(end: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: _Reading(reader), os.fdopen(end, "rb"))
    return reader


def _be(arguments: list[str], environ: dict[str, str], stdout: Connection, stderr: Connection) -> None:
    import server  # noqa: PLC0415  # only in the fork: the parent does not need it

    for number, end in ((1, stdout), (2, stderr)):
        os.dup2(end.fileno(), number)
        end.close()
    # the inherited streams still have the kind of file that they wrote to in the parent
    sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), "utf-8", write_through=True)
    sys.stderr = io.TextIOWrapper(io.FileIO(2, "w", closefd=False), "utf-8", "backslashreplace", write_through=True)
    os.chdir("/")
    os.environ.clear()
    os.environ.update(environ)
    sys.exit(server.main(arguments))
