"""Attacks with tokens that are valid for another purpose or another server."""

import asyncio

import aiohttp
import jwt
import pytest

from tests.support.raw_sockets import RawWebSocket, connect
from tests.support.served import PASSWORD, served

SECRET = "a secret that two servers have, alas"


@pytest.fixture
async def tokens(school):
    """One valid token of each kind, all of the same user."""
    ada = await school.person()
    room = await ada.opens(visibility="private")
    socket = await RawWebSocket.open(school)
    yield {
        "access": ada.token,
        "refresh": ada.refresh_token,
        "reset": (await school.services.password_resets.links.create(ada.id)).rpartition("#")[2],
        "invite": (await ada.post(f"/api/study-rooms/{room}/invites", {})).data["code"],
        "connection": socket.sid,
        "sign-in": ada.session_id,
        "user": ada.id,
    }
    await socket.close()


async def _is_let_in(school, token):
    socket = await RawWebSocket.open(school)
    await socket.send(connect(token))
    answer = await socket.next()
    await socket.close()
    return answer.startswith("40")


USES = {
    "access": lambda school, token: school.request("GET", "/api/auth/me", token=token),
    "refresh": lambda school, token: school.request("POST", "/api/auth/refresh", {"refreshToken": token}),
    "reset": lambda school, token: school.request(
        "POST", "/api/auth/reset-password", {"token": token, "newPassword": "another good password"}
    ),
}


@pytest.mark.parametrize("use", USES)
async def test_a_token_is_good_for_what_it_is_for_alone(school, tokens, use):
    others = {kind: token for kind, token in tokens.items() if kind != use}

    refused = {kind: (await USES[use](school, token)).status for kind, token in others.items()}
    too_long = {"access": 422} if use != "access" else {}
    assert refused == dict.fromkeys(others, 403 if use == "reset" else 401) | too_long
    if use == "access":
        assert not [kind for kind, token in others.items() if await _is_let_in(school, token)]
        eve = await school.person("Eve")
        for kind, token in tokens.items():
            found = (await eve.post(f"/api/invites/{token}")).status
            assert found == (200 if kind == "invite" else 404)
    assert (await USES[use](school, tokens[use])).status == 200


async def test_a_token_of_another_server_with_the_same_secret_is_worth_nothing():
    secret = {"STUDYHALL_AUTH_SECRET": SECRET}
    async with served(environ=secret) as school, served(environ=secret) as other:
        ada, namesake = await school.person(), await other.person()
        assert ada.user["email"] == namesake.user["email"]

        for kind, token in (("access", namesake.token), ("refresh", namesake.refresh_token)):
            assert (await USES[kind](school, token)).status == 401
        assert not await _is_let_in(school, namesake.token)
        assert (await USES["access"](school, ada.token)).status == 200


async def test_what_a_token_says_beside_whose_it_is_counts_for_nothing():
    async with served(environ={"STUDYHALL_AUTH_SECRET": SECRET}) as school:
        ada, eve = await school.person(), await school.person("Eve")
        room = await ada.opens(visibility="private")
        mine = jwt.decode(eve.token, SECRET, algorithms=["HS256"])
        claims = {"role": "admin", "admin": True, "scope": "admin", "email": ada.user["email"], "user_id": ada.id}

        forged = jwt.encode(mine | claims, SECRET, "HS256")

        me = await school.request("GET", "/api/auth/me", token=forged)
        assert me.data == eve.user
        assert (await school.request("GET", f"/api/study-rooms/{room}", token=forged)).status == 404


async def test_an_export_that_a_thief_reads_ends_with_the_sign_in(school, monkeypatch, complaints):
    ada = await school.person()
    room = await ada.opens()
    for number in range(3):
        await ada.post(f"/api/study-rooms/{room}/messages", {"content": f"message {number}"})
    storage = school.storage
    read = storage.messages_sent

    async def late(*arguments):
        assert (await ada.post("/api/auth/logout")).status == 200
        return await read(*arguments)

    monkeypatch.setattr(storage, "messages_sent", late)
    headers, taken = {"Authorization": f"Bearer {ada.token}"}, bytearray()

    async def takes():
        async with school.http.get(f"{school.url}/api/auth/me/export", headers=headers) as answer:
            async for piece in answer.content.iter_any():
                taken.extend(piece)

    with pytest.raises(aiohttp.ClientPayloadError):
        await takes()

    assert b'"profile"' in taken
    assert b"message 0" not in taken
    assert complaints() == ["an export was not finished: Sign in first: a valid bearer token is required."]


async def test_everybody_who_signs_in_gets_tokens_that_nobody_had(school):
    ada = await school.person()
    credentials = {"email": ada.user["email"], "password": PASSWORD}
    answers = await asyncio.gather(*(school.request("POST", "/api/auth/login", credentials) for _ in range(50)))

    for kind in ("token", "refreshToken"):
        assert len({answer.body[kind] for answer in answers}) == 50
    secrets = [answer.body["refreshToken"].partition(".")[2] for answer in answers]
    assert {len(secret) for secret in secrets} == {43}, "256 bits in base64"
    for place in range(43):
        assert len({secret[place] for secret in secrets}) > 10, "each character is drawn anew"


async def test_renewing_replaces_the_refresh_token_and_a_new_sign_in_leaves_the_old_one_its_own(school):
    ada = await school.person()
    renewed = (await school.request("POST", "/api/auth/refresh", {"refreshToken": ada.refresh_token})).body
    assert renewed["refreshToken"] != ada.refresh_token
    assert renewed["token"] != ada.token
    assert renewed["refreshToken"].partition(".")[0] == ada.session_id
    newest = (await school.request("POST", "/api/auth/refresh", {"refreshToken": renewed["refreshToken"]})).body
    assert (await school.request("POST", "/api/auth/refresh", {"refreshToken": ada.refresh_token})).status == 401
    assert (await school.request("GET", "/api/auth/me", token=newest["token"])).status == 401, "somebody has a copy"
