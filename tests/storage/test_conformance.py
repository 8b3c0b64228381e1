"""The conformance suite: what storage/base/ promises of all methods. The tests of one noun are in test_<noun>.py."""

import asyncio

import msgspec
import pytest

from domain.messages import Message
from tests.conftest import opened
from tests.support.factories import at, draft, make_room, make_user, make_users, new_room, new_user, post

TEXTS = {
    "statement": "'; DROP TABLE messages; --",
    "quotes": "\" ' ` \\' \\\" $$ $1 :id ? %s %(id)s %% {0}",
    "wildcards": "% _ * ? [a-z] \\ \\\\ \\n",
    "emoji": "👩🏽‍🚀🏳️‍🌈😀",
    "right to left": "مرحبا \u202e\u05e2\u05d1\u05e8\u05d9\u05ea\u202c",
    "replacement": "\ufffd",
    "noncharacters": "\uffff\U0010ffff",
    "lines": "one\n\ttwo\n\nthree",
    "separators": "a\u2028b\u2029c\u00a0d\u200be",
    "array": "{a,b,NULL}",
    "null": "NULL",
    "hex": "\\x00 \\u0000 0x00",
    "long": "\U0001d4b3" * 4000,
}


async def test_text_comes_back_as_it_was_given(storage):
    for written in TEXTS.values():
        await _check_text(storage, written)


async def _check_text(storage, written):
    user = new_user(written, last_name=written, bio=written, avatar=written)
    await storage.add_user(user, written)
    room = new_room(user, name=written, description=written, subject=written, image=written)
    await storage.add_room(room)
    [message] = await post(storage, draft(room, user, written, key=written[:100]))
    assert await storage.user(user.id) == user
    assert (await storage.account(user.id)).password_hash == written
    assert msgspec.structs.replace(await storage.room(room.id), last_seq=0, last_active=room.last_active) == room
    assert await storage.messages_after(room.id, 0, 1) == [message]
    assert (message.content, message.client_message_id, message.sender) == (written, written[:100], user.summary)
    assert await post(storage, draft(room, user, "again", key=written[:100])) == [message]
    changed = await storage.change_user(user.id, {"first_name": f"{written}!"})
    assert changed.first_name == f"{written}!"
    assert (await storage.change_room(room.id, {"name": f"{written}!"})).name == f"{written}!"


async def test_several_texts_in_one_batch_come_back_as_given(storage, room, ada):
    await post(storage, *(draft(room, ada, written) for written in TEXTS.values()))
    assert [message.content for message in await storage.messages_after(room.id, 0, 100)] == list(TEXTS.values())


@pytest.mark.parametrize(
    "stamp",
    ["2026-11-22T09:30:00.000Z", "2026-11-22T09:30:00.123Z", "2026-02-28T23:59:59.999Z", "1970-01-01T00:00:00.000Z"],
)
async def test_stamps_come_back_as_they_were_given(storage, stamp):
    user = await make_user(storage, created_at=stamp, last_login=stamp)
    room = await make_room(storage, user, created_at=stamp, last_active=stamp)
    [message] = await post(storage, msgspec.structs.replace(draft(room, user), timestamp=stamp))
    assert await storage.user(user.id) == user
    assert (await storage.member(room.id, user.id)).joined_at == stamp
    assert ((await storage.room(room.id)).created_at, (await storage.room(room.id)).last_active) == (stamp, stamp)
    assert (message.timestamp, (await storage.messages_after(room.id, 0, 1))[0].timestamp) == (stamp, stamp)


async def test_what_is_handed_out_cannot_be_used_to_change_what_is_kept(storage, room, ada):
    kept = await post(storage, draft(room, ada))
    for handed_out in (
        await storage.messages_after(room.id, 0, 10),
        await storage.messages_before(room.id, None, 10),
        await storage.members(room.id, 10),
        await storage.rooms_of(ada.id, 10),
    ):
        handed_out.clear()
    with pytest.raises(AttributeError):
        kept[0].content = "changed"
    assert await storage.messages_after(room.id, 0, 10) == kept
    assert len(await storage.members(room.id, 10)) == 1


@pytest.mark.parametrize("turns", range(8))
async def test_cancelled_posts_leave_no_holes_and_can_be_sent_again(storage, room, ada, turns):
    drafts = [draft(room, ada, str(number), key=str(number)) for number in range(24)]
    tasks = [asyncio.create_task(storage.add_messages(drafts[n : n + 2])) for n in range(0, 24, 2)]
    for task in tasks[::2]:
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    results = await storage.add_messages(drafts)
    assert {type(result) for result in results} == {Message}
    messages = await storage.messages_after(room.id, 0, 100)
    assert [message.seq for message in messages] == list(range(1, 25))
    assert sorted(messages, key=lambda message: message.id) == sorted(results, key=lambda message: message.id)
    for first, second in zip(results[::2], results[1::2], strict=True):
        assert second.seq == first.seq + 1  # of one transaction: both or neither
    assert (await storage.room(room.id)).last_seq == 24


@pytest.mark.parametrize("turns", range(6))
async def test_cancelled_changes_happen_wholly_or_not_at_all(storage, ada, bob, turns):
    users = await make_users(storage, 8)
    rooms = [await make_room(storage, bob, user) for user in users]
    calls = [
        call
        for user, room in zip(users, rooms, strict=True)
        for call in (storage.add_member(room.id, ada.id, at(5)), storage.delete_user(user.id))
    ]
    tasks = [asyncio.create_task(call) for call in calls]
    for task in tasks:
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for user, room in zip(users, rooms, strict=True):
        await storage.add_member(room.id, ada.id, at(5))  # again, and after whatever still goes on
        await storage.delete_user(user.id)
        assert [member.id for member in await storage.members(room.id, 10)] == [bob.id, ada.id]
        assert (await storage.room(room.id)).total_members == 2


async def test_readers_and_writers_at_once_do_not_hinder_each_other(storage, room, ada):
    async def read():
        for _ in range(10):
            messages = await storage.messages_after(room.id, 0, 100)
            assert [message.seq for message in messages] == list(range(1, len(messages) + 1))

    await asyncio.gather(*(storage.add_messages([draft(room, ada)]) for _ in range(20)), *(read() for _ in range(10)))
    assert len(await storage.messages_after(room.id, 0, 100)) == 20


async def test_what_was_written_is_read_at_once(storage, room, ada):
    for number in range(1, 21):
        await post(storage, draft(room, ada))
        assert (await storage.room(room.id)).last_seq == number
        assert len(await storage.messages_after(room.id, 0, 100)) == number


async def test_a_storage_that_is_open_answers(storage):
    assert await storage.ping() is None


async def test_the_epoch_stays(storage, room, ada):
    epoch = await storage.epoch()
    await post(storage, draft(room, ada))
    await storage.ping()
    assert await storage.epoch() == epoch != ""


async def test_closing_again_does_nothing(backend):
    async with opened(backend) as storage:
        await storage.close()
        await storage.close()


async def test_closing_finishes_what_is_running(backend):
    async with opened(backend) as storage:
        ada = await make_user(storage)
        room = await make_room(storage, ada)
        running = [asyncio.create_task(storage.add_messages([draft(room, ada)])) for _ in range(5)]
        await asyncio.sleep(0)
        await asyncio.gather(storage.close(), storage.close())
        assert {type(result) for (result,) in await asyncio.gather(*running)} == {Message}
