"""The conformance suite: what was said. Each sentence of storage/base/, on every backend."""

import asyncio

import msgspec
import pytest

from domain import ids
from domain.errors.rooms import NotAMember, RoomNotFound
from domain.messages import Message
from tests.support.factories import at, draft, make_room, make_user, make_users, post


async def test_a_message_is_kept_as_drafted_under_the_next_number(storage, room, ada):
    first, second = draft(room, ada, "one", key="k1", when=1), draft(room, ada, "two", when=2)
    messages = await post(storage, first, second)
    assert messages == [
        Message(
            id=each.id,
            room_id=room.id,
            seq=seq,
            content=each.content,
            is_system=False,
            timestamp=each.timestamp,
            client_message_id=each.client_message_id,
            sender=ada.summary,
        )
        for seq, each in enumerate((first, second), 1)
    ]
    assert await storage.messages_after(room.id, 0, 10) == messages
    assert (await storage.room(room.id)).last_seq == 2


async def test_a_message_of_the_system_has_no_sender_and_needs_no_member(storage, room):
    [message] = await post(storage, draft(room, None, "Welcome"))
    assert (message.is_system, message.sender, message.seq) == (True, None, 1)
    assert await storage.messages_after(room.id, 0, 10) == [message]


async def test_nothing_added_is_nothing_kept(storage, room):
    assert await storage.add_messages([]) == []
    assert await storage.room(room.id) == room


async def test_a_retry_is_the_first_message_again(storage, room, ada):
    first = await storage.add_messages([draft(room, ada, "one", key="k1")])
    assert await storage.add_messages([draft(room, ada, "two", key="k1")]) == first
    assert await storage.messages_after(room.id, 0, 10) == first
    assert (await storage.room(room.id)).last_seq == 1


async def test_a_draft_sent_again_is_the_first_message_again(storage, room, ada):
    again = draft(room, ada, "one")
    first = await storage.add_messages([again])
    assert await storage.add_messages([again]) == first
    assert await storage.messages_after(room.id, 0, 10) == first


async def test_a_repetition_within_one_call_is_the_first_message_again(storage, room, ada):
    first, other, same_id = draft(room, ada, "one", key="k1"), draft(room, ada, "two"), draft(room, ada, "three")
    results = await storage.add_messages([first, other, draft(room, ada, "four", key="k1"), same_id, other])
    assert [result.id for result in results] == [first.id, other.id, first.id, same_id.id, other.id]
    assert results[2] == results[0]
    assert results[4] == results[1]
    assert [message.content for message in await storage.messages_after(room.id, 0, 10)] == ["one", "two", "three"]


async def test_a_key_belongs_to_its_sender_and_room(storage, ada, bob):
    here, there = await make_room(storage, ada, bob), await make_room(storage, ada, bob)
    drafts = [draft(room, user, key="k1") for room in (here, there) for user in (ada, bob)]
    assert [message.id for message in await post(storage, *drafts)] == [each.id for each in drafts]


async def test_messages_without_a_key_are_all_different(storage, room, ada):
    await post(storage, *(draft(room, ada, "same") for _ in range(3)), *(draft(room, None, "same") for _ in range(3)))
    assert (await storage.room(room.id)).last_seq == 6


async def test_a_retry_is_answered_also_when_the_sender_has_left(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    by_id = draft(room, bob, "one", key="k1")
    first = await storage.add_messages([by_id])
    await storage.remove_member(room.id, bob.id)
    assert await storage.add_messages([by_id]) == first
    assert await storage.add_messages([draft(room, bob, "two", key="k1")]) == first
    [refusal] = await storage.add_messages([draft(room, bob, "three", key="k2")])
    assert isinstance(refusal, NotAMember)


async def test_what_is_refused_does_not_hinder_the_others(storage, room, ada, bob):
    kept = await post(storage, draft(room, ada, "zero", key="k0"))
    nowhere = msgspec.structs.replace(room, id=ids.new_id())
    results = await storage.add_messages(
        [
            draft(room, bob, "a stranger's"),
            draft(room, ada, "one"),
            draft(nowhere, ada, "nowhere"),
            draft(room, ada, "again", key="k0"),
            draft(nowhere, None, "nowhere"),
            draft(room, None, "two"),
            draft(nowhere, bob, "a stranger's, nowhere"),
            draft(room, ada, "three"),
        ]
    )
    types = [NotAMember, Message, RoomNotFound, Message, RoomNotFound, Message, RoomNotFound, Message]
    assert [type(result) for result in results] == types
    assert results[3] == kept[0]
    messages = await storage.messages_after(room.id, 0, 10)
    assert [(message.seq, message.content) for message in messages] == [
        (1, "zero"),
        (2, "one"),
        (3, "two"),
        (4, "three"),
    ]


async def test_a_refused_draft_does_not_take_its_key(storage, room, ada, bob):
    refused, accepted = draft(room, bob, key="k1"), draft(room, bob, key="k1")
    await storage.add_messages([refused])
    await storage.add_member(room.id, bob.id, at(5))
    assert [message.id for message in await post(storage, accepted)] == [accepted.id]


async def test_many_who_post_at_once_are_numbered_without_holes(storage, room, ada):
    results = await asyncio.gather(*(storage.add_messages([draft(room, ada, str(n))]) for n in range(50)))
    messages = [message for (message,) in results]
    assert sorted(message.seq for message in messages) == list(range(1, 51))
    in_order = sorted(messages, key=lambda message: message.seq)
    assert await storage.messages_after(room.id, 0, 100) == in_order
    assert (await storage.room(room.id)).last_seq == 50


async def test_one_key_posted_by_many_at_once_is_one_message(storage, room, ada):
    results = await asyncio.gather(*(storage.add_messages([draft(room, ada, str(n), key="k1")]) for n in range(20)))
    assert len({message.id for (message,) in results}) == 1
    assert [message.id for message in await storage.messages_after(room.id, 0, 10)] == [results[0][0].id]


async def test_batches_for_several_rooms_at_once_all_arrive(storage, ada):
    rooms = [await make_room(storage, ada) for _ in range(4)]
    batches = []
    for number in range(12):  # each in another order, so that locks taken in the order of drafts would meet
        turned = rooms[number % 4 :] + rooms[: number % 4]
        batches.append([draft(room, ada, str(number)) for room in (turned if number % 2 else turned[::-1])])
    results = await asyncio.gather(*(storage.add_messages(batch) for batch in batches))
    assert {type(result) for batch in results for result in batch} == {Message}
    for room in rooms:
        messages = await storage.messages_after(room.id, 0, 100)
        assert [message.seq for message in messages] == list(range(1, 13))
        assert {message.content for message in messages} == {str(number) for number in range(12)}


async def test_posting_while_leaving_is_either_kept_or_refused(storage, ada):
    users = await make_users(storage, 10)
    room = await make_room(storage, ada, *users)
    posts = [storage.add_messages([draft(room, user)]) for user in users]
    results = await asyncio.gather(*posts, *(storage.remove_member(room.id, user.id) for user in users))
    said = [result for (result,) in results[:10]]
    kept = [message for message in said if isinstance(message, Message)]
    assert {type(result) for result in said} <= {Message, NotAMember}
    assert sorted(message.seq for message in kept) == list(range(1, len(kept) + 1))
    assert (await storage.room(room.id)).last_seq == len(kept)


async def test_posting_into_a_room_that_is_being_deleted_is_either_kept_or_refused(storage, room, ada):
    posts = [storage.add_messages([draft(room, ada)]) for _ in range(10)]
    results = await asyncio.gather(*posts[:5], storage.delete_room(room.id), *posts[5:])
    assert results.pop(5) is True
    assert {type(result) for (result,) in results} <= {Message, RoomNotFound}
    assert await storage.messages_after(room.id, 0, 100) == []


@pytest.mark.parametrize("whens", [(5, 9, 7), (-5, -9), (3,)])
async def test_a_room_is_active_at_the_latest_of_its_messages_and_before(storage, room, ada, whens):
    await post(storage, *(draft(room, ada, when=when) for when in whens))
    assert (await storage.room(room.id)).last_active == at(max(0, *whens))


async def test_what_was_kept_before_does_not_make_a_room_active(storage, room, ada):
    await post(storage, draft(room, ada, key="k1", when=5))
    await post(storage, draft(room, ada, key="k1", when=50))
    assert (await storage.room(room.id)).last_active == at(5)


async def test_who_says_something_has_read_up_to_it(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    await post(storage, draft(room, ada), draft(room, bob), draft(room, ada), draft(room, None))
    assert (await storage.member(room.id, ada.id)).last_read == 3
    assert (await storage.member(room.id, bob.id)).last_read == 2


async def test_a_retry_does_not_move_the_read_mark(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    first = draft(room, bob, key="k1")
    await post(storage, first, draft(room, ada), draft(room, ada))
    await post(storage, first)
    assert (await storage.member(room.id, bob.id)).last_read == 1


async def test_messages_after_a_number_come_oldest_first(storage, room, ada):
    messages = await post(storage, *(draft(room, ada, str(n)) for n in range(10)))
    assert await storage.messages_after(room.id, 0, 100) == messages
    assert await storage.messages_after(room.id, 4, 3) == messages[4:7]
    assert await storage.messages_after(room.id, 9, 3) == messages[9:]
    assert await storage.messages_after(room.id, 10, 3) == []
    assert await storage.messages_after(room.id, 2**53 - 1, 3) == []
    assert await storage.messages_after(ids.new_id(), 0, 3) == []


async def test_messages_before_a_number_are_the_last_ones_oldest_first(storage, room, ada):
    messages = await post(storage, *(draft(room, ada, str(n)) for n in range(10)))
    assert await storage.messages_before(room.id, None, 3) == messages[7:]
    assert await storage.messages_before(room.id, None, 100) == messages
    assert await storage.messages_before(room.id, 8, 3) == messages[4:7]
    assert await storage.messages_before(room.id, 3, 5) == messages[:2]
    assert await storage.messages_before(room.id, 2**53 - 1, 2) == messages[8:]
    assert await storage.messages_before(room.id, 1, 3) == []
    assert await storage.messages_before(room.id, 0, 3) == []
    assert await storage.messages_before(ids.new_id(), None, 3) == []


async def test_recent_messages_are_those_of_ones_own_rooms_newest_first(storage, ada, bob):
    mine, ours, theirs = (
        await make_room(storage, ada),
        await make_room(storage, bob, ada),
        await make_room(storage, bob),
    )
    drafts = [draft(mine, ada, "1", when=7), draft(ours, bob, "2", when=9), draft(theirs, bob, "3", when=99)]
    drafts += [draft(ours, ada, "4", when=3), draft(mine, None, "5", when=9), draft(ours, ada, "6", when=8)]
    await post(storage, *drafts)
    kept = {message.id: message for room in (mine, ours) for message in await storage.messages_after(room.id, 0, 10)}
    expected = sorted(kept.values(), key=lambda message: (message.timestamp, message.id), reverse=True)
    assert await storage.recent_messages(ada.id, 10) == expected
    assert await storage.recent_messages(ada.id, 2) == expected[:2]
    assert await storage.recent_messages(ids.new_id(), 10) == []


async def test_recent_messages_go_by_time_where_numbers_say_otherwise(storage, room, ada):
    messages = await post(storage, *(draft(room, ada, when=when) for when in (50, 10, 40, 20)))
    assert await storage.recent_messages(ada.id, 2) == [messages[0], messages[2]]


async def test_senders_bear_the_name_and_picture_they_have_now(storage, room, ada):
    [kept] = await post(storage, draft(room, ada, key="k1"))
    changed = await storage.change_user(ada.id, {"first_name": "Augusta", "avatar": "/a.png"})
    now = msgspec.structs.replace(kept, sender=changed.summary)
    assert await storage.messages_after(room.id, 0, 10) == [now]
    assert await storage.messages_before(room.id, None, 10) == [now]
    assert await storage.recent_messages(ada.id, 10) == [now]


async def test_a_user_who_comes_back_goes_on_where_the_room_is(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    await post(storage, draft(room, bob, "one"))
    await storage.remove_member(room.id, bob.id)
    await storage.add_member(room.id, bob.id, at(20))
    [message] = await post(storage, draft(room, bob, "two"))
    assert message.seq == 2


async def test_a_large_batch_is_kept_in_its_order(storage, ada):
    room, eve = await make_room(storage, ada), await make_user(storage, "Eve")
    await storage.add_member(room.id, eve.id, at(1))
    drafts = [draft(room, (ada, eve)[n % 2], str(n), key=str(n)) for n in range(300)]
    messages = await post(storage, *drafts)
    assert [message.id for message in messages] == [each.id for each in drafts]
    assert [message.seq for message in messages] == list(range(1, 301))
    assert await storage.messages_after(room.id, 0, 300) == messages
