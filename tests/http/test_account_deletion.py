"""An account is deleted by whoever knows its password, wholly or not at all, and leaves no name behind."""

import asyncio
import json

import pytest

from domain.errors.storage import StorageUnavailable
from services.rooms.rooms import RELEASE_BATCH_SIZE
from tests.support.served import PASSWORD, served

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


async def test_of_admins_who_all_go_at_once_one_stays_with_everything_that_is_theirs(school):
    storage = school.storage
    admins = [await school.person(f"Keeper{number}") for number in range(4)]
    for admin in admins:
        await storage.set_access(admin.id, role="admin")
    rooms = [await admin.opens() for admin in admins]

    answers = await asyncio.gather(*(admin.delete("/api/auth/me", GOODBYE) for admin in admins))

    assert sorted(answer.status for answer in answers) == [200, 200, 200, 409]
    [stays] = [number for number, answer in enumerate(answers) if answer.status == 409]
    assert answers[stays].body["code"] == "last_admin"
    assert "create-admin" in answers[stays].body["message"]
    assert (await admins[stays].get("/api/auth/me")).data["role"] == "admin"
    assert (await admins[stays].get(f"/api/study-rooms/{rooms[stays]}")).data["role"] == "owner"


async def test_guesses_are_limited():
    settings = {"STUDYHALL_LIMITS_ENABLED": "true", "STUDYHALL_LIMITS_SIGN_INS": "3/hour"}
    async with served(environ=settings) as school:
        ada = await school.person()
        for _ in range(3):
            assert (await ada.delete("/api/auth/me", {"currentPassword": "a guess at it"})).status == 403
        assert (await ada.delete("/api/auth/me", GOODBYE)).status == 429


async def test_every_room_goes_to_who_is_next_however_many_there_are(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    storage = school.storage
    shared = [await ada.opens(f"Shared {number}") for number in range(2 * RELEASE_BATCH_SIZE + 1)]
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
    deletions = school.services.account_deletions
    working = deletions._storage
    deletions._storage = deletions._rooms._storage = deletions._memberships._storage = Failing(working, after)
    assert (await ada.delete("/api/auth/me", GOODBYE)).status == 503
    deletions._storage = deletions._rooms._storage = deletions._memberships._storage = working

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
    deletions = school.services.account_deletions
    give_up_all, times = deletions._rooms.release_owned_rooms, []

    async def and_then(user):
        await give_up_all(user)
        times.append(user)
        if len(times) == 1:
            await ada.opens("Late")
        elif len(times) == 2:
            await school.storage.transfer_room(theirs, ben.id, ada.id)

    deletions._rooms.release_owned_rooms = and_then
    await ada.deletes_their_account()
    assert len(times) == 3
    assert [(m.id, m.role) for m in await school.storage.members(theirs, 10)] == [(ben.id, "owner")]


async def test_two_who_own_rooms_together_can_go_at_once(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    rooms = [await owner.opens(f"Room {number}") for number in range(3) for owner in (ada, ben)]
    for room in rooms:
        await asyncio.gather(ada.joins(room), ben.joins(room))
    await asyncio.gather(ada.deletes_their_account(), ben.deletes_their_account())
    for room in rooms:
        assert await school.storage.room(room) is None


FIRST, LAST = "Zanzibarine", "Qwyxlith"
CANARIES = (FIRST, LAST, "canary-bio", "canary-avatar", "canary-agent")


def _found(written):
    """Return the canaries in it, however it is written."""
    written = (written if isinstance(written, bytes) else json.dumps(written).encode()).lower()
    return [canary for canary in CANARIES if canary.lower().encode() in written]


async def _lives(school):
    """Create all data that a user can leave; return the user, the witnesses and the rooms."""
    ada, ben = await school.person(FIRST, LAST), await school.person("Ben", "Lindqvist")
    await school.storage.set_access(ben.id, role="admin")
    await ada.put("/api/auth/me", {"bio": "canary-bio, and more", "avatar": "/canary-avatar.png"})
    agent = {"User-Agent": "canary-agent/1.0"}
    login = {"email": ada.user["email"], "password": PASSWORD}
    assert (await school.request("POST", "/api/auth/login", login, headers=agent)).status == 200
    rooms = [await ada.opens("Theirs"), await ben.opens("Ben's"), await ben.opens("Left"), await ben.opens("Banned")]
    await ben.joins(rooms[0])
    invite = (await ben.post(f"/api/study-rooms/{rooms[1]}/invites", {})).data
    assert (await ada.post(f"/api/invites/{invite['code']}")).status == 200
    for room in rooms[2:]:
        await ada.joins(room)
    for room in rooms:
        assert (await ada.post(f"/api/study-rooms/{room}/messages", {"content": "my own words"})).status == 201
    await ada.post(f"/api/study-rooms/{rooms[0]}/invites", {})
    await ben.put(f"/api/study-rooms/{rooms[1]}/members/{ada.id}/mute", {"seconds": 3600})
    await ben.put(f"/api/study-rooms/{rooms[3]}/bans/{ada.id}", {"reason": "too loud"})
    await ada.post(f"/api/study-rooms/{rooms[2]}/leave")
    await school.services.password_resets.links.create(ada.id)
    chat = await ada.chat(rooms[0], rooms[1])
    await chat.call("update-status", {"roomId": rooms[0], "status": "busy"})
    return ada, ben, rooms


async def _seen_by(ben, rooms):
    """Return every answer about the rooms and the people in them."""
    paths = [
        "/api/auth/me",
        "/api/auth/me/export",
        "/api/dashboard",
        f"/api/study-rooms?search={LAST}",
        "/api/study-rooms",
    ]
    for room in rooms:
        path = f"/api/study-rooms/{room}"
        paths += [
            path,
            *(f"{path}/{rest}" for rest in ("basic-info", "messages", "presence", "invites", "bans", "audit-log")),
        ]
    answers = {path: (await ben.get(path)).body for path in paths}
    chat = await ben.chat()
    for room in rooms:
        answers[f"join-room {room}"] = await chat.call("join-room", {"roomId": room, "since": 0})
    answers["events"] = [list(arguments) for _, *arguments in chat.heard]
    await chat.close()
    return answers


async def test_no_name_is_left_in_any_answer_nor_in_the_file(tmp_path):
    file = tmp_path / "studyhall.db"
    async with served(f"sqlite:///{file}") as school:
        ada, ben, rooms = await _lives(school)
        before = await _seen_by(ben, rooms)
        assert {path for path, answer in before.items() if _found(answer)} > {
            f"/api/study-rooms/{rooms[0]}",
            f"/api/study-rooms/{rooms[1]}/messages",
            f"/api/study-rooms/{rooms[0]}/presence",
            "/api/dashboard",
        }
        storage = school.storage
        await storage.compact()
        assert set(_found(file.read_bytes())) == set(CANARIES)

        await ada.deletes_their_account()

        after = await _seen_by(ben, rooms)
        assert {path: _found(answer) for path, answer in after.items() if _found(answer)} == {}
        assert "my own words" in json.dumps(after[f"/api/study-rooms/{rooms[1]}/messages"])
        assert "Deleted user" in json.dumps(after[f"/api/study-rooms/{rooms[1]}/messages"])
        await school.services.retention.compact()
        kept = {path.name: _found(path.read_bytes()) for path in tmp_path.iterdir()}
        assert "studyhall.db-wal" in kept, "the server still has it open"
        assert {name: found for name, found in kept.items() if found} == {}
        assert ada.id.encode() in file.read_bytes(), "whom the messages are from is still one person"
