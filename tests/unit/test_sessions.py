"""Sign-ins as services keep them."""

import asyncio
import time

import pytest

from services.accounts import sessions as module
from tests.model.world import SetClock
from tests.support.factories import at
from tests.support.served import served

LIFETIMES = {"STUDYHALL_AUTH_TOKEN_LIFETIME": "100", "STUDYHALL_AUTH_REFRESH_LIFETIME": "1000"}


@pytest.fixture
async def hall():
    """A server whose clock the test advances: only for timestamps; tokens use the real time."""
    async with served(environ=LIFETIMES) as running:
        running.clock = running.services.sessions._clock = SetClock()
        yield running


async def test_a_sign_in_is_forgotten_when_no_token_of_it_can_be_good_any_more(hall, monkeypatch):
    monkeypatch.setattr(module, "PURGE_BATCH_SIZE", 2)
    people = [await hall.person(name) for name in ("Ada", "Bob", "Cy", "Dan", "Eve")]
    sign_ins = hall.services.sessions
    all_of_them = [person.session_id for person in people]

    async def kept():
        return [sign_in_id for sign_in_id in all_of_them if await hall.storage.session(sign_in_id)]

    hall.clock.seconds = 1099.9  # one that was made in the last moment is good for a token's time
    await sign_ins.purge()
    assert await kept() == all_of_them
    hall.clock.seconds = 1100
    await sign_ins.purge()
    assert await kept() == []


async def test_a_sign_in_that_is_not_renewed_in_its_time_is_over(hall):
    ada, bob = await hall.person("Ada"), await hall.person("Bob")

    async def renews(person):
        answer = await hall.request("POST", "/api/auth/refresh", {"refreshToken": person.refresh_token})
        person.refresh_token = answer.body.get("refreshToken", person.refresh_token)
        return answer.status

    hall.clock.seconds = 999.9
    assert await renews(ada) == 200
    hall.clock.seconds = 1000
    assert await renews(bob) == 401
    hall.clock.seconds = 1999.8
    assert await renews(ada) == 200, "each renewal begins anew"


async def renew(hall, token):
    return await hall.request("POST", "/api/auth/refresh", {"refreshToken": token})


async def test_refresh_reuse_is_a_retry_for_thirty_seconds(hall):
    ada, bob = await hall.person("Ada"), await hall.person("Bob")
    for person in (ada, bob):
        assert (await renew(hall, person.refresh_token)).status == 200

    hall.clock.seconds = 30
    retried = await renew(hall, ada.refresh_token)
    [session] = (await hall.request("GET", "/api/auth/sessions", token=retried.body["token"])).data
    assert (retried.status, session["lastUsed"]) == (200, at(0)), "a retry does not lengthen the time for retries"
    hall.clock.seconds = 30.001
    for person in (ada, bob):
        answer = await renew(hall, person.refresh_token)
        assert (answer.status, answer.body["code"]) == (401, "invalid_refresh_token")
    assert (await renew(hall, retried.body["refreshToken"])).status == 401, "the whole family is revoked"


async def test_refresh_retry_under_another_secret_replaces_the_successor(hall):
    ada = await hall.person()
    lost = await renew(hall, ada.refresh_token)
    sign_ins = hall.services.sessions
    sign_ins._tokens._secret = "a secret of a server started anew"
    retried = await renew(hall, ada.refresh_token)
    assert retried.body["refreshToken"] != lost.body["refreshToken"]
    assert (await renew(hall, retried.body["refreshToken"])).status == 200
    assert (await renew(hall, lost.body["refreshToken"])).status == 401


async def test_nobody_stays_signed_in_for_longer_than_a_sign_in_may_last_however_often_it_is_renewed():
    async with served(environ=LIFETIMES | {"STUDYHALL_AUTH_SESSION_LIFETIME": "2500"}) as hall:
        clock = hall.services.sessions._clock = SetClock()
        ada = await hall.person()
        refresh_token, ends = ada.refresh_token, []
        for clock.seconds in (900, 1800, 2450, 2480):
            answer = await hall.request("POST", "/api/auth/refresh", {"refreshToken": refresh_token})
            assert answer.status == 200
            refresh_token = answer.body["refreshToken"]
            ends.append(hall.services.sessions._tokens.decode(answer.body["token"]).expires - time.time())
            [session] = (await hall.request("GET", "/api/auth/sessions", token=answer.body["token"])).data
            assert session["expiresAt"] == at(min(clock.seconds + 1000, 2500))
        assert ends == pytest.approx([100, 100, 50, 20], abs=5), "no access token is good for longer"

        clock.seconds = 2500
        answer = await hall.request("POST", "/api/auth/refresh", {"refreshToken": refresh_token})

        assert (answer.status, answer.body["code"]) == (401, "invalid_refresh_token")


async def test_a_sign_in_that_is_older_than_one_may_be_by_now_is_not_renewed(hall):
    ada = await hall.person()
    hall.services.sessions._max_lifetime = 500
    hall.clock.seconds = 600

    answer = await hall.request("POST", "/api/auth/refresh", {"refreshToken": ada.refresh_token})

    assert (answer.status, answer.body["code"]) == (401, "invalid_refresh_token")


async def test_a_server_forgets_sign_ins_by_itself(monkeypatch):
    monkeypatch.setattr("services.container.HOUR", 0.1)
    async with served() as running:
        ada = await running.person()
        storage, claims = running.storage, running.services.sessions._tokens.decode(ada.token)
        await storage.revoke_session(claims.session_id)
        async with asyncio.timeout(5):
            while await storage.session(claims.session_id):
                await asyncio.sleep(0.01)
