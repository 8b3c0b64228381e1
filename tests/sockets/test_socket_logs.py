"""Logs of the socket layer: no secrets, no forged lines."""

import logging

from tests.support.raw_sockets import PATH, RawPolling, RawWebSocket, engine, event, left_behind, until
from tests.support.served import served


async def test_no_line_of_the_log_has_a_token_or_a_session_id_or_a_second_line(caplog):
    logging.getLogger().setLevel(logging.DEBUG)
    everything = [caplog.handler, *(logging.getLogger(name) for name in list(logging.root.manager.loggerDict))]
    for one in everything:
        one.setLevel(logging.DEBUG)
    try:
        async with served(environ={"STUDYHALL_SOCKET_PING_TIMEOUT": "0.2"}) as school:
            ada = await school.person()
            room = await ada.opens()
            secrets = {ada.token, ada.refresh_token}
            ws, polling = await RawWebSocket.open(school), await RawPolling.open(school)
            for client in (ws, polling):
                secrets.add(client.sid)
                await client.join(ada.token)
                assert (await client.call("join-room", room))["ok"]
                assert (await client.call("send-message", {"roomId": room, "content": "Hello"}))["ok"]
            upgraded = await RawWebSocket.handshake(school, f"&sid={polling.sid}")
            await upgraded.send("2probe", "5", event(ada.token, ack=1))
            await upgraded.acked(1)
            assert (await polling.poll()).status == 400
            secrets.update(engine(school).manager.connections)
            forged = f"{PATH}&transport=polling&sid={ws.sid}%0a2026-11-22 WARNING forged"
            assert (await school.request("GET", forged)).status == 400
            await upgraded.send(f"47{ada.token}")
            assert await upgraded.closed() is not None
            await ws.send("40/chat," + ada.token)
            await ws.send("b" + ada.token)
            assert await ws.closed() is not None
            await until(lambda: not left_behind(school))
    finally:
        for one in everything:
            one.setLevel(logging.NOTSET)
        logging.getLogger().setLevel(logging.WARNING)

    lines = [caplog.handler.format(record) for record in caplog.records]
    assert len(lines) > 3
    assert not [line for line in lines if any(secret in line for secret in secrets)]
    assert not [line for line in lines if "\n" in line or "forged" in line]
