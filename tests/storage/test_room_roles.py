"""Conformance: roles in rooms, the actions that each allows, and their entries in the audit log, on every backend."""

import asyncio

import pytest

from domain import ids
from domain.errors.base import Forbidden
from domain.errors.rooms import NotAMember, RoomNotFound
from tests.support.factories import (
    actions,
    at,
    draft,
    make_admin,
    make_moderator,
    make_room,
    make_user,
    make_users,
    new_act,
    new_invite,
)


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


ACTS = {  # s: the storage, r: the room, u: who is meant
    "activity-cleared": lambda s, r, u, act: s.clear_activity(r.id, u.id, act),
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
    "task-cleared": lambda s, _, __, act: s.clear_task(ids.new_id(), act),
}

TARGETED = {
    "activity-cleared",
    "member-banned",
    "member-muted",
    "member-removed",
    "member-unbanned",
    "member-unmuted",
    "role-changed",
    "task-cleared",
}


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


async def test_what_is_not_allowed_is_refused_and_leaves_no_trace(storage, staff):
    room, people = staff
    people = people | {"stranger": await make_user(storage, "Stranger")}
    for action in ACTS:
        await _check_refusals(storage, room, people, action)


async def _check_refusals(storage, room, people, action):
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
    assert after == before, action


@pytest.mark.parametrize(
    "action",
    sorted(set(ACTS) - {"activity-cleared", "invite-revoked", "member-unbanned", "member-unmuted", "task-cleared"}),
)
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


@pytest.mark.parametrize("action", ["activity-cleared", "member-muted", "member-removed", "role-changed"])
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
