"""The authorisation matrix (tests/cases/), asked by users who lose a role while their request is on its way.

They are answered as users without the role, and change nothing: whether it is taken away after half of the body came,
or between the checks of a service and its transaction, or after what was to be shown was read.
"""

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, Self

import pytest

from domain import ids
from domain.clock import SystemClock
from domain.moderation import AuditDraft
from tests.cases.authorisation import EVENTS, HTTP
from tests.cases.writes import WRITES
from tests.support.authorisation import (
    ADMIN,
    DELETED,
    DISABLED,
    MEMBER,
    MODERATOR,
    NOBODY,
    OK,
    OUTSIDER,
    OWNER,
    ROOM,
    Row,
)
from tests.support.doc_checks import error_codes
from tests.support.scene import Meanwhile, Scene, school_on

VICTIM = "victim"
ACTS = (WRITES.keys() - {"record_login", "save_presence"}) | {
    *("add_account_invite", "revoke_account_invite", "add_announcement", "delete_announcement"),
    *("set_user_timer", "add_promotion", "confirm_promotion", "delete_promotion"),
    *("add_scheduled_session", "change_scheduled_session", "delete_scheduled_session", "set_going"),
    *("add_task", "change_task", "clear_task"),
}
"""Writes of the storage that stand or fall with a role."""
SHOWN = frozenset(
    {"audit_log", "bans", "discover", "invites", "members", "messages_after", "messages_before", "reports", "counts"}
    | {
        "account_invites",
        "all_rooms",
        "promotions",
        "report",
        "users",
        "rooms_of",
        "scheduled_sessions",
        "begun_sessions",
        "room_focus",
        "room_totals",
        "scheduled_session",
        "shared_tasks",
        "room_timer",
        "user_timer",
    }
)
"""Reads of the storage whose results are shown."""
CACHED = frozenset({"history", "timer", "totals"})
"""First words of the keys under which results shown to several users are cached. Others have a key for each user, and
every victim is a new user."""
NOTHING_BETWEEN = frozenset(
    {"GET /api/users/:id", "GET /api/announcements", "leave-room", "user-active"}
    | {"start-focus", "stop-focus", "confirm-focus"}
    | {f"{method} /api/study-rooms/:id/presence" for method in ("GET", "DELETE")}
    | {"GET /api/study-rooms/:id/basic-info"}
)
"""Done at once when the roles were read: nothing can be taken away between."""
LOST_ON_SOCKETS = {"mark-read": (OUTSIDER,), "refresh-token": ()}
"""Losses that are asked for less: a read mark is the user's own, and who shows a token is looked up with it."""
CHANGING_NOTHING = {f"POST {ROOM}/join": (MEMBER, MODERATOR), f"POST {ROOM}/leave": (ADMIN,)}
"""Users who are where the route leads to already."""
OF_ONE_ACCOUNT = re.compile(r"\w+ /api/(auth/.*|calendar|dashboard|focus(?!/timer).*)|(GET|DELETE) /api/tasks.*")
"""Routes of the user's own account but for deleting it: nobody else is concerned, and a disabled account is no loss."""


class Loss(NamedTuple):
    """A role that is taken away: what its holder was, and which column of the matrix counts afterwards."""

    was: str
    becomes: str


LOSSES = (
    Loss(MEMBER, OUTSIDER),
    Loss(MODERATOR, OUTSIDER),
    Loss(MODERATOR, MEMBER),
    Loss(OWNER, MODERATOR),
    Loss(ADMIN, OUTSIDER),
    Loss(MEMBER, DELETED),
    *(Loss(kind, DISABLED) for kind in (OUTSIDER, MEMBER, MODERATOR, ADMIN)),
)


class Losing:
    """A scene with a private room, and a new user for each loss."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.outer: Any = scene.school.storage
        self.room = scene.values["room"]
        self.number = 0
        self.forgotten: set[str] = set()

    async def casts(self, kind: str) -> None:
        """Set the role that the victim will lose."""
        self.number += 1
        person = await self.scene.somebody("Victim", f"Heron{self.number}")
        self.scene.people[VICTIM] = person
        if kind not in (OUTSIDER, ADMIN):
            await self.outer.add_member(self.room, person.id, SystemClock().now())
        if kind == MODERATOR:
            await self.outer.set_role(self.room, person.id, "moderator", self._act("role-changed", person.id))
        if kind == OWNER:
            await self.outer.transfer_room(self.room, self.scene.people[OWNER].id, person.id)
        if kind == ADMIN:
            await self.outer.set_access(person.id, role="admin")

    async def forget_shown(self) -> None:
        """Delete what is shown from the cache, so that it is read from the storage."""
        cache = self.scene.school.services.ctx.cache
        self.forgotten |= {key.partition(":")[0] for key in cache._backend._entries} & CACHED
        await cache.invalidate_cache_pattern(f"^({'|'.join(sorted(CACHED))}):")

    async def takes(self, loss: Loss) -> None:
        """Take the role away."""
        victim = self.scene.people[VICTIM].id
        if loss == Loss(OWNER, MODERATOR):
            await self.outer.transfer_room(self.room, victim, self.scene.people[OWNER].id)
        elif loss == Loss(MODERATOR, MEMBER):
            await self.outer.set_role(self.room, victim, "member", self._act("role-changed", victim))
        elif loss == Loss(ADMIN, OUTSIDER):
            await self.outer.set_access(victim, role="student")
        elif loss.becomes == OUTSIDER:
            await self.outer.remove_member(self.room, victim, self._act("member-removed", victim))
            await self.scene.school.services.memberships.evict(await self.outer.room(self.room), victim, "removed")
        elif loss.becomes == DISABLED:
            await self.outer.set_access(victim, disabled=True)
        else:
            await self.outer.delete_user(victim)

    def _act(self, action: str, target: str) -> AuditDraft:
        by, at = self.scene.people[OWNER].id, SystemClock().now()
        return AuditDraft(
            id=ids.new_id(), room_id=self.room, action=action, actor_id=by, target_id=target, timestamp=at
        )  # type: ignore[arg-type]


class Paused:
    """Lets something happen once in a storage: before the first act, or after the first read of something shown."""

    def __init__(self, storage: Any, meanwhile: Meanwhile, *, reads: bool) -> None:
        self._storage = storage
        self._meanwhile = meanwhile
        self._reads = reads
        self._names = SHOWN if reads else ACTS
        self.happened = False
        self.at = "nothing"
        """The method that was paused, and the task that called it: another than the request's is a race."""

    def __enter__(self) -> Self:
        for name in self._names:
            setattr(self._storage, name, self._paused(name, getattr(self._storage, name)))
        return self

    def __exit__(self, *_: object) -> None:
        for name in self._names:
            delattr(self._storage, name)

    def _paused(self, name: str, method: Any) -> Any:
        async def paused(*args: Any, **options: Any) -> Any:
            if self.happened:
                return await method(*args, **options)
            self.happened = True
            self.at = f"{name} in {asyncio.current_task()}"
            if self._reads:
                shown = await method(*args, **options)
                await self._meanwhile()
                return shown
            await self._meanwhile()
            return await method(*args, **options)

        return paused


def code_after(row: Row, loss: Loss) -> str:
    """Return what the row says of the victim afterwards; OK if it is no loss for the row, or the row needs no token."""
    cells = row.private or row.public
    is_refused = cells[loss.was] != OK or row.public[NOBODY] != "not_signed_in"
    return OK if is_refused else cells[loss.becomes]


LATE = [(row, loss) for row in HTTP if row.body is not None for loss in LOSSES if code_after(row, loss) != OK]
WITHIN = [
    (row, loss)
    for row in (*HTTP, *EVENTS)
    for loss in LOSSES
    if code_after(row, loss) != OK
    and (not row.is_event or loss.becomes in LOST_ON_SOCKETS.get(row.does, (OUTSIDER, DISABLED)))
    and row.does not in NOTHING_BETWEEN
    and loss.was not in CHANGING_NOTHING.get(row.does, ())
    and (row.does != "DELETE /api/auth/me" or loss.becomes != DELETED)
    and (row.does == "DELETE /api/auth/me" or not OF_ONE_ACCOUNT.fullmatch(row.does))
]


async def _asked(losing: Losing, row: Row, loss: Loss, *, late: bool) -> str | None:
    """Return what is wrong with the answer; None if nothing is."""
    scene = losing.scene
    await losing.casts(loss.was)
    if row.is_event:
        await scene.goes_in(VICTIM)
    else:
        await scene.prepare(row, VICTIM)
    after: list[str] = []
    taken_at = "half of the body"

    async def meanwhile() -> None:
        await losing.takes(loss)
        after.append(scene.state())

    if late:
        async with _arrival(scene.school.services.sessions) as arrived:

            async def known_then_lost() -> None:
                await arrived.wait()
                await meanwhile()

            said = await scene.asks(row, VICTIM, meanwhile=known_then_lost)
    else:
        await losing.forget_shown()
        with Paused(losing.outer, meanwhile, reads=row.only_shows or row.does == "join-room") as paused:
            said = await scene.asks(row, VICTIM)
        if not paused.happened:
            advice = "is what it asks of the storage in ACTS or SHOWN, or the row in NOTHING_BETWEEN?"
            return f"{row.name}, {loss.was} → {loss.becomes}: nothing was taken away: {advice} {said.raw:.200}"
        taken_at = paused.at
    wanted = code_after(row, loss)
    wrong = []
    if said.code != wanted or said.status != (0 if row.is_event else error_codes()[wanted]):
        wrong.append(f"expected {wanted}; {said.raw:.300}")
    if scene.state() != after[0]:
        wrong.append("changed something")
    if ear := scene.ears.pop(VICTIM, None):
        await ear.close()
    return f"{row.name}, {loss.was} → {loss.becomes}: {'; '.join(wrong)}; taken at {taken_at}" if wrong else None


@asynccontextmanager
async def _arrival(sign_ins: Any) -> AsyncIterator[asyncio.Event]:
    """An event that is set when the server has authenticated the request."""
    arrived, authenticate = asyncio.Event(), sign_ins.authenticate

    async def authenticated(token: object) -> Any:
        identity = await authenticate(token)
        arrived.set()
        return identity

    sign_ins.authenticate = authenticated
    try:
        yield arrived
    finally:
        sign_ins.authenticate = authenticate


@pytest.mark.parametrize("storage", ["memory", "sqlite"])
@pytest.mark.parametrize("late", [True, False], ids=["after half of the body", "before the transaction"])
async def test_role_taken_away_on_the_way_counts(storage, late, tmp_path):
    cells = LATE if late else WITHIN
    if storage == "sqlite":
        cells = cells[::7]
    async with school_on(storage, tmp_path) as school:
        losing = Losing(await Scene.set(school, 1, private=True))
        wrong = [found for row, loss in cells if (found := await _asked(losing, row, loss, late=late))]
        await losing.scene.is_over()
    if storage == "memory" and not late:
        assert losing.forgotten == CACHED, "a key has another name, or its result is not cached"
    assert not wrong, f"{len(wrong)} of {len(cells)} cells are wrong:\n" + "\n".join(wrong)


def test_every_route_that_names_a_room_is_asked_with_each_loss(capsys, record_property):
    asked = {row.does for row, _ in (*LATE, *WITHIN)}
    assert {row.does for row in HTTP if "/study-rooms/:id" in row.does} <= asked | NOTHING_BETWEEN
    assert {loss for _, loss in WITHIN} == {loss for _, loss in LATE} == set(LOSSES)
    figures = f"roles taken away on the way: {len(LATE)} cells after half of the body, {len(WITHIN)} within the storage"
    record_property("authorisation_late", figures)
    with capsys.disabled():  # a person reads it
        sys.stdout.write(f"\n{figures}\n")
