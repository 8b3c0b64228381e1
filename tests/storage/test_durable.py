"""The conformance suite: backends that outlive a process, and several processes on one of them."""

import asyncio

import pytest

from domain.errors.rooms import RoomFull
from domain.rooms import Member
from storage.migrations import migrations_for
from tests.conftest import opened
from tests.support.factories import at, draft, make_room, make_sign_in, make_user, post, present


async def test_everything_is_there_after_opening_again(durable):
    async with opened(durable) as storage:
        ada, bob = (
            await make_user(
                storage,
                "Ada",
                avatar="/a.png",
                bio="Notes",
                language="de",
                time_zone="Asia/Tokyo",
                day_starts_at=0,
                daily_goal=90,
                week_starts_on="sunday",
            ),
            await make_user(storage, "Bob"),
        )
        sign_in = await make_sign_in(storage, ada)
        room = await make_room(storage, ada, bob, description="Proofs", capacity=3)
        messages = await post(storage, draft(room, ada, "one", key="k1"), draft(room, None, "two"))
        await storage.save_presence({room.id: [present(bob, "busy", 20)]})
        room, account = await storage.room(room.id), await storage.account(ada.id)
        members, memberships = await storage.members(room.id, 10), await storage.rooms_of(bob.id, 10)
    async with opened(durable) as storage:
        assert await storage.account(ada.id) == account
        assert await storage.session(sign_in.id) == sign_in
        assert await storage.room(room.id) == room
        assert await storage.members(room.id, 10) == members
        assert await storage.rooms_of(bob.id, 10) == memberships
        assert await storage.messages_after(room.id, 0, 10) == messages
        assert await storage.presence(room.id) == [present(bob, "busy", 20)]
        assert await post(storage, draft(room, ada, "again", key="k1")) == messages[:1]
        [message] = await post(storage, draft(room, ada, "three"))
        assert message.seq == 3


async def test_the_epoch_is_the_same_after_opening_again(durable):
    async with opened(durable) as storage:
        epoch = await storage.epoch()
    async with opened(durable) as storage:
        assert await storage.epoch() == epoch


async def test_another_history_has_another_epoch(backend, durable):
    async with opened(backend) as one, opened(durable) as other:
        assert await one.epoch() != await other.epoch()


async def test_a_new_database_may_be_opened_by_several_at_once(durable):
    storages = [durable.make() for _ in range(4)]
    await asyncio.gather(*(storage.open() for storage in storages))
    try:
        assert len({await storage.epoch() for storage in storages}) == 1
        ada = await make_user(storages[0])
        assert [await storage.user(ada.id) for storage in storages] == [ada] * 4
    finally:
        await asyncio.gather(*(storage.close() for storage in storages))


async def test_one_sees_at_once_what_another_wrote(durable):
    async with opened(durable) as here, opened(durable) as there:
        ada = await make_user(here)
        room = await make_room(there, ada)
        for number in range(1, 11):
            [message] = await post(here if number % 2 else there, draft(room, ada, str(number), key=str(number)))
            assert message.seq == number
            assert await (there if number % 2 else here).messages_after(room.id, number - 1, 10) == [message]
        assert await post(here, draft(room, ada, key="2")) == await there.messages_after(room.id, 1, 1)


async def test_several_who_post_at_once_are_numbered_without_holes(durable):
    async with opened(durable) as here, opened(durable) as there:
        ada = await make_user(here)
        room = await make_room(here, ada)
        results = await asyncio.gather(
            *(storage.add_messages([draft(room, ada, key=str(n))]) for n in range(25) for storage in (here, there))
        )
        kept = {message.id: message for (message,) in results}
        assert sorted(message.seq for message in kept.values()) == list(range(1, 26))
        assert (await there.room(room.id)).last_seq == 25


async def test_the_capacity_is_exact_across_processes(durable):
    async with opened(durable) as here, opened(durable) as there:
        ada, *users = [await make_user(here) for _ in range(11)]
        room = await make_room(here, ada, capacity=4)
        results = await asyncio.gather(
            *((here, there)[n % 2].add_member(room.id, user.id, at(5)) for n, user in enumerate(users)),
            return_exceptions=True,
        )
        assert [type(result) for result in results].count(Member) == 3
        assert [type(result) for result in results].count(RoomFull) == 7
        assert (await there.room(room.id)).total_members == 4


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_the_steps_of_the_schema_are_numbered_one_by_one(database):
    numbers = [step.number for step in migrations_for(database)]
    assert numbers == list(range(1, len(numbers) + 1)), "of two with one number, one would never be applied"
