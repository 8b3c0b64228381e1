"""The conformance suite: bans and mutes outlive an account, and hold for a new one of the same email."""

import asyncio

import msgspec
import pytest

from domain.accounts import DELETED_NAME
from domain.errors.accounts import EmailTaken
from domain.errors.moderation import Banned, Muted
from tests.support.factories import at, draft, make_room, make_user, new_act, new_user

SPELT = {"Eve@Example.org": "EVE@example.ORG.", "eve@bücher.example": "eve@XN--BCHER-KVA.example"}


async def ban(storage, room, keeper, user, reason="rude"):
    await storage.add_ban(room.id, user.id, reason, new_act(room, keeper, "member-banned", user))


async def mute(storage, room, keeper, user, until):
    await storage.mute_member(room.id, user.id, at(until), new_act(room, keeper, "member-muted", user))


async def banned(storage, room):
    return [(one.user.id, one.banned_by.id, one.reason, one.created_at) for one in await storage.bans(room.id, 10)]


@pytest.mark.parametrize("email", SPELT)
async def test_new_account_of_the_same_email_is_banned(storage, ada, email):
    room = await make_room(storage, ada)
    eve = await make_user(storage, "Eve", email=email)
    await ban(storage, room, ada, eve)
    assert await storage.delete_user(eve.id)
    assert [one.user.name for one in await storage.bans(room.id, 10)] == [DELETED_NAME]
    again = await make_user(storage, "Eva", email=SPELT[email])
    assert await banned(storage, room) == [(again.id, ada.id, "rude", at(20))]
    assert await storage.is_banned(room.id, again.id)
    assert not await storage.is_banned(room.id, eve.id)
    with pytest.raises(Banned):
        await storage.add_member(room.id, again.id, at(30))


async def test_new_account_of_the_same_email_is_muted_until_the_end(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    await mute(storage, room, ada, bob, until=100)
    await storage.delete_user(bob.id)
    again = await make_user(storage, "Robert", email=bob.email)
    assert (await storage.add_member(room.id, again.id, at(50))).muted_until == at(100)
    [result] = await storage.add_messages([draft(room, again, when=60)])
    assert isinstance(result, Muted)
    await storage.remove_member(room.id, again.id)
    assert (await storage.add_member(room.id, again.id, at(100))).muted_until is None


async def test_ban_holds_through_any_number_of_accounts(storage, room, ada):
    eve = await make_user(storage, "Eve")
    await ban(storage, room, ada, eve)
    for _ in range(3):
        await storage.delete_user(eve.id)
        eve = await make_user(storage, "Eve", email=eve.email)
        assert [user_id for user_id, *_ in await banned(storage, room)] == [eve.id]


async def test_account_of_another_email_is_not_banned(storage, room, ada):
    eve = await make_user(storage, "Eve")
    await ban(storage, room, ada, eve)
    await storage.delete_user(eve.id)
    other = await make_user(storage, "Eve")
    assert not await storage.is_banned(room.id, other.id)
    await storage.add_member(room.id, other.id, at(30))


async def test_ban_of_a_deleted_account_is_lifted_for_the_next(storage, room, ada):
    eve = await make_user(storage, "Eve")
    await ban(storage, room, ada, eve)
    await storage.delete_user(eve.id)
    assert await storage.delete_ban(room.id, eve.id, new_act(room, ada, "member-unbanned", eve))
    again = await make_user(storage, "Eve", email=eve.email)
    assert not await storage.is_banned(room.id, again.id)


async def test_registration_while_the_account_is_deleted_evades_no_ban(storage, room, ada):
    eve = await make_user(storage, "Eve")
    await ban(storage, room, ada, eve)

    deletion = asyncio.create_task(storage.delete_user(eve.id))
    again = None
    while again is None:
        is_deleted = deletion.done()
        try:
            again = await make_user(storage, "Eve", email=eve.email)
        except EmailTaken:
            assert not is_deleted
            await asyncio.sleep(0)
    await deletion
    assert [user_id for user_id, *_ in await banned(storage, room)] == [again.id]


async def test_hashes_are_forgotten_with_the_last_ban_and_mute(storage, ada, bob):
    room, other = await make_room(storage, ada, bob), await make_room(storage, ada, bob)
    eve, cyd, dan = [await make_user(storage, name) for name in ("Eve", "Cyd", "Dan")]
    await mute(storage, room, ada, bob, until=100)
    await mute(storage, other, ada, bob, until=200)
    await ban(storage, room, ada, eve)
    await ban(storage, room, ada, cyd)
    for user in (bob, eve, cyd, dan):
        await storage.delete_user(user.id)
    assert await storage.purge_former_accounts(at(99), 10) == 0
    await storage.delete_ban(room.id, cyd.id, new_act(room, ada, "member-unbanned", cyd))
    assert await storage.purge_former_accounts(at(150), 10) == 1
    assert await storage.purge_former_accounts(at(200), 10) == 1
    assert await storage.purge_former_accounts(at(10**8), 10) == 0, "a ban ends when it is lifted"
    await storage.delete_room(room.id)
    assert await storage.purge_former_accounts(at(200), 10) == 1


async def test_as_many_hashes_as_asked_for_are_forgotten(storage, ada):
    room = await make_room(storage, ada)
    users = [await make_user(storage, f"User {number}") for number in range(5)]
    for user in users:
        await ban(storage, room, ada, user)
        await storage.delete_user(user.id)
    await storage.delete_room(room.id)
    assert [await storage.purge_former_accounts(at(1), 2) for _ in range(4)] == [2, 2, 1, 0]


async def test_sent_again_a_registration_changes_nothing(storage, room, ada):
    eve = await make_user(storage, "Eve")
    await ban(storage, room, ada, eve)
    await storage.delete_user(eve.id)
    again = new_user("Eve", email=eve.email)
    for _ in range(2):
        await storage.add_user(again, "hash")
    assert [user_id for user_id, *_ in await banned(storage, room)] == [again.id]
    assert await storage.user(again.id) == msgspec.structs.replace(again)
