"""Account invitations as every storage keeps them."""

import asyncio
import hashlib

import msgspec
import pytest

from domain import ids
from domain.accounts import AccountInvite
from domain.errors.accounts import EmailTaken
from domain.errors.base import Forbidden
from domain.errors.rooms import InviteNotFound, TooManyInvites
from tests.support.factories import at, new_user


def an_invite(creator, code="code", **fields):
    fields = {"created_at": at(0), "expires_at": at(100)} | fields
    code_hash = hashlib.sha256(code.encode()).hexdigest()
    return AccountInvite(id=ids.new_id(), code_hash=code_hash, created_by=creator.id, **fields)


@pytest.fixture
async def head(storage):
    """Store an admin."""
    user = new_user("Head", email="head@example.org", role="admin")
    await storage.add_user(user, "hash")
    return user


@pytest.fixture
async def another_admin(storage):
    """Store an admin, so that the first one may stop being one."""
    await storage.add_user(new_user("Other", email="other@example.org", role="admin"), "hash")


def guest(number=0):
    return new_user(f"Guest {number}", email=f"guest{number}@example.org", created_at=at(1))


async def test_account_invites_come_back_as_stored_newest_first(storage, head):
    first = an_invite(head, "one", uses=3, email="guest0@example.org")
    second = an_invite(head, "two")
    for invite in (first, second, first):
        await storage.add_account_invite(invite, 5)
    listed = await storage.account_invites(10)
    assert [one.invite for one in listed] == [second, first]
    assert (listed[0].creator, listed[0].creator_is_admin, listed[0].used_by) == (head.summary, True, ())
    assert await storage.account_invites(1) == listed[:1]
    assert await storage.account_invite(first.code_hash, at(99)) == first
    assert await storage.account_invite(first.code_hash, at(100)) is None
    assert await storage.account_invite("nothing", at(0)) is None
    assert await storage.account_invites_of(head.id) == [first, second]


async def test_only_admins_add_and_revoke_account_invites_up_to_a_limit(storage, head):
    student = new_user("Student", email="student@example.org")
    await storage.add_user(student, "hash")
    with pytest.raises(Forbidden):
        await storage.add_account_invite(an_invite(student), 5)
    kept, over = an_invite(head, "kept"), an_invite(head, "over", created_at=at(-9), expires_at=at(-1))
    for invite in (over, kept):
        await storage.add_account_invite(invite, 1)
    with pytest.raises(TooManyInvites):
        await storage.add_account_invite(an_invite(head, "more"), 1)
    with pytest.raises(Forbidden):
        await storage.revoke_account_invite(kept.id, student.id)
    assert await storage.account_invite(kept.code_hash, at(1)) == kept
    for _ in range(2):
        assert await storage.revoke_account_invite(kept.id, head.id)
    assert not await storage.revoke_account_invite(ids.new_id(), head.id)
    assert await storage.account_invite(kept.code_hash, at(1)) is None
    await storage.add_account_invite(an_invite(head, "more"), 1)


async def test_of_many_with_the_last_use_one_is_added(storage, head):
    invite = an_invite(head, uses=1)
    await storage.add_account_invite(invite, 5)
    adding = [storage.add_invited_user(guest(number), "hash", invite.code_hash) for number in range(8)]
    results = await asyncio.gather(*adding, return_exceptions=True)
    assert sum(isinstance(result, InviteNotFound) for result in results) == 7
    [listed] = await storage.account_invites(5)
    assert listed.invite.used == 1
    assert len(listed.used_by) == 1
    assert len(await storage.users(limit=20)) == 2


async def test_a_registration_sent_again_uses_an_invitation_once(storage, head):
    invite, user = an_invite(head, uses=2), guest()
    await storage.add_account_invite(invite, 5)
    for _ in range(2):
        await storage.add_invited_user(user, "hash", invite.code_hash)
    with pytest.raises(EmailTaken):
        await storage.add_invited_user(msgspec.structs.replace(user, id=ids.new_id()), "hash", invite.code_hash)
    [listed] = await storage.account_invites(5)
    assert (listed.invite.used, listed.used_by) == (1, (user.summary,))
    assert await storage.account_invites_of(user.id) == [listed.invite]


@pytest.mark.parametrize("standing", [{"role": "student"}, {"disabled": True}])
@pytest.mark.usefixtures("another_admin")
async def test_an_account_invite_works_while_its_creator_is_an_admin(storage, head, standing):
    invite, user = an_invite(head), guest()
    await storage.add_account_invite(invite, 5)
    await storage.set_access(head.id, **standing)
    assert await storage.account_invite(invite.code_hash, at(1)) is None
    with pytest.raises(InviteNotFound):
        await storage.add_invited_user(user, "hash", invite.code_hash)
    [listed] = await storage.account_invites(5)
    assert not listed.creator_is_admin
    assert await storage.user(user.id) is None


@pytest.mark.usefixtures("another_admin")
async def test_a_deleted_user_leaves_nothing_in_account_invites(storage, head):
    bound, free, made = an_invite(head, "1", email="guest0@example.org"), an_invite(head, "2"), an_invite(head, "3")
    for invite in (bound, free, made):
        await storage.add_account_invite(invite, 5)
    first, second = guest(0), guest(1)
    await storage.add_invited_user(first, "hash", bound.code_hash)
    await storage.add_invited_user(second, "hash", free.code_hash)
    assert await storage.delete_user(first.id)
    assert await storage.delete_user(second.id)
    assert {one.invite.id: one.used_by for one in await storage.account_invites(5)} == {free.id: (), made.id: ()}
    assert await storage.delete_user(head.id)
    assert await storage.account_invites(5) == []


async def test_account_invites_that_ended_are_forgotten(storage, head):
    old, recent = an_invite(head, "old", expires_at=at(5)), an_invite(head, "recent", expires_at=at(6))
    user = guest()
    for invite in (old, recent):
        await storage.add_account_invite(invite, 5)
    await storage.add_invited_user(user, "hash", old.code_hash)
    assert await storage.purge_account_invites(at(5), 10) == 1
    assert await storage.purge_account_invites(at(5), 10) == 0
    assert [one.invite for one in await storage.account_invites(5)] == [recent]
    assert await storage.user(user.id) == user
