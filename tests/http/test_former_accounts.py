"""Users who delete their account and register again with the same email: bans and mutes go with them."""

import pytest

from tests.support.served import PASSWORD, Person, served


async def _registers(school, email):
    body = {"firstName": "Eva", "lastName": "Novak", "email": email, "password": PASSWORD}
    answer = await school.request("POST", "/api/auth/register", body)
    assert answer.status == 201, answer
    return Person(school, answer.body)


async def _again(person, email):
    await person.deletes_their_account()
    return await _registers(person.served, email)


@pytest.mark.parametrize("email", ["eve.okafor@example.org", "EVE.Okafor@EXAMPLE.org."])
async def test_ban_holds_for_the_next_account(school, email):
    ada, eve = await school.person("Ada"), await school.person("Eve")
    room, private = await ada.opens(), await ada.opens(visibility="private")
    invite = (await ada.post(f"/api/study-rooms/{private}/invites", {})).data
    for place in (room, private):
        await ada.put(f"/api/study-rooms/{place}/bans/{eve.id}", {"reason": "rude"})
    eve = await _again(eve, email)
    answer = await eve.post(f"/api/study-rooms/{room}/join")
    assert (answer.status, answer.body["code"]) == (403, "banned")
    assert (await eve.post(f"/api/invites/{invite['code']}")).body["code"] == "invite_not_found"
    [listed] = (await ada.get(f"/api/study-rooms/{room}/bans")).data
    assert (listed["user"]["name"], listed["reason"]) == ("Eva Novak", "rude")
    await ada.delete(f"/api/study-rooms/{room}/bans/{eve.id}")
    await eve.joins(room)


async def test_mute_holds_for_the_next_account(school):
    ada, eve = await school.person("Ada"), await school.person("Eve")
    room = await ada.opens()
    await eve.joins(room)
    await ada.put(f"/api/study-rooms/{room}/members/{eve.id}/mute", {"seconds": 3600})
    eve = await _again(eve, "eve.okafor@example.org")
    await eve.joins(room)
    answer = await eve.post(f"/api/study-rooms/{room}/messages", {"content": "hello"})
    assert (answer.status, answer.body["code"]) == (403, "muted")
    assert answer.body["retryAfter"] > 3000
    inside = await eve.chat()
    assert (await inside.call("join-room", room))["mutedUntil"] is not None


async def test_ban_of_a_deleted_account_can_be_lifted(school):
    ada, eve = await school.person("Ada"), await school.person("Eve")
    room = await ada.opens()
    await ada.put(f"/api/study-rooms/{room}/bans/{eve.id}", {"reason": "rude"})
    await eve.deletes_their_account()
    [listed] = (await ada.get(f"/api/study-rooms/{room}/bans")).data
    assert listed["user"] == {"id": eve.id, "name": "Deleted user", "avatar": None}
    assert (await ada.delete(f"/api/study-rooms/{room}/bans/{eve.id}")).status == 200
    assert (await ada.get(f"/api/study-rooms/{room}/bans")).data == []
    assert (await ada.delete(f"/api/study-rooms/{room}/bans/{eve.id}")).body["code"] == "user_not_found"
    await (await _registers(school, "eve.okafor@example.org")).joins(room)


async def test_another_secret_of_the_server_lifts_no_ban(tmp_path):
    storage = f"sqlite:///{tmp_path / 'studyhall.db'}"
    secrets = ("the first secret, and it is long enough", "another secret that is as long as it")
    async with served(storage, {"STUDYHALL_AUTH_SECRET": secrets[0]}) as school:
        ada, eve = await school.person("Ada"), await school.person("Eve")
        room = await ada.opens()
        await ada.put(f"/api/study-rooms/{room}/bans/{eve.id}", {"reason": "rude"})
        await eve.deletes_their_account()
    async with served(storage, {"STUDYHALL_AUTH_SECRET": secrets[1]}) as school:
        eve = await _registers(school, "eve.okafor@example.org")
        assert (await eve.post(f"/api/study-rooms/{room}/join")).body["code"] == "banned"


async def test_disabled_account_is_not_deleted_and_its_email_not_free(school):
    eve = await school.person("Eve")
    storage = school.storage
    await storage.set_access(eve.id, disabled=True)
    assert (await eve.delete("/api/auth/me", {"currentPassword": PASSWORD})).status == 401
    body = {"firstName": "Eva", "lastName": "Novak", "email": "EVE.okafor@example.org", "password": PASSWORD}
    assert (await school.request("POST", "/api/auth/register", body)).body["code"] == "email_taken"
    assert (await school.request("POST", "/api/auth/login", {**body, "email": body["email"]})).status in {401, 403, 422}
