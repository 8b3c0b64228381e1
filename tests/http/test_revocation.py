"""Revocation of a session: complete before the response is sent, also for requests and events in progress."""

import asyncio

import pytest

from domain.account_requests import PasswordChange
from domain.accounts import ClientInfo
from domain.errors.accounts import InvalidRefreshToken, NotSignedIn
from domain.errors.storage import StorageUnavailable
from storage.memory import MemoryStorage
from tests.support.raw_sockets import RawWebSocket, engine, event, until
from tests.support.served import PASSWORD, Person, served, signs_in
from tests.support.signed_in import is_out, opened, status


@pytest.fixture
async def ada(school):
    return await school.person()


@pytest.mark.parametrize("storage", ["memory", "sqlite", "postgres"])
async def test_fifty_uses_at_once_of_a_refresh_token_get_one_successor(storage, request, tmp_path):
    url = {"memory": "memory://", "sqlite": f"sqlite:///{tmp_path / 'hall.db'}"}.get(storage)
    async with served(url or request.getfixturevalue("postgres_url")) as school:
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
    await until(lambda: sockets.load_shedder.waiting == 4)
    await ada.delete("/api/auth/sessions")
    go.set()
    monkeypatch.undo()

    await until(lambda: sockets.load_shedder.waiting == 0)
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
    async with served(url or request.getfixturevalue("postgres_url")) as school:
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
