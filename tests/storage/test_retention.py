"""The conformance suite: what is kept no longer. Each sentence of storage/base/, on every backend."""

import asyncio

import pytest

from domain import ids
from domain.errors.base import AppError
from domain.errors.rooms import NotAMember, RoomNotFound
from tests.conftest import opened
from tests.support.factories import at, draft, make_room, make_user, make_users, new_act, new_report, post, present

DAY = 24 * 3600


def days(number):
    return at(number * DAY)


async def said(storage, room, author, *whens, **fields):
    """Store a message for each day."""
    return await post(storage, *(draft(room, author, f"on day {when}", when=when * DAY, **fields) for when in whens))


async def expire(storage, room, now, most_days=None, limit=100):
    return await storage.expire_messages(room.id, days(now), most_days, limit)


async def numbers(storage, room):
    return [message.seq for message in await storage.messages_after(room.id, 0, 1000)]


async def test_a_room_keeps_for_as_long_as_it_was_made_and_changed_to(storage, ada):
    for_ever, for_days = await make_room(storage, ada), await make_room(storage, ada, retention_days=7)
    assert (for_ever.retention_days, for_days.retention_days) == (None, 7)
    assert (await storage.change_room(for_ever.id, {"retention_days": 30})).retention_days == 30
    assert (await storage.room(for_ever.id)).retention_days == 30
    assert (await storage.change_room(for_days.id, {"retention_days": None})).retention_days is None
    assert (await storage.room(for_days.id)).retention_days is None


async def test_what_is_older_goes_and_the_rest_keeps_its_numbers(storage, ada):
    room = await make_room(storage, ada, retention_days=3)
    messages = await said(storage, room, ada, 1, 2, 3, 4)
    assert await expire(storage, room, 6) == 2
    assert await storage.messages_after(room.id, 0, 10) == messages[2:]
    kept = await storage.room(room.id)
    assert (kept.first_seq, kept.last_seq) == (3, 4)
    [following] = await said(storage, room, ada, 5)
    assert following.seq == 5


async def test_a_message_is_kept_to_the_millisecond(storage, ada):
    room = await make_room(storage, ada, retention_days=1)
    await post(storage, draft(room, ada, when=0.5))
    assert await storage.expire_messages(room.id, at(DAY + 0.5), None, 10) == 0
    assert await storage.rooms_with_expired(at(DAY + 0.5), None, limit=10) == []
    assert await storage.rooms_with_expired(at(DAY + 0.501), None, limit=10) == [room.id]
    assert await storage.expire_messages(room.id, at(DAY + 0.501), None, 10) == 1


@pytest.mark.parametrize(
    ("own", "most", "gone"), [(None, None, 0), (None, 4, 3), (4, None, 3), (4, 10, 3), (10, 4, 3), (2, 3, 4)]
)
async def test_the_shorter_of_two_terms_holds(storage, ada, own, most, gone):
    room = await make_room(storage, ada, retention_days=own)
    await said(storage, room, ada, 1, 2, 3, 4.5, 8)
    assert await storage.rooms_with_expired(days(8), most, limit=10) == [room.id] * bool(gone)
    assert await expire(storage, room, 8, most) == gone
    assert await storage.rooms_with_expired(days(8), most, limit=10) == []
    assert (await storage.room(room.id)).first_seq == 1 + gone


@pytest.mark.parametrize("longer", [None, 30])
async def test_longer_retention_brings_back_no_expired_message(storage, ada, longer):
    room = await make_room(storage, ada, retention_days=3)
    await said(storage, room, ada, 1, 2, 3, 4)
    wanted = {"retention_days": longer, "expired_before": days(3)}
    assert (await storage.change_room(room.id, wanted)).expired_before == days(3)
    assert (await storage.change_room(room.id, {"expired_before": days(2)})).expired_before == days(3)
    assert (await storage.change_room(room.id, {"name": "Algebra"})).expired_before == days(3)
    assert await storage.rooms_with_expired(days(6), None, limit=10) == [room.id]
    assert await expire(storage, room, 6) == 2
    assert await numbers(storage, room) == [3, 4]
    assert await storage.rooms_with_expired(days(6), None, limit=10) == []
    assert await expire(storage, room, 40) == (2 if longer else 0)


async def test_where_all_is_gone_numbers_go_on(storage, ada):
    room = await make_room(storage, ada, retention_days=1)
    await said(storage, room, ada, 1, 1, 1)
    assert await expire(storage, room, 9) == 3
    assert await storage.messages_after(room.id, 0, 10) == []
    assert await storage.messages_before(room.id, None, 10) == []
    assert await storage.recent_messages(ada.id, 10) == []
    kept = await storage.room(room.id)
    assert (kept.first_seq, kept.last_seq) == (4, 3)
    assert await storage.rooms_with_expired(days(9), None, limit=10) == []
    assert await expire(storage, room, 9) == 0
    assert [message.seq for message in await said(storage, room, ada, 9, 9)] == [4, 5]
    assert await numbers(storage, room) == [4, 5]


async def test_it_goes_in_pieces_oldest_first(storage, ada):
    room = await make_room(storage, ada, retention_days=1)
    await said(storage, room, ada, *[1] * 7, 9)
    assert [await expire(storage, room, 9, limit=3) for _ in range(4)] == [3, 3, 1, 0]
    assert await numbers(storage, room) == [8]


async def test_a_stamp_out_of_order_leaves_no_hole(storage, ada):
    room = await make_room(storage, ada, retention_days=3)
    await said(storage, room, ada, 1, 7, 2, 8)  # the clock was ahead, and set back
    assert await expire(storage, room, 9) == 1
    assert await numbers(storage, room) == [2, 3, 4]
    assert await storage.rooms_with_expired(days(9), None, limit=10) == []
    assert await expire(storage, room, 10.5) == 2
    assert await numbers(storage, room) == [4]


async def test_rooms_with_expired_come_in_pages_by_id(storage, ada):
    rooms = [await make_room(storage, ada, retention_days=1) for _ in range(5)]
    silent = await make_room(storage, ada, retention_days=1)
    for room in (*rooms, for_ever := await make_room(storage, ada)):
        await said(storage, room, ada, 1)
    expected = sorted(room.id for room in rooms)
    assert await storage.rooms_with_expired(days(9), None, limit=10) == expected
    assert await storage.rooms_with_expired(days(9), None, limit=2) == expected[:2]
    assert await storage.rooms_with_expired(days(9), None, after=expected[1], limit=2) == expected[2:4]
    assert await storage.rooms_with_expired(days(9), None, after=expected[4], limit=2) == []
    every = await storage.rooms_with_expired(days(9), 1, limit=10)
    assert every == sorted([*expected, for_ever.id])
    assert silent.id not in every


async def test_there_is_no_such_room_to_expire(storage):
    assert await storage.expire_messages(ids.new_id(), days(9), 1, 10) == 0


async def test_pages_begin_where_the_room_does(storage, ada):
    room = await make_room(storage, ada, retention_days=3)
    messages = await said(storage, room, ada, 1, 1, 1, 4, 4, 4, 4)
    await expire(storage, room, 5)
    left = messages[3:]
    assert await storage.messages_after(room.id, 1, 2) == left[:2]
    assert await storage.messages_after(room.id, 3, 2) == left[:2]
    assert await storage.messages_after(room.id, 5, 9) == left[2:]
    assert await storage.messages_after(room.id, 7, 9) == []
    assert await storage.messages_before(room.id, 6, 9) == left[:2]
    assert await storage.messages_before(room.id, 6, 1) == left[1:2]
    assert await storage.messages_before(room.id, 4, 9) == []
    assert await storage.messages_before(room.id, 2, 9) == []
    assert await storage.messages_before(room.id, None, 9) == left
    assert await storage.messages_before(room.id, None, 3) == left[1:]
    assert await storage.recent_messages(ada.id, 9) == sorted(left, key=lambda m: m.id, reverse=True)


async def test_what_is_gone_is_not_unread(storage, ada, bob):
    room = await make_room(storage, ada, bob, retention_days=3)
    await said(storage, room, ada, 1, 1, 1, 4, 4)
    assert (await storage.rooms_of(bob.id, 10))[0].unread == 5
    await expire(storage, room, 5)
    assert (await storage.rooms_of(bob.id, 10))[0].unread == 2
    assert await storage.mark_read(room.id, bob.id, 0) == 2
    assert await storage.mark_read(room.id, bob.id, 2) == 2
    assert await storage.mark_read(room.id, bob.id, 4) == 1
    assert (await storage.rooms_of(bob.id, 10))[0].unread == 1
    await expire(storage, room, 99)
    assert await storage.mark_read(room.id, bob.id, 0) == 0
    assert (await storage.rooms_of(bob.id, 10))[0].unread == 0
    assert (await storage.member(room.id, bob.id)).last_read == 4


async def test_a_retry_of_what_is_gone_is_not_a_second_message(storage, ada, bob):
    room = await make_room(storage, ada, bob, retention_days=3)
    [first, other] = await post(
        storage, draft(room, bob, "my words", key="k1", when=DAY), draft(room, ada, key="k1", when=DAY)
    )
    await said(storage, room, ada, 4)
    await expire(storage, room, 5)
    before = await storage.room(room.id)
    again = draft(room, bob, "my words", key="k1", when=5 * DAY)
    assert await storage.add_messages([again]) == [first]
    assert await storage.add_messages([draft(room, bob, "new", key="k2"), again]) != [first]
    assert await storage.add_messages([draft(room, ada, other.content, key="k1")]) == [other]
    room = await storage.room(room.id)
    assert (room.first_seq, room.last_seq) == (before.first_seq, before.last_seq + 1)
    assert await numbers(storage, room) == [3, 4]
    await storage.remove_member(room.id, bob.id)
    assert await storage.add_messages([again]) == [first]


async def test_a_message_of_the_system_with_a_key_is_not_said_twice_either(storage, ada):
    room = await make_room(storage, ada, retention_days=3)
    [first] = await said(storage, room, None, 1, key="k1")
    await expire(storage, room, 5)
    assert await storage.add_messages([draft(room, None, first.content, key="k1")]) == [first]


async def test_a_retry_bears_the_name_that_its_sender_has_now(storage, ada):
    room = await make_room(storage, ada, retention_days=3)
    await said(storage, room, ada, 1, key="k1")
    await expire(storage, room, 5)
    changed = await storage.change_user(ada.id, {"first_name": "Augusta"})
    [again] = await storage.add_messages([draft(room, ada, key="k1")])
    assert again.sender == changed.summary


async def test_keys_are_forgotten_in_the_end(storage, ada):
    room = await make_room(storage, ada, retention_days=3)
    await post(storage, *(draft(room, ada, key=f"k{n}", when=DAY) for n in range(5)))
    await expire(storage, room, 5, limit=2)
    await expire(storage, room, 6)
    assert await storage.purge_idempotency_keys(days(5), 10) == 0
    assert [await storage.purge_idempotency_keys(days(6), 1) for _ in range(3)] == [1, 1, 0]
    results = await storage.add_messages([draft(room, ada, key=f"k{n}", when=7 * DAY) for n in range(5)])
    assert sorted(result.seq for result in results) == [3, 4, 5, 6, 7]
    assert await storage.purge_idempotency_keys(days(99), 10) == 3


async def test_expiry_and_posts_at_once_leave_no_holes(storage, ada):
    room = await make_room(storage, ada, retention_days=3)
    await said(storage, room, ada, *[1] * 40)
    posts = [storage.add_messages([draft(room, ada, when=5 * DAY, key=f"k{n}")]) for n in range(20)]
    results = await asyncio.gather(*posts[:10], *(expire(storage, room, 5, limit=5) for _ in range(10)), *posts[10:])
    assert sum(result for result in results if isinstance(result, int)) == 40
    assert await numbers(storage, room) == list(range(41, 61))
    assert ((await storage.room(room.id)).first_seq, (await storage.room(room.id)).last_seq) == (41, 60)


async def test_retries_and_expiry_at_once_double_nothing(storage, ada):
    room = await make_room(storage, ada, retention_days=3)
    firsts = await post(storage, *(draft(room, ada, "again", key=f"k{n}", when=DAY) for n in range(10)))
    retries = [storage.add_messages([draft(room, ada, "again", key=f"k{n}", when=5 * DAY)]) for n in range(10)]
    results = await asyncio.gather(*retries[:5], *(expire(storage, room, 5, limit=3) for _ in range(4)), *retries[5:])
    assert [message for result in results if isinstance(result, list) for message in result] == firsts
    assert await numbers(storage, room) == []
    assert (await storage.room(room.id)).last_seq == 10


async def test_reports_are_forgotten_that_were_made_or_resolved_long_ago(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    said = await said_by(storage, room, bob, 4)
    reports = [
        await storage.add_report(new_report(message, ada, when=when * DAY))
        for message, when in zip(said, (1, 5, 5, 9), strict=True)
    ]
    for report, when in ((reports[1], 6), (reports[3], 10)):
        await storage.set_report_status(report.id, "resolved", new_act(room, ada, "report-resolved", when=when * DAY))

    async def kept():
        return [report.id for report in await storage.reports(room.id, None, room.created_by, limit=10)][::-1]

    assert await storage.purge_reports(days(1), days(6), 10) == 0
    assert await storage.purge_reports(days(1.001), days(6), 10) == 1
    assert await kept() == [report.id for report in reports[1:]]
    assert await storage.purge_reports(days(0), days(6.001), 10) == 1
    assert await kept() == [reports[2].id, reports[3].id]
    assert [await storage.purge_reports(days(99), days(99), 1) for _ in range(3)] == [1, 1, 0]


async def said_by(storage, room, author, count):
    return await post(storage, *(draft(room, author) for _ in range(count)))


# A room that was deleted


async def purge(storage, limit=100):
    pieces = 0
    while await storage.purge_rooms(limit):
        pieces += 1
    return pieces


async def test_a_deleted_room_is_gone_before_its_messages_are(storage, ada, bob):
    room, other = await make_room(storage, ada, bob, retention_days=1), await make_room(storage, ada)
    first = draft(room, ada, key="k1")
    await post(storage, first, *(draft(room, bob, key=f"b{n}") for n in range(5)))
    await storage.save_presence({room.id: [present(bob)]})
    assert await storage.delete_room(room.id) is True
    for _ in range(2):
        assert await storage.room(room.id) is None
        assert await storage.change_room(room.id, {"name": "Algebra"}) is None
        assert await storage.delete_room(room.id) is False
        assert [mine.room.id for mine in await storage.rooms_of(ada.id, 10)] == [other.id]
        assert [found.id for found in await storage.discover(bob.id, limit=10)] == [other.id]
        assert await storage.members(room.id, 10) == []
        assert await storage.member(room.id, bob.id) is None
        assert await storage.messages_after(room.id, 0, 10) == []
        assert await storage.messages_before(room.id, None, 10) == []
        assert await storage.recent_messages(bob.id, 10) == []
        await storage.save_presence({room.id: [present(bob)]})
        assert await storage.presence(room.id) == []
        assert await storage.rooms_with_expired(days(99), 1, limit=10) == []
        assert await expire(storage, room, 99) == 0
        assert await storage.remove_member(room.id, bob.id) is False
        refusals = await storage.add_messages([first, draft(room, ada, key="k1"), draft(room, bob), draft(room, None)])
        assert {type(refusal) for refusal in refusals} == {RoomNotFound}
        with pytest.raises(RoomNotFound):
            await storage.add_member(room.id, bob.id, at(5))
        for attempt in (storage.mark_read(room.id, bob.id, 1), storage.transfer_room(room.id, ada.id, bob.id)):
            with pytest.raises(NotAMember):
                await attempt
        await purge(storage)


async def test_a_deleted_room_goes_in_pieces(durable):
    async with opened(durable) as storage:
        ada = await make_user(storage)
        room, other = await make_room(storage, ada, retention_days=1), await make_room(storage, ada)
        await post(storage, *(draft(room, ada, key=f"k{n}", when=0) for n in range(10)))
        kept = await post(storage, draft(other, ada))
        await expire(storage, room, 9, limit=3)
        await storage.delete_room(room.id)
        assert await purge(storage, limit=2) == 4 + 2 + 1  # of messages, of keys, the room
        assert await storage.messages_after(other.id, 0, 10) == kept


async def test_there_is_nothing_to_purge(storage, room):
    assert await storage.purge_rooms(10) is False


async def test_two_who_purge_at_once_purge_it_once(storage, ada):
    rooms = [await make_room(storage, ada) for _ in range(3)]
    for room in rooms:
        await post(storage, *(draft(room, ada) for _ in range(6)))
        await storage.delete_room(room.id)
    stays = await make_room(storage, ada)
    await asyncio.gather(*(purge(storage, limit=2) for _ in range(3)))
    assert [mine.room.id for mine in await storage.rooms_of(ada.id, 10)] == [stays.id]


async def test_a_room_deleted_while_people_join_and_talk_leaves_no_member(storage, ada):
    room = await make_room(storage, ada)
    users = await make_users(storage, 10)
    work = [storage.add_member(room.id, user.id, at(5)) for user in users]
    work += [storage.add_messages([draft(room, ada)]) for _ in range(5)]
    results = await asyncio.gather(*work[:8], storage.delete_room(room.id), *work[8:], return_exceptions=True)
    assert not [r for r in results if isinstance(r, Exception) and not isinstance(r, AppError)]
    assert await storage.members(room.id, 100) == []
    assert await storage.messages_after(room.id, 0, 10) == []
    await purge(storage)
    for user in users:
        assert await storage.rooms_of(user.id, 10) == []
