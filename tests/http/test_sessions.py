"""Sessions of a user: listed, ended one by one or all at once, and replaced by a new one on the same device."""

import pytest

from tests.model.world import SetClock
from tests.support.served import PASSWORD, Person, served, signs_in
from tests.support.signed_in import goes_on, is_out, opened, status


@pytest.fixture
async def ada(school):
    return await school.person()


async def sessions(person):
    return (await person.get("/api/auth/sessions")).data


async def test_people_see_where_they_are_signed_in_newest_first(school, ada):
    phone = await signs_in(school, ada, "Phone")
    await school.person("Ben")

    listed = await sessions(phone)

    assert [(session["client"], session["current"]) for session in listed] == [
        ("Phone", True),
        (listed[1]["client"], False),
    ]
    assert listed[1]["client"].startswith("Python/")
    assert [(session["id"], session["address"]) for session in listed] == [
        (person.session_id, "127.0.0.1") for person in (phone, ada)
    ]
    assert set(listed[0]) == {"id", "client", "address", "createdAt", "lastUsed", "expiresAt", "current"}
    assert [session["current"] for session in await sessions(ada)] == [False, True]


async def test_a_session_tells_of_the_last_time_that_it_was_renewed_and_of_no_request():
    async with served(environ={"STUDYHALL_AUTH_REFRESH_LIFETIME": "1000"}) as school:
        clock = school.services.sessions._clock = SetClock()
        ada = await school.person()
        [before] = await sessions(ada)
        clock.seconds = 10
        assert await sessions(ada) == [before]
        clock.seconds = 20
        renewed = await school.request(
            "POST", "/api/auth/refresh", {"refreshToken": ada.refresh_token}, headers={"User-Agent": "Newer"}
        )
        [after] = await sessions(Person(school, renewed.body))

        assert (before["createdAt"], before["lastUsed"]) == (clock_at(0), clock_at(0))
        assert before["expiresAt"] == clock_at(1000)
        assert after == {**before, "client": "Newer", "lastUsed": clock_at(20), "expiresAt": clock_at(1020)}
        clock.seconds = 1020
        assert await sessions(ada) == [], "what is over is not shown"


def clock_at(seconds):
    clock = SetClock()
    clock.seconds = seconds
    return clock.now()


async def test_one_session_is_ended_with_its_sockets_and_the_others_go_on(school, ada):
    phone, laptop = await signs_in(school, ada), await signs_in(school, ada)
    on_phone, on_laptop = await opened(school, phone), await opened(school, laptop)
    [_, session, _] = await sessions(ada)
    assert session["id"] == phone.session_id

    assert (await ada.delete(f"/api/auth/sessions/{session['id']}")).data is None

    assert [await status(person) for person in (ada, phone, laptop)] == [200, 401, 200]
    assert [await is_out(client) for client in on_phone] == [True, True]
    assert all([await goes_on(client) for client in on_laptop])
    refreshed = await school.request("POST", "/api/auth/refresh", {"refreshToken": phone.refresh_token})
    assert refreshed.body["code"] == "invalid_refresh_token"
    assert len(await sessions(ada)) == 2


async def test_all_other_sessions_are_ended_at_once(school, ada):
    others = [await signs_in(school, ada) for _ in range(3)]
    here, there = await opened(school, ada), [client for other in others for client in await opened(school, other)]
    ben = await school.person("Ben")

    assert (await ada.delete("/api/auth/sessions")).data is None

    assert [await status(person) for person in (*others, ada, ben)] == [401, 401, 401, 200, 200]
    assert all([await is_out(client) for client in there])
    assert all([await goes_on(client) for client in here])
    [left] = await sessions(ada)
    assert left["current"]


async def test_ones_own_session_can_be_ended_like_any_other(school, ada):
    [session] = await sessions(ada)
    clients = await opened(school, ada)

    assert (await ada.delete(f"/api/auth/sessions/{session['id'].upper()}")).status == 200

    assert await status(ada) == 401
    assert all([await is_out(client) for client in clients])


async def test_a_session_of_somebody_else_is_not_found_and_goes_on(school, ada):
    ben = await school.person("Ben")
    [session] = await sessions(ada)

    refused = await ben.delete(f"/api/auth/sessions/{session['id']}")

    assert (refused.status, refused.body["code"]) == (404, "session_not_found")
    assert await status(ada) == 200


async def test_a_session_that_is_over_is_not_found(school, ada):
    phone = await signs_in(school, ada)
    path = f"/api/auth/sessions/{phone.session_id}"

    assert [(await ada.delete(path)).status for _ in range(2)] == [200, 404]


async def test_an_account_that_is_deleted_is_out_everywhere(school, ada):
    phone = await signs_in(school, ada)
    clients = [*await opened(school, ada), *await opened(school, phone)]

    await ada.deletes_their_account()

    assert [await status(person) for person in (ada, phone)] == [401, 401]
    assert all([await is_out(client) for client in clients])


async def test_a_new_password_leaves_nobody_in_but_who_set_it(school, ada):
    phone = await signs_in(school, ada)
    here, there = await opened(school, ada), await opened(school, phone)

    body = {"currentPassword": PASSWORD, "newPassword": "another password"}
    assert (await ada.put("/api/auth/password", body)).status == 200

    assert [await status(person) for person in (ada, phone)] == [200, 401]
    assert all([await is_out(client) for client in there])
    assert all([await goes_on(client) for client in here])


async def test_who_signs_in_anew_on_a_device_is_signed_in_there_once(school, ada):
    tablet = await signs_in(school, ada)
    clients = await opened(school, ada)
    body = {"email": ada.user["email"], "password": PASSWORD}

    refused = await school.request("POST", "/api/auth/login", {**body, "password": "wrong one"}, token=ada.token)
    assert (refused.status, await status(ada)) == (401, 200), "who does not get in loses nothing"
    anew = Person(school, (await school.request("POST", "/api/auth/login", body, token=ada.token)).body)

    assert [await is_out(client) for client in clients] == [True, True]
    assert [await status(person) for person in (ada, tablet, anew)] == [401, 200, 200]
    assert len(await sessions(anew)) == 2


async def test_so_is_who_signs_in_or_up_as_somebody_else(school, ada):
    ben = await school.person("Ben")
    body = {"email": ben.user["email"], "password": PASSWORD}
    ben = Person(school, (await school.request("POST", "/api/auth/login", body, token=ada.token)).body)
    assert [await status(person) for person in (ada, ben)] == [401, 200]

    body = {"firstName": "Cy", "lastName": "Oda", "email": "cy@example.org", "password": PASSWORD}
    cy = Person(school, (await school.request("POST", "/api/auth/register", body, token=ben.token)).body)
    assert [await status(person) for person in (ben, cy)] == [401, 200]


@pytest.mark.parametrize("scheme", ["Bearer ", "Bearer x.y.z", "Basic YTpi", "\xff"])
async def test_a_token_that_is_none_is_no_hindrance_to_signing_in(school, ada, scheme):
    body = {"email": ada.user["email"], "password": PASSWORD}
    signed_out = await signs_in(school, ada)
    assert (await signed_out.post("/api/auth/logout")).status == 200
    for headers in ({"Authorization": scheme}, {"Authorization": f"Bearer {signed_out.token}"}):
        assert (await school.request("POST", "/api/auth/login", body, headers=headers)).status == 200
    assert await status(ada) == 200
