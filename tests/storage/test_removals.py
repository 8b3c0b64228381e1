"""Removals, on every backend: an invitation of that time does not readmit to a private room."""

import pytest

from domain import ids
from domain.errors.accounts import NotSignedIn
from domain.errors.rooms import InviteNotFound
from tests.support.factories import at, make_admin, make_invite, make_room, make_user, new_act, new_user

REMOVALS = {
    "member-removed": lambda s, r, u, act: s.remove_member(r.id, u.id, act),
    "member-banned": lambda s, r, u, act: s.add_ban(r.id, u.id, "", act),
}


@pytest.fixture
async def room(storage, ada):
    return await make_room(storage, ada, visibility="private")


async def use(storage, room, user, invite, when=90):
    return await storage.use_invite(invite, user.id, new_act(room, user, "invite-used", when=when))


async def removed(storage, room, ada, user, action="member-removed", when=50):
    """End a membership at a moment, and lift the ban if it is one."""
    await REMOVALS[action](storage, room, user, new_act(room, ada, action, user, when=when))
    await storage.delete_ban(room.id, user.id, new_act(room, ada, "member-unbanned", user, when=when + 1))


@pytest.mark.parametrize("action", REMOVALS)
async def test_invitation_from_before_removal_does_not_readmit(storage, room, ada, bob, action):
    before = await make_invite(storage, room, ada)
    during = await make_invite(storage, room, ada, created_at=at(50))
    await use(storage, room, bob, before, when=40)
    await removed(storage, room, ada, bob, action)
    for invite in (before, during):
        assert await storage.was_removed_since(room.id, bob.id, invite.created_at) is True
        with pytest.raises(InviteNotFound):
            await use(storage, room, bob, invite)
    assert (await storage.invite_by_code(before.code)).used == 1
    after = await make_invite(storage, room, ada, created_at=at(60))
    assert await storage.was_removed_since(room.id, bob.id, after.created_at) is False
    assert (await use(storage, room, bob, after))[1] is True
    assert await use(storage, room, bob, before) == (await storage.member(room.id, bob.id), False)


async def test_invitation_readmits_who_left_and_lets_in_others(storage, room, ada, bob):
    invite = await make_invite(storage, room, ada)
    await use(storage, room, bob, invite, when=40)
    await storage.remove_member(room.id, bob.id)
    assert (await use(storage, room, bob, invite))[1] is True
    await removed(storage, room, ada, bob)
    eve = await make_user(storage, "Eve")
    assert (await use(storage, room, eve, invite))[1] is True
    elsewhere = await make_room(storage, ada, visibility="private")
    assert (await use(storage, elsewhere, bob, await make_invite(storage, elsewhere, ada)))[1] is True


async def test_leaving_later_does_not_undo_removal(storage, room, ada, bob):
    before = await make_invite(storage, room, ada)
    await use(storage, room, bob, before, when=40)
    await removed(storage, room, ada, bob)
    after = await make_invite(storage, room, ada, created_at=at(60))
    await use(storage, room, bob, after)
    await storage.remove_member(room.id, bob.id)
    with pytest.raises(InviteNotFound):
        await use(storage, room, bob, before)
    assert (await use(storage, room, bob, after))[1] is True


async def test_removal_from_public_room_closes_no_invitation(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    invite = await make_invite(storage, room, ada)
    await removed(storage, room, ada, bob)
    assert (await use(storage, room, bob, invite))[1] is True
    await removed(storage, room, ada, bob, when=95)
    await storage.change_room(room.id, {"visibility": "private"})
    with pytest.raises(InviteNotFound):
        await use(storage, room, bob, invite)


async def test_admin_who_was_removed_before_comes_back_by_the_role(storage, room, ada, bob):
    await make_admin(storage)
    invite = await make_invite(storage, room, ada)
    await use(storage, room, bob, invite, when=40)
    await removed(storage, room, ada, bob)
    await storage.set_access(bob.id, role="admin")
    with pytest.raises(InviteNotFound):
        await use(storage, room, bob, invite)
    assert (await storage.add_member(room.id, bob.id, at(91), only_public=True)).by_role is True


async def test_lifted_ban_in_advance_leaves_invitations_open(storage, room, ada, bob):
    invite = await make_invite(storage, room, ada)
    await removed(storage, room, ada, bob, "member-banned")
    assert (await use(storage, room, bob, invite))[1] is True


async def test_removal_holds_for_new_account_of_same_email(storage, room, ada, bob):
    invite = await make_invite(storage, room, ada)
    await use(storage, room, bob, invite, when=40)
    await removed(storage, room, ada, bob)
    await storage.delete_user(bob.id)
    again = new_user("Robert", email=bob.email)
    await storage.add_user(again, "hash")
    with pytest.raises(InviteNotFound):
        await use(storage, room, again, invite)
    with pytest.raises(NotSignedIn):
        await use(storage, room, bob, invite)


async def test_removal_is_stored_while_invitations_of_that_time_last(storage, room, ada, bob):
    eve = await make_user(storage, "Eve")
    for user in (bob, eve):
        await storage.add_member(room.id, user.id, at(5))
    await removed(storage, room, ada, bob)  # there is no invitation
    assert await storage.was_removed_since(room.id, bob.id, at(0)) is False
    await make_invite(storage, room, ada, expires_at=at(300))
    await make_invite(storage, room, ada, expires_at=at(200))
    await removed(storage, room, ada, eve)
    await storage.purge_former_accounts(at(299), 10)
    assert await storage.was_removed_since(room.id, eve.id, at(0)) is True
    await storage.purge_former_accounts(at(300), 10)
    assert await storage.was_removed_since(room.id, eve.id, at(0)) is False


async def test_former_account_is_forgotten_with_its_last_removal(storage, room, ada, bob):
    await make_invite(storage, room, ada, expires_at=at(300))
    await storage.add_member(room.id, bob.id, at(5))
    await removed(storage, room, ada, bob)
    await storage.delete_user(bob.id)
    assert await storage.purge_former_accounts(at(299), 10) == 0
    assert await storage.purge_former_accounts(at(300), 10) == 1


async def test_removals_go_with_their_room(storage, room, ada, bob):
    await make_invite(storage, room, ada)
    await storage.add_member(room.id, bob.id, at(5))
    await removed(storage, room, ada, bob)
    await storage.delete_room(room.id)
    assert await storage.was_removed_since(room.id, bob.id, at(0)) is False
    assert await storage.was_removed_since(ids.new_id(), bob.id, at(0)) is False
