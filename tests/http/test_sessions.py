"""Sessions of a user: listed, and revoked with all tokens and connections before the response is sent."""

import asyncio

import aiohttp
import pytest

from domain.account_requests import PasswordChange
from domain.accounts import ClientInfo
from domain.errors.accounts import InvalidRefreshToken, NotSignedIn
from domain.errors.storage import StorageUnavailable
from storage.memory import MemoryStorage
from tests.model.world import SetClock
from tests.support.raw_sockets import RawPolling, RawWebSocket, connect, engine, event, until
from tests.support.served import PASSWORD, Person, served, signs_in


@pytest.fixture
async def ada(school):
    return await school.person()


async def sessions(person):
    return (await person.get("/api/auth/sessions")).data


async def status(person):
    return (await person.get("/api/auth/me")).status


async def opened(school, person):
    """Connect somebody over a WebSocket and by polling, in both namespaces; a poll waits for what comes."""
    clients = [await RawWebSocket.open(school), await RawPolling.open(school)]
    for client in clients:
        await client.join(person.token)
        await client.send(f'40{{"token":"{person.token}"}}')
        await client.hears("40{")
    clients[1].waiting = asyncio.create_task(clients[1].poll())
    session = engine(school).eio.sockets[clients[1].sid]
    await until(lambda: session.send_queue._poll is not None)
    return clients


async def goes_on(client):
    """Return True if a client is still connected."""
    if isinstance(client, RawWebSocket):
        return (await client.call("leave-room", "x"))["error"]["code"] == "invalid_input"
    assert (await client.post(event("leave-room", "x", ack=1))).status == 200
    return "invalid_input" in (await client.waiting).text


async def is_out(client):
    """Return True if a client was told that its session ended, and is disconnected."""
    if isinstance(client, RawWebSocket):
        await client.closed()
        told = client.heard
    else:
        told = (await client.waiting).text.split("\x1e")
        assert await client.post(event("leave-room", "x")) == (200, "ok"), "not handled: nobody is there any more"
        assert await client.poll() == (200, "1")
        assert (await client.poll()).status == 400
    assert "1" not in told, "the official clients would hear of it first"
    return {"41/chat,", "41"} <= set(told)


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


@pytest.mark.parametrize("storage", ["memory", "sqlite", "postgres"])
async def test_fifty_uses_at_once_of_a_refresh_token_get_one_successor(storage, request, tmp_path):
    url = {"memory": "memory://", "sqlite": f"sqlite:///{tmp_path / 'hall.db'}"}.get(storage)
    async with served(url or request.getfixturevalue("postgres").create_database()) as school:
        ada = await school.person()
        clients = await opened(school, ada)

        async def renew(token):
            return await school.request("POST", "/api/auth/refresh", {"refreshToken": token})

        answers = await asyncio.gather(*(renew(ada.refresh_token) for _ in range(50)))

        assert [answer.status for answer in answers] == [200] * 50
        [successor] = {answer.body["refreshToken"] for answer in answers}
        assert [await status(Person(school, answer.body)) for answer in answers] == [200] * 50

        renewed = await renew(successor)
        assert renewed.status == 200
        stolen = await renew(ada.refresh_token)
        assert stolen.body["code"] == "invalid_refresh_token"
        assert (await renew(renewed.body["refreshToken"])).status == 401
        assert [await status(person) for person in (ada, Person(school, renewed.body))] == [401, 401]
        assert all([await is_out(client) for client in clients])


async def test_a_request_whose_body_comes_after_the_end_of_its_sign_in_is_refused(school, ada):
    room = await ada.opens()
    phone = await signs_in(school, ada)
    came, go = asyncio.Event(), asyncio.Event()

    async def body():
        yield b'{"content": '
        came.set()
        await go.wait()
        yield b'"I am still here"}'

    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {phone.token}"}
    path = f"{school.url}/api/study-rooms/{room}/messages"
    posting = asyncio.create_task(school.http.post(path, data=body(), headers=headers))
    await came.wait()
    await asyncio.sleep(0.05)  # it was let in, and waits for its body
    await ada.delete("/api/auth/sessions")
    go.set()

    async with await posting as refused:
        assert (refused.status, (await refused.json())["code"]) == (401, "not_signed_in")
    assert (await ada.get(f"/api/study-rooms/{room}/messages")).data["messages"] == []


async def test_what_a_client_sent_before_it_was_put_out_and_nobody_has_begun_to_handle_is_not_handled(
    school, ada, monkeypatch
):
    room = await ada.opens()
    phone = await signs_in(school, ada)
    client = await RawWebSocket.open(school)
    await client.join(phone.token)
    held, go = asyncio.Event(), asyncio.Event()
    read_room = MemoryStorage.room

    async def slow_room(self, room_id):
        held.set()
        await go.wait()
        return await read_room(self, room_id)

    monkeypatch.setattr(MemoryStorage, "room", slow_room)
    await client.send(event("join-room", room, ack=1))
    for number in range(3):
        await client.send(event("send-message", {"roomId": room, "content": f"message {number}"}, ack=2 + number))
    await held.wait()
    sockets = engine(school)
    await until(lambda: sockets._receiver._load_shedder.waiting == 4)
    await ada.delete("/api/auth/sessions")
    go.set()
    monkeypatch.undo()

    await until(lambda: sockets._receiver._load_shedder.waiting == 0)
    await client.closed()
    assert (await ada.get(f"/api/study-rooms/{room}/messages")).data["messages"] == []
    assert not [packet for packet in client.heard if packet.startswith("43")]


async def test_sockets_are_closed_also_where_the_storage_does_not_say_that_it_ended_the_sign_in(
    school, ada, monkeypatch
):
    phone = await signs_in(school, ada)
    clients = [*await opened(school, phone)]
    ended = []

    async def lost(self, user_id, *, keep=None):
        ended.append((user_id, keep))
        raise StorageUnavailable

    monkeypatch.setattr(MemoryStorage, "revoke_sessions", lost)
    assert (await ada.delete("/api/auth/sessions")).status == 503
    assert len(ended) == 1
    assert all([await is_out(client) for client in clients])


async def test_who_was_put_out_is_so_with_requests_under_way_and_not_once_signed_in_anew(school, ada):
    sign_ins = school.services.sessions
    before = await sign_ins.authenticate(ada.token)
    await school.storage.revoke_sessions(ada.id)
    sign_ins.disconnect_user(ada.id)
    with pytest.raises(NotSignedIn):
        await sign_ins.revalidate(before)
    anew = await signs_in(school, ada)
    await sign_ins.revalidate(await sign_ins.authenticate(anew.token))


async def logs_out(school, _, phone):
    await school.services.sessions.revoke(phone.session_id)


async def ends_it_elsewhere(school, ada, phone):
    await school.services.sessions.revoke_own(phone.session_id, ada.id)


async def ends_all_others(school, ada, _):
    await school.services.sessions.revoke_all(ada.id, except_session=ada.session_id)


async def changes_the_password(school, ada, _):
    here = await school.services.sessions.authenticate(ada.token)
    change = PasswordChange(current_password=PASSWORD, new_password="another password")
    await school.services.password_changes.change(change, here, "127.0.0.1")


async def uses_a_refresh_token_again(school, _, phone):
    sign_ins = school.services.sessions
    renewed = await sign_ins.refresh(phone.refresh_token, ClientInfo())
    await sign_ins.refresh(renewed.refresh_token, ClientInfo())
    with pytest.raises(InvalidRefreshToken):
        await sign_ins.refresh(phone.refresh_token, ClientInfo())


WAYS = (logs_out, ends_it_elsewhere, ends_all_others, changes_the_password, uses_a_refresh_token_again)


@pytest.mark.parametrize("end", WAYS, ids=lambda end: end.__name__)
@pytest.mark.parametrize("storage", ["memory", "sqlite", "postgres"])
async def test_before_there_is_an_answer_everything_is_over(storage, end, request, tmp_path):
    url = {"memory": "memory://", "sqlite": f"sqlite:///{tmp_path / 'hall.db'}"}.get(storage)
    async with served(url or request.getfixturevalue("postgres").create_database()) as school:
        ada = await school.person()
        phone = await signs_in(school, ada)
        clients = [*await opened(school, phone), *await opened(school, phone)]

        await end(school, ada, phone)  # of which the answer is made next

        sockets = engine(school)
        assert not sockets.manager.connections
        assert all(session.evicted for session in sockets.eio.sockets.values())
        with pytest.raises(NotSignedIn):
            await school.services.sessions.authenticate(phone.token)
        assert all([await is_out(client) for client in clients])
        assert await status(phone) == 401


# Somebody who has the id of another's polling session


async def test_who_polls_with_a_stolen_session_id_ends_it_for_both(school, ada):
    _, client = await opened(school, ada)
    stolen = RawPolling(school, client.sid)

    assert (await stolen.poll()).status == 400, "the owner's poll is waiting"

    assert (await stolen.poll()).status == (await client.post(event("leave-room", "x"))).status == 400
    assert (await client.waiting).text in ("1", "41"), "and the owner comes back, with a session of their own"
    assert await status(ada) == 200


async def test_a_stolen_session_id_lets_nobody_in_under_another_token(school, ada):
    mallory = await school.person("Mallory")
    room = await ada.opens()
    _, client = await opened(school, ada)
    stolen = RawPolling(school, client.sid)

    await stolen.send(connect(mallory.token))
    assert "Unable to connect" in (await client.waiting).text
    await stolen.send(event("refresh-token", {"token": mallory.token}, ack=1))
    assert "another_person" in (await client.poll()).text
    await stolen.send(event("join-room", room, ack=2))  # as whoever had come in: it is their session still
    assert {one.user_id for one, _ in engine(school).manager.connections.values()} == {ada.id}


async def test_a_stolen_session_id_is_worth_nothing_once_its_sign_in_is_ended(school, ada):
    room = await ada.opens()
    _, client = await opened(school, ada)
    stolen = RawPolling(school, client.sid)
    phone = await signs_in(school, ada)

    await phone.delete("/api/auth/sessions")

    assert set((await client.waiting).text.split("\x1e")) == {"41", "41/chat,"}
    for body in (event("send-message", {"roomId": room, "content": "still here"}), connect(phone.token)):
        assert await stolen.post(body) == (200, "ok")
    assert await stolen.poll() == (200, "1")
    assert (await stolen.poll()).status == 400
    assert not engine(school).manager.connections
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await RawWebSocket.handshake(school, f"&sid={client.sid}")
    assert (await phone.get(f"/api/study-rooms/{room}/messages")).data["messages"] == []
