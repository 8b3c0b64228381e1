"""The conformance suite: messages from before a room was opened are read by those who were members then."""

import pytest

from domain.errors.messages import MessageNotFound
from domain.rooms import Member
from storage.base.messages.messages import MAX_RECENT_SCAN
from tests.support.factories import (
    at,
    draft,
    make_invite,
    make_moderator,
    make_room,
    make_user,
    new_act,
    new_report,
    post,
)

OPEN, CLOSE = {"visibility": "public"}, {"visibility": "private"}


async def opened_room(storage, owner, *members):
    """Return a private room in which three messages were sent, and that was then opened, and the messages."""
    room = await make_room(storage, owner, *members, visibility="private")
    messages = await post(storage, *(draft(room, owner, text, when=when) for when, text in enumerate("abc")))
    await storage.change_room(room.id, OPEN)
    return await storage.room(room.id), messages


async def read(storage, room, user):
    """Return the numbers of the messages that a member reads, the same in every way of reading."""
    member, everything = await storage.member(room.id, user.id), 100
    last = (await storage.room(room.id)).last_seq
    after, before, whole = (
        {message.seq for message in messages}
        for messages in (
            await storage.messages_after(room.id, 0, everything, visible_from=member.visible_from),
            await storage.messages_before(room.id, last + 1, everything, visible_from=member.visible_from),
            await storage.messages_before(room.id, None, everything, visible_from=member.visible_from),
        )
    )
    recent = {message.seq for message in await storage.recent_messages(user.id, everything)}
    assert after == before == whole == recent
    return sorted(after)


async def may_report(storage, message, user):
    """Return True if a member can report a message: one that they cannot read is not found."""
    try:
        await storage.add_report(new_report(message, user))
    except MessageNotFound:
        return False
    return True


async def test_member_who_joins_an_opened_room_reads_later_messages(storage, ada, bob):
    room, messages = await opened_room(storage, ada)
    assert room.history_from == 4
    place = await storage.add_member(room.id, bob.id, at(9))
    assert place == Member(room.id, bob.id, "member", at(9), 3, None, 4)
    assert await storage.member(room.id, bob.id) == place
    assert await read(storage, room, bob) == []
    [later] = await post(storage, draft(room, ada))
    assert await read(storage, room, bob) == [4]
    assert [await may_report(storage, message, bob) for message in (*messages, later)] == [False, False, False, True]
    assert await storage.messages_after(room.id, 0, 1, visible_from=4) == [later]
    assert await storage.messages_before(room.id, 4, 9, visible_from=4) == []
    assert await storage.recent_messages(bob.id, 1) == [later]


async def test_member_from_before_the_opening_reads_everything(storage, ada, bob):
    room, messages = await opened_room(storage, ada, bob)
    assert (await storage.member(room.id, bob.id)).visible_from == 1
    assert await read(storage, room, bob) == await read(storage, room, ada) == [1, 2, 3]
    assert await may_report(storage, messages[0], bob)
    assert await storage.mark_read(room.id, bob.id, 1) == 2


async def test_member_who_returns_after_the_opening_reads_later_messages(storage, ada, bob):
    room, [message, *_] = await opened_room(storage, ada, bob)
    await storage.remove_member(room.id, bob.id)
    await storage.add_member(room.id, bob.id, at(9))
    assert await read(storage, room, bob) == []
    assert not await may_report(storage, message, bob)


async def test_room_opened_again_closes_its_history_again(storage, ada, bob):
    room, _ = await opened_room(storage, ada)
    cyd, dan = await make_user(storage, "Cyd"), await make_user(storage, "Dan")
    await storage.add_member(room.id, bob.id, at(9))
    await post(storage, draft(room, ada))
    await storage.change_room(room.id, CLOSE)
    invite = await make_invite(storage, room, ada)
    await storage.use_invite(invite, cyd.id, new_act(room, cyd, "invite-used"))
    await post(storage, draft(room, ada))
    await storage.change_room(room.id, OPEN)
    await storage.add_member(room.id, dan.id, at(12))
    await post(storage, draft(room, ada))
    assert [(await storage.member(room.id, user.id)).visible_from for user in (ada, bob, cyd, dan)] == [1, 4, 4, 6]
    assert await read(storage, room, ada) == [1, 2, 3, 4, 5, 6]
    assert await read(storage, room, bob) == await read(storage, room, cyd) == [4, 5, 6]
    assert await read(storage, room, dan) == [6]


@pytest.mark.parametrize("visibility", ["public", "private"])
async def test_room_that_was_not_opened_shows_its_history(storage, ada, bob, visibility):
    room = await make_room(storage, ada, visibility=visibility)
    await post(storage, draft(room, ada))
    invite = await make_invite(storage, room, ada)
    await storage.use_invite(invite, bob.id, new_act(room, bob, "invite-used"))
    assert await read(storage, room, bob) == [1]


@pytest.mark.parametrize("changes", [{"name": "Algebra"}, OPEN, CLOSE, {"name": "Algebra", **CLOSE}])
async def test_change_that_opens_nothing_leaves_the_history(storage, room, ada, changes):
    await post(storage, draft(room, ada))
    assert (await storage.change_room(room.id, changes)).history_from == 1
    assert (await storage.room(room.id)).history_from == 1


async def test_unread_messages_are_those_that_are_visible(storage, ada, bob):
    room, _ = await opened_room(storage, ada)
    await storage.add_member(room.id, bob.id, at(9))
    await post(storage, draft(room, ada))
    assert [membership.unread for membership in await storage.rooms_of(bob.id, 9)] == [1]
    assert await storage.mark_read(room.id, bob.id, 1) == 1, "a mark on a message that is not visible moves nothing"
    assert await storage.mark_read(room.id, bob.id, 4) == 0


async def test_opened_room_expires_its_messages_for_all(storage, ada, bob):
    room, _ = await opened_room(storage, ada)
    await storage.add_member(room.id, bob.id, at(9))
    await post(storage, draft(room, ada, when=100))
    await storage.change_room(room.id, {"retention_days": 1})
    assert await storage.expire_messages(room.id, at(24 * 3600 + 50), None, 100) == 3
    assert await read(storage, room, ada) == await read(storage, room, bob) == [4]


async def test_moderator_who_joined_later_reads_reports_of_visible_messages(storage, ada, bob):
    eve = await make_user(storage, "Eve")
    room, [message, *_] = await opened_room(storage, ada, eve)
    [message] = await post(storage, draft(room, eve))
    await storage.change_room(room.id, CLOSE)
    await storage.change_room(room.id, OPEN)
    await storage.add_member(room.id, bob.id, at(9))
    await make_moderator(storage, room, bob)
    early = await storage.add_report(new_report(message, ada))
    act = new_act(room, bob, "report-resolved")
    assert await storage.reports(room.id, None, bob.id, limit=9) == []
    assert await storage.open_report_count(room.id, bob.id) == 0
    assert await storage.report(early.id, bob.id) is None
    assert bob.id not in await storage.report_readers(early.id)
    assert await storage.set_report_status(early.id, "resolved", act) is None
    assert await storage.open_report_count(room.id, ada.id) == 1
    [later] = await post(storage, draft(room, eve))
    late = await storage.add_report(new_report(later, ada))
    assert [report.id for report in await storage.reports(room.id, None, bob.id, limit=9)] == [late.id]


async def test_recent_messages_of_a_later_member_are_among_the_last_thousand(storage, ada, bob):
    room, _ = await opened_room(storage, ada)
    await storage.add_member(room.id, bob.id, at(9))
    messages = await post(storage, *(draft(room, ada, when=3000 - number) for number in range(MAX_RECENT_SCAN + 1)))
    assert await storage.recent_messages(ada.id, 2) == messages[:2]
    assert await storage.recent_messages(bob.id, 2) == messages[1:3]
    assert await storage.recent_messages(bob.id, 2000) == messages[1:]
