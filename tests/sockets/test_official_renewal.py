"""Official clients whose token expires: they renew it, or reconnect with a new one."""

import asyncio
from contextlib import AsyncExitStack
from functools import partial

import pytest
import socketio

from services.accounts import token_expiry
from tests.support import official
from tests.support.official import Script, Told
from tests.support.raw_sockets import until


class Renewing(Told):
    """renewing.mjs again, on python-socketio's client."""

    @classmethod
    async def run(cls, stack, school, transport):
        person = cls()
        person.client = socketio.AsyncClient(reconnection_delay=0.1, http_session=school.http)
        person._tokens = asyncio.Queue()
        stack.push_async_callback(person.client.disconnect)
        for word, name in {
            "connected": "connect",
            "disconnected": "disconnect",
            "token-expiring": "token-expiring",
        }.items():
            person.client.on(name, partial(person._hear, word), namespace="/chat")
        person.connecting = asyncio.create_task(
            person.client.connect(
                school.url,
                auth=person._auth,
                namespaces=["/chat"],
                transports=[transport],
                wait_timeout=official.WITHIN,
            )
        )
        return person

    async def _hear(self, word, *said):
        self.tell(word, said[0] if said else None)

    async def _auth(self):
        self.tell("wants")
        return {"token": await self._tokens.get()}

    def do(self, word, value):
        if word == "take":
            self._tokens.put_nowait(value)
        else:
            self._sending = asyncio.create_task(self._emit(*value))

    async def _emit(self, name, argument):
        self.tell("acked", await self.client.call(name, argument, namespace="/chat"))


CLIENTS = [pytest.param("javascript", marks=pytest.mark.processes), "python"]


@pytest.mark.parametrize("transport", ["websocket", "polling"])
@pytest.mark.parametrize("client", CLIENTS)
async def test_an_official_client_comes_back_by_itself_with_a_fresh_token(school, ada, ends, soon, client, transport):
    async with AsyncExitStack() as stack:
        if client == "javascript":
            official.look_for_npms()
            page = await Script.run(stack, "renewing.mjs", url=school.url, transports=[transport])
        else:
            page = await Renewing.run(stack, school, transport)
        await page.hears("wants")
        ends[ada.token] = 0.3
        page.do("take", ada.token)
        await page.hears("connected")
        await page.hears("token-expiring")

        reason = await page.hears("disconnected")
        assert reason == {"javascript": {"websocket": "transport close", "polling": "transport error"}}.get(
            client, {}
        ).get(transport, "transport error")
        renewed = await school.request("POST", "/api/auth/refresh", {"refreshToken": ada.refresh_token})
        await page.hears("wants", 2)
        page.do("take", renewed.body["token"])
        await page.hears("connected", 2)

        page.do("emit", ["leave-room", "x"])
        assert (await page.hears("acked"))["error"]["code"] == "invalid_input"
        assert page.of("connect_error") == []


@pytest.mark.parametrize("client", CLIENTS)
async def test_an_official_client_renews_and_stays(school, ada, ends, soon, client, monkeypatch):
    # a process that is busy has time to renew
    monkeypatch.setattr(token_expiry, "EXPIRY_GRACE", 3.0 if client == "javascript" else 1.0)
    async with AsyncExitStack() as stack:
        if client == "javascript":
            official.look_for_npms()
            page = await Script.run(stack, "renewing.mjs", url=school.url, transports=["websocket"])
        else:
            page = await Renewing.run(stack, school, "websocket")
        await page.hears("wants")
        ends[ada.token] = 0.3
        page.do("take", ada.token)
        await page.hears("token-expiring")
        renewed = await school.request("POST", "/api/auth/refresh", {"refreshToken": ada.refresh_token})
        page.do("emit", ["refresh-token", {"token": renewed.body["token"]}])
        assert (await page.hears("acked"))["ok"]
        await until(lambda: len(school.services.token_expiry) == 1)  # the old end and the time after it have passed
        page.do("emit", ["leave-room", "x"])
        assert (await page.hears("acked", 2))["error"]["code"] == "invalid_input", "still in"
        assert page.of("disconnected") == []
