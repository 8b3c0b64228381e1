"""Conformance: invitations, bans, mutes, roles. Each sentence of storage/base/rooms/invites.py, on every backend."""

import asyncio

import msgspec
import pytest

from domain import ids
from domain.accounts import DELETED_NAME
from domain.errors.accounts import NotSignedIn, UserNotFound
from domain.errors.base import Forbidden
from domain.errors.moderation import Banned, Muted
from domain.errors.rooms import InviteNotFound, NotAMember, RoomFull, RoomNotFound, TooManyInvites
from domain.messages import Message
from domain.moderation import Ban
from domain.rooms import Member
from tests.support.factories import (
    at,
    draft,
    make_admin,
    make_invite,
    make_moderator,
    make_room,
    make_user,
    make_users,
    new_act,
    new_invite,
    new_room,
    new_user,
    post,
)


async def actions(storage, room):
    """Return what the room's log says, the first entry first."""
    return [entry.action for entry in (await storage.audit_log(room.id, limit=100))[::-1]]


# Invitations


async def test_an_invitation_comes_back_as_kept(storage, room, ada):
    invite = new_invite(room, ada, uses=3)
    await storage.add_invite(invite, 10, new_act(room, ada, "invite-created"))
    assert await storage.invite_by_code(invite.code) == invite
    assert await storage.invites(room.id, at(5)) == [invite]


async def test_there_is_no_invitation_that_nobody_made(storage, room, ada):
    invite = await make_invite(storage, room, ada)
    for code in ("", "nonsense", invite.code.upper(), invite.code + "x", "%", "'; DROP TABLE invites; --"):
        assert await storage.invite_by_code(code) is None
    assert await storage.invites(ids.new_id(), at(5)) == []
    with pytest.raises(InviteNotFound):
        await storage.use_invite(new_invite(room, ada), ada.id, new_act(room, ada, "invite-used"))


async def test_no_invitation_leads_to_no_room(storage, room, ada):
    nowhere = new_room(ada)
    with pytest.raises(RoomNotFound):
        await storage.add_invite(new_invite(nowhere, ada), 10, new_act(nowhere, ada, "invite-created"))


async def test_those_that_work_are_listed_newest_first(storage, room, ada, bob):
    works = [await make_invite(storage, room, ada, uses=uses) for uses in (None, 2)]
    await make_invite(storage, room, ada, expires_at=at(50))
    used_up = await make_invite(storage, room, ada, uses=1)
    await storage.use_invite(used_up, bob.id, new_act(room, bob, "invite-used"))
    await make_invite(storage, await make_room(storage, ada), ada)
    assert await storage.invites(room.id, at(50)) == works[::-1]


async def test_a_room_has_only_so_many_invitations_that_work(storage, room, ada):
    first = await make_invite(storage, room, ada, expires_at=at(30))
    await make_invite(storage, room, ada)
    another = new_invite(room, ada)
    with pytest.raises(TooManyInvites):
        await storage.add_invite(another, 2, new_act(room, ada, "invite-created", when=29))
    await storage.add_invite(another, 2, new_act(room, ada, "invite-created", when=30))
    assert first not in await storage.invites(room.id, at(0)), "over ones need not be kept"
    assert len(await actions(storage, room)) == 3


async def test_an_invitation_makes_a_member_and_is_used_up_by_one(storage, ada, bob):
    room = await make_room(storage, ada, visibility="private")
    await post(storage, draft(room, ada))
    invite = await make_invite(storage, room, ada, uses=2)
    place, is_new = await storage.use_invite(invite, bob.id, new_act(room, bob, "invite-used", when=9))
    assert (place, is_new) == (Member(room.id, bob.id, "member", at(9), 1), True)
    assert await storage.member(room.id, bob.id) == place
    assert (await storage.room(room.id)).total_members == 2
    assert (await storage.invite_by_code(invite.code)).used == 1
    assert await actions(storage, room) == ["invite-created", "invite-used"]


async def test_who_is_a_member_uses_nothing_up(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    invite = await make_invite(storage, room, ada, uses=1)
    place = await storage.member(room.id, bob.id)
    assert await storage.use_invite(invite, bob.id, new_act(room, bob, "invite-used")) == (place, False)
    assert await storage.invite_by_code(invite.code) == invite
    assert await actions(storage, room) == ["invite-created"]


async def test_an_invitation_used_up_over_or_revoked_lets_nobody_in(storage, room, ada, bob):
    eve = await make_user(storage, "Eve")
    used_up = await make_invite(storage, room, ada, uses=1)
    over = await make_invite(storage, room, ada, expires_at=at(20))
    revoked = await make_invite(storage, room, ada)
    await storage.use_invite(used_up, bob.id, new_act(room, bob, "invite-used"))
    await storage.delete_invite(room.id, revoked.id, new_act(room, ada, "invite-revoked"))
    for invite in (used_up, over, revoked):
        for user in (bob, eve):
            with pytest.raises(InviteNotFound):
                await storage.use_invite(invite, user.id, new_act(room, user, "invite-used", when=20))
    assert await storage.member(room.id, eve.id) is None
    assert (await storage.room(room.id)).total_members == 2


async def test_an_invitation_is_for_who_is_not_banned_and_for_a_place_that_is_free(storage, ada, bob):
    room = await make_room(storage, ada, capacity=1)
    invite = await make_invite(storage, room, ada, uses=1)
    with pytest.raises(RoomFull):
        await storage.use_invite(invite, bob.id, new_act(room, bob, "invite-used"))
    await storage.change_room(room.id, {"capacity": 5})
    await storage.add_ban(room.id, bob.id, "", new_act(room, ada, "member-banned", bob))
    with pytest.raises(Banned):
        await storage.use_invite(invite, bob.id, new_act(room, bob, "invite-used"))
    nobody = new_user()
    with pytest.raises(NotSignedIn):
        await storage.use_invite(invite, nobody.id, new_act(room, nobody, "invite-used"))
    assert await storage.invite_by_code(invite.code) == invite, "nothing of it was used up"
    await storage.delete_room(room.id)
    with pytest.raises((InviteNotFound, RoomNotFound)):
        await storage.use_invite(invite, bob.id, new_act(room, bob, "invite-used"))


async def test_the_number_of_uses_is_exact_under_any_number_of_callers(storage, room, ada):
    invite = await make_invite(storage, room, ada, uses=5)
    users = await make_users(storage, 20)
    results = await asyncio.gather(
        *(storage.use_invite(invite, user.id, new_act(room, user, "invite-used")) for user in users * 2),
        return_exceptions=True,
    )
    assert [result[1] for result in results if isinstance(result, tuple)].count(True) == 5
    assert {type(result) for result in results} == {tuple, InviteNotFound}
    assert (await storage.invite_by_code(invite.code)).used == 5
    assert (await storage.room(room.id)).total_members == len(await storage.members(room.id, 100)) == 6
    assert await actions(storage, room) == ["invite-created", *["invite-used"] * 5]


async def test_somebody_who_uses_an_invitation_many_times_at_once_uses_it_once(storage, room, ada, bob):
    invite = await make_invite(storage, room, ada, uses=2)
    results = await asyncio.gather(
        *(storage.use_invite(invite, bob.id, new_act(room, bob, "invite-used")) for _ in range(20))
    )
    assert [is_new for _, is_new in results].count(True) == 1
    assert (await storage.invite_by_code(invite.code)).used == 1


async def test_capacity_is_exact_under_joins_invitations_and_bans_at_once(storage, ada):
    room = await make_room(storage, ada, capacity=12)
    invites = [await make_invite(storage, room, ada, uses=uses) for uses in (4, None)]
    users = await make_users(storage, 50)

    async def comes(number, user):
        match number % 5:
            case 0:
                return await storage.use_invite(invites[0], user.id, new_act(room, user, "invite-used"))
            case 1:
                return await storage.use_invite(invites[1], user.id, new_act(room, user, "invite-used"))
            case 2:
                await storage.add_member(room.id, user.id, at(5))
                return await storage.add_ban(room.id, user.id, "", new_act(room, ada, "member-banned", user))
            case _:
                return await storage.add_member(room.id, user.id, at(5))

    results = await asyncio.gather(*(comes(n, user) for n, user in enumerate(users)), return_exceptions=True)
    assert {type(result) for result in results} <= {Member, tuple, bool, RoomFull, InviteNotFound}
    kept = await storage.room(room.id)
    members = {member.id for member in await storage.members(room.id, 100)}
    assert kept.total_members == len(members) <= 12
    banned = {ban.user.id for ban in await storage.bans(room.id, 100)}
    assert not members & banned
    assert (await storage.invite_by_code(invites[0].code) or invites[0]).used <= 4
    filling = await asyncio.gather(
        *(storage.add_member(room.id, user.id, at(6)) for user in users), return_exceptions=True
    )
    assert {type(result) for result in filling} <= {Member, RoomFull, Banned}
    assert (await storage.room(room.id)).total_members == 12, "and no place is lost"


async def test_revoking_is_for_the_room_that_it_leads_to(storage, room, ada):
    invite, other = await make_invite(storage, room, ada), await make_room(storage, ada)
    assert await storage.delete_invite(other.id, invite.id, new_act(other, ada, "invite-revoked")) is False
    assert await storage.invite_by_code(invite.code) == invite
    assert await storage.delete_invite(room.id, invite.id, new_act(room, ada, "invite-revoked")) is True
    assert await storage.invite_by_code(invite.code) is None
    assert await storage.delete_invite(room.id, invite.id, new_act(room, ada, "invite-revoked")) is False
    assert await actions(storage, room) == ["invite-created", "invite-revoked"]
    assert await actions(storage, other) == []


@pytest.mark.parametrize("end", ["leaves", "is removed", "is banned", "is a mere member", "deletes the account"])
async def test_an_invitation_ends_with_what_its_maker_may_do(storage, ada, bob, end):
    room, other = await make_room(storage, ada, bob), await make_room(storage, bob, ada)
    await make_moderator(storage, room, bob)
    invite, hers = await make_invite(storage, room, bob), await make_invite(storage, room, ada)
    elsewhere = await make_invite(storage, other, bob)
    match end:
        case "leaves":
            await storage.remove_member(room.id, bob.id)
        case "is removed":
            await storage.remove_member(room.id, bob.id, new_act(room, ada, "member-removed", bob))
        case "is banned":
            await storage.add_ban(room.id, bob.id, "", new_act(room, ada, "member-banned", bob))
        case "is a mere member":
            await storage.set_role(room.id, bob.id, "member", new_act(room, ada, "role-changed", bob))
        case "deletes the account":
            await storage.transfer_room(other.id, bob.id, ada.id)
            await storage.delete_user(bob.id)
            assert await storage.invite_by_code(elsewhere.code) is None
    assert await storage.invite_by_code(invite.code) is None
    assert await storage.invites(room.id, at(5)) == [hers]
    if end != "deletes the account":
        assert await storage.invite_by_code(elsewhere.code) == elsewhere


# Bans


async def test_a_ban_ends_the_membership_and_keeps_out(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    assert await storage.is_banned(room.id, bob.id) is False
    assert await storage.add_ban(room.id, bob.id, "spam", new_act(room, ada, "member-banned", bob, when=7)) is True
    assert await storage.member(room.id, bob.id) is None
    assert (await storage.room(room.id)).total_members == 1
    assert await storage.is_banned(room.id, bob.id) is True
    assert await storage.bans(room.id, 10) == [Ban(bob.summary, ada.summary, "spam", at(7))]
    with pytest.raises(Banned):
        await storage.add_member(room.id, bob.id, at(8))
    assert await storage.rooms_of(bob.id, 10) == []
    [refused] = await storage.add_messages([draft(room, bob)])
    assert isinstance(refused, NotAMember)


async def test_somebody_who_is_no_member_is_banned_too(storage, room, ada, bob):
    assert await storage.add_ban(room.id, bob.id, "", new_act(room, ada, "member-banned", bob)) is False
    assert (await storage.room(room.id)).total_members == 1
    with pytest.raises(Banned):
        await storage.add_member(room.id, bob.id, at(8))


async def test_a_second_ban_is_the_one_that_counts(storage, room, ada, bob):
    for reason, when in (("spam", 5), ("more spam", 6)):
        await storage.add_ban(room.id, bob.id, reason, new_act(room, ada, "member-banned", bob, when=when))
    assert await storage.bans(room.id, 10) == [Ban(bob.summary, ada.summary, "more spam", at(6))]


async def test_the_latest_ban_comes_first(storage, room, ada):
    users = await make_users(storage, 4)
    for user, when in zip(users, (5, 9, 5, 1), strict=True):
        await storage.add_ban(room.id, user.id, "", new_act(room, ada, "member-banned", user, when=when))
    listed = [ban.user.id for ban in await storage.bans(room.id, 10)]
    assert listed == [users[1].id, *sorted([users[0].id, users[2].id], reverse=True), users[3].id]
    assert [ban.user.id for ban in await storage.bans(room.id, 1)] == [users[1].id]
    assert await storage.bans(ids.new_id(), 10) == []


async def test_a_ban_that_is_lifted_lets_in_again(storage, room, ada, bob):
    assert await storage.delete_ban(room.id, bob.id, new_act(room, ada, "member-unbanned", bob)) is False
    await storage.add_ban(room.id, bob.id, "", new_act(room, ada, "member-banned", bob))
    assert await storage.delete_ban(room.id, bob.id, new_act(room, ada, "member-unbanned", bob)) is True
    assert await storage.bans(room.id, 10) == []
    assert (await storage.add_member(room.id, bob.id, at(8))).role == "member"
    assert await actions(storage, room) == ["member-banned", "member-unbanned"]


async def test_nobody_is_banned_who_is_gone_or_from_what_is_gone(storage, room, ada, bob):
    nowhere = new_room(ada)
    with pytest.raises(RoomNotFound):
        await storage.add_ban(nowhere.id, bob.id, "", new_act(nowhere, ada, "member-banned", bob))
    await storage.add_ban(room.id, bob.id, "", new_act(room, ada, "member-banned", bob))
    await storage.delete_user(bob.id)
    assert [ban.user.name for ban in await storage.bans(room.id, 10)] == [DELETED_NAME]
    for gone in (bob, new_user()):
        with pytest.raises(UserNotFound):
            await storage.add_ban(room.id, gone.id, "", new_act(room, ada, "member-banned", gone, target_id=gone.id))
    assert await actions(storage, room) == ["member-banned"]


async def test_a_ban_and_joins_at_once_leave_no_member(storage, room, ada, bob):
    ban = new_act(room, ada, "member-banned", bob)
    await asyncio.gather(
        *(storage.add_member(room.id, bob.id, at(5)) for _ in range(10)),
        storage.add_ban(room.id, bob.id, "", ban),
        *(storage.add_member(room.id, bob.id, at(5)) for _ in range(10)),
        return_exceptions=True,
    )
    assert await storage.member(room.id, bob.id) is None
    assert (await storage.room(room.id)).total_members == 1


# Mutes and roles


async def test_who_is_muted_says_nothing_until_it_is_over(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    said = draft(room, bob, "before", key="k", when=19)
    [before] = await post(storage, said)
    place = await storage.mute_member(room.id, bob.id, at(60), new_act(room, ada, "member-muted", bob))
    assert place == await storage.member(room.id, bob.id)
    assert place.muted_until == at(60)
    assert {m.id: m.muted_until for m in await storage.members(room.id, 10)} == {ada.id: None, bob.id: at(60)}
    drafts = [draft(room, bob, when=when) for when in (21, 59.999, 60)]
    results = await storage.add_messages([drafts[0], draft(room, ada, "hers"), drafts[1], drafts[2], said])
    assert [type(result) for result in results] == [Muted, Message, Muted, Message, Message]
    assert results[0].until == at(60)
    assert [result.seq for result in results[1::2]] == [2, 3]
    assert results[4] == before, "a retry is the first message again"
    assert (await storage.member(room.id, bob.id)).last_read == 3
    [alone] = await storage.add_messages([draft(room, bob, when=30)])
    assert isinstance(alone, Muted)
    assert await storage.mark_read(room.id, bob.id, 2) == 0


async def test_a_mute_is_not_left_behind_by_leaving(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    await storage.mute_member(room.id, bob.id, at(60), new_act(room, ada, "member-muted", bob))
    await storage.remove_member(room.id, bob.id)
    assert (await storage.add_member(room.id, bob.id, at(30))).muted_until == at(60)
    assert (await storage.member(room.id, bob.id)).muted_until == at(60)
    await storage.remove_member(room.id, bob.id)
    assert (await storage.add_member(room.id, bob.id, at(60))).muted_until is None
    assert (await storage.member(room.id, bob.id)).muted_until is None


async def test_a_mute_is_lifted_also_from_somebody_who_left(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    for leaves in (False, True):
        await storage.mute_member(room.id, bob.id, at(60), new_act(room, ada, "member-muted", bob))
        if leaves:
            await storage.remove_member(room.id, bob.id)
        assert await storage.unmute_member(room.id, bob.id, new_act(room, ada, "member-unmuted", bob)) is True
        assert (await storage.add_member(room.id, bob.id, at(30))).muted_until is None
        assert (await storage.member(room.id, bob.id)).muted_until is None
        assert await storage.unmute_member(room.id, bob.id, new_act(room, ada, "member-unmuted", bob)) is False
    assert await actions(storage, room) == ["member-muted", "member-unmuted"] * 2


async def test_a_mute_that_is_over_is_none_to_lift(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    await storage.mute_member(room.id, bob.id, at(60), new_act(room, ada, "member-muted", bob))
    assert await storage.unmute_member(room.id, bob.id, new_act(room, ada, "member-unmuted", bob, when=60)) is False


async def test_the_last_mute_counts(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    for until in (60, 90, 30):
        await storage.mute_member(room.id, bob.id, at(until), new_act(room, ada, "member-muted", bob))
        assert (await storage.member(room.id, bob.id)).muted_until == at(until)
    await storage.remove_member(room.id, bob.id)
    assert (await storage.add_member(room.id, bob.id, at(25))).muted_until == at(30)


async def test_no_message_is_kept_after_the_mute_is(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    said = []

    async def talk():
        for _ in range(20):
            [result] = await storage.add_messages([draft(room, bob, when=30)])
            said.append(type(result))

    talking = asyncio.create_task(talk())
    while len(said) < 3:
        await asyncio.sleep(0)
    await storage.mute_member(room.id, bob.id, at(60), new_act(room, ada, "member-muted", bob))
    before = (await storage.room(room.id)).last_seq
    await talking
    assert (await storage.room(room.id)).last_seq == before
    assert said == [Message] * before + [Muted] * (20 - before)


async def test_a_member_becomes_a_moderator_and_a_member_again(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    for role in ("moderator", "moderator", "member"):
        place = await storage.set_role(room.id, bob.id, role, new_act(room, ada, "role-changed", bob))
        assert place.role == role
        assert await storage.member(room.id, bob.id) == place
    assert await actions(storage, room) == ["role-changed"] * 2, "a role that one has is no change"


async def test_a_private_room_is_not_there_for_who_may_join_public_ones_alone(storage, ada, bob):
    room = await make_room(storage, ada, visibility="private")
    with pytest.raises(RoomNotFound):
        await storage.add_member(room.id, bob.id, at(5), only_public=True)
    assert (await storage.add_member(room.id, ada.id, at(5), only_public=True)).role == "owner"
    assert (await storage.add_member(room.id, bob.id, at(5))).role == "member"


# Who may, and what is written down

ACTS = {  # s: the storage, r: the room, u: who is meant
    "invite-created": lambda s, r, u, act: s.add_invite(new_invite(r, u), 10, act),
    "invite-revoked": lambda s, r, _, act: s.delete_invite(r.id, ids.new_id(), act),
    "member-banned": lambda s, r, u, act: s.add_ban(r.id, u.id, "", act),
    "member-muted": lambda s, r, u, act: s.mute_member(r.id, u.id, at(99), act),
    "member-removed": lambda s, r, u, act: s.remove_member(r.id, u.id, act),
    "member-unbanned": lambda s, r, u, act: s.delete_ban(r.id, u.id, act),
    "member-unmuted": lambda s, r, u, act: s.unmute_member(r.id, u.id, act),
    "role-changed": lambda s, r, u, act: s.set_role(r.id, u.id, "moderator", act),
    "room-changed": lambda s, r, _, act: s.change_room(r.id, {"name": "Algebra"}, act),
    "system-message-posted": lambda s, r, _, act: _said(s, r, act),
}
TARGETED = {"member-banned", "member-muted", "member-removed", "member-unbanned", "member-unmuted", "role-changed"}


async def _said(storage, room, act):
    [result] = await storage.add_messages([_system(room, act)])
    if isinstance(result, Exception):
        raise result
    return result


def _system(room, act):
    plain = draft(room, None, "Break")
    return type(plain)(act.id, room.id, None, "Break", plain.timestamp, None, act)


@pytest.fixture
async def staff(storage, ada, bob):
    """Ada's room with Bob and Mo as its moderators, and two members."""
    mo, cy, di = [await make_user(storage, name) for name in ("Mo", "Cy", "Di")]
    room = await make_room(storage, ada, bob, mo, cy, di)
    for moderator in (bob, mo):
        await make_moderator(storage, room, moderator)
    return room, {"owner": ada, "moderator": bob, "other": mo, "member": cy, "fellow": di}


@pytest.mark.parametrize("action", ACTS)
async def test_what_is_not_allowed_is_refused_and_leaves_no_trace(storage, staff, action):
    room, people = staff
    people = people | {"stranger": await make_user(storage, "Stranger")}
    before = (await actions(storage, room), await storage.room(room.id), await storage.members(room.id, 10))
    refused = [("stranger", "fellow"), ("member", "fellow")]
    if action in {"role-changed", "room-changed"}:
        refused.append(("moderator", "fellow"))
    if action in TARGETED:
        refused += [("owner", "owner"), ("moderator", "moderator"), ("moderator", "owner"), ("moderator", "other")]
    for actor, target in refused:
        act = new_act(room, people[actor], action, people[target] if action in TARGETED else None)
        with pytest.raises(Forbidden):
            await ACTS[action](storage, room, people[target], act)
    if action in TARGETED:
        act = new_act(room, await make_admin(storage), action, people["owner"])
        with pytest.raises(Forbidden):  # not even an admin
            await ACTS[action](storage, room, people["owner"], act)
    after = (await actions(storage, room), await storage.room(room.id), await storage.members(room.id, 10))
    assert after == before


@pytest.mark.parametrize("action", sorted(set(ACTS) - {"invite-revoked", "member-unbanned", "member-unmuted"}))
async def test_what_is_allowed_is_written_down_once_however_often_it_is_sent(storage, staff, action):
    room, people = staff
    before = await actions(storage, room)
    actor = people["owner" if action in {"role-changed", "room-changed"} else "moderator"]
    target = people["member"]
    act = new_act(room, actor, action, target if action in TARGETED else None, details={"note": "ünï"})
    for _ in range(2):
        try:
            await ACTS[action](storage, room, target, act)
        except NotAMember:
            assert action == "member-muted"
        assert await actions(storage, room) == [*before, action]
    [entry] = await storage.audit_log(room.id, limit=1)
    assert (entry.id, entry.actor, entry.details, entry.timestamp) == (act.id, actor.summary, {"note": "ünï"}, at(20))
    assert entry.target == (target.summary if action in TARGETED else None)


@pytest.mark.parametrize("action", ["member-muted", "member-removed", "role-changed"])
async def test_what_is_for_members_is_not_done_to_others(storage, room, ada, bob, action):
    with pytest.raises(NotAMember):
        await ACTS[action](storage, room, bob, new_act(room, ada, action, bob))
    assert await actions(storage, room) == []


async def test_handing_over_is_written_down_with_it(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    act = new_act(room, ada, "room-handed-over", bob)
    for _ in range(2):
        await storage.transfer_room(room.id, ada.id, bob.id, act)
    assert await actions(storage, room) == ["room-handed-over"]
    with pytest.raises(Forbidden):
        await storage.transfer_room(room.id, bob.id, ada.id, new_act(room, ada, "room-handed-over", ada))
    assert (await storage.member(room.id, bob.id)).role == "owner"


async def test_what_changed_nothing_is_not_written_down(storage, room, ada):
    assert await storage.change_room(room.id, {}, new_act(room, ada, "room-changed")) == room
    assert await actions(storage, room) == []


async def test_two_moderators_who_remove_each_other_at_once_do_not(storage, staff):
    room, people = staff
    pair = people["moderator"], people["other"]
    results = await asyncio.gather(
        *(
            storage.remove_member(room.id, target.id, new_act(room, actor, "member-removed", target))
            for actor, target in (pair, pair[::-1])
        ),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [Forbidden, Forbidden]


async def test_who_is_a_moderator_no_more_does_nothing_more(storage, staff):
    room, people = staff
    demotion = new_act(room, people["owner"], "role-changed", people["moderator"])
    users = await make_users(storage, 10)
    bans = [
        storage.add_ban(room.id, user.id, "", new_act(room, people["moderator"], "member-banned", user))
        for user in users
    ]
    await asyncio.gather(
        *bans[:5],
        storage.set_role(room.id, people["moderator"].id, "member", demotion),
        *bans[5:],
        return_exceptions=True,
    )
    banned = len(await storage.bans(room.id, 20))
    with pytest.raises(Forbidden):
        await storage.add_ban(room.id, users[0].id, "", new_act(room, people["moderator"], "member-banned", users[0]))
    assert (await actions(storage, room)).count("member-banned") == banned


async def test_the_log_is_read_backwards_page_by_page(storage, room, ada):
    acts = [new_act(room, ada, "room-changed") for _ in range(5)]
    for number, act in enumerate(acts):
        await storage.change_room(room.id, {"name": f"{number}"}, act)
    ids_backwards = [act.id for act in acts[::-1]]
    assert [entry.id for entry in await storage.audit_log(room.id, limit=3)] == ids_backwards[:3]
    rest = await storage.audit_log(room.id, before=ids_backwards[2], limit=3)
    assert [entry.id for entry in rest] == ids_backwards[3:]
    assert await storage.audit_log(room.id, before=acts[0].id, limit=3) == []
    assert await storage.audit_log(ids.new_id(), limit=3) == []


async def test_the_log_shows_the_names_of_today_and_none_of_who_is_gone(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    await storage.remove_member(room.id, bob.id, new_act(room, ada, "member-removed", bob))
    await storage.change_user(ada.id, {"first_name": "Augusta"})
    [entry] = await storage.audit_log(room.id, limit=1)
    assert (entry.actor.name, entry.target.name) == ("Augusta Lovelace", "Bob Lovelace")
    await storage.delete_user(bob.id)
    [entry] = await storage.audit_log(room.id, limit=1)
    assert (entry.actor.name, entry.target.name) == ("Augusta Lovelace", DELETED_NAME)


async def test_a_name_goes_out_of_what_the_room_said_with_the_account(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    plain = draft(room, None)
    said = "Ada Lovelace removed Bob Lovelace"
    named = type(plain)(plain.id, room.id, None, said, plain.timestamp, mentioned_users=(ada.summary, bob.summary))
    await post(storage, named, draft(room, ada, "Bob Lovelace, come back"))
    await storage.change_user(bob.id, {"first_name": "Robert"})
    await storage.delete_user(bob.id)
    assert [message.content for message in await storage.messages_after(room.id, 0, 10)] == [
        f"Ada Lovelace removed {DELETED_NAME}",
        "Bob Lovelace, come back",
    ]
    late = type(plain)(ids.new_id(), room.id, None, said, plain.timestamp, mentioned_users=(bob.summary,))
    [message] = await post(storage, late)
    assert message.content == f"Ada Lovelace removed {DELETED_NAME}"
    assert (await storage.messages_before(room.id, None, 1)) == [message]


async def test_one_name_is_redacted_as_a_word_and_leaves_longer_names(storage):
    names = {"Ada": "", "Adam": "", "made": "", "Deleted": "", "Mx (K.)": "", "Ada ": "Adamson"}
    people = {
        f"{first}{last}": await make_user(storage, first.strip(), last_name=last) for first, last in names.items()
    }
    room = await make_room(storage, people["Adam"])
    said = "Ada made Ada Adamson & made made Adam & Deleted made Mx (K.)"
    senders = tuple(person.summary for person in people.values())
    await post(storage, msgspec.structs.replace(draft(room, None, said), mentioned_users=senders))
    for gone, left in (
        ("Ada", "- made Ada Adamson & made made Adam & Deleted made Mx (K.)"),
        ("Deleted", "- made Ada Adamson & made made Adam & - made Mx (K.)"),
        ("Ada Adamson", "- made - & made made Adam & - made Mx (K.)"),
        ("Mx (K.)", "- made - & made made Adam & - made -"),
    ):
        await storage.delete_user(people[gone].id)
        [message] = await storage.messages_after(room.id, 0, 10)
        assert message.content == left.replace("-", DELETED_NAME)


async def test_a_deleted_room_takes_all_of_it_along(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    invite = await make_invite(storage, room, ada)
    await storage.mute_member(room.id, bob.id, at(60), new_act(room, ada, "member-muted", bob))
    await storage.add_ban(room.id, bob.id, "", new_act(room, ada, "member-banned", bob))
    await storage.delete_room(room.id)
    assert await storage.invite_by_code(invite.code) is None
    assert await storage.invites(room.id, at(0)) == []
    assert await storage.bans(room.id, 10) == []
    assert await storage.is_banned(room.id, bob.id) is False
    assert await storage.audit_log(room.id, limit=10) == []
