"""Statements that an operation costs in PostgreSQL and SQLite: a rule in Python reads no further facts."""

from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple

import msgspec
import pytest

from domain.accounts import User
from domain.errors.base import AppError
from domain.rooms import Room
from storage.base import Storage
from storage.postgres.transaction import Statements
from storage.sqlite import SqliteStorage
from tests.conftest import DURABLE, make_backend
from tests.support.factories import (
    at,
    draft,
    make_admin,
    make_invite,
    make_moderator,
    make_room,
    make_user,
    new_act,
    new_report,
    post,
)
from tests.support.quiet_focus import BREAK, hold

CONTROL = {"BEGIN", "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"}
"""Statements that are not counted."""


class Scene(NamedTuple):
    """A public and a private room with an owner and a member, and a guest outside."""

    storage: Storage
    room: Room
    private: Room
    owner: User
    member: User
    guest: User

    def act(self, action, target=None, actor=None, room=None, when=20):
        return new_act(room or self.room, actor or self.owner, action, target, when)


async def new_scene(storage):
    owner, member, guest = [await make_user(storage, name) for name in ("Owner", "Member", "Guest")]
    rooms = [await make_room(storage, owner, member, visibility=one) for one in ("public", "private")]
    return Scene(storage, *rooms, owner, member, guest)


OPERATIONS: dict[str, tuple[int, int, int, Callable[[Scene], Awaitable[Callable[[], Awaitable[object]]]]]] = {}
"""By name: statements in PostgreSQL, round trips to it, statements in SQLite; and a function that prepares the call."""


def operation(name, postgres, round_trips, sqlite):
    """Add a function that prepares an operation and returns its call."""

    def add(prepare):
        OPERATIONS[name] = (postgres, round_trips, sqlite, prepare)
        return prepare

    return add


@operation("join a public room", 5, 2, 5)
async def _(scene):
    return lambda: scene.storage.add_member(scene.room.id, scene.guest.id, at(5), only_public=True)


@operation("join again", 3, 2, 1)
async def _(scene):
    return lambda: scene.storage.add_member(scene.room.id, scene.member.id, at(5), only_public=True)


@operation("join a missing room", 3, 2, 2)
async def _(scene):
    await scene.storage.delete_room(scene.room.id)
    return lambda: scene.storage.add_member(scene.room.id, scene.guest.id, at(5), only_public=True)


@operation("join while banned", 3, 2, 3)
async def _(scene):
    await scene.storage.add_ban(scene.room.id, scene.guest.id, "", scene.act("member-banned", scene.guest))
    return lambda: scene.storage.add_member(scene.room.id, scene.guest.id, at(5), only_public=True)


@operation("join a private room as an admin", 6, 2, 6)
async def _(scene):
    admin = await make_admin(scene.storage)
    act = scene.act("admin-joined", actor=admin, room=scene.private)
    return lambda: scene.storage.add_member(scene.private.id, admin.id, at(5), only_public=True, admin_audit=act)


@operation("use an invitation", 11, 4, 9)
async def _(scene):
    invite = await make_invite(scene.storage, scene.private, scene.owner)
    act = scene.act("invite-used", actor=scene.guest, room=scene.private)
    return lambda: scene.storage.use_invite(invite, scene.guest.id, act)


@operation("use an invitation again", 7, 4, 2)
async def _(scene):
    invite = await make_invite(scene.storage, scene.private, scene.owner)
    act = scene.act("invite-used", actor=scene.guest, room=scene.private)
    await scene.storage.use_invite(invite, scene.guest.id, act)
    return lambda: scene.storage.use_invite(invite, scene.guest.id, act)


@operation("use an invitation as a member", 7, 4, 3)
async def _(scene):
    invite = await make_invite(scene.storage, scene.private, scene.owner)
    act = scene.act("invite-used", actor=scene.member, room=scene.private)
    return lambda: scene.storage.use_invite(invite, scene.member.id, act)


@operation("use an expired invitation", 4, 3, 2)
async def _(scene):
    invite = await make_invite(scene.storage, scene.private, scene.owner)
    act = scene.act("invite-used", actor=scene.guest, room=scene.private, when=5000)
    return lambda: scene.storage.use_invite(invite, scene.guest.id, act)


@operation("use an invitation after a removal", 4, 3, 2)
async def _(scene):
    invite = await make_invite(scene.storage, scene.private, scene.owner)
    removal = scene.act("member-removed", scene.member, room=scene.private)
    await scene.storage.remove_member(scene.private.id, scene.member.id, removal)
    act = scene.act("invite-used", actor=scene.member, room=scene.private)
    return lambda: scene.storage.use_invite(invite, scene.member.id, act)


@operation("transfer a room", 6, 4, 5)
async def _(scene):
    act = scene.act("room-handed-over", scene.member)
    return lambda: scene.storage.transfer_room(scene.room.id, scene.owner.id, scene.member.id, act)


@operation("transfer a room again", 2, 2, 1)
async def _(scene):
    act = scene.act("room-handed-over", scene.member)
    await scene.storage.transfer_room(scene.room.id, scene.owner.id, scene.member.id, act)
    return lambda: scene.storage.transfer_room(scene.room.id, scene.owner.id, scene.member.id, act)


@operation("transfer the room of another user", 2, 2, 1)
async def _(scene):
    act = scene.act("room-handed-over", scene.owner, actor=scene.member)
    return lambda: scene.storage.transfer_room(scene.room.id, scene.member.id, scene.owner.id, act)


@operation("leave a room", 6, 2, 8)
async def _(scene):
    return lambda: scene.storage.remove_member(scene.room.id, scene.member.id)


@operation("leave the own room", 2, 2, 1)
async def _(scene):
    return lambda: scene.storage.remove_member(scene.room.id, scene.owner.id)


@operation("remove a member", 9, 3, 11)
async def _(scene):
    act = scene.act("member-removed", scene.member)
    return lambda: scene.storage.remove_member(scene.room.id, scene.member.id, act)


@operation("remove a member again", 3, 3, 1)
async def _(scene):
    act = scene.act("member-removed", scene.member)
    await scene.storage.remove_member(scene.room.id, scene.member.id, act)
    return lambda: scene.storage.remove_member(scene.room.id, scene.member.id, act)


@operation("remove a moderator as a moderator", 3, 3, 1)
async def _(scene):
    await scene.storage.add_member(scene.room.id, scene.guest.id, at(1))
    for user in (scene.member, scene.guest):
        await make_moderator(scene.storage, scene.room, user)
    act = scene.act("member-removed", scene.guest, actor=scene.member)
    return lambda: scene.storage.remove_member(scene.room.id, scene.guest.id, act)


@operation("set a role", 6, 3, 5)
async def _(scene):
    act = scene.act("role-changed", scene.member)
    return lambda: scene.storage.set_role(scene.room.id, scene.member.id, "moderator", act)


@operation("mute a member", 7, 3, 6)
async def _(scene):
    act = scene.act("member-muted", scene.member)
    return lambda: scene.storage.mute_member(scene.room.id, scene.member.id, at(100), act)


@operation("unmute a member", 6, 3, 4)
async def _(scene):
    await scene.storage.mute_member(scene.room.id, scene.member.id, at(100), scene.act("member-muted", scene.member))
    act = scene.act("member-unmuted", scene.member)
    return lambda: scene.storage.unmute_member(scene.room.id, scene.member.id, act)


@operation("set a status and an activity", 2, 2, 2)
async def _(scene):
    fields = {"chosen_status": "busy", "activity": "Sheet 4"}
    return lambda: scene.storage.set_presence(scene.room.id, scene.member.id, fields, at(100))


@operation("clear an activity", 5, 3, 3)
async def _(scene):
    await scene.storage.set_presence(scene.room.id, scene.member.id, {"activity": "Rude"}, at(100))
    act = scene.act("activity-cleared", scene.member)
    return lambda: scene.storage.clear_activity(scene.room.id, scene.member.id, act)


@operation("ban a member", 11, 3, 13)
async def _(scene):
    act = scene.act("member-banned", scene.member)
    return lambda: scene.storage.add_ban(scene.room.id, scene.member.id, "", act)


@operation("lift a ban", 5, 3, 3)
async def _(scene):
    await scene.storage.add_ban(scene.room.id, scene.member.id, "", scene.act("member-banned", scene.member))
    act = scene.act("member-unbanned", scene.member)
    return lambda: scene.storage.delete_ban(scene.room.id, scene.member.id, act)


@operation("invite", 6, 4, 6)
async def _(scene):
    return lambda: make_invite(scene.storage, scene.room, scene.owner)


@operation("revoke an invitation", 5, 3, 3)
async def _(scene):
    invite = await make_invite(scene.storage, scene.room, scene.owner)
    act = scene.act("invite-revoked")
    return lambda: scene.storage.delete_invite(scene.room.id, invite.id, act)


@operation("change a room", 4, 3, 4)
async def _(scene):
    act = scene.act("room-changed")
    return lambda: scene.storage.change_room(scene.room.id, {"name": "Algebra"}, act)


@operation("delete a room", 21, 4, 20)
async def _(scene):
    return lambda: scene.storage.delete_room(scene.room.id, scene.owner.id)


@operation("report a message", 9, 7, 7)
async def _(scene):
    [message] = await post(scene.storage, draft(scene.room, scene.owner))
    return lambda: scene.storage.add_report(new_report(message, scene.member))


@operation("resolve a report", 9, 7, 7)
async def _(scene):
    [message] = await post(scene.storage, draft(scene.room, scene.member))
    report = await scene.storage.add_report(new_report(message, scene.owner))
    act = scene.act("report-resolved")
    return lambda: scene.storage.set_report_status(report.id, "resolved", act)


@operation("post a message", 1, 1, 4)
async def _(scene):
    return lambda: scene.storage.add_messages([draft(scene.room, scene.owner, key="one")])


@operation("post ten messages in two rooms", 1, 1, 24)
async def _(scene):
    rooms = (scene.room, scene.private)
    drafts = [draft(room, scene.owner, key=str(number)) for number in range(5) for room in rooms]
    return lambda: scene.storage.add_messages(drafts)


@operation("post a message again", 3, 3, 1)
async def _(scene):
    await post(scene.storage, draft(scene.room, scene.owner, key="one"))
    return lambda: scene.storage.add_messages([draft(scene.room, scene.owner, key="one")])


@operation("post the same message twice in one batch", 3, 2, 5)
async def _(scene):
    drafts = [draft(scene.room, scene.owner, key="one") for _ in range(2)]
    return lambda: scene.storage.add_messages(drafts)


@operation("post a message, and one that is rejected", 4, 3, 5)
async def _(scene):
    drafts = [draft(scene.room, user, key="one") for user in (scene.owner, scene.guest)]
    return lambda: scene.storage.add_messages(drafts)


@operation("post to a missing room", 3, 3, 1)
async def _(scene):
    await scene.storage.delete_room(scene.room.id)
    return lambda: scene.storage.add_messages([draft(scene.room, scene.owner)])


@operation("hold a message", 7, 5, 5)
async def _(scene):
    await hold(scene.storage, scene.room, scene.member)
    return lambda: scene.storage.add_messages([draft(scene.room, scene.member, key="one")], at(60))


@operation("post a message to a room with quiet focus in a break", 5, 4, 5)
async def _(scene):
    await scene.storage.change_room(scene.room.id, {"quiet_focus": "hold"})
    return lambda: scene.storage.add_messages([draft(scene.room, scene.member, key="one")], at(60))


@operation("release three messages", 8, 5, 14)
async def _(scene):
    await hold(scene.storage, scene.room, scene.member, "one", "two", "three")
    return lambda: scene.storage.release_held(scene.room.id, at(BREAK), at(BREAK), 10)


@operation("post a notice that names two users", 8, 4, 8)
async def _(scene):
    act, named = scene.act("system-message-posted"), (scene.owner.summary, scene.member.summary)
    notice = msgspec.structs.replace(draft(scene.room, None), audit=act, mentioned_users=named)
    return lambda: scene.storage.add_messages([notice])


@operation("post a notice again", 3, 3, 2)
async def _(scene):
    act, named = scene.act("system-message-posted"), (scene.owner.summary, scene.member.summary)
    notice = msgspec.structs.replace(draft(scene.room, None), audit=act, mentioned_users=named)
    await post(scene.storage, notice)
    return lambda: scene.storage.add_messages([notice])


@operation("delete an account", 37, 8, 37)
async def _(scene):
    return lambda: scene.storage.delete_user(scene.member.id)


@asynccontextmanager
async def count_postgres(monkeypatch):
    """Count the statements of a PostgreSQL storage, and its round trips."""
    counted, fetch = [0, 0], Statements.fetch

    async def counting(self, sql, *params):
        statements = {number: part.strip() for number, part in enumerate(sql.split(";"))}
        counted[0] += sum(bool(statement) and statement not in CONTROL for statement in statements.values())
        counted[1] += 1
        return await fetch(self, sql, *params)

    with monkeypatch.context() as patch:
        patch.setattr(Statements, "fetch", counting)
        yield counted


@asynccontextmanager
async def count_sqlite(storage):
    """Count the statements of an SQLite storage."""
    said, counted, connections = [], [], storage._database._connections
    for connection in connections:
        await connection.run(lambda raw: raw.set_trace_callback(said.append))
    yield counted
    for connection in connections:
        await connection.run(lambda raw: raw.set_trace_callback(None))
    counted.append(sum(statement not in CONTROL for statement in said))


@pytest.fixture(params=DURABLE)
def backend(request, tmp_path):
    """Each backend with statements, behind the fixture `storage`."""
    return make_backend(request.param, request, tmp_path)


async def test_operations_cost_no_more_statements(storage, monkeypatch):
    in_sqlite = isinstance(storage, SqliteStorage)
    found, expected = {}, {}
    for name, (statements, round_trips, of_sqlite, prepare) in OPERATIONS.items():
        call = await prepare(await new_scene(storage))
        async with count_sqlite(storage) if in_sqlite else count_postgres(monkeypatch) as counted:
            with suppress(AppError):
                await call()
        found[name] = counted
        expected[name] = [of_sqlite] if in_sqlite else [statements, round_trips]
    assert found == expected
