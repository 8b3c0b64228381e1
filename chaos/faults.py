"""Faults: each is a context manager that breaks something on entry and heals it on exit."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import NamedTuple

from chaos.clients import Client
from chaos.schedule import Sort
from chaos.server import HOUR, Server
from chaos.storages import Postgres, Sqlite


@dataclass
class Stage:
    """Targets of a fault: the server, its storage, and the chosen clients."""

    server: Server
    storage: Sqlite | Postgres
    chosen: Sequence[Client] = ()

    @property
    def sqlite(self) -> Sqlite:
        assert isinstance(self.storage, Sqlite)
        return self.storage

    @property
    def postgres(self) -> Postgres:
        assert isinstance(self.storage, Postgres)
        return self.storage


class Fault(NamedTuple):
    """One kind of fault.

    Args:
        during: breaks and heals.
        sort: its name, duration in seconds, and share of affected clients.
        deafens: "server" if the server cannot work meanwhile, "chosen" if the chosen clients cannot reach it.
        unwritable: True if the storage rejects writes meanwhile.
        spares: True if connections of other clients must survive.
        study_loss: maximum of seconds of study time that it may cost a user.
        ends_sessions: True if it lasts too long for a focus session to continue.
    """

    during: Callable[[Stage], AbstractAsyncContextManager[None]]
    sort: Sort
    deafens: str = ""
    unwritable: bool = False
    spares: bool = False
    study_loss: float = 0.0
    ends_sessions: bool = False


@asynccontextmanager
async def killed(stage: Stage) -> AsyncIterator[None]:
    await stage.server.kill()
    yield
    await stage.server.start()


@asynccontextmanager
async def killed_for_long(stage: Stage) -> AsyncIterator[None]:
    await stage.server.kill()
    stage.server.pass_time(LONG)
    yield
    await stage.server.start()


@asynccontextmanager
async def stopped(stage: Stage) -> AsyncIterator[None]:
    await stage.server.stop()
    yield
    await stage.server.start()


@asynccontextmanager
async def frozen(stage: Stage) -> AsyncIterator[None]:
    stage.server.freeze()
    yield
    stage.server.thaw()


@asynccontextmanager
async def cut_off(stage: Stage) -> AsyncIterator[None]:
    for client in stage.chosen:
        client.cable.cut()
    yield
    for client in stage.chosen:
        client.cable.heal()


@asynccontextmanager
async def not_reading(stage: Stage) -> AsyncIterator[None]:
    for client in stage.chosen:
        client.cable.stop_reading()
    yield
    for client in stage.chosen:
        client.cable.heal()


@asynccontextmanager
async def ahead(stage: Stage) -> AsyncIterator[None]:
    stage.server.shift_clock(HOUR)
    _tear(stage.chosen)
    yield
    stage.server.shift_clock(0.0)


@asynccontextmanager
async def behind(stage: Stage) -> AsyncIterator[None]:
    stage.server.shift_clock(-HOUR)
    _tear(stage.chosen)
    yield
    stage.server.shift_clock(0.0)


@asynccontextmanager
async def restarted_behind(stage: Stage) -> AsyncIterator[None]:
    stage.server.shift_clock(-HOUR)
    await stage.server.kill()
    await stage.server.start()
    yield
    stage.server.shift_clock(0.0)


def _tear(clients: Sequence[Client]) -> None:
    for client in clients:
        client.tear()  # it reconnects to a server with another time


@asynccontextmanager
async def disk_full(stage: Stage) -> AsyncIterator[None]:
    if stage.sqlite.is_small:
        await asyncio.to_thread(stage.sqlite.fill)
        yield
        stage.sqlite.free()
    else:
        stage.server.limit_files(0)
        yield
        stage.server.limit_files(-1)


@asynccontextmanager
async def database_killed(stage: Stage) -> AsyncIterator[None]:
    await asyncio.to_thread(stage.postgres.server.kill)
    yield
    await asyncio.to_thread(stage.postgres.server.start_again)


@asynccontextmanager
async def database_frozen(stage: Stage) -> AsyncIterator[None]:
    await asyncio.to_thread(stage.postgres.server.freeze)
    yield
    await asyncio.to_thread(stage.postgres.server.thaw)


@asynccontextmanager
async def killed_meanwhile(stage: Stage) -> AsyncIterator[None]:
    await asyncio.to_thread(stage.postgres.server.freeze)
    await asyncio.sleep(1)  # commits are in flight, and end after their callers are gone
    await stage.server.kill()
    await stage.server.start()
    yield
    await asyncio.to_thread(stage.postgres.server.thaw)


@asynccontextmanager
async def connections_ended(stage: Stage) -> AsyncIterator[None]:
    await asyncio.to_thread(stage.postgres.server.terminate_connections)
    yield


HALF, FEW = 0.5, 0.125
LONG = 360.0
"""Seconds without a server for its clock: more than the 5 minutes in which a focus session continues."""
CHECKPOINT = 60.0
"""Seconds between two checkpoints of focus sessions, at most."""

_EVERYWHERE = (
    Fault(killed, Sort("kill -9", 0.0, 2.0), deafens="server"),
    Fault(stopped, Sort("SIGTERM", 0.0, 2.0), deafens="server"),
    Fault(frozen, Sort("SIGSTOP", 10.0, 10.0), deafens="server"),
    Fault(cut_off, Sort("network cut for half", 1.0, 10.0, HALF), deafens="chosen", spares=True),
    Fault(not_reading, Sort("some stop reading", 5.0, 10.0, FEW), deafens="chosen", spares=True),
    Fault(ahead, Sort("clock an hour ahead", 2.0, 4.0, FEW), spares=True),
    Fault(behind, Sort("clock an hour behind", 2.0, 4.0, FEW), spares=True),
    Fault(
        killed_for_long,
        Sort("kill -9, for 6 minutes", 0.0, 2.0),
        deafens="server",
        study_loss=CHECKPOINT,
        ends_sessions=True,
    ),
    Fault(restarted_behind, Sort("kill -9, clock behind", 3.0, 5.0), deafens="server", study_loss=CHECKPOINT),
)

FAULTS = {
    "sqlite": (*_EVERYWHERE, Fault(disk_full, Sort("disk full", 5.0, 10.0), unwritable=True)),
    "postgres": (
        *_EVERYWHERE,
        Fault(database_killed, Sort("database killed", 3.0, 6.0), unwritable=True),
        Fault(database_frozen, Sort("database frozen", 10.0, 10.0), unwritable=True),
        Fault(killed_meanwhile, Sort("kill -9, database frozen", 1.0, 5.0), deafens="server", unwritable=True),
        Fault(connections_ended, Sort("connections ended", 0.0, 1.0)),
    ),
}
"""Faults by name of the storage."""

QUICK = {
    "sqlite": ("kill -9", "network cut for half", "clock an hour behind", "disk full"),
    "postgres": ("SIGTERM", "database killed", "database frozen", "connections ended"),
}
"""Faults of a run of less than a minute: for each storage its own faults, and half of the others."""


def sorts(storage: str, *, quick: bool = False) -> list[Sort]:
    """Return the sorts of faults of a storage, or of a quick run."""
    return [fault.sort for fault in FAULTS[storage] if not quick or fault.sort.kind in QUICK[storage]]
