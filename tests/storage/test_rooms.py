"""The conformance suite: rooms and who belongs to them. Each sentence of storage/base/, on every backend."""

import asyncio

import pytest

from domain import ids
from domain.accounts import DELETED_NAME
from domain.errors.accounts import UserNotFound
from domain.errors.base import Forbidden
from domain.errors.rooms import CapacityTooSmall, NotAMember, OwnerCannotLeave, RoomFull, RoomNotFound
from domain.rooms import Member, MemberProfile, Membership
from tests.support.alike import ALIKE, DIFFERENT
from tests.support.factories import at, draft, make_room, make_user, make_users, new_room, new_user, post, present
from text import normalise


async def test_owners_of_rooms_bear_their_names_of_today(storage, ada, bob):
    rooms = [await make_room(storage, ada, bob), await make_room(storage, bob), await make_room(storage, ada)]
    await storage.delete_room(rooms[2].id)
    ids = [room.id for room in rooms]
    assert await storage.owners(ids) == {rooms[0].id: ada.summary, rooms[1].id: bob.summary}
    assert await storage.owners([]) == {}
    await storage.transfer_room(rooms[0].id, ada.id, bob.id)
    bobby = await storage.change_user(bob.id, {"first_name": "Bobby"})
    assert await storage.owners(ids[:1]) == {rooms[0].id: bobby.summary}


async def test_a_room_comes_back_as_kept_with_its_owner_in_it(storage, ada):
    room = new_room(
        ada, description="Proofs", subject="Maths", image="/r.png", visibility="private", capacity=5, created_at=at(3)
    )
    await storage.add_room(room)
    assert await storage.room(room.id) == room
    assert room.total_members == 1
    assert await storage.member(room.id, ada.id) == Member(room.id, ada.id, "owner", at(3))
    assert [member.id for member in await storage.members(room.id, 10)] == [ada.id]


async def test_there_is_no_room_that_nobody_added(storage, room, ada):
    assert await storage.room(ids.new_id()) is None
    assert await storage.member(ids.new_id(), ada.id) is None
    assert await storage.members(ids.new_id(), 10) == []


async def test_a_room_needs_an_owner_who_is_there(storage, ada):
    await storage.delete_user(ada.id)
    for owner in (ada, new_user()):
        room = new_room(owner)
        with pytest.raises(UserNotFound):
            await storage.add_room(room)
        assert await storage.room(room.id) is None


async def test_adding_a_room_again_changes_nothing(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    await storage.add_room(room)
    assert await storage.room(room.id) == room
    assert room.total_members == 2


async def test_only_the_fields_named_of_a_room_change(storage, ada):
    room = await make_room(storage, ada, description="Proofs", image="/r.png", capacity=5)
    changes = {"name": "Algebra", "image": None, "visibility": "private", "capacity": None}
    changed = await storage.change_room(room.id, changes)
    assert {field: getattr(changed, field) for field in changes} == changes
    assert (changed.description, changed.created_by, changed.total_members) == ("Proofs", ada.id, 1)
    assert await storage.room(room.id) == changed


async def test_a_change_of_nothing_leaves_the_room_as_it_is(storage, room):
    assert await storage.change_room(room.id, {}) == room
    assert await storage.room(room.id) == room


async def test_changing_no_room_is_answered_with_none(storage):
    assert await storage.change_room(ids.new_id(), {"name": "Algebra"}) is None


async def test_changes_of_different_fields_of_a_room_at_once_all_survive(storage, room, ada):
    changes = {"name": "Algebra", "description": "Rings", "subject": "Maths", "image": "/a.png", "capacity": 9}
    await asyncio.gather(
        *(storage.change_room(room.id, {field: value}) for field, value in changes.items()),
        *(storage.add_messages([draft(room, ada)]) for _ in range(5)),
    )
    changed = await storage.room(room.id)
    assert {field: getattr(changed, field) for field in changes} == changes
    assert changed.last_seq == 5


async def test_the_capacity_is_never_below_the_number_of_members(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    with pytest.raises(CapacityTooSmall):
        await storage.change_room(room.id, {"name": "Small", "capacity": 1})
    assert await storage.room(room.id) == room
    assert (await storage.change_room(room.id, {"capacity": 2})).capacity == 2


async def test_a_room_is_deleted_with_all_that_is_in_it(storage, ada, bob):
    room, other = await make_room(storage, ada, bob), await make_room(storage, ada)
    first = draft(room, bob, key="k")
    await post(storage, first, draft(other, ada, "stays"))
    await storage.save_presence({room.id: [present(bob)]})
    assert await storage.delete_room(room.id) is True
    assert await storage.room(room.id) is None
    assert await storage.member(room.id, bob.id) is None
    assert await storage.members(room.id, 10) == []
    assert await storage.rooms_of(bob.id, 10) == []
    assert await storage.messages_after(room.id, 0, 10) == []
    assert await storage.messages_before(room.id, None, 10) == []
    assert await storage.presence(room.id) == []
    assert await storage.clear_presence() == 0
    assert [message.content for message in await storage.recent_messages(ada.id, 10)] == ["stays"]
    [refusal] = await storage.add_messages([first])
    assert isinstance(refusal, RoomNotFound)
    assert await storage.delete_room(room.id) is False


async def test_rooms_of_a_user_come_last_active_first(storage, ada, bob):
    stamps = [at(5), at(9), at(5), at(1)]
    rooms = [await make_room(storage, bob, ada, last_active=stamp) for stamp in stamps]
    await make_room(storage, bob, last_active=at(99))
    expected = [rooms[1], rooms[2], rooms[0], rooms[3]]
    assert await storage.rooms_of(ada.id, 10) == [Membership(room, "member", 0) for room in expected]
    assert [one.room for one in await storage.rooms_of(ada.id, 3)] == expected[:3]
    assert {one.role for one in await storage.rooms_of(bob.id, 10)} == {"owner"}
    assert await storage.rooms_of(ids.new_id(), 10) == []


async def test_a_membership_tells_what_is_unread(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    await post(storage, *(draft(room, ada) for _ in range(3)))
    await storage.mark_read(room.id, bob.id, 1)
    [membership] = await storage.rooms_of(bob.id, 10)
    assert (membership.last_read, membership.unread) == (1, 2)


async def test_public_rooms_that_one_is_no_member_of_are_discovered_newest_first(storage, ada, bob):
    rooms = [await make_room(storage, ada, name=f"Room {number}") for number in range(5)]
    await make_room(storage, ada, visibility="private")
    await make_room(storage, ada, bob)
    await make_room(storage, bob)
    newest_first = sorted(rooms, key=lambda room: room.id, reverse=True)
    assert await storage.discover(bob.id, limit=10) == newest_first
    assert await storage.discover(bob.id, limit=2) == newest_first[:2]
    assert await storage.discover(bob.id, before=newest_first[1].id, limit=2) == newest_first[2:4]
    assert await storage.discover(bob.id, before=newest_first[-1].id, limit=2) == []


@pytest.mark.parametrize(
    ("found", "sought"),
    [
        ({"name": "Linear Algebra"}, "algebra"),
        ({"subject": "Mathematics"}, "MATH"),
        ({"description": "We read Évariste Galois"}, "évariste"),
        ({"name": "Straße"}, "STRASSE"),
        ({"name": "100 % sure"}, "0 % s"),
        ({"name": "snake_case"}, "e_c"),
        ({"name": "back\\slash"}, "k\\s"),
        ({"name": "'; DROP TABLE rooms; --"}, "'; DROP TABLE rooms; --"),
        ({"name": "(a+)+$ [b]*"}, "(a+)+$ [b]*"),
        ({"name": "😀 smile 👩‍🚀"}, "👩‍🚀"),
        ({"name": "مرحبا بالعالم"}, "بالعالم"),
        ({"name": "replaced \ufffd"}, "\ufffd"),
        ({"description": "two\nlines"}, "o\nl"),
        ({"name": "\U0001d4b3" * 80}, "\U0001d4b3" * 80),
    ],
)
async def test_what_is_sought_is_found_without_case_and_literally(storage, ada, bob, found, sought):
    for decoy in ("plain", "snakeXcase", "100 Xsure", "backslash", "aaa b"):
        await make_room(storage, ada, name=decoy)
    room = await make_room(storage, ada, **found)
    assert await storage.discover(bob.id, search=normalise.search_key(sought), limit=10) == [room]
    assert await storage.discover(bob.id, search=normalise.search_key(sought), limit=10, before=room.id) == []


async def test_discover_search_ignores_case_and_accents(storage, ada, bob):
    for number, (_, name) in enumerate(ALIKE):
        await make_room(storage, ada, name=f"{number:02} {name}")
    changed = await make_room(storage, ada, name="plain")
    for number, pair in enumerate(ALIKE):
        await storage.change_room(changed.id, {"description": f"{number:02} {pair[0]}"})
        for words in pair:
            found = await storage.discover(bob.id, search=normalise.search(f"{number:02} {words}"), limit=10)
            assert len(found) == 2, pair


async def test_discover_search_tells_letters_apart(storage, ada, bob):
    for number, (_, name) in enumerate(DIFFERENT):
        await make_room(storage, ada, name=f"{number:02}{name}")
    for number, pair in enumerate(DIFFERENT):
        assert await storage.discover(bob.id, search=normalise.search(f"{number:02}{pair[0]}"), limit=10) == [], pair
    assert await storage.discover(bob.id, search=normalise.search("\u0301"), limit=10) == []


@pytest.mark.parametrize("sought", ["%", "_", "\\", "*", "zebra", "'"])
async def test_what_is_not_there_is_not_found(storage, ada, bob, sought):
    await make_room(storage, ada, name="Algebra", subject="Maths", description="Rings")
    assert await storage.discover(bob.id, search=sought, limit=10) == []


async def test_a_changed_room_is_found_by_what_it_is_now(storage, ada, bob):
    room = await make_room(storage, ada, name="Algebra", description="Rings")
    changed = await storage.change_room(room.id, {"name": "Geometry"})
    assert await storage.discover(bob.id, search="algebra", limit=10) == []
    assert await storage.discover(bob.id, search="geometry", limit=10) == [changed]
    assert await storage.discover(bob.id, search="rings", limit=10) == [changed]


async def test_a_new_member_has_read_what_was_said_so_far(storage, room, ada, bob):
    await post(storage, draft(room, ada), draft(room, ada))
    member = await storage.add_member(room.id, bob.id, at(5))
    assert member == Member(room.id, bob.id, "member", at(5), 2)
    assert await storage.member(room.id, bob.id) == member
    assert (await storage.room(room.id)).total_members == 2


async def test_joining_again_keeps_the_place_also_in_a_full_room(storage, ada, bob):
    room = await make_room(storage, ada, bob, capacity=2)
    await post(storage, draft(room, ada))
    place = await storage.member(room.id, bob.id)
    assert await storage.add_member(room.id, bob.id, at(50)) == place
    assert await storage.member(room.id, bob.id) == place
    assert (await storage.add_member(room.id, ada.id, at(50))).role == "owner"
    assert (await storage.room(room.id)).total_members == 2


async def test_nobody_joins_a_room_that_is_not_there(storage, ada):
    with pytest.raises(RoomNotFound):
        await storage.add_member(ids.new_id(), ada.id, at(5))


async def test_nobody_joins_who_is_gone(storage, room, bob):
    await storage.delete_user(bob.id)
    for user_id in (bob.id, ids.new_id()):
        with pytest.raises(UserNotFound):
            await storage.add_member(room.id, user_id, at(5))
        assert await storage.member(room.id, user_id) is None
    assert await storage.room(room.id) == room


async def test_the_capacity_is_exact_under_any_number_of_callers(storage, ada):
    room = await make_room(storage, ada, capacity=6)
    users = await make_users(storage, 20)
    results = await asyncio.gather(
        *(storage.add_member(room.id, user.id, at(5)) for user in users), return_exceptions=True
    )
    assert [type(result) for result in results].count(Member) == 5
    assert [type(result) for result in results].count(RoomFull) == 15
    assert (await storage.room(room.id)).total_members == 6
    assert len(await storage.members(room.id, 100)) == 6


async def test_a_place_given_up_can_be_taken(storage, ada, bob):
    room = await make_room(storage, ada, bob, capacity=2)
    eve = await make_user(storage, "Eve")
    with pytest.raises(RoomFull):
        await storage.add_member(room.id, eve.id, at(5))
    await storage.remove_member(room.id, bob.id)
    assert (await storage.add_member(room.id, eve.id, at(5))).user_id == eve.id


async def test_one_user_who_joins_many_times_at_once_is_one_member(storage, room, bob):
    places = await asyncio.gather(*(storage.add_member(room.id, bob.id, at(number)) for number in range(20)))
    assert len(set(places)) == 1
    assert (await storage.room(room.id)).total_members == 2


async def test_joins_and_a_deletion_at_once_leave_no_member_of_no_room(storage, ada):
    room = await make_room(storage, ada)
    users = await make_users(storage, 20)
    joins = [storage.add_member(room.id, user.id, at(5)) for user in users]
    results = await asyncio.gather(*joins[:10], storage.delete_room(room.id), *joins[10:], return_exceptions=True)
    assert results.pop(10) is True
    assert {type(result) for result in results} <= {Member, RoomNotFound}
    assert await storage.room(room.id) is None
    assert await storage.members(room.id, 100) == []
    for user in users:
        assert await storage.member(room.id, user.id) is None
        assert await storage.rooms_of(user.id, 10) == []


async def test_joins_and_leaves_at_once_keep_the_number_of_members_true(storage, room):
    users = await make_users(storage, 10)
    await asyncio.gather(
        *(storage.add_member(room.id, user.id, at(5)) for user in users),
        *(storage.remove_member(room.id, user.id) for user in users),
        *(storage.add_member(room.id, user.id, at(6)) for user in users[:5]),
    )
    assert (await storage.room(room.id)).total_members == len(await storage.members(room.id, 100))


async def test_somebody_deleted_while_joining_is_no_member(storage, ada):
    rooms = [await make_room(storage, ada) for _ in range(5)]
    users = await make_users(storage, 5)
    await asyncio.gather(
        *(storage.add_member(room.id, user.id, at(5)) for user in users for room in rooms[:3]),
        *(storage.delete_user(user.id) for user in users),
        *(storage.add_member(room.id, user.id, at(5)) for user in users for room in rooms[3:]),
        return_exceptions=True,
    )
    for room in rooms:
        assert (await storage.room(room.id)).total_members == 1
        assert [member.id for member in await storage.members(room.id, 100)] == [ada.id]


async def test_ids_of_members_are_all_members(storage, ada, bob):
    room, other = await make_room(storage, ada, bob), await make_room(storage, bob)
    assert await storage.member_ids(room.id) == {ada.id, bob.id}
    assert await storage.member_ids(other.id) == {bob.id}
    await storage.remove_member(room.id, bob.id)
    assert await storage.member_ids(room.id) == {ada.id}
    await storage.delete_room(room.id)
    assert await storage.member_ids(room.id) == await storage.member_ids(ids.new_id()) == set()


async def test_a_membership_ends(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    assert await storage.remove_member(room.id, bob.id) is True
    assert await storage.member(room.id, bob.id) is None
    assert (await storage.room(room.id)).total_members == 1
    assert await storage.remove_member(room.id, bob.id) is False
    assert (await storage.room(room.id)).total_members == 1


async def test_there_is_no_membership_to_end(storage, room, bob):
    assert await storage.remove_member(room.id, bob.id) is False
    assert await storage.remove_member(ids.new_id(), bob.id) is False


async def test_an_owner_does_not_leave(storage, room, ada):
    with pytest.raises(OwnerCannotLeave):
        await storage.remove_member(room.id, ada.id)
    assert (await storage.member(room.id, ada.id)).role == "owner"


async def test_members_come_by_role_then_by_when_they_joined_then_by_id(storage, ada):
    users = await make_users(storage, 6)
    room = await make_room(storage, users[0])
    for user, joined in zip(users[1:], (4, 2, 9, 2, 1), strict=True):
        await storage.add_member(room.id, user.id, at(joined))
    await storage.transfer_room(room.id, users[0].id, users[3].id)
    tied = sorted((users[2], users[4]), key=lambda user: user.id)
    expected = [users[3], users[0], users[5], *tied, users[1]]
    found = await storage.members(room.id, 10)
    assert [member.id for member in found] == [user.id for user in expected]
    assert [member.role for member in found] == ["owner", "moderator", *["member"] * 4]
    assert await storage.members(room.id, 2) == found[:2]


async def test_members_are_shown_as_they_are_now(storage, room, ada):
    await storage.change_user(ada.id, {"first_name": "Augusta", "avatar": "/a.png"})
    assert await storage.members(room.id, 10) == [
        MemberProfile(ada.id, "Augusta Lovelace", "/a.png", "owner", room.created_at)
    ]


async def test_a_room_is_handed_over(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    await storage.transfer_room(room.id, ada.id, bob.id)
    assert (await storage.member(room.id, bob.id)).role == "owner"
    assert (await storage.member(room.id, ada.id)).role == "moderator"
    assert await storage.remove_member(room.id, ada.id) is True


async def test_handing_a_room_over_again_changes_nothing(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    await storage.transfer_room(room.id, ada.id, bob.id)
    await storage.transfer_room(room.id, ada.id, bob.id)
    assert (await storage.member(room.id, bob.id)).role == "owner"


async def test_a_room_handed_to_its_owner_stays_theirs(storage, room, ada):
    await storage.transfer_room(room.id, ada.id, ada.id)
    assert (await storage.member(room.id, ada.id)).role == "owner"


async def test_only_a_member_inherits(storage, room, ada, bob):
    with pytest.raises(NotAMember):
        await storage.transfer_room(room.id, ada.id, bob.id)
    with pytest.raises(NotAMember):
        await storage.transfer_room(ids.new_id(), ada.id, bob.id)
    assert (await storage.member(room.id, ada.id)).role == "owner"


async def test_only_the_owner_hands_over(storage, ada, bob):
    eve = await make_user(storage, "Eve")
    room = await make_room(storage, ada, bob, eve)
    with pytest.raises(Forbidden):
        await storage.transfer_room(room.id, bob.id, eve.id)
    await storage.transfer_room(room.id, ada.id, bob.id)
    with pytest.raises(Forbidden):
        await storage.transfer_room(room.id, ada.id, eve.id)
    assert (await storage.member(room.id, bob.id)).role == "owner"


async def test_a_room_handed_to_many_at_once_has_one_owner(storage, room, ada):
    heirs = await make_users(storage, 10)
    for heir in heirs:
        await storage.add_member(room.id, heir.id, at(5))
    results = await asyncio.gather(
        *(storage.transfer_room(room.id, ada.id, heir.id) for heir in heirs), return_exceptions=True
    )
    assert [type(result) for result in results if result is not None] == [Forbidden] * 9
    assert [member.role for member in await storage.members(room.id, 20)].count("owner") == 1


async def test_a_room_outlives_its_deleted_owner(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    await storage.transfer_room(room.id, ada.id, bob.id)
    await storage.delete_user(ada.id)
    kept = await storage.room(room.id)
    assert (kept.total_members, kept.created_by) == (1, ada.id)
    assert DELETED_NAME not in [member.name for member in await storage.members(room.id, 10)]


async def test_the_read_mark_moves_forwards_only_and_not_beyond_the_last_message(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    await post(storage, *(draft(room, ada) for _ in range(5)))
    assert await storage.mark_read(room.id, bob.id, 0) == 5
    assert await storage.mark_read(room.id, bob.id, 3) == 2
    assert await storage.mark_read(room.id, bob.id, 1) == 2
    assert (await storage.member(room.id, bob.id)).last_read == 3
    assert await storage.mark_read(room.id, bob.id, 2**53 - 1) == 0
    assert (await storage.member(room.id, bob.id)).last_read == 5
    await post(storage, draft(room, ada))
    assert await storage.mark_read(room.id, bob.id, 5) == 1


async def test_marks_set_at_once_end_at_the_largest(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    await post(storage, *(draft(room, ada) for _ in range(10)))
    await asyncio.gather(*(storage.mark_read(room.id, bob.id, seq) for seq in (3, 9, 1, 7, 2, 8, 4)))
    assert (await storage.member(room.id, bob.id)).last_read == 9


async def test_only_members_mark_what_they_read(storage, room, bob):
    for room_id in (room.id, ids.new_id()):
        with pytest.raises(NotAMember):
            await storage.mark_read(room_id, bob.id, 1)


async def test_membership_that_ended_is_known_afterwards(storage, ada, bob):
    room, other = await make_room(storage, ada, bob), await make_room(storage, ada)
    assert not await storage.was_member(room.id, bob.id), "they still are"
    await storage.remove_member(room.id, bob.id)
    assert await storage.was_member(room.id, bob.id)
    assert not await storage.was_member(other.id, bob.id)
    assert not await storage.was_member(room.id, ada.id)
    await storage.add_member(room.id, bob.id, at(9))
    assert await storage.was_member(room.id, bob.id)
    await storage.delete_room(room.id)
    assert not await storage.was_member(room.id, bob.id)
