"""The conformance suite: statuses and activities that members choose, on every backend."""

import asyncio

import pytest

from domain import ids
from domain.errors.accounts import NotSignedIn
from domain.errors.moderation import Muted
from domain.errors.rooms import NotAMember
from tests.support.factories import actions, at, make_admin, make_moderator, make_room, new_act, new_report


@pytest.fixture
async def room(storage, ada, bob):
    return await make_room(storage, ada, bob)


async def test_new_member_has_neither_status_nor_activity(storage, room, bob):
    member = await storage.member(room.id, bob.id)
    assert (member.chosen_status, member.activity) == (None, None)


async def test_set_presence_changes_the_named_fields_only(storage, room, ada, bob):
    before = await storage.member(room.id, bob.id)
    for fields, expected in (
        ({"chosen_status": "busy", "activity": "Sheet 4, 2b"}, ("busy", "Sheet 4, 2b")),
        ({"activity": "\u05e9\u05d9\u05e2\u05d5\u05e8 'x'; --"}, ("busy", "\u05e9\u05d9\u05e2\u05d5\u05e8 'x'; --")),
        ({"chosen_status": "away"}, ("away", "\u05e9\u05d9\u05e2\u05d5\u05e8 'x'; --")),
        ({"activity": None}, ("away", None)),
        ({"chosen_status": None}, (None, None)),
    ):
        member = await storage.set_presence(room.id, bob.id, fields, at(30))
        assert (member.chosen_status, member.activity) == expected
        assert member == await storage.member(room.id, bob.id)
    assert member == before, "nothing else of the membership changed"
    assert (await storage.member(room.id, ada.id)).activity is None
    assert await actions(storage, room) == []


async def test_set_presence_of_users_who_are_no_members_is_rejected(storage, room, bob):
    await storage.remove_member(room.id, bob.id)
    for room_id in (room.id, ids.new_id()):
        with pytest.raises(NotAMember):
            await storage.set_presence(room_id, bob.id, {"activity": "Sheet 4"}, at(30))
    assert (await storage.add_member(room.id, bob.id, at(31))).activity is None


async def test_choices_end_with_the_membership(storage, room, bob):
    await storage.set_presence(room.id, bob.id, {"chosen_status": "busy", "activity": "Sheet 4"}, at(30))
    kept = await storage.add_member(room.id, bob.id, at(31))
    assert (kept.chosen_status, kept.activity) == ("busy", "Sheet 4"), "who is a member stays one"
    await storage.remove_member(room.id, bob.id)
    member = await storage.add_member(room.id, bob.id, at(32))
    assert (member.chosen_status, member.activity) == (None, None)


async def test_muted_member_sets_no_activity_but_a_status(storage, room, ada, bob):
    await storage.set_presence(room.id, bob.id, {"activity": "Sheet 4"}, at(29))
    await storage.mute_member(room.id, bob.id, at(60), new_act(room, ada, "member-muted", bob))
    for fields in ({"activity": "Rude"}, {"activity": "Rude", "chosen_status": "busy"}):
        with pytest.raises(Muted) as refused:
            await storage.set_presence(room.id, bob.id, fields, at(59.999))
        assert refused.value.until == at(60)
    member = await storage.member(room.id, bob.id)
    assert (member.chosen_status, member.activity) == (None, "Sheet 4")
    member = await storage.set_presence(room.id, bob.id, {"activity": None, "chosen_status": "busy"}, at(40))
    assert (member.chosen_status, member.activity, member.muted_until) == ("busy", None, at(60))
    assert (await storage.set_presence(room.id, bob.id, {"activity": "Quiet"}, at(60))).activity == "Quiet"


async def test_mute_does_not_stop_an_admin(storage, room, ada, bob):
    await make_admin(storage)
    await storage.mute_member(room.id, bob.id, at(60), new_act(room, ada, "member-muted", bob))
    await storage.set_access(bob.id, role="admin")
    assert (await storage.set_presence(room.id, bob.id, {"activity": "Sheet 4"}, at(40))).activity == "Sheet 4"
    await storage.set_access(bob.id, role="student")
    assert (await storage.member(room.id, bob.id)).muted_until == at(60), "the mute itself stays"


async def test_disabled_account_sets_nothing(storage, room, bob):
    await storage.set_access(bob.id, disabled=True)
    with pytest.raises(NotSignedIn):
        await storage.set_presence(room.id, bob.id, {"chosen_status": "busy"}, at(40))
    with pytest.raises(NotSignedIn):
        await storage.set_membership(room.id, bob.id, {"follow_timer": False})
    member = await storage.member(room.id, bob.id)
    assert (member.chosen_status, member.follow_timer) == (None, True)


async def test_settings_of_membership_are_set_for_members_only(storage, room, ada, bob):
    shown = await storage.set_membership(room.id, bob.id, {"show_on_leaderboard": True})
    assert (shown.show_on_leaderboard, shown.follow_timer) == (True, True)
    assert (await storage.set_membership(room.id, bob.id, {"follow_timer": False})).follow_timer is False
    assert (await storage.set_membership(room.id, bob.id, {"follow_timer": False})) == await storage.member(
        room.id, bob.id
    )
    assert (await storage.member(room.id, ada.id)).follow_timer is True
    for room_id in (room.id, ids.new_id()):
        with pytest.raises(NotAMember):
            await storage.set_membership(room_id, ids.new_id(), {"follow_timer": False})


async def test_cleared_activity_is_in_the_log_once(storage, room, ada, bob):
    await storage.set_presence(room.id, bob.id, {"chosen_status": "busy", "activity": "Rude"}, at(30))
    act = new_act(room, ada, "activity-cleared", bob)
    assert await storage.clear_activity(room.id, bob.id, act) is True
    assert await storage.clear_activity(room.id, bob.id, act) is True, "the same action again"
    assert await storage.clear_activity(room.id, bob.id, new_act(room, ada, "activity-cleared", bob)) is False
    member = await storage.member(room.id, bob.id)
    assert (member.chosen_status, member.activity) == ("busy", None)
    assert await actions(storage, room) == ["activity-cleared"]


async def test_clearing_waits_for_nothing_that_it_would_undo(storage, room, ada, bob):
    """Of an activity that is set and cleared at once, either order is possible, but no third result."""
    await storage.set_presence(room.id, bob.id, {"activity": "Rude"}, at(30))
    _, cleared = await asyncio.gather(
        storage.set_presence(room.id, bob.id, {"activity": "Ruder"}, at(31)),
        storage.clear_activity(room.id, bob.id, new_act(room, ada, "activity-cleared", bob)),
    )
    assert cleared is True
    assert (await storage.member(room.id, bob.id)).activity in (None, "Ruder")


async def test_choices_survive_changes_of_the_membership(storage, room, ada, bob):
    await storage.set_presence(room.id, bob.id, {"chosen_status": "away", "activity": "Sheet 4"}, at(30))
    await make_moderator(storage, room, bob)
    await storage.mute_member(room.id, bob.id, at(60), new_act(room, ada, "member-muted", bob))
    await storage.transfer_room(room.id, ada.id, bob.id)
    member = await storage.member(room.id, bob.id)
    assert (member.role, member.chosen_status, member.activity) == ("owner", "away", "Sheet 4")


async def test_report_of_a_user_has_the_activity_until_the_account_is_deleted(storage, room, ada, bob):
    await storage.set_presence(room.id, bob.id, {"activity": "Rude"}, at(30))
    report = await storage.add_report(new_report(None, ada, room_id=room.id, kind="user", target_id=bob.id))
    await storage.clear_activity(room.id, bob.id, new_act(room, ada, "activity-cleared", bob))
    [listed] = await storage.reports(room.id, None, ada.id, limit=10)
    assert listed.message.content == report.message.content == f"{bob.name}\nRude"
    await storage.delete_user(bob.id)
    [listed] = await storage.reports(room.id, None, ada.id, limit=10)
    assert "Rude" not in listed.message.content
