"""A write is seen by the next lookup, whatever becomes of the write."""

import asyncio
import gc
import inspect
from types import SimpleNamespace

import msgspec
import pytest

from domain import ids
from domain.accounts import AccountInvite, EmailVerificationToken, PasswordResetToken
from domain.admin import Promotion
from domain.errors.rooms import NotAMember
from domain.errors.storage import StorageUnavailable
from runtime.cache import Cache
from runtime.change_versions import ChangeVersions
from storage.base import Storage
from storage.base.store import LIFECYCLE, declaration
from storage.memory import MemoryStorage
from tests.support.factories import (
    at,
    draft,
    make_admin,
    make_invite,
    make_room,
    make_sign_in,
    make_user,
    new_act,
    new_invite,
    new_report,
    new_room,
    new_sign_in,
    new_user,
    post,
    present,
    renewal,
    rotate,
)
from tests.support.looked_up import CACHED, LookedUp, unreported

UNREAD = {
    *("set_second_factor", "delete_second_factor", "add_promotion", "delete_promotion", "purge_former_accounts"),
    *("add_account_invite", "revoke_account_invite", "purge_account_invites", "add_announcement"),
    *("delete_announcement", "purge_reports", "compact", "command_changes"),
}
"""Writes of which no lookup shows anything, and `command_changes`, which reports what another process wrote."""

READS = {
    "ada": lambda s, w: s.user(w.ada.id),
    "bob": lambda s, w: s.user(w.bob.id),
    "new user": lambda s, w: s.user(w.new_user.id),
    "ada's sign-in": lambda s, w: s.session(w.ada_sign_in.id),
    "bob's sign-in": lambda s, w: s.session(w.bob_sign_in.id),
    "new sign-in": lambda s, w: s.session(w.new_sign_in.id),
    "room": lambda s, w: s.room(w.room.id),
    "new room": lambda s, w: s.room(w.new_room.id),
    "ada's place": lambda s, w: s.member(w.room.id, w.ada.id),
    "bob's place": lambda s, w: s.member(w.room.id, w.bob.id),
    "cy's place": lambda s, w: s.member(w.room.id, w.cy.id),
    "dee's place": lambda s, w: s.member(w.room.id, w.dee.id),
    "ada's new place": lambda s, w: s.member(w.new_room.id, w.ada.id),
    "members": lambda s, w: s.members(w.room.id, 10),
    "new members": lambda s, w: s.members(w.new_room.id, 10),
    "member ids": lambda s, w: s.member_ids(w.room.id),
    "owner": lambda s, w: s.owners([w.room.id]),
    "ada's rooms": lambda s, w: s.rooms_of(w.ada.id, 10),
    "bob's rooms": lambda s, w: s.rooms_of(w.bob.id, 10),
    "cy's rooms": lambda s, w: s.rooms_of(w.cy.id, 10),
    "bob's others": lambda s, w: s.discover(w.bob.id, limit=10),
    "cy's others": lambda s, w: s.discover(w.cy.id, limit=10),
    "messages": lambda s, w: s.messages_before(w.room.id, None, 10),
}

# What shows a room.
ROOM = {"room", "ada's rooms", "bob's rooms", "cy's others"}


async def add_invited(storage, world):
    """Invite the new user by an admin without rooms."""
    await storage.make_first_admin(world.cy.id)
    invite = AccountInvite(
        id=ids.new_id(), code_hash="code", created_by=world.cy.id, created_at=at(0), expires_at=at(9_999)
    )
    await storage.add_account_invite(invite, 5)
    await storage.add_invited_user(world.new_user, "hash", "code")


async def approve(storage, world):
    """Approve the new user by the admin without rooms."""
    await storage.make_first_admin(world.cy.id)
    await storage.add_user(msgspec.structs.replace(world.new_user, pending=True), "hash")
    await storage.approve_user(world.new_user.id, world.cy.id)


async def refuse(storage, world):
    """Reject a user by the admin without rooms."""
    await storage.make_first_admin(world.cy.id)
    waiting = new_user("Waiting", pending=True)
    await storage.add_user(waiting, "hash")
    await storage.reject_user(waiting.id, world.cy.id)


async def confirm_promotion(storage, world):
    kept = getattr(storage, "inner", storage)
    grace, mary = await make_admin(kept, "Grace"), await make_admin(kept, "Mary")
    await kept.add_promotion(Promotion(world.ada.id, grace.id, at(10), at(100)), verified_only=False)
    await storage.confirm_promotion(world.ada.id, mary.id, at(20), verified_only=False)


# Each write, and the reads that it makes answer differently.
WRITES = {
    "add_first_admin": (lambda s, w: s.add_first_admin(w.new_user, "hash"), {"new user"}),
    "make_first_admin": (lambda s, w: s.make_first_admin(w.bob.id), {"bob", "members"}),
    "add_invited_user": (add_invited, {"new user"}),
    "approve_user": (approve, {"new user"}),
    "reject_user": (refuse, set()),
    "add_user": (lambda s, w: s.add_user(w.new_user, "hash"), {"new user"}),
    "change_user": (
        lambda s, w: s.change_user(w.ada.id, {"first_name": "Augusta"}),
        {"ada", "members", "messages", "owner"},
    ),
    "set_access": (lambda s, w: s.set_access(w.ada.id, disabled=True), {"ada", "ada's sign-in"}),
    "reclaim_account": (
        lambda s, w: s.reclaim_account(PasswordResetToken(w.ada.id, "another", at(100)), "another"),
        {"ada", "ada's sign-in", "members"},
    ),
    "set_password": (
        lambda s, w: s.set_password(w.ada.id, "another", expected_hash=f"hash of {w.ada.id}"),
        set(),
    ),
    "add_password_reset": (lambda s, w: s.add_password_reset(PasswordResetToken(w.bob.id, "another", at(100))), set()),
    "use_password_reset": (lambda s, _: s.use_password_reset("ada's", "another", at(50)), {"ada", "ada's sign-in"}),
    "confirm_promotion": (
        confirm_promotion,
        {"ada", "members"},
    ),
    "add_verification": (lambda s, w: s.add_verification(EmailVerificationToken(w.bob.id, "another", at(100))), set()),
    "use_verification": (lambda s, w: s.use_verification("ada's", w.ada.id, at(50)), {"ada"}),
    "record_login": (lambda s, w: s.record_login(w.ada.id, at(50)), {"ada"}),
    "delete_user": (
        lambda s, w: s.delete_user(w.bob.id),
        {*ROOM, "bob", "bob's sign-in", "bob's place", "members", "member ids", "messages", "bob's others"},
    ),
    "add_session": (lambda s, w: s.add_session(w.new_sign_in), {"new sign-in"}),
    "rotate_session": (
        lambda s, w: rotate(s, w.ada_sign_in.id, "first", renewal("next", at(99))),
        {"ada's sign-in"},
    ),
    "revoke_session": (lambda s, w: s.revoke_session(w.ada_sign_in.id), {"ada's sign-in"}),
    "revoke_sessions": (lambda s, w: s.revoke_sessions(w.ada.id), {"ada's sign-in"}),
    "purge_sessions": (lambda s, _: s.purge_sessions(at(1000), 10), {"ada's sign-in", "bob's sign-in"}),
    "add_room": (
        lambda s, w: s.add_room(w.new_room),
        {"new room", "ada's new place", "new members", "ada's rooms", "bob's others", "cy's others"},
    ),
    "change_room": (lambda s, w: s.change_room(w.room.id, {"name": "Algebra", "visibility": "private"}), ROOM),
    "delete_room": (
        lambda s, w: s.delete_room(w.room.id),
        {*ROOM, "ada's place", "bob's place", "dee's place", "members", "member ids", "messages", "owner"},
    ),
    "add_member": (
        lambda s, w: s.add_member(w.room.id, w.cy.id, at(5)),
        {*ROOM, "cy's place", "cy's rooms", "members", "member ids"},
    ),
    "remove_member": (
        lambda s, w: s.remove_member(w.room.id, w.bob.id),
        {*ROOM, "bob's place", "members", "member ids", "bob's others"},
    ),
    "transfer_room": (
        lambda s, w: s.transfer_room(w.room.id, w.ada.id, w.bob.id),
        {"ada's place", "bob's place", "members", "owner", "ada's rooms", "bob's rooms"},
    ),
    "set_role": (
        lambda s, w: s.set_role(w.room.id, w.bob.id, "moderator", new_act(w.room, w.ada, "role-changed", w.bob)),
        {"bob's place", "members", "bob's rooms"},
    ),
    "mute_member": (
        lambda s, w: s.mute_member(w.room.id, w.bob.id, at(99), new_act(w.room, w.ada, "member-muted", w.bob)),
        {"bob's place", "members"},
    ),
    "unmute_member": (
        lambda s, w: s.unmute_member(w.room.id, w.dee.id, new_act(w.room, w.ada, "member-unmuted", w.dee)),
        {"dee's place", "members"},
    ),
    "add_invite": (
        lambda s, w: s.add_invite(new_invite(w.room, w.ada), 10, new_act(w.room, w.ada, "invite-created")),
        set(),
    ),
    "use_invite": (
        lambda s, w: s.use_invite(w.invite, w.cy.id, new_act(w.room, w.cy, "invite-used")),
        {*ROOM, "cy's place", "cy's rooms", "members", "member ids"},
    ),
    "delete_invite": (
        lambda s, w: s.delete_invite(w.room.id, w.invite.id, new_act(w.room, w.ada, "invite-revoked")),
        set(),
    ),
    "add_ban": (
        lambda s, w: s.add_ban(w.room.id, w.bob.id, "", new_act(w.room, w.ada, "member-banned", w.bob)),
        {*ROOM, "bob's place", "members", "member ids", "bob's others"},
    ),
    "delete_ban": (
        lambda s, w: s.delete_ban(w.room.id, w.cy.id, new_act(w.room, w.ada, "member-unbanned", w.cy)),
        set(),
    ),
    "add_report": (lambda s, w: s.add_report(new_report(w.said, w.bob)), set()),
    "set_report_status": (
        lambda s, w: s.set_report_status(w.report.id, "resolved", new_act(w.room, w.ada, "report-resolved")),
        set(),
    ),
    "mark_read": (lambda s, w: s.mark_read(w.room.id, w.bob.id, 2), {"bob's place", "bob's rooms"}),
    "add_messages": (
        lambda s, w: s.add_messages([draft(w.room, w.bob, when=60)]),
        {*ROOM, "bob's place", "messages"},
    ),
    "expire_messages": (lambda s, w: s.expire_messages(w.room.id, at(1e6), 1, 1), {*ROOM, "messages"}),
    "purge_idempotency_keys": (lambda s, _: s.purge_idempotency_keys(at(1e6), 10), set()),
    "purge_rooms": (lambda s, _: s.purge_rooms(10), set()),
    "save_presence": (lambda s, w: s.save_presence({w.room.id: [present(w.bob, when=70)]}), ROOM),
    "clear_presence": (lambda s, _: s.clear_presence(), set()),
}


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


@pytest.fixture
def inner():
    return Staged()


@pytest.fixture
async def storage(inner):
    cache = Cache()
    storage = LookedUp(inner, cache)
    await storage.open()
    yield storage
    await storage.close()
    await cache.close()


@pytest.fixture
async def world(inner):
    """Ada's room with Bob in it, where Ada has said something; Cy; and what is not kept yet."""
    ada, bob, cy, dee = [await make_user(inner, name) for name in ("Ada", "Bob", "Cy", "Dee")]
    room = await make_room(inner, ada, bob, dee)
    await inner.mute_member(room.id, dee.id, at(60), new_act(room, ada, "member-muted", dee))
    await make_room(inner, cy)
    await post(inner, draft(room, bob))
    [said] = await post(inner, draft(room, ada))
    await inner.add_password_reset(PasswordResetToken(ada.id, "ada's", at(100), mailed=True))
    await inner.add_verification(EmailVerificationToken(ada.id, "ada's", at(100)))
    return SimpleNamespace(
        ada=ada,
        bob=bob,
        cy=cy,
        dee=dee,
        room=room,
        said=said,
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


async def settle():
    """Run every task until it waits."""
    for _ in range(50):
        await asyncio.sleep(0)


async def test_role_of_a_disabled_user_ends_a_session_added_meanwhile(storage, inner, world):
    await storage.set_access(world.ada.id, disabled=True)
    await storage.add_session(world.new_sign_in)  # by a login that began before
    assert not (await storage.session(world.new_sign_in.id)).revoked
    await storage.set_access(world.ada.id, role="admin")
    assert (await storage.session(world.new_sign_in.id)).revoked


async def test_rejected_user_leaves_the_lists_of_a_room(storage, inner, world):
    waiting = await make_user(inner, "Waiting", pending=True)
    await inner.add_member(world.room.id, waiting.id, at(5))
    await storage.make_first_admin(world.cy.id)
    before = await answers(storage, world)
    await storage.reject_user(waiting.id, world.cy.id)
    after = await answers(storage, world)
    assert {name for name in READS if before[name] != after[name]} == ROOM | {"members", "member ids"}
    assert after == await answers(inner, world)


def test_each_write_of_a_storage_is_tested_here():
    methods = set(Storage.__abstractmethods__) - LIFECYCLE
    assert {name for name in methods if declaration(Storage, name)} == WRITES.keys() | UNREAD
    assert {name for name in methods if not declaration(Storage, name)} >= CACHED


async def test_what_was_read_is_not_read_again_absence_included(storage, inner, world):
    inner.asked.clear()
    first = await answers(storage, world)
    assert await answers(storage, world) == first
    assert len(inner.asked) == len(READS) + 1  # but that of a sign-in


async def test_absent_sign_ins_evict_nothing(inner, world):
    cache = Cache(max_entries=50)
    storage = LookedUp(inner, cache)
    await storage.user(world.ada.id)
    for number in range(200):
        assert await storage.session(f"{number:032x}") is None
    inner.asked.clear()
    await storage.user(world.ada.id)
    assert inner.asked == []
    assert len(cache) == 1


@pytest.mark.parametrize("name", WRITES)
async def test_a_write_is_seen_by_the_next_read(storage, inner, world, name):
    write, changing = WRITES[name]
    before = await answers(storage, world)
    await write(storage, world)
    after = await answers(storage, world)
    assert after == await answers(inner, world)
    assert {read for read in READS if after[read] != before[read]} == changing


@pytest.mark.parametrize("name", WRITES)
async def test_a_read_in_flight_during_the_write_is_not_what_the_next_one_gets(storage, inner, world, name):
    write, _ = WRITES[name]
    inner.held_reads.clear()
    early = [asyncio.create_task(read(storage, world)) for read in READS.values()]
    await settle()
    await write(storage, world)
    inner.held_reads.set()
    await asyncio.gather(*early)
    assert await answers(storage, world) == await answers(inner, world)


@pytest.mark.parametrize("name", WRITES)
async def test_a_write_that_failed_may_have_happened_all_the_same(storage, inner, world, name):
    write, _ = WRITES[name]
    await answers(storage, world)
    inner.failing = name
    with pytest.raises(StorageUnavailable):
        await write(storage, world)
    assert await answers(storage, world) == await answers(inner, world)


@pytest.mark.parametrize("name", [name for name, (_, changing) in WRITES.items() if changing])
async def test_a_write_whose_caller_was_cancelled_is_finished_and_seen(storage, inner, world, name):
    write, changing = WRITES[name]
    inner.held = name
    writing = asyncio.create_task(write(storage, world))
    await settle()
    writing.cancel()
    await settle()
    assert writing.cancelled()
    before = await answers(storage, world)
    inner.held_writes.set()
    await settle()
    after = await answers(storage, world)
    assert after == await answers(inner, world)
    assert {read for read in READS if after[read] != before[read]} == changing


async def test_a_write_that_fails_after_its_caller_was_cancelled_is_no_complaint(storage, inner, world):
    complaints = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context["message"]))
    inner.held = inner.failing = "record_login"
    writing = asyncio.create_task(storage.record_login(world.ada.id, at(50)))
    await settle()
    writing.cancel()
    inner.held_writes.set()
    await settle()
    assert await storage.user(world.ada.id) == await inner.user(world.ada.id)
    del writing  # it leads to the task
    gc.collect()
    assert complaints == []


async def test_closing_waits_until_a_cancelled_write_is_over(storage, inner, world):
    inner.held = "record_login"
    writing = asyncio.create_task(storage.record_login(world.ada.id, at(50)))
    await settle()
    writing.cancel()
    closing = asyncio.create_task(storage.close())
    await settle()
    assert not closing.done()
    inner.held_writes.set()
    await closing
    assert (await inner.user(world.ada.id)).last_login == at(50)


async def test_messages_do_not_make_their_room_and_senders_be_read_again(storage, inner, world):
    await answers(storage, world)
    inner.asked.clear()
    await storage.add_messages([draft(world.room, author, when=80) for author in (world.ada, world.bob, None)])
    found = await answers(storage, world)
    assert sorted(inner.asked) == ["messages_before", "session"]
    assert found == await answers(inner, world)
    assert (found["room"].last_seq, found["room"].last_active) == (5, at(80))
    assert (found["ada's place"].last_read, found["bob's place"].last_read) == (3, 4)


async def test_a_retry_moves_nothing_back(storage, inner, world):
    await answers(storage, world)
    first = draft(world.room, world.bob, when=80)
    await post(storage, first, draft(world.room, world.bob, when=90))
    await post(storage, first)
    assert await answers(storage, world) == await answers(inner, world)


async def test_a_refused_draft_changes_nothing(storage, inner, world):
    before = await answers(storage, world)
    [refused] = await storage.add_messages([draft(world.room, world.cy)])
    assert isinstance(refused, NotAMember)
    assert await answers(storage, world) == before


async def test_a_refusal_is_passed_on(storage, world):
    with pytest.raises(NotAMember):
        await storage.mark_read(world.room.id, world.cy.id, 1)


# Lists


async def test_a_longer_list_serves_for_a_shorter_one_and_is_kept(storage, inner, world):
    for name, read in {
        "members": lambda limit: storage.members(world.room.id, limit),
        "messages_before": lambda limit: storage.messages_before(world.room.id, None, limit),
    }.items():
        inner.asked.clear()
        first, both = await read(1), await read(2)
        assert len(first) == 1
        assert len(both) == 2
        assert await read(1) == first
        assert inner.asked == [name, name]


async def test_a_list_that_is_handed_out_may_be_changed(storage, world):
    before = await answers(storage, world)
    for answer in (await answers(storage, world)).values():
        if isinstance(answer, list):
            answer.clear()
    assert await answers(storage, world) == before


async def test_somebodys_rooms_change_places_without_being_read_again(storage, inner, world):
    other = await make_room(inner, world.bob, world.ada)
    await storage.add_messages([draft(other, world.bob, when=10)])
    await storage.add_messages([draft(world.room, None, when=20)])
    assert [mine.room.id for mine in await storage.rooms_of(world.ada.id, 10)] == [world.room.id, other.id]
    inner.asked.clear()
    for when, unread in ((30, 2), (40, 3)):
        await storage.add_messages([draft(other, None, when=when)])
        mine = await storage.rooms_of(world.ada.id, 10)
        assert [(one.room.id, one.unread) for one in mine] == [(other.id, unread), (world.room.id, 1)]
    assert inner.asked == ["room"], "only the room that changed, and once"


async def test_a_room_that_had_no_place_on_a_list_gets_one(storage, inner, world):
    other = await make_room(inner, world.bob, world.ada)
    await storage.add_messages([draft(world.room, None, when=20)])
    assert [mine.room.id for mine in await storage.rooms_of(world.ada.id, 1)] == [world.room.id]
    await storage.add_messages([draft(other, None, when=30)])
    assert [mine.room.id for mine in await storage.rooms_of(world.ada.id, 1)] == [other.id]


@pytest.mark.parametrize("name", WRITES)
async def test_a_change_that_is_not_remembered_any_more_counts_as_made(inner, world, name):
    cache = Cache()
    cache.versions = ChangeVersions(max_tags=1)
    storage = LookedUp(inner, cache)
    await answers(storage, world)
    await WRITES[name][0](storage, world)
    others = [room.id for room in await inner.discover(world.bob.id, limit=10) if room.id != world.room.id]
    await storage.change_room(others[-1], {"name": "Geometry"})
    assert await answers(storage, world) == await answers(inner, world)


async def test_what_another_process_wrote_shows_on_lists_after_ten_seconds(inner, world):
    now = 0.0
    storage = LookedUp(inner, Cache(monotonic=lambda: now))
    reads = {
        "members": lambda s: s.members(world.room.id, 10),
        "rooms": lambda s: s.rooms_of(world.cy.id, 10),
        "others": lambda s: s.discover(world.cy.id, limit=10),
        "messages": lambda s: s.messages_before(world.room.id, None, 10),
    }
    before = {name: await read(storage) for name, read in reads.items()}
    await unreported(inner, "add_member")(world.room.id, world.cy.id, at(5))
    await unreported(inner, "add_messages")([draft(world.room, world.cy)])
    now = 9.9
    assert {name: await read(storage) for name, read in reads.items()} == before
    now = 10.1
    after = {name: await read(storage) for name, read in reads.items()}
    assert after == {name: await read(inner) for name, read in reads.items()}
    assert all(after[name] != before[name] for name in reads)
