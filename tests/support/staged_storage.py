"""A memory storage whose methods wait and fail when a test says so, and users in it."""

import asyncio
import inspect
from types import SimpleNamespace

from domain.accounts import EmailVerificationToken, PasswordResetToken
from domain.errors.storage import StorageUnavailable
from domain.study.timer import Timer
from storage.memory import MemoryStorage
from tests.cases.writes import READS, WRITES
from tests.storage.test_focus import row, session_of
from tests.support.factories import (
    at,
    draft,
    make_invite,
    make_room,
    make_sign_in,
    make_user,
    new_act,
    new_report,
    new_room,
    new_sign_in,
    new_user,
    post,
)
from tests.support.looked_up import CACHED
from tests.support.quiet_focus import hold


class Stages(MemoryStorage):
    """A memory storage whose methods wait and fail when told to, below the layer that reports changes.

    Attributes:
        asked: the cached reads that reached it.
        held_reads: they read at once and answer when this is set.
        held_writes: the write named in `held` begins when this is set.
        failing: this write is carried out, and the caller told otherwise.
    """

    def __init__(self):
        super().__init__()
        self.asked = []
        self.held_reads = asyncio.Event()
        self.held_writes = asyncio.Event()
        self.held_reads.set()
        self.held = self.failing = None


def _staged_read(name):
    async def read(self, *args, **options):
        self.asked.append(name)
        answer = await getattr(MemoryStorage, name)(self, *args, **options)
        await self.held_reads.wait()
        return answer

    return read


def _staged_write(name):
    unreported = inspect.unwrap(getattr(MemoryStorage, name))

    async def write(self, *args, **options):
        if self.held == name:
            await self.held_writes.wait()
        answer = await unreported(self, *args, **options)
        if self.failing == name:
            raise StorageUnavailable
        return answer

    return write


Staged = type(
    "Staged",
    (Stages,),
    {name: _staged_read(name) for name in CACHED - {"epoch"}} | {name: _staged_write(name) for name in WRITES},
)


async def make_world(inner):
    """Return Ada's room with Bob, where both have posted; Cy; and records that are not stored yet."""
    ada, bob, cy, dee = [await make_user(inner, name) for name in ("Ada", "Bob", "Cy", "Dee")]
    room = await make_room(inner, ada, bob, dee)
    await inner.set_presence(room.id, dee.id, {"activity": "Sheet 4"}, at(5))
    await inner.mute_member(room.id, dee.id, at(60), new_act(room, ada, "member-muted", dee))
    await make_room(inner, cy)
    quiet = await make_room(inner, cy, dee, visibility="private")
    await hold(inner, quiet, dee)
    timer = Timer(room_id=room.id, version=1, state="running", phase="focus", round=1, started_at=at(0), duration=1500)
    assert await inner.set_room_timer(room.id, timer, 0, at(0))
    await post(inner, draft(room, bob))
    [said] = await post(inner, draft(room, ada))
    studied = session_of(ada, 0, 1_000)
    await inner.save_focus([row(studied)])
    await inner.add_password_reset(PasswordResetToken(ada.id, "ada's", at(100), mailed=True))
    await inner.add_verification(EmailVerificationToken(ada.id, "ada's", at(100)))
    return SimpleNamespace(
        ada=ada,
        bob=bob,
        cy=cy,
        dee=dee,
        room=room,
        quiet=quiet,
        said=said,
        studied=studied,
        report=await inner.add_report(new_report(said, dee)),
        invite=await make_invite(inner, room, ada),
        ada_sign_in=await make_sign_in(inner, ada),
        bob_sign_in=await make_sign_in(inner, bob),
        new_user=new_user(),
        new_room=new_room(ada),
        new_sign_in=new_sign_in(ada),
    )


async def answers(storage, world):
    return {name: await read(storage, world) for name, read in READS.items()}
