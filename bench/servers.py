"""Servers under test: Studyhall and its peers, each a process of its own on 127.0.0.1, on its own core."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from tests.support.node import find_node

HOME = Path(__file__).resolve().parent.parent
PEERS = HOME / "bench" / "peer"

_START_WITHIN = 60.0
_STOP_WITHIN = 10.0
_ESTABLISHED = "01"  # in /proc/net/tcp
_SECRET = "only for the bench, and long enough"


class Cores(NamedTuple):
    """CPU cores of each process."""

    server: set[int]
    generator: set[int]
    database: set[int]

    def __str__(self) -> str:
        names = [",".join(map(str, sorted(cores))) for cores in self]
        return "server on core {}, load generator on core {}, PostgreSQL on core {}".format(*names)


def cores() -> Cores:
    """Assign cores: the server and the generator have one each.

    PostgreSQL has the rest. With only two cores, it shares the generator's: the rows are about the server, which has
    a core of its own, and the generator needs only part of its own, which every result reports.
    """
    first, *others = sorted(os.sched_getaffinity(0))
    if not others:
        sys.exit("the bench needs two cores: one for the server, one for the load generator")
    return Cores({first}, {others[0]}, set(others[1:]) or {others[0]})


@contextmanager
def on(where: set[int]) -> Iterator[None]:
    """Run processes started in the block on these cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, where)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


class Program(NamedTuple):
    """Command of a server. It prints `mode on port N` when it is ready."""

    name: str
    command: list[str]
    environ: dict[str, str]


def studyhall(storage: str, *, cheap_passwords: bool = True) -> Program:
    """Return Studyhall on a storage, without rate limits. `cheap_passwords` uses minimal hash parameters."""
    environ = {
        "STUDYHALL_SERVER_HOST": "127.0.0.1",
        "STUDYHALL_SERVER_ENVIRONMENT": "test" if cheap_passwords else "production",
        "STUDYHALL_LIMITS_ENABLED": "false",
        "STUDYHALL_SERVER_BYTES_PER_ADDRESS": "1073741824",  # all clients share one address
        "STUDYHALL_SOCKET_CONNECTIONS_PER_ADDRESS": "100000",
        "STUDYHALL_AUTH_SECRET": _SECRET,
        "STUDYHALL_STORAGE_URL": storage,
    }
    return Program("Studyhall", [sys.executable, str(HOME / "server.py"), "--port=0"], environ)


def seed(database: str, *, cheap_passwords: bool = True) -> Program:
    """Return the seed on a database of its own. `cheap_passwords` are hashed in 4 rounds of bcrypt instead of 10."""
    environ = {
        "NODE_ENV": "production",
        "DATABASE_URL": database,
        "JWT_SECRET": _SECRET,
        "BCRYPT_ROUNDS": "4" if cheap_passwords else "10",
    }
    return Program("seed", [node(), str(PEERS / "seed" / "server.js"), "0"], environ)


def bare() -> Program:
    """Return Socket.IO without an application."""
    return Program("bare Socket.IO", [node(), str(PEERS / "bare" / "server.js"), "0"], {"NODE_ENV": "production"})


def node() -> str:
    """Return the path of Node.js, the machine's own or the one installed for tests."""
    return find_node() or sys.exit("the peers need Node.js: `make install` installs it")


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds that all threads of a process have used so far, to the nanosecond."""
    return time.clock_gettime((~pid << 3) | 2)  # its clock, as clock_getcpuclockid(3) returns it


class Server:
    """A running server. `said` has the last lines of its output."""

    def __init__(self, name: str, pid: int, port: int, said: deque[str]) -> None:
        self.name = name
        self.pid = pid
        self.port = port
        self.said = said
        self._proc = Path(f"/proc/{pid}")

    def cpu(self) -> float:
        """Return the CPU seconds that all its threads have used so far."""
        return cpu_seconds(self.pid)

    def resident(self) -> int:
        """Return its resident memory in bytes."""
        return int((self._proc / "statm").read_text("utf-8").split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def connections(self) -> int:
        """Return the number of connected clients."""
        port = f":{self.port:04X}"
        lines = Path("/proc/net/tcp").read_text("utf-8").splitlines()[1:]
        return sum(local.endswith(port) and state == _ESTABLISHED for _, local, _, state, *_ in map(str.split, lines))

    def files(self) -> int:
        """Return the number of open files and sockets."""
        return len(self.opened())

    def opened(self) -> list[str]:
        """Return the path, or the kind, of each open file and socket."""
        found = []
        for link in (self._proc / "fd").iterdir():
            with suppress(FileNotFoundError):  # closed meanwhile
                found.append(str(link.readlink()))
        return found


@asynccontextmanager
async def running(program: Program, where: set[int]) -> AsyncIterator[Server]:
    """Start a server on these cores and stop it at the end.

    Raises:
        RuntimeError: it does not start; with the last lines of its output.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("STUDYHALL_")}
    with on(where):
        process = await asyncio.create_subprocess_exec(
            *program.command,
            env=inherited | program.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for the bench, which then stops the server
        )
    said: deque[str] = deque(maxlen=20)
    ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    reader = asyncio.create_task(_read(process, said, ready))
    try:
        async with asyncio.timeout(_START_WITHIN):
            port = await ready
        yield Server(program.name, process.pid, port, said)
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), _STOP_WITHIN)
        except TimeoutError:
            process.kill()
            await process.wait()
        reader.cancel()


async def _read(process: asyncio.subprocess.Process, said: deque[str], ready: asyncio.Future[int]) -> None:
    """Read all output of a server, so that it never blocks, and find its port."""
    assert process.stdout is not None
    async for line in process.stdout:
        said.append(line.decode(errors="replace").rstrip())
        if not ready.done() and (found := re.search(r"mode on port (\d+)$", said[-1])):
            ready.set_result(int(found[1]))
    if not ready.done():
        ready.set_exception(RuntimeError("a server did not start:\n" + "\n".join(said)))
