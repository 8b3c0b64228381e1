"""Ranks inside the transactions, on every backend: roles are those that the database has when it acts."""

import asyncio

import pytest

from domain import ids
from domain.errors.accounts import NotSignedIn, UserNotFound
from domain.errors.base import Forbidden
from domain.errors.moderation import Banned, Muted
from domain.errors.rooms import InviteNotFound, RoomNotFound
from domain.messages import Message
from tests.support.factories import (
    at,
    draft,
    make_admin,
    make_invite,
    make_moderator,
    make_room,
    make_user,
    new_act,
    new_invite,
    new_room,
    post,
)

AGAINST = {  # s: the storage, r: the room, u: the target
    "member-banned": lambda s, r, u, act: s.add_ban(r.id, u.id, "", act),
    "member-muted": lambda s, r, u, act: s.mute_member(r.id, u.id, at(99), act),
    "member-removed": lambda s, r, u, act: s.remove_member(r.id, u.id, act),
    "role-changed": lambda s, r, u, act: s.set_role(r.id, u.id, "member", act),
}
ACTS = AGAINST | {
    "activity-cleared": lambda s, r, u, act: s.clear_activity(r.id, u.id, act),
    "invite-created": lambda s, r, u, act: s.add_invite(new_invite(r, u), 10, act),
    "invite-revoked": lambda s, r, _, act: s.delete_invite(r.id, ids.new_id(), act),
    "member-unbanned": lambda s, r, u, act: s.delete_ban(r.id, u.id, act),
    "member-unmuted": lambda s, r, u, act: s.unmute_member(r.id, u.id, act),
    "report-resolved": lambda s, _, __, act: s.set_report_status(ids.new_id(), "resolved", act),
    "room-changed": lambda s, r, _, act: s.change_room(r.id, {"name": "Algebra"}, act),
    "room-handed-over": lambda s, r, u, act: s.transfer_room(r.id, r.created_by, u.id, act),
    "system-message-posted": lambda s, r, _, act: _said(s, r, act),
    "task-cleared": lambda s, _, __, act: s.clear_task(ids.new_id(), act),
}


async def _said(storage, room, act):
    plain = draft(room, None, "Break")
    [result] = await storage.add_messages([type(plain)(act.id, room.id, None, "Break", plain.timestamp, None, act)])
    if isinstance(result, Exception):
        raise result


async def _log(storage, room):
    return [entry.action for entry in await storage.audit_log(room.id, limit=100)]


@pytest.fixture
async def room(storage, ada, bob):
    return await make_room(storage, ada, bob)


@pytest.mark.parametrize("action", AGAINST)
async def test_act_against_admin_is_refused_to_everybody(storage, room, ada, bob, action):
    grace, other = await make_admin(storage), await make_admin(storage, "Mary")
    await make_moderator(storage, room, bob)
    await storage.add_member(room.id, grace.id, at(5))
    before = await _log(storage, room), await storage.members(room.id, 10)
    for actor in (ada, bob, other):
        with pytest.raises(Forbidden):
            await AGAINST[action](storage, room, grace, new_act(room, actor, action, grace))
    assert (await _log(storage, room), await storage.members(room.id, 10)) == before


async def test_ban_in_advance_of_admin_is_refused(storage, room, ada):
    grace = await make_admin(storage)
    with pytest.raises(Forbidden):
        await storage.add_ban(room.id, grace.id, "", new_act(room, ada, "member-banned", grace))
    assert await storage.bans(room.id, 10) == []


@pytest.mark.parametrize("action", AGAINST)
async def test_act_against_former_or_disabled_admin_is_allowed(storage, room, ada, action):
    grace, mary = await make_admin(storage), await make_admin(storage, "Mary")
    await make_admin(storage, "Third")
    await storage.set_access(grace.id, role="student")
    await storage.set_access(mary.id, disabled=True)
    for target in (grace, mary):
        if target is grace:
            await storage.add_member(room.id, target.id, at(5))
            await make_moderator(storage, room, target)
            await AGAINST[action](storage, room, target, new_act(room, ada, action, target))
    await storage.add_ban(room.id, mary.id, "", new_act(room, ada, "member-banned", mary))
    assert action in await _log(storage, room)


async def test_admin_may_be_made_moderator_unmuted_and_unbanned(storage, room, ada, bob):
    await storage.mute_member(room.id, bob.id, at(99), new_act(room, ada, "member-muted", bob))
    eve = await make_user(storage, "Eve")
    await storage.add_ban(room.id, eve.id, "", new_act(room, ada, "member-banned", eve))
    for user in (bob, eve):
        await storage.set_access(user.id, role="admin")
    assert await storage.unmute_member(room.id, bob.id, new_act(room, ada, "member-unmuted", bob)) is True
    assert await storage.delete_ban(room.id, eve.id, new_act(room, ada, "member-unbanned", eve)) is True
    act = new_act(room, ada, "role-changed", bob, details={"role": "moderator"})
    assert (await storage.set_role(room.id, bob.id, "moderator", act)).role == "moderator"


async def test_mute_does_not_hold_while_the_muted_is_admin(storage, room, ada, bob):
    await make_admin(storage)
    await storage.mute_member(room.id, bob.id, at(99), new_act(room, ada, "member-muted", bob))

    async def holds():
        [said] = await storage.add_messages([draft(room, bob)])
        [profile] = [one for one in await storage.members(room.id, 10) if one.id == bob.id]
        place = await storage.member(room.id, bob.id)
        assert place.muted_until == profile.muted_until == (at(99) if isinstance(said, Muted) else None)
        assert profile.is_admin is isinstance(said, Message)
        return isinstance(said, Muted)

    assert await holds()
    await storage.set_access(bob.id, role="admin")
    assert not await holds()
    await storage.remove_member(room.id, bob.id)
    assert (await storage.add_member(room.id, bob.id, at(30))).muted_until is None
    assert not await holds()
    await storage.set_access(bob.id, role="student")
    assert await holds()


async def test_ban_does_not_hold_while_the_banned_is_admin(storage, room, ada, bob):
    await make_admin(storage)
    await storage.add_ban(room.id, bob.id, "", new_act(room, ada, "member-banned", bob))
    await storage.set_access(bob.id, role="admin")
    assert await storage.is_banned(room.id, bob.id) is False
    assert (await storage.add_member(room.id, bob.id, at(30))).role == "member"
    await storage.remove_member(room.id, bob.id)
    await storage.set_access(bob.id, role="student")
    assert await storage.is_banned(room.id, bob.id) is True
    with pytest.raises(Banned):
        await storage.add_member(room.id, bob.id, at(31))


async def test_act_of_former_admin_is_refused(storage, room, bob):
    grace = await make_admin(storage)
    await make_admin(storage, "Mary")
    await storage.set_access(grace.id, role="student")
    for action, do in ACTS.items():
        untargeted = action in {"invite-created", "invite-revoked", "room-changed", "system-message-posted"}
        with pytest.raises(Forbidden):
            await do(storage, room, bob, new_act(room, grace, action, None if untargeted else bob))
        assert await _log(storage, room) == [], action


async def test_act_of_disabled_owner_or_deleted_moderator_is_refused(storage, room, ada, bob):
    eve = await make_user(storage, "Eve")
    await storage.add_member(room.id, eve.id, at(5))
    await make_moderator(storage, room, eve)
    before = await _log(storage, room)
    await storage.delete_user(eve.id)
    await storage.set_access(ada.id, disabled=True)
    for action, do in ACTS.items():
        for actor in (ada, eve):
            with pytest.raises(NotSignedIn):
                await do(storage, room, bob, new_act(room, actor, action, bob))
        assert await _log(storage, room) == before, action


async def test_deletion_is_refused_to_those_who_do_not_own_the_room(storage, room, ada, bob):
    former = await make_admin(storage)
    await make_moderator(storage, room, bob)
    await make_admin(storage, "Mary")
    await storage.set_access(former.id, role="student")
    for user in (bob, former):
        with pytest.raises(Forbidden):
            await storage.delete_room(room.id, user.id)
    await storage.transfer_room(room.id, ada.id, bob.id)
    with pytest.raises(Forbidden):
        await storage.delete_room(room.id, ada.id)
    await storage.set_access(bob.id, disabled=True)
    with pytest.raises(NotSignedIn):
        await storage.delete_room(room.id, bob.id)
    assert await storage.room(room.id) is not None


async def test_deletion_by_owner_or_admin_is_done_once(storage, ada):
    for user in (ada, await make_admin(storage)):
        room = await make_room(storage, ada)
        assert await storage.delete_room(room.id, user.id) is True
        assert await storage.delete_room(room.id, user.id) is False


async def test_deletion_and_handover_at_once_do_not_both_succeed(storage, ada, bob):
    for _ in range(10):
        room = await make_room(storage, ada, bob)
        act = new_act(room, ada, "room-handed-over", bob)
        handed, deleted = await asyncio.gather(
            storage.transfer_room(room.id, ada.id, bob.id, act),
            storage.delete_room(room.id, ada.id),
            return_exceptions=True,
        )
        assert (handed is None) != (deleted is True), (handed, deleted)


async def test_private_room_admits_admins_on_their_own(storage, ada, bob):
    room = await make_room(storage, ada, visibility="private")
    grace = await make_admin(storage)
    await make_admin(storage, "Mary")
    assert (await storage.add_member(room.id, grace.id, at(5), only_public=True)).role == "member"
    await storage.remove_member(room.id, grace.id)
    await storage.set_access(grace.id, role="student")
    for user in (grace, bob):
        with pytest.raises(RoomNotFound):
            await storage.add_member(room.id, user.id, at(6), only_public=True)


async def test_disabled_account_joins_and_opens_no_room(storage, room):
    eve = await make_user(storage, "Eve")
    await storage.set_access(eve.id, disabled=True)
    with pytest.raises(UserNotFound):
        await storage.add_member(room.id, eve.id, at(5))
    with pytest.raises(UserNotFound):
        await storage.add_room(new_room(eve))
    assert eve.id not in await storage.member_ids(room.id)
    await post(storage, draft(room, None))


# Invitations are worth what their makers may do


async def _is_open(storage, invite):
    """Return True if an invitation is usable; fail if the storage's methods disagree."""
    eve = await make_user(storage, "Eve")
    [room] = [await storage.room(invite.room_id)]
    listed = invite.id in [one.id for one in await storage.invites(room.id, at(5))]
    assert (await storage.invite_by_code(invite.code) is not None) is listed
    try:
        await storage.use_invite(invite, eve.id, new_act(room, eve, "invite-used"))
    except InviteNotFound:
        assert await storage.member(room.id, eve.id) is None
        assert not listed
        return False
    assert listed
    return True


async def test_invitation_of_admin_works_while_they_are_one(storage, ada):
    room = await make_room(storage, ada, visibility="private")
    grace = await make_admin(storage)
    mary = await make_admin(storage, "Mary")
    invite = await make_invite(storage, room, grace)
    assert await _is_open(storage, invite)
    await storage.set_access(grace.id, disabled=True)
    assert not await _is_open(storage, invite)
    await storage.set_access(grace.id, disabled=False)
    assert await _is_open(storage, invite)
    await storage.set_access(grace.id, role="student", actor_id=mary.id)
    assert not await _is_open(storage, invite)
    await storage.set_access(grace.id, role="admin")
    assert not await _is_open(storage, invite), "the role that comes back brings no invitation along"


async def test_invitation_of_former_admin_works_where_they_keep_order(storage, ada):
    grace = await make_admin(storage)
    await make_admin(storage, "Mary")
    room = await make_room(storage, ada, grace, visibility="private")
    await make_moderator(storage, room, grace)
    own = await make_room(storage, grace, visibility="private")
    invites = [await make_invite(storage, where, grace) for where in (room, own)]
    await storage.set_access(grace.id, role="student")
    assert [await _is_open(storage, invite) for invite in invites] == [True, True]


async def test_invitation_of_disabled_moderator_or_owner_does_not_work(storage, ada, bob):
    room = await make_room(storage, ada, bob, visibility="private")
    await make_moderator(storage, room, bob)
    invites = [await make_invite(storage, room, maker) for maker in (ada, bob)]
    for maker in (ada, bob):
        await storage.set_access(maker.id, disabled=True)
    assert [await _is_open(storage, invite) for invite in invites] == [False, False]
    await storage.set_access(bob.id, disabled=False)
    assert [await _is_open(storage, invite) for invite in invites] == [False, True]


# Standing


async def test_standing_is_changed_by_admins_of_that_moment(storage, ada, bob):
    grace, mary = await make_admin(storage), await make_admin(storage, "Mary")
    await make_admin(storage, "Third")
    await storage.set_access(grace.id, role="student")
    await storage.set_access(mary.id, disabled=True)
    for by in (ada, grace, mary):
        with pytest.raises(Forbidden):
            await storage.set_access(bob.id, disabled=True, actor_id=by.id)
    assert await storage.user(bob.id) == bob


async def test_two_admins_who_demote_each_other_at_once_do_not_both(storage):
    pair = await make_admin(storage), await make_admin(storage, "Mary")
    await make_admin(storage, "Third")
    results = await asyncio.gather(
        *(storage.set_access(b.id, role="student", actor_id=a.id) for a, b in (pair, pair[::-1])),
        return_exceptions=True,
    )
    assert [isinstance(result, Forbidden) for result in results].count(True) == 1


async def test_disabled_member_says_and_changes_nothing(storage, room, ada, bob):
    await storage.set_access(bob.id, disabled=True)
    said = await storage.add_messages([draft(room, bob), draft(room, ada)])
    assert [type(one) for one in said] == [NotSignedIn, Message]
    [again] = await storage.add_messages([draft(room, bob)])
    assert isinstance(again, NotSignedIn)
    assert await storage.change_user(bob.id, {"first_name": "Robert"}) is None
    assert (await storage.user(bob.id)).first_name == bob.first_name


# Rooms that an admin joined by the role


async def _joined_by_role(storage, room, admin, when=30):
    act = new_act(room, admin, "admin-joined", when=when)
    return await storage.add_member(room.id, admin.id, at(when), only_public=True, admin_audit=act)


async def test_admin_who_joins_private_room_is_a_member_by_role(storage, ada):
    room = await make_room(storage, ada, visibility="private")
    grace = await make_admin(storage)
    assert (await _joined_by_role(storage, room, grace)).by_role is True
    assert (await storage.member(room.id, grace.id)).by_role is True
    await _joined_by_role(storage, room, grace, when=31)
    assert await _log(storage, room) == ["admin-joined"], "only the first time is one"


async def test_admin_who_joins_public_room_or_by_invitation_is_a_member_like_others(storage, room, ada):
    private = await make_room(storage, ada, visibility="private")
    grace = await make_admin(storage)
    invite = await make_invite(storage, private, ada)
    assert (await _joined_by_role(storage, room, grace)).by_role is False
    member, _ = await storage.use_invite(invite, grace.id, new_act(private, grace, "invite-used"))
    assert member.by_role is False
    assert "admin-joined" not in [*await _log(storage, room), *await _log(storage, private)]


async def test_admin_who_uses_own_invitation_is_a_member_by_role(storage, room, ada):
    private, grace = await make_room(storage, ada, visibility="private"), await make_admin(storage)
    await make_admin(storage, "Mary")
    for where, by_role in ((private, True), (room, False)):
        invite = await make_invite(storage, where, grace)
        member, _ = await storage.use_invite(invite, grace.id, new_act(where, grace, "invite-used"))
        assert member.by_role is by_role
        assert (await storage.member(where.id, grace.id)).by_role is by_role
    await storage.set_access(grace.id, role="student")
    assert await storage.member(private.id, grace.id) is None
    assert await storage.member(room.id, grace.id)


async def test_admin_hands_room_over_to_others_only(storage, room, ada, bob):
    grace = await make_admin(storage)
    await storage.add_member(room.id, grace.id, at(30))
    with pytest.raises(Forbidden):
        await storage.transfer_room(room.id, ada.id, grace.id, new_act(room, grace, "room-handed-over", grace))
    assert (await storage.member(room.id, ada.id)).role == "owner"
    await storage.transfer_room(room.id, ada.id, bob.id, new_act(room, grace, "room-handed-over", bob))
    assert (await storage.member(room.id, bob.id)).role == "owner"


async def test_loss_of_the_role_ends_memberships_by_role(storage, ada, bob):
    grace = await make_admin(storage)
    await make_admin(storage, "Mary")
    private, opened, public = [await make_room(storage, ada, visibility=v) for v in ("private", "private", "public")]
    banned = await make_room(storage, ada)
    invited, raised, given = [await make_room(storage, ada, visibility="private") for _ in range(3)]
    await storage.set_access(grace.id, role="student")
    await storage.add_ban(banned.id, grace.id, "", new_act(banned, ada, "member-banned", grace))
    await storage.set_access(grace.id, role="admin")
    invite = await make_invite(storage, invited, ada)
    await storage.use_invite(invite, grace.id, new_act(invited, grace, "invite-used"))
    for room in (private, opened, public, banned, raised, given):
        await _joined_by_role(storage, room, grace)
    await make_moderator(storage, raised, grace)
    await storage.transfer_room(given.id, ada.id, grace.id)
    await storage.change_room(opened.id, {"visibility": "public"})
    await storage.set_access(grace.id, role="student")
    rooms = {room.id: room for room in (private, opened, public, banned, invited, raised, given)}
    inside = {room_id for room_id in rooms if await storage.member(room_id, grace.id)}
    assert set(rooms) - inside == {private.id, banned.id}
    assert {one.room.id for one in await storage.rooms_of(grace.id, 10)} == inside
    for room_id in rooms:
        assert (await storage.room(room_id)).total_members == len(await storage.member_ids(room_id))
        assert [one.id for one in await storage.members(room_id, 10) if one.id == grace.id] == [grace.id] * (
            room_id in inside
        )
    assert await storage.was_member(private.id, grace.id) is True
    await storage.set_access(grace.id, role="admin")
    await storage.change_room(opened.id, {"visibility": "private"})
    await storage.set_access(grace.id, role="student")
    assert await storage.member(opened.id, grace.id), "a place that was kept once is one like others"
