"""Sockets of a session, over a WebSocket and by polling, and whether they are still connected."""

import asyncio

from tests.support.raw_sockets import RawPolling, RawWebSocket, engine, event, until


async def status(person):
    """Return the HTTP status of a request with the user's token."""
    return (await person.get("/api/auth/me")).status


async def opened(school, person):
    """Connect a user over a WebSocket and by polling, in both namespaces; a poll waits for packets."""
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
