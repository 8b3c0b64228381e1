"""A client that is written as docs/protocol.md says loses nothing, however much it missed."""

import asyncio

import pytest

from tests.support import official
from tests.support.official import Script
from tests.support.official_people import Companion

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def _npms_client():
    official.look_for_npms()


@pytest.fixture
async def room(ada):
    return await ada.opens()


async def say(school, ada, room, number):
    send = school.services.messages.submit
    user = await school.storage.user(ada.id)
    for first in range(0, number, 50):  # more at once are refused if commits are slow
        several = range(first, min(first + 50, number))
        await asyncio.gather(*[await send(room, f"{n}", None, user, "here") for n in several])


class Npms:
    """npm's client, which a test can cut off."""

    @classmethod
    async def come(cls, stack, school, ada, room):
        npms = cls()
        given = {"url": school.url, "token": ada.token, "room": room, "transports": ["websocket"]}
        npms.told = await Script.run(stack, "companion.mjs", **given)
        return npms

    async def go(self):
        self.told.do("vanish")
        await self.told.until(lambda told: told.of("disconnected"))

    async def come_back(self):
        self.told.do("return")


class Pypis:
    """PyPI's client, the same."""

    @classmethod
    async def come(cls, stack, school, ada, room):
        pypis = cls()
        pypis.told = await Companion.run(stack, school.url, ada.token, room, "websocket")
        return pypis

    async def go(self):
        client = self.told.client
        client.reconnection = False
        client.eio.ws._response.connection.transport.abort()
        await self.told.until(lambda told: told.of("disconnected"))

    async def come_back(self):
        self.told.client.reconnection = True
        await self.told.client._handle_reconnect()


@pytest.mark.parametrize("client", [Npms, Pypis], ids=["npm's", "PyPI's"])
async def test_who_missed_120_or_700_messages_gets_each_once_in_order(school, stack, ada, room, client):
    await say(school, ada, room, 3)
    client = await client.come(stack, school, ada, room)
    await client.told.hears("joined")

    expected = 3
    for missed, pages in ((120, []), (700, [100] * 7)):
        joined = len(client.told.of("joined"))
        await client.go()
        await say(school, ada, room, missed)
        await client.come_back()
        await client.told.hears("joined", joined + 1)
        expected += missed
        assert client.told.of("paged") == pages
        assert [message["seq"] for message in client.told.of("kept")] == list(range(1, expected + 1))
        client.told.all = [(word, said) for word, said in client.told.all if word != "disconnected"]

    await say(school, ada, room, 1)
    await client.told.until(lambda told: told.of("kept")[-1]["seq"] == expected + 1)
    assert client.told.of("surprise") == []


async def test_who_comes_back_to_another_history_shows_all_of_that(school, stack, ada, room, monkeypatch):
    await say(school, ada, room, 60)
    client = await Npms.come(stack, school, ada, room)
    await client.told.hears("joined")
    await client.go()

    async def epoch():
        return "another"

    monkeypatch.setattr(school.services.ctx.lookups, "epoch", epoch)
    await client.come_back()

    await client.told.hears("joined", 2)
    assert [message["seq"] for message in client.told.of("kept")] == [*range(1, 61), *range(1, 61)]
    assert client.told.of("surprise") == []
