"""The conformance suite: messages that quiet focus holds. Each sentence of the contract, on every backend."""

import asyncio

import pytest

from domain.errors.accounts import NotSignedIn
from domain.errors.messages import TooManyHeld
from domain.errors.moderation import Muted
from domain.errors.rooms import NotAMember
from domain.errors.storage import HeldMessagesDue
from domain.messages import HeldMessage, Message
from storage.rules.held_messages import MAX_HELD_PER_ROOM, MAX_HELD_PER_SENDER
from tests.support.factories import at, draft, make_admin, make_moderator, make_room, make_user, new_act, post
from tests.support.quiet_focus import BREAK, start_focus, stop_focus

DURING, AFTER = at(60), at(BREAK)


@pytest.fixture
async def quiet(storage, ada, bob):
    """A room of Ada with quiet focus, with Bob as a member, in a focus phase."""
    room = await make_room(storage, ada, bob, quiet_focus="hold")
    await start_focus(storage, room)
    return room


def release(storage, room, when=BREAK, limit=100):
    return storage.release_held(room.id, at(when), at(when), limit)


async def hold(storage, *drafts):
    """Add drafts during the focus phase."""
    return await storage.add_messages(drafts, DURING)


async def texts(storage, room):
    return [message.content for message in await storage.messages_after(room.id, 0, 1000)]


async def test_message_of_member_during_focus_is_held(storage, quiet, bob):
    one = draft(quiet, bob, "one", key="k1")
    [held] = await hold(storage, one)
    assert isinstance(held, HeldMessage)
    assert held.release_at == AFTER
    assert held.message == Message(
        id=one.id,
        room_id=quiet.id,
        seq=0,
        content="one",
        is_system=False,
        timestamp=one.timestamp,
        client_message_id="k1",
        sender=bob.summary,
        sent_at=one.timestamp,
    )
    assert await texts(storage, quiet) == []
    assert (await storage.room(quiet.id)).last_seq == 0
    assert await storage.held_messages(quiet.id, bob.id, DURING) == [held]
    assert await storage.rooms_with_held(limit=10) == [quiet.id]


async def test_messages_pass_unless_focus_runs_and_room_holds(storage, ada, bob):
    loud, idle = await make_room(storage, ada, bob), await make_room(storage, ada, bob, quiet_focus="hold")
    await start_focus(storage, loud)
    results = await hold(storage, draft(loud, bob), draft(idle, bob))
    assert [type(result) for result in results] == [Message, Message]


async def test_moderators_and_notices_pass_without_releasing(storage, quiet, ada, bob):
    admin, moderator = await make_admin(storage), await make_user(storage, "Moderator")
    for user in (admin, moderator):
        await storage.add_member(quiet.id, user.id, at(1))
    await make_moderator(storage, quiet, moderator)
    results = await hold(
        storage, draft(quiet, bob, "waits"), *(draft(quiet, one) for one in (ada, moderator, admin, None))
    )
    assert [type(result) for result in results] == [HeldMessage, Message, Message, Message, Message]
    assert [result.seq for result in results[1:]] == [1, 2, 3, 4]


async def test_held_messages_are_released_in_order_at_break(storage, quiet, ada, bob):
    cy = await make_user(storage, "Cy")
    await storage.add_member(quiet.id, cy.id, at(1))
    await hold(storage, draft(quiet, bob, "one", when=30, key="k1"))
    await hold(storage, draft(quiet, cy, "two", when=20), draft(quiet, bob, "three", when=40))
    await hold(storage, draft(quiet, ada, "zero"))
    released = await release(storage, quiet)
    assert [(one.seq, one.content, one.sent_at) for one in released.released] == [
        (2, "one", at(30)),
        (3, "two", at(20)),
        (4, "three", at(40)),
    ]
    assert {one.timestamp for one in released.released} == {AFTER}
    assert (released.last_seq, released.refused, released.has_more) == (4, [], False)
    assert await storage.messages_after(quiet.id, 1, 10) == released.released
    assert (await storage.room(quiet.id)).last_active == AFTER
    assert await storage.rooms_with_held(limit=10) == []
    assert await storage.held_messages(quiet.id, bob.id, AFTER) == []


async def test_release_before_break_publishes_nothing(storage, quiet, bob):
    await hold(storage, draft(quiet, bob))
    released = await release(storage, quiet, when=BREAK - 0.001)
    assert (released.released, released.refused, released.last_seq, released.has_more) == ([], [], 0, False)
    assert len(await storage.held_messages(quiet.id, bob.id, DURING)) == 1


async def test_release_when_repeated_publishes_once(storage, quiet, bob):
    await hold(storage, *(draft(quiet, bob, str(number)) for number in range(5)))
    results = await asyncio.gather(*(release(storage, quiet) for _ in range(4)))
    assert sum(len(result.released) for result in results) == 5
    assert {result.last_seq for result in results} == {5}
    assert await texts(storage, quiet) == ["0", "1", "2", "3", "4"]


async def test_release_beyond_limit_continues(storage, quiet, bob):
    await hold(storage, *(draft(quiet, bob, str(number)) for number in range(5)))
    found = [await release(storage, quiet, limit=2) for _ in range(3)]
    assert [[one.content for one in result.released] for result in found] == [["0", "1"], ["2", "3"], ["4"]]
    assert [result.has_more for result in found] == [True, True, False]
    assert [type(one) for one in await hold(storage, draft(quiet, bob))] == [HeldMessage]


@pytest.mark.parametrize("end", ["break", "stop", "off"])
async def test_nothing_overtakes_held_messages_that_are_due(storage, quiet, ada, bob, end):
    await hold(storage, draft(quiet, bob, "first"))
    study_time = AFTER if end == "break" else DURING
    if end == "stop":
        await stop_focus(storage, quiet)
    if end == "off":
        await storage.change_room(quiet.id, {"quiet_focus": "off"})
    drafts = [draft(quiet, user, "second") for user in (ada, bob, None)]
    results = await storage.add_messages(drafts, study_time)
    assert [type(result) for result in results] == [HeldMessagesDue] * 3
    assert [one.content for one in (await storage.release_held(quiet.id, at(70), study_time, 10)).released] == ["first"]
    assert [result.seq for result in await storage.add_messages(drafts, study_time)] == [2, 3, 4]


async def test_retry_of_held_message_is_the_held_one_until_its_release(storage, quiet, bob):
    [held] = await hold(storage, draft(quiet, bob, "one", key="k1"))
    assert await hold(storage, draft(quiet, bob, "two", key="k1"), draft(quiet, bob, "three", key="k1")) == [held] * 2
    assert len(await storage.held_messages(quiet.id, bob.id, DURING)) == 1
    [message] = (await release(storage, quiet)).released
    assert message.id == held.message.id
    assert await storage.add_messages([draft(quiet, bob, "four", key="k1")], AFTER) == [message]
    assert await hold(storage, draft(quiet, bob, "five", key="k1")) == [message]


async def test_repetition_within_one_call_is_held_once(storage, quiet, bob):
    once, other = draft(quiet, bob, "one", key="k1"), draft(quiet, bob, "two")
    results = await hold(storage, once, other, draft(quiet, bob, "three", key="k1"), other)
    assert [result.message.content for result in results] == ["one", "two", "one", "two"]
    assert len((await release(storage, quiet)).released) == 2


async def test_key_of_expired_message_holds_nothing(storage, ada, bob):
    room = await make_room(storage, ada, bob, quiet_focus="hold", retention_days=1)
    [first] = await post(storage, draft(room, bob, "one", key="k1"))
    assert await storage.expire_messages(room.id, at(5 * 24 * 3600), None, 10)
    await start_focus(storage, room)
    [again] = await hold(storage, draft(room, bob, "one", key="k1"))
    assert (again.id, again.seq) == (first.id, first.seq)


async def test_held_messages_are_limited_for_each_sender(storage, quiet, bob):
    results = await hold(storage, *(draft(quiet, bob, str(number)) for number in range(MAX_HELD_PER_SENDER + 1)))
    assert [type(result) for result in results[:-1]] == [HeldMessage] * MAX_HELD_PER_SENDER
    assert isinstance(results[-1], TooManyHeld)
    assert results[-1].until == AFTER
    assert [type(one) for one in await hold(storage, draft(quiet, bob))] == [TooManyHeld]


async def test_held_messages_are_limited_for_each_room(storage, quiet):
    for number in range(MAX_HELD_PER_ROOM // MAX_HELD_PER_SENDER):
        user = await make_user(storage, f"User {number}")
        await storage.add_member(quiet.id, user.id, at(1))
        await hold(storage, *(draft(quiet, user) for _ in range(MAX_HELD_PER_SENDER)))
    late = await make_user(storage, "Late")
    await storage.add_member(quiet.id, late.id, at(1))
    assert [type(one) for one in await hold(storage, draft(quiet, late))] == [TooManyHeld]


async def test_rejected_drafts_are_not_held(storage, quiet, ada, bob):
    stranger, muted, disabled = [await make_user(storage, name) for name in ("Stranger", "Muted", "Disabled")]
    for user in (muted, disabled):
        await storage.add_member(quiet.id, user.id, at(1))
    await storage.mute_member(quiet.id, muted.id, at(100), new_act(quiet, ada, "member-muted", muted))
    await storage.set_access(disabled.id, disabled=True)
    results = await hold(storage, *(draft(quiet, one) for one in (stranger, muted, disabled)))
    assert [type(one) for one in results] == [NotAMember, Muted, NotSignedIn]
    assert await storage.rooms_with_held(limit=10) == []


async def test_release_rejects_what_sender_may_not_write_any_more(storage, quiet, ada, bob):
    muted, disabled = [await make_user(storage, name) for name in ("Muted", "Disabled")]
    for user in (muted, disabled):
        await storage.add_member(quiet.id, user.id, at(1))
    await hold(storage, draft(quiet, muted, "one", key="k1"), draft(quiet, disabled, "two"), draft(quiet, bob, "three"))
    await storage.mute_member(quiet.id, muted.id, at(BREAK + 60), new_act(quiet, ada, "member-muted", muted))
    await storage.set_access(disabled.id, disabled=True)
    released = await release(storage, quiet)
    assert [(one.seq, one.content) for one in released.released] == [(1, "three")]
    assert [(one.message.content, one.code) for one in released.refused] == [("one", "muted"), ("two", "not_signed_in")]
    assert released.refused[0].message.client_message_id == "k1"
    assert await storage.rooms_with_held(limit=10) == []


async def test_mute_that_ends_before_break_refuses_nothing(storage, quiet, ada, bob):
    await hold(storage, draft(quiet, bob))
    await storage.mute_member(quiet.id, bob.id, AFTER, new_act(quiet, ada, "member-muted", bob))
    assert len((await release(storage, quiet)).released) == 1


async def test_cancelled_message_is_not_released(storage, quiet, ada, bob):
    cy = await make_user(storage, "Cy")
    await storage.add_member(quiet.id, cy.id, at(1))
    [_, held, _] = await hold(storage, *(draft(quiet, bob, key, key=key) for key in ("k1", "k2", "k3")))
    assert await storage.cancel_held(quiet.id, cy.id, "k2") is None
    assert await storage.cancel_held(quiet.id, bob.id, "k2") == held.message
    assert await storage.cancel_held(quiet.id, bob.id, "k2") is None
    assert [one.content for one in (await release(storage, quiet)).released] == ["k1", "k3"]
    assert await storage.cancel_held(quiet.id, bob.id, "k1") is None


async def test_place_of_cancelled_message_is_not_taken_by_later_one(storage, quiet, bob):
    await hold(storage, draft(quiet, bob, "one", key="k1"), draft(quiet, bob, "two"))
    await storage.cancel_held(quiet.id, bob.id, "k1")
    await hold(storage, draft(quiet, bob, "three"))
    assert [one.content for one in (await release(storage, quiet)).released] == ["two", "three"]


async def test_last_held_message_cancelled_leaves_room_as_before(storage, quiet, ada, bob):
    await hold(storage, draft(quiet, bob, key="k1"))
    await storage.cancel_held(quiet.id, bob.id, "k1")
    assert [type(one) for one in await storage.add_messages([draft(quiet, ada)], AFTER)] == [Message]


@pytest.mark.parametrize("end", ["left", "removed", "banned", "account", "room"])
async def test_end_of_membership_deletes_held_messages(storage, quiet, ada, bob, end):
    await hold(storage, draft(quiet, bob, "one"))
    match end:
        case "left":
            await storage.remove_member(quiet.id, bob.id)
        case "removed":
            await storage.remove_member(quiet.id, bob.id, new_act(quiet, ada, "member-removed", bob))
        case "banned":
            await storage.add_ban(quiet.id, bob.id, "", new_act(quiet, ada, "member-banned", bob))
        case "account":
            await storage.delete_user(bob.id)
        case "room":
            await storage.delete_room(quiet.id)
    assert await storage.held_messages(quiet.id, bob.id, DURING) == []
    assert await storage.rooms_with_held(limit=10) == []
    if end == "left":
        await storage.add_member(quiet.id, bob.id, at(61))
    released = await release(storage, quiet)
    assert (released.released, released.refused) == ([], [])


async def test_release_moves_no_read_mark(storage, quiet, bob):
    await hold(storage, draft(quiet, bob))
    await release(storage, quiet)
    assert (await storage.member(quiet.id, bob.id)).last_read == 0


async def test_message_released_shows_current_name(storage, quiet, bob):
    await hold(storage, draft(quiet, bob))
    await storage.change_user(bob.id, {"first_name": "Robert"})
    [message] = (await release(storage, quiet)).released
    assert message.sender.name == "Robert Lovelace"
    assert await storage.messages_after(quiet.id, 0, 10) == [message]


async def test_release_of_missing_room_is_empty(storage, quiet):
    await storage.delete_room(quiet.id)
    assert (await release(storage, quiet)).last_seq is None


async def test_rooms_with_held_are_paged_by_id(storage, ada, bob):
    rooms = [await make_room(storage, ada, bob, quiet_focus="hold") for _ in range(3)]
    for room in rooms:
        await start_focus(storage, room)
    await hold(storage, *(draft(room, bob) for room in reversed(rooms)))
    first = await storage.rooms_with_held(limit=2)
    assert first == sorted(room.id for room in rooms)[:2]
    assert await storage.rooms_with_held(after=first[-1], limit=2) == [rooms[2].id]


async def test_concurrent_holds_and_releases_lose_and_double_nothing(storage, quiet, bob):
    async def send(number):
        for _ in range(100):
            when = DURING if number % 3 else AFTER
            [result] = await storage.add_messages([draft(quiet, bob, str(number), key=str(number))], when)
            if not isinstance(result, HeldMessagesDue):
                return
            await release(storage, quiet)

    await asyncio.gather(*(send(number) for number in range(18)))
    await release(storage, quiet)
    assert sorted(map(int, await texts(storage, quiet))) == list(range(18))
    messages = await storage.messages_after(quiet.id, 0, 100)
    assert [message.seq for message in messages] == list(range(1, 19))
