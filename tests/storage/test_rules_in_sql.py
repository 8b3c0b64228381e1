"""Conformance: rules of storage/rules/ that backends apply in SQL give the results of the Python functions."""

import msgspec
import pytest

from domain import ids
from domain.errors.base import AppError
from domain.errors.rooms import InviteNotFound
from domain.permissions import Authority
from storage.rules.messages import DraftFacts, number_drafts
from storage.rules.moderation import GONE
from storage.rules.rooms import mute_in_force, was_removed_since
from tests.support.factories import (
    at,
    draft,
    make_admin,
    make_invite,
    make_moderator,
    make_room,
    make_user,
    new_act,
    post,
)

DAY = 24 * 3600
MEMBER = Authority("member")

# Messages: by name, what decides about a draft of 10 s, beside the room's last number. `muted` and others are made by
# `_sender`; the drafts of `sent again` are retries of a stored message.
DRAFTS = {
    "member": {"sender": MEMBER},
    "member with a mute that has ended": {"sender": MEMBER, "muted_until": at(10)},
    "muted member": {"sender": MEMBER, "muted_until": at(11)},
    "muted admin": {"sender": Authority("member", is_admin=True), "muted_until": at(11)},
    "disabled member": {"sender": Authority("member", is_active=False)},
    "disabled admin": {"sender": Authority("member", is_active=False), "muted_until": at(11)},
    "user outside": {"sender": Authority()},
    "admin outside": {"sender": Authority(is_admin=True)},
    "deleted account": {"sender": GONE},
    "missing room": {"last_seq": None, "sender": MEMBER},
    "sent again with the id": {"sender": MEMBER},
    "sent again with the key": {"sender": MEMBER},
    "sent again while muted": {"sender": MEMBER, "muted_until": at(11)},
    "sent again by a disabled member": {"sender": Authority("member", is_active=False)},
    "sent again after its expiry": {"sender": MEMBER},
}


async def _sender(storage, room, name):
    sender = await make_user(storage, "Sender")
    await storage.add_member(room.id, sender.id, at(1))
    stored = (await post(storage, draft(room, sender, "first", key="one", when=5)))[0]
    if name == "sent again after its expiry":
        await storage.change_room(room.id, {"retention_days": 1})
        assert await storage.expire_messages(room.id, at(5 * DAY), None, 10)
    facts = DRAFTS[name]
    if "muted_until" in facts:
        owner = (await storage.members(room.id, 1))[0]
        act = msgspec.structs.replace(new_act(room, sender, "member-muted", sender), actor_id=owner.id)
        await storage.mute_member(room.id, sender.id, facts["muted_until"], act)
    if "admin" in name:
        await make_admin(storage)
        await storage.set_access(sender.id, role="admin")
    if "outside" in name:
        await storage.remove_member(room.id, sender.id)
    if "disabled" in name:
        await storage.set_access(sender.id, disabled=True)
    if "deleted" in name:
        await storage.delete_user(sender.id)
    if "room" in name:
        await storage.delete_room(room.id)
    return sender, stored


def _kinds(results):
    return [
        (type(one), getattr(one, "until", None)) if isinstance(one, AppError) else (one.id, one.seq, one.content)
        for one in results
    ]


@pytest.mark.parametrize("name", DRAFTS)
async def test_draft_gets_result_of_number_drafts(storage, ada, name):
    for among in ("alone", "after another", "before another", "with a rejected one", "twice"):
        found, expected = await _results(storage, ada, name, among)
        assert found == expected, among


async def _results(storage, ada, name, among):
    """Store the draft in new rooms, and return its results and what is stored: those found and those expected."""
    room, other = await make_room(storage, ada), await make_room(storage, ada)
    sender, stored = await _sender(storage, room, name)
    sent, facts = draft(room, sender, name, key="new"), DraftFacts(1)._replace(**DRAFTS[name])
    if name.startswith("sent again"):
        changes = {"id": stored.id, "client_message_id": None} if name.endswith("id") else {"client_message_id": "one"}
        sent = msgspec.structs.replace(sent, **changes)
        text = name if name.endswith("expiry") else stored.content
        facts = facts._replace(known=msgspec.structs.replace(stored, content=text))
    elsewhere = draft(other, ada, "elsewhere"), DraftFacts(0, sender=Authority("owner"))
    rejected = draft(other, await make_user(storage), "rejected"), DraftFacts(0, sender=Authority())
    again = (
        msgspec.structs.replace(sent, id=ids.new_id() if sent.client_message_id else sent.id, content="again"),
        facts,
    )
    batch = {
        "alone": [(sent, facts)],
        "after another": [elsewhere, (sent, facts)],
        "before another": [(sent, facts), elsewhere],
        "with a rejected one": [rejected, (sent, facts), elsewhere],
        "twice": [(sent, facts), again],
    }[among]
    if among == "twice" and name == "sent again after its expiry":
        batch[1] = again[0], facts._replace(known=msgspec.structs.replace(facts.known, content="again"))
    drafts = [one for one, _ in batch]
    expected = number_drafts(drafts, [fact for _, fact in batch])
    new = [message for _, message in expected.accepted if message.room_id == room.id]
    found = _kinds(await storage.add_messages(drafts)), await storage.messages_after(room.id, 1, 10)
    return found, (_kinds(expected.results), new)


@pytest.mark.parametrize("role", [None, "member", "moderator", "owner"])
async def test_invitation_is_read_and_used_if_maker_can_moderate(storage, ada, role):
    for is_admin in (False, True):
        for is_active in (True, False):
            await _check_invitation(storage, ada, role, is_admin=is_admin, is_active=is_active)


async def _check_invitation(storage, ada, role, *, is_admin, is_active):
    bob = await make_user(storage, "Bob")
    maker = await make_admin(storage)  # makes the invitation as an admin, whatever they are afterwards
    await make_admin(storage)
    room = await make_room(storage, maker if role == "owner" else ada)
    if role in {"member", "moderator"}:
        await storage.add_member(room.id, maker.id, at(1))
    if role == "moderator":
        await make_moderator(storage, room, maker)
    invite = await make_invite(storage, room, maker)
    if not is_active:
        await storage.set_access(maker.id, disabled=True)
    elif not is_admin:
        await storage.set_access(maker.id, role="student")
    works = Authority(role, is_admin=is_admin and is_active, is_active=is_active).can_moderate
    assert (await storage.invite_by_code(invite.code) is not None) == works
    assert await storage.invites(room.id, at(20)) == ([invite] if works else [])
    if works:
        assert (await storage.use_invite(invite, bob.id, new_act(room, bob, "invite-used")))[1]
    else:
        with pytest.raises(InviteNotFound):
            await storage.use_invite(invite, bob.id, new_act(room, bob, "invite-used"))


@pytest.mark.parametrize("is_admin", [False, True])
@pytest.mark.parametrize("is_disabled", [False, True])
async def test_mute_is_read_as_in_force(storage, room, ada, bob, is_admin, is_disabled):
    await storage.add_member(room.id, bob.id, at(1))
    await storage.mute_member(room.id, bob.id, at(99), new_act(room, ada, "member-muted", bob))
    if is_admin:
        await make_admin(storage)
        await storage.set_access(bob.id, role="admin")
    if is_disabled:
        await storage.set_access(bob.id, disabled=True)
    expected = mute_in_force(at(99), is_admin=is_admin and not is_disabled)
    assert (await storage.member(room.id, bob.id)).muted_until == expected
    [_, profile] = await storage.members(room.id, 10)
    assert profile.muted_until == expected
    if not is_disabled:
        assert (await storage.add_member(room.id, bob.id, at(5))).muted_until == expected


@pytest.mark.parametrize("who", ["outside", "disabled", "deleted", "missing"])
async def test_user_without_membership_leaves_nothing(storage, room, who):
    admin = await make_admin(storage)
    invite = await make_invite(storage, room, admin)
    if who == "disabled":
        await make_admin(storage)
        await storage.set_access(admin.id, disabled=True)
    if who == "deleted":
        await storage.delete_user(admin.id)
    assert not await storage.remove_member(room.id, ids.new_id() if who == "missing" else admin.id)
    assert await storage.invites(room.id, at(20)) == ([invite] if who in {"outside", "missing"} else [])


@pytest.mark.parametrize("since", [24, 25, 26])
async def test_removal_is_read_as_by_rule(storage, room, ada, bob, since):
    await storage.add_member(room.id, bob.id, at(1))
    await make_invite(storage, room, ada)
    await storage.remove_member(room.id, bob.id, new_act(room, ada, "member-removed", bob, when=25))
    expected = was_removed_since(at(25), at(since))
    assert await storage.was_removed_since(room.id, bob.id, at(since)) == expected
