"""An account is deleted by whoever knows its password, wholly or not at all, and leaves no name behind."""

import asyncio

import pytest

from app_keys import ACCOUNTS
from errors import StorageUnavailable
from services.rooms import GIVEN_UP_AT_ONCE
from tests.served import PASSWORD, served

GOODBYE = {"currentPassword": PASSWORD}


async def test_a_screen_left_unlocked_is_not_enough(school):
    ada = await school.person()
    for body, status, code in (
        (None, 415, "unsupported_media_type"),
        ({}, 422, "invalid_input"),
        ({"currentPassword": "a guess at it"}, 403, "wrong_password"),
    ):
        answer = await ada.delete("/api/auth/me", body)
        assert (answer.status, answer.body["code"]) == (status, code)
    assert (await ada.get("/api/auth/me")).status == 200
    await ada.deletes_their_account()
    assert (await ada.get("/api/auth/me")).status == 401


async def test_guesses_are_limited():
    settings = {"STUDYHALL_LIMITS_ENABLED": "true", "STUDYHALL_LIMITS_SIGN_INS": "3/hour"}
    async with served(environ=settings) as school:
        ada = await school.person()
        for _ in range(3):
            assert (await ada.delete("/api/auth/me", {"currentPassword": "a guess at it"})).status == 403
        assert (await ada.delete("/api/auth/me", GOODBYE)).status == 429


async def test_every_room_goes_to_who_is_next_however_many_there_are(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    storage = school.app[ACCOUNTS]._storage
    shared = [await ada.opens(f"Shared {number}") for number in range(2 * GIVEN_UP_AT_ONCE + 1)]
    alone = await ada.opens("Alone")
    for room in shared:
        await storage.add_member(room, ben.id, "2027-01-15T08:00:00.000Z")
    await ada.deletes_their_account()
    for room in shared:
        [member] = await storage.members(room, 10)
        assert (member.id, member.role) == (ben.id, "owner")
    assert await storage.room(alone) is None


class Failing:
    """Stands before a storage, and is away after so many hand-overs."""

    def __init__(self, inner, after):
        self._inner, self.left = inner, after

    def __getattr__(self, name):
        return getattr(self._inner, name)

    async def transfer_room(self, *arguments):
        self._count()
        await self._inner.transfer_room(*arguments)

    async def delete_room(self, *arguments):
        self._count()
        return await self._inner.delete_room(*arguments)

    async def delete_user(self, *arguments):
        self._count()
        return await self._inner.delete_user(*arguments)

    def _count(self):
        self.left -= 1
        if self.left < 0:
            raise StorageUnavailable


@pytest.mark.parametrize("after", range(5))
async def test_ended_in_the_middle_every_room_has_an_owner_and_it_can_be_done_again(school, after):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    rooms = [await ada.opens(f"Room {number}") for number in range(4)]
    for room in rooms[:3]:
        await ben.joins(room)
    accounts = school.app[ACCOUNTS]
    working = accounts._storage
    accounts._storage = accounts._rooms._storage = Failing(working, after)
    assert (await ada.delete("/api/auth/me", GOODBYE)).status == 503
    accounts._storage = accounts._rooms._storage = working

    for room in rooms:
        members = await working.members(room, 10)
        assert [member.role for member in members].count("owner") == (await working.room(room) is not None)
    again = {"email": ada.user["email"], "password": PASSWORD}
    token = (await school.request("POST", "/api/auth/login", again)).body["token"]
    assert (await school.request("DELETE", "/api/auth/me", GOODBYE, token=token)).status == 200
    for room in rooms[:3]:
        assert [(m.id, m.role) for m in await working.members(room, 10)] == [(ben.id, "owner")]
    assert await working.room(rooms[3]) is None
    assert await working.user(ada.id) is None


async def test_a_room_that_is_opened_or_given_meanwhile_goes_on_with_an_owner(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    theirs = await ben.opens("Ben's")
    await ada.joins(theirs)
    accounts = school.app[ACCOUNTS]
    give_up_all, times = accounts._rooms.give_up_all, []

    async def and_then(user):
        await give_up_all(user)
        times.append(user)
        if len(times) == 1:
            await ada.opens("Late")
        elif len(times) == 2:
            await accounts._storage.transfer_room(theirs, ben.id, ada.id)

    accounts._rooms.give_up_all = and_then
    await ada.deletes_their_account()
    assert len(times) == 3
    assert [(m.id, m.role) for m in await accounts._storage.members(theirs, 10)] == [(ben.id, "owner")]


async def test_two_who_own_rooms_together_can_go_at_once(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    rooms = [await owner.opens(f"Room {number}") for number in range(3) for owner in (ada, ben)]
    for room in rooms:
        await asyncio.gather(ada.joins(room), ben.joins(room))
    await asyncio.gather(ada.deletes_their_account(), ben.deletes_their_account())
    for room in rooms:
        assert await school.app[ACCOUNTS]._storage.room(room) is None
