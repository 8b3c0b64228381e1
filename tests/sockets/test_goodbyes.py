"""A disconnect on purpose leaves rooms at once; a lost connection has the grace period."""

import asyncio

import aiohttp
import pytest

from tests.support.raw_sockets import RawPolling, RawWebSocket, engine, handled, until
from tests.support.served import PASSWORD, signs_in

KINDS = pytest.mark.parametrize("kind", [RawWebSocket, RawPolling], ids=["websocket", "polling"])


@pytest.fixture
async def ben(school):
    return await school.person("Ben")


@pytest.fixture
async def room(ada, ben):
    room = await ada.opens()
    await ben.joins(room)
    return room


@pytest.fixture
async def watching(ada, room):
    """Ada in the room, who receives presence events. The grace period is 10 s, and no time passes."""
    return await ada.chat(room)


async def inside(school, person, room, kind=RawWebSocket):
    """Return somebody's client that is in the room."""
    client = await kind.open(school)
    await client.join(person.token)
    assert (await client.call("join-room", room))["ok"]
    if kind is RawPolling:
        session = engine(school).eio.sockets[client.sid]
        while not session.send_queue.is_empty:
            await client.poll()
    return client


async def is_gone(watching, ben, room):
    """Return once Ada was told that Ben is gone: the fixture's server would let him stay for 10 s."""
    assert (await watching.hears("user-left", within=5))["userId"] == ben.id
    return True


async def is_still_shown(school, watching, ben, room):
    """Return True if Ben is still shown when the server has noticed that all his connections are closed."""
    connections = engine(school).manager.connections
    await until(lambda: not [one for one, _ in connections.values() if one.user_id == ben.id])
    await watching.call("nonsense")
    shown = (await ben.get(f"/api/study-rooms/{room}/presence")).data
    return watching.of("user-left") == [] and ben.id in {user["userId"] for user in shown}


@KINDS
@pytest.mark.parametrize("packet", ["41/chat,", "1"], ids=["disconnect", "close"])
async def test_a_client_that_says_goodbye_is_gone_at_once(school, ben, room, watching, kind, packet):
    client = await inside(school, ben, room, kind)

    await client.send(packet)

    assert await is_gone(watching, ben, room)


@KINDS
async def test_a_client_that_logs_out_is_gone_at_once(school, ben, room, watching, kind):
    _client = await inside(school, ben, room, kind)
    assert (await ben.post("/api/auth/logout")).status == 200
    assert await is_gone(watching, ben, room)


async def disables(school, ada, ben):
    await school.storage.set_access(ada.id, role="admin")
    assert (await ada.put(f"/api/users/{ben.id}", {"disabled": True})).status == 200


async def ends_the_session(school, ada, ben):
    elsewhere = await signs_in(school, ben)
    assert (await elsewhere.delete("/api/auth/sessions")).status == 200


async def changes_the_password(school, ada, ben):
    elsewhere = await signs_in(school, ben)
    body = {"currentPassword": PASSWORD, "newPassword": "another password"}
    assert (await elsewhere.put("/api/auth/password", body)).status == 200


async def deletes_the_account(school, ada, ben):
    await ben.deletes_their_account()


async def signs_in_as_another(school, ada, ben):
    body = {"email": ada.user["email"], "password": PASSWORD}
    assert (await school.request("POST", "/api/auth/login", body, token=ben.token)).status == 200


@KINDS
@pytest.mark.parametrize(
    "end",
    [disables, ends_the_session, changes_the_password, deletes_the_account, signs_in_as_another],
    ids=lambda end: end.__name__,
)
async def test_whose_session_is_ended_is_gone_at_once(school, ada, ben, room, watching, kind, end):
    _client = await inside(school, ben, room, kind)
    await end(school, ada, ben)
    assert await is_gone(watching, ben, room)


async def test_whose_account_is_disabled_is_gone_also_while_a_lost_connection_has_time(
    school, ada, ben, room, watching
):
    client = await inside(school, ben, room)
    client.answer.connection.transport.abort()
    assert await is_still_shown(school, watching, ben, room)

    await disables(school, ada, ben)

    assert await is_gone(watching, ben, room)


async def test_who_says_goodbye_on_one_device_is_there_on_the_other(school, ben, room, watching):
    phone, laptop = await inside(school, ben, room), await inside(school, await signs_in(school, ben), room)

    assert (await ben.post("/api/auth/logout")).status == 200
    await phone.closed()
    await watching.call("nonsense")
    assert watching.of("user-left") == []

    await laptop.send("41/chat,")
    assert await is_gone(watching, ben, room)


async def test_who_says_goodbye_after_a_reload_is_gone_at_once(school, ben, room, watching):
    before = await inside(school, ben, room)
    before.answer.connection.transport.abort()
    assert await is_still_shown(school, watching, ben, room)
    after = await inside(school, ben, room)

    await after.send("41/chat,")

    assert await is_gone(watching, ben, room)


async def test_a_goodbye_to_the_personal_namespace_leaves_the_rooms_alone(school, ben, room, watching):
    client = await inside(school, ben, room)
    await client.send(f'40{{"token":"{ben.token}"}}')
    await client.hears("40{")

    await client.send("41")

    assert (await client.call("leave-room", "x", ack=2))["error"]["code"] == "invalid_input"
    assert watching.of("user-left") == []


async def test_a_websocket_that_is_closed_as_done_is_a_goodbye(school, ben, room, watching):
    client = await inside(school, ben, room)
    await client.ws.close(code=1000)  # all that PyPI's client says
    assert await is_gone(watching, ben, room)


@pytest.mark.parametrize("code", [1001, 3000, b"", None], ids=str)
async def test_a_websocket_that_is_closed_otherwise_is_a_loss(school, ben, room, watching, code):
    client = await inside(school, ben, room)
    if code is None:
        client.answer.connection.transport.abort()
    elif code == b"":
        await client.ws._writer.send_frame(code, aiohttp.WSMsgType.CLOSE)
    else:
        await client.ws.close(code=code)  # 1001: the page was left, or is loaded again
    assert await is_still_shown(school, watching, ben, room)


async def test_a_poll_that_goes_away_is_a_loss(school, ben, room, watching):
    client = await inside(school, ben, room, RawPolling)
    poll = asyncio.create_task(client.poll())
    await handled(school, client)
    poll.cancel()
    assert await is_still_shown(school, watching, ben, room)


@KINDS
@pytest.mark.parametrize("nonsense", ["9", "47x"])
async def test_a_client_that_is_closed_for_nonsense_has_the_grace(school, ben, room, watching, kind, nonsense):
    client = await inside(school, ben, room, kind)
    await (client.send(nonsense) if kind is RawWebSocket else client.post(nonsense))
    assert await is_still_shown(school, watching, ben, room)


@KINDS
async def test_a_client_whose_token_is_over_has_the_grace(school, ben, room, watching, kind):
    _client = await inside(school, ben, room, kind)
    connections = [one for one, _ in engine(school).manager.connections.values() if one.user_id == ben.id]
    engine(school).drop_transport(*connections, 4401, "token expired")
    assert await is_still_shown(school, watching, ben, room)
