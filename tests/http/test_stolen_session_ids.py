"""Stolen id of another user's polling session: it lets nobody in, and is worthless after revocation."""

import aiohttp
import pytest

from tests.support.raw_sockets import RawPolling, RawWebSocket, connect, engine, event
from tests.support.served import signs_in
from tests.support.signed_in import opened, status


@pytest.fixture
async def ada(school):
    return await school.person()


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
