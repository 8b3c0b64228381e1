"""Invitations over HTTP."""

import asyncio
import re
from datetime import datetime

import msgspec
import pytest

from services.rooms import lookalikes
from tests.support.served import served

UNKNOWN = "01890a5d-ac96-774b-bcce-b302099a8057"
WEEK = 7 * 24 * 3600


async def invited(person, room, **fields):
    """Return a new invitation into a room."""
    answer = await person.post(f"/api/study-rooms/{room}/invites", fields)
    assert answer.status == 201, answer
    return answer.data


def refused(answer):
    """Return what a refusal says, but for what is new each time."""
    assert answer.status == 404, answer
    return {name: value for name, value in answer.body.items() if name != "requestId"}


async def test_an_invitation_says_what_it_is_and_lets_into_a_private_room(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens("Secret", visibility="private")

    invite = await invited(ada, room)

    assert invite == {
        "id": invite["id"],
        "code": invite["code"],
        "roomId": room,
        "createdBy": ada.id,
        "createdAt": invite["createdAt"],
        "expiresAt": invite["expiresAt"],
        "uses": None,
        "used": 0,
    }
    assert re.fullmatch("[A-Za-z0-9_-]{21,}[A-Za-z0-9]", invite["code"]), "128 bits at least"
    shown = (await ben.get(f"/api/invites/{invite['code']}")).data
    assert (shown["id"], shown["name"]) == (room, "Secret")
    assert "members" not in shown
    joined = (await ben.post(f"/api/invites/{invite['code']}")).data
    assert (joined["id"], joined["role"], joined["totalMembers"]) == (room, "member", 2)
    assert (await ben.get(f"/api/study-rooms/{room}")).status == 200
    assert [one["used"] for one in (await ada.get(f"/api/study-rooms/{room}/invites")).data] == [1]


async def test_invitation_without_token_shows_room_and_inviter(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens("Secret", visibility="private")
    invite = await invited(ada, room)
    path = f"/api/invites/{invite['code']}"

    shown = (await school.request("GET", path)).body["data"]

    assert (shown["id"], shown["name"], shown["totalMembers"]) == (room, "Secret", 1)
    assert shown["invitedBy"] == {"id": ada.id, "name": ada.user["name"], "avatar": None}
    assert "members" not in shown
    assert (await school.request("POST", path)).status == 401, "to look is all that it permits"
    await ada.put(f"/api/study-rooms/{room}/bans/{ben.id}", {})
    assert refused(await ben.get(path)) == refused(await school.request("GET", "/api/invites/none"))


async def test_invitation_looks_without_token_are_limited_by_address():
    limits = {"STUDYHALL_LIMITS_ENABLED": "true", "STUDYHALL_LIMITS_INVITE_TRIES": "1/minute"}
    async with served(environ=limits | {"STUDYHALL_LIMITS_PEOPLE_PER_ADDRESS": "2"}) as school:
        answers = [await school.request("GET", "/api/invites/none") for _ in range(3)]
    assert [answer.status for answer in answers] == [404, 404, 429]


async def test_an_invitation_works_for_a_week_or_as_long_as_was_said(school):
    ada = await school.person()
    room = await ada.opens()

    for fields, seconds in (({}, WEEK), ({"expiresIn": 60}, 60), ({"expiresIn": 31_536_000}, 31_536_000)):
        invite = await invited(ada, room, **fields)
        made, over = (await ada.get("/api/auth/me")).data["createdAt"], invite["expiresAt"]
        assert made < invite["createdAt"] < over
        assert abs(_seconds(over) - _seconds(invite["createdAt"]) - seconds) < 1


def _seconds(stamp):
    return datetime.fromisoformat(stamp).timestamp()


async def test_what_does_not_work_is_answered_the_very_same(school):
    ada, ben, cleo = [await school.person(name) for name in ("Ada", "Ben", "Cleo")]
    room, closed = await ada.opens(), await ada.opens(visibility="private")
    used_up, revoked, over, of_nothing, not_his = [
        await invited(ada, where, uses=1) for where in (room, room, room, await ada.opens(), closed)
    ]
    await cleo.post(f"/api/invites/{used_up['code']}")
    await ada.delete(f"/api/study-rooms/{room}/invites/{revoked['id']}")
    await ada.delete(f"/api/study-rooms/{of_nothing['roomId']}")
    await ada.put(f"/api/study-rooms/{closed}/bans/{ben.id}", {"reason": "spam"})
    _let_pass(school, over)

    for code in ("nonsense", UNKNOWN, *(one["code"] for one in (used_up, revoked, over, of_nothing, not_his))):
        for answer in (await ben.get(f"/api/invites/{code}"), await ben.post(f"/api/invites/{code}")):
            assert refused(answer) == refused(await ben.get("/api/invites/none"))
            assert answer.body["code"] == "invite_not_found"
    assert (await ben.get(f"/api/study-rooms/{room}")).status == 403, "he is in none of them"


def _let_pass(school, invite):
    """Set the expiry of an invitation to the past."""
    invites = school.storage._tables.invites[invite["roomId"]]
    invites[invite["id"]] = msgspec.structs.replace(invites[invite["id"]], expires_at="2000-01-01T00:00:00.000Z")


async def test_who_is_banned_gets_into_no_room_with_an_invitation(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens()
    invite = await invited(ada, room)
    await ada.put(f"/api/study-rooms/{room}/bans/{ben.id}", {})

    answer = await ben.post(f"/api/invites/{invite['code']}")

    assert (answer.status, answer.body["code"]) == (403, "banned")
    assert [one["used"] for one in (await ada.get(f"/api/study-rooms/{room}/invites")).data] == [0]


async def test_the_uses_are_exact_when_many_come_at_once_and_members_use_none(school):
    ada = await school.person()
    room = await ada.opens(visibility="private")
    invite = await invited(ada, room, uses=7)
    crowd = [await school.person(f"P{number}") for number in range(20)]

    answers = await asyncio.gather(*(person.post(f"/api/invites/{invite['code']}") for person in crowd * 2))

    inside = {person.id for person, answer in zip(crowd * 2, answers, strict=True) if answer.status == 200}
    assert len(inside) == 7
    members = (await ada.get(f"/api/study-rooms/{room}")).data["members"]
    assert {member["id"] for member in members} == inside | {ada.id}


async def test_an_invitation_into_a_full_room_waits_for_a_place(school):
    ada, ben, cleo = [await school.person(name) for name in ("Ada", "Ben", "Cleo")]
    room = await ada.opens(capacity=2)
    await ben.joins(room)
    invite = await invited(ada, room, uses=1)

    full = await cleo.post(f"/api/invites/{invite['code']}")
    assert (full.status, full.body["code"]) == (409, "room_full")
    await ben.post(f"/api/study-rooms/{room}/leave")
    assert (await cleo.post(f"/api/invites/{invite['code']}")).status == 200


async def test_those_inside_hear_who_came_by_invitation(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens(visibility="private")
    invite = await invited(ada, room)
    inside = await ada.chat(room)

    await ben.post(f"/api/invites/{invite['code']}")

    said = await inside.hears("member-updated")
    assert (said["roomId"], said["totalMembers"]) == (room, 2)
    assert said["member"] | {"joinedAt": 0} == {
        "id": ben.id,
        "name": ben.name,
        "avatar": None,
        "role": "member",
        "joinedAt": 0,
        "mutedUntil": None,
        "isAdmin": False,
        "lookalike": False,
        "looks": list(lookalikes.confusable_keys(ben.name)),
    }
    message = await inside.hears("message")
    assert (message["content"], message["isSystem"], message["sender"]) == (
        "“Ben Okafor” joined by invitation",
        True,
        None,
    )
    assert message["seq"] == 1


async def test_a_room_has_a_hundred_invitations_at_most(school):
    ada = await school.person()
    room = await ada.opens()
    invites = [await invited(ada, room) for _ in range(100)]

    answer = await ada.post(f"/api/study-rooms/{room}/invites", {})

    assert (answer.status, answer.body["code"]) == (409, "too_many_invites")
    assert [one["id"] for one in (await ada.get(f"/api/study-rooms/{room}/invites")).data] == [
        invite["id"] for invite in invites[::-1]
    ]
    await ada.delete(f"/api/study-rooms/{room}/invites/{invites[0]['id']}")
    await invited(ada, room)


async def test_an_invitation_is_revoked_where_it_leads_to(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room, bens = await ada.opens(), await ben.opens()
    invite = await invited(ada, room)

    answer = await ben.delete(f"/api/study-rooms/{bens}/invites/{invite['id']}")

    assert (answer.status, answer.body["code"]) == (404, "invite_not_found")
    assert len((await ada.get(f"/api/study-rooms/{room}/invites")).data) == 1


@pytest.mark.parametrize("accept", ["text/html,application/xhtml+xml,*/*;q=0.8"])
async def test_a_browser_that_opens_the_link_of_an_invitation_gets_the_page(school, accept):
    answer = await school.request("GET", f"/invite/{'x' * 24}", headers={"Accept": accept})
    assert answer.status in {200, 503}, "503 where it is not installed"
    assert "json" not in answer.headers["Content-Type"]
