"""The conformance suite: who was where. Each sentence of storage/base/, on every backend."""

from domain import ids
from tests.support.factories import at, make_room, make_users, present


async def test_who_was_in_a_room_comes_back_by_user_id(storage, room):
    users = sorted(await make_users(storage, 4), key=lambda user: user.id)
    statuses = ("active", "away", "busy", "active")
    people = [present(user, status, when) for when, (user, status) in enumerate(zip(users, statuses, strict=True))]
    await storage.save_presence({room.id: people[::-1]})
    assert await storage.presence(room.id) == people


async def test_nobody_was_in_a_room_that_nothing_was_said_of(storage, room):
    assert await storage.presence(room.id) == []
    assert await storage.presence(ids.new_id()) == []


async def test_what_is_saved_replaces_what_was_in_the_rooms_given_alone(storage, ada, bob):
    first, second, third = [await make_room(storage, ada) for _ in range(3)]
    await storage.save_presence({room.id: [present(ada), present(bob)] for room in (first, second, third)})
    await storage.save_presence({first.id: [present(bob, "busy", 5)], second.id: []})
    assert await storage.presence(first.id) == [present(bob, "busy", 5)]
    assert await storage.presence(second.id) == []
    assert len(await storage.presence(third.id)) == 2


async def test_saving_again_changes_nothing(storage, room, ada):
    for _ in range(2):
        await storage.save_presence({room.id: [present(ada)]})
    assert await storage.presence(room.id) == [present(ada)]


async def test_saving_nothing_changes_nothing(storage, room, ada):
    await storage.save_presence({room.id: [present(ada)]})
    await storage.save_presence({})
    assert await storage.presence(room.id) == [present(ada)]


async def test_rooms_and_users_that_are_gone_are_passed_over(storage, room, ada, bob):
    gone = await make_room(storage, ada)
    await storage.delete_room(gone.id)
    await storage.delete_user(bob.id)
    stranger = present(ada)
    await storage.save_presence(
        {
            gone.id: [present(ada)],
            ids.new_id(): [present(ada)],
            room.id: [present(bob, when=500), stranger],
        }
    )
    assert await storage.presence(room.id) == [stranger]
    assert await storage.presence(gone.id) == []
    assert await storage.clear_presence() == 1


async def test_a_deleted_user_is_nowhere(storage, room, bob):
    await storage.save_presence({room.id: [present(bob)]})
    await storage.delete_user(bob.id)
    assert await storage.presence(room.id) == []


async def test_a_room_is_active_at_the_latest_of_those_present_and_before(storage, ada, bob):
    early, late = await make_room(storage, ada, last_active=at(3)), await make_room(storage, ada, last_active=at(30))
    people = [present(ada, when=20), present(bob, when=10)]
    await storage.save_presence({early.id: people, late.id: people})
    assert (await storage.room(early.id)).last_active == at(20)
    assert (await storage.room(late.id)).last_active == at(30)
    await storage.save_presence({early.id: []})
    assert (await storage.room(early.id)).last_active == at(20)


async def test_everybody_is_forgotten_and_counted(storage, ada, bob):
    first, second = await make_room(storage, ada), await make_room(storage, ada)
    await storage.save_presence({first.id: [present(ada), present(bob)], second.id: [present(ada)]})
    assert await storage.clear_presence() == 3
    assert await storage.presence(first.id) == []
    assert await storage.presence(second.id) == []
    assert await storage.clear_presence() == 0
