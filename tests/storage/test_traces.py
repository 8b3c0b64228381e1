"""Conformance: what one person has left. Each sentence of storage/base/accounts/personal_data.py, on every backend."""

import msgspec
import pytest

from domain import ids
from domain.moderation import AuditDraft
from tests.support.factories import at, draft, make_room, make_user, new_report, post

DAY = 24 * 3600


def act(room, actor, target=None, action="member-removed", **details):
    return AuditDraft(
        id=ids.new_id(),
        room_id=room.id,
        action=action,
        actor_id=actor.id,
        target_id=target and target.id,
        details=details,
        timestamp=at(5),
    )


async def test_rooms_ever_are_those_one_is_in_and_those_one_has_left(storage, ada, bob):
    mine, left, never, gone, again = [await make_room(storage, ada) for _ in range(5)]
    for room in (mine, left, gone, again):
        await storage.add_member(room.id, bob.id, at(1))
    await storage.remove_member(left.id, bob.id)
    await storage.remove_member(again.id, bob.id)
    await storage.add_member(again.id, bob.id, at(2))
    await storage.delete_room(gone.id)
    assert await storage.rooms_ever_joined(bob.id, limit=10) == [mine.id, left.id, again.id]
    assert await storage.rooms_ever_joined(bob.id, limit=2) == [mine.id, left.id]
    assert await storage.rooms_ever_joined(bob.id, after=left.id, limit=2) == [again.id]
    assert await storage.rooms_ever_joined(bob.id, after=again.id, limit=2) == []
    assert await storage.rooms_ever_joined(ids.new_id(), limit=10) == []


@pytest.mark.parametrize("how", ["removed", "banned"])
async def test_who_was_put_out_was_there(storage, ada, bob, how):
    room = await make_room(storage, ada, bob)
    if how == "removed":
        await storage.remove_member(room.id, bob.id, act(room, ada, bob))
    else:
        await storage.add_ban(room.id, bob.id, "", act(room, ada, bob, "member-banned"))
    assert await storage.rooms_ever_joined(bob.id, limit=10) == [room.id]


async def test_of_who_deleted_their_account_no_room_is_known(storage, ada, bob):
    rooms = [await make_room(storage, ada, bob) for _ in range(2)]
    await storage.remove_member(rooms[0].id, bob.id)
    await storage.delete_user(bob.id)
    assert await storage.rooms_ever_joined(bob.id, limit=10) == []


async def test_messages_by_somebody_are_theirs_alone(storage, ada, bob):
    room, other = await make_room(storage, ada, bob), await make_room(storage, ada, bob)
    said = await post(
        storage,
        *(
            draft(room, (ada, bob, None)[number % 3], str(number), key=str(number) if number % 2 else None)
            for number in range(9)
        ),
    )
    await post(storage, draft(other, bob, "elsewhere"))
    bobs = said[1::3]
    assert await storage.messages_sent(bob.id, room.id, 0, 100) == bobs
    assert await storage.messages_sent(bob.id, room.id, 2, 5) == bobs[1:2]
    assert await storage.messages_sent(bob.id, room.id, 1, 2) == bobs[:1]
    assert await storage.messages_sent(bob.id, room.id, 8, 2**53 - 1) == []
    assert await storage.messages_sent(ids.new_id(), room.id, 0, 100) == []
    assert await storage.messages_sent(bob.id, ids.new_id(), 0, 100) == []
    await storage.remove_member(room.id, bob.id)
    assert await storage.messages_sent(bob.id, room.id, 0, 100) == bobs
    await storage.delete_room(room.id)
    assert await storage.messages_sent(bob.id, room.id, 0, 100) == []


async def test_messages_by_somebody_begin_where_the_room_does(storage, ada):
    room = await make_room(storage, ada, retention_days=3)
    said = await post(storage, *(draft(room, ada, when=day * DAY) for day in (1, 1, 4, 4)))
    await storage.expire_messages(room.id, at(5 * DAY), None, 10)
    assert await storage.messages_sent(ada.id, room.id, 0, 3) == said[2:3]
    assert await storage.messages_sent(ada.id, room.id, 2, 9) == said[2:]
    assert await storage.messages_sent(ada.id, room.id, 0, 2) == []


async def test_acts_of_somebody_are_what_they_did_and_what_was_done_to_them(storage, ada, bob):
    eve = await make_user(storage, "Eve")
    room, other = await make_room(storage, ada, bob, eve), await make_room(storage, bob, eve)
    acts = [
        act(room, ada, bob, "member-muted", until=at(9)),
        act(room, ada, eve, "member-muted"),
        act(other, bob, eve, "member-muted"),
        act(room, ada, bob),
    ]
    for one in acts[:3]:
        await storage.mute_member(one.room_id, one.target_id, at(9), one)
    await storage.remove_member(room.id, bob.id, acts[3])
    assert await storage.audit_entries(bob.id, limit=10) == [acts[0], acts[2], acts[3]]
    assert await storage.audit_entries(bob.id, limit=2) == [acts[0], acts[2]]
    assert await storage.audit_entries(bob.id, after=acts[0].id, limit=10) == [acts[2], acts[3]]
    assert await storage.audit_entries(eve.id, limit=10) == acts[1:3]
    assert await storage.audit_entries(ids.new_id(), limit=10) == []


async def test_reports_by_somebody_are_those_that_they_made(storage, ada, bob):
    room, gone = await make_room(storage, ada, bob), await make_room(storage, ada, bob)
    said = await post(storage, *(draft(room, author) for author in (ada, bob, ada, ada)), draft(gone, ada))
    mine = [await storage.add_report(new_report(message, bob)) for message in (said[0], said[2], said[3])]
    await storage.add_report(new_report(said[1], ada))
    mine += [await storage.add_report(new_report(said[4], bob))]
    await storage.delete_room(gone.id)
    mine[-1] = msgspec.structs.replace(mine[-1], room_deleted=True)
    assert await storage.reports_filed(bob.id, limit=10) == mine
    assert await storage.reports_filed(bob.id, limit=2) == mine[:2]
    assert await storage.reports_filed(bob.id, after=mine[0].id, limit=10) == mine[1:]
    assert await storage.reports_filed(ids.new_id(), limit=10) == []


async def test_reports_about_user_are_those_that_accuse_them(storage, ada, bob):
    eve = await make_user(storage, "Eve")
    room, gone = await make_room(storage, ada, bob, eve), await make_room(storage, ada, bob)
    said = await post(storage, draft(room, bob), draft(room, bob), draft(room, ada), draft(gone, bob))
    about = [await storage.add_report(new_report(message, ada)) for message in (said[0], said[1], said[3])]
    await storage.add_report(new_report(said[2], bob))
    await storage.add_report(new_report(said[0], eve))
    await storage.delete_room(gone.id)
    about[2] = msgspec.structs.replace(about[2], room_deleted=True)
    assert await storage.reports_about(bob.id, limit=10) == about
    assert await storage.reports_about(bob.id, limit=2) == about[:2]
    assert await storage.reports_about(bob.id, after=about[0].id, limit=10) == about[1:]
    assert await storage.reports_about(eve.id, limit=10) == []


async def test_notices_are_found_by_id(storage, ada, bob):
    room, gone = await make_room(storage, ada), await make_room(storage, ada)
    notice, other, said = await post(storage, draft(room, None, "one"), draft(gone, None, "two"), draft(room, ada))
    asked = [notice.id, other.id, said.id, ids.new_id()]
    assert await storage.system_message_texts(asked) == {notice.id: "one", other.id: "two"}
    await storage.delete_room(gone.id)
    assert await storage.system_message_texts(asked) == {notice.id: "one"}
    assert await storage.system_message_texts([]) == {}
