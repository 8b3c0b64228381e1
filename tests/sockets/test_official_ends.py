"""Ends of connections with the official clients from npm and PyPI: on purpose, or lost."""

import aiohttp
import pytest
import socketio

from tests.support import official
from tests.support.official import Script, Told
from tests.support.raw_sockets import engine, until

pytestmark = pytest.mark.slow

EVICTED = "io server disconnect"
TRIES = 12


@pytest.fixture(scope="module", autouse=True)
def _npms_client():
    official.look_for_npms()


@pytest.mark.parametrize(
    ("transports", "when"),
    [
        pytest.param(["polling"], ["connect"], id="by polling"),
        pytest.param(["websocket"], ["connect"], id="over a WebSocket"),
        pytest.param(["polling", "websocket"], ["connect", "upgrading", "upgrade"], id="amid the upgrade"),
    ],
)
async def test_npms_client_hears_once_that_its_session_ended(school, stack, transports, when):
    people = [await school.person(f"P{number}") for number in range(TRIES)]
    tokens = [person.token for person in people]
    pages = await Script.run(stack, "evicted.mjs", url=school.url, tokens=tokens, when=when, transports=transports)

    await pages.until(lambda told: len(told.of("ended")) == len(told.of("disconnected")) == TRIES)
    await until(lambda: not engine(school).eio.sockets)

    assert sorted(pages.of("disconnected")) == [[number, EVICTED] for number in range(TRIES)]
    assert pages.of("connect_error") == []


class Page(Told):
    """PyPI's client, in a room."""

    def __init__(self):
        super().__init__()
        self.http = aiohttp.ClientSession()  # its own: python-engineio forgets to close the one that it makes
        self.client = socketio.AsyncClient(http_session=self.http)
        self.client.on("disconnect", lambda reason: self.tell("disconnected", reason), namespace="/chat")

    @classmethod
    async def open(cls, stack, school, person, room, transport):
        page = cls()
        stack.push_async_callback(page.http.close)
        stack.push_async_callback(page.client.shutdown)
        await page.client.connect(
            school.url,
            auth={"token": person.token},
            namespaces=["/chat"],
            transports=[transport],
            wait_timeout=official.WITHIN,
        )
        assert (await page.client.call("join-room", room, namespace="/chat"))["ok"]
        return page


@pytest.fixture
async def people(school):
    """Ada, Ben and their room."""
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens()
    await ben.joins(room)
    return ada, ben, room


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_pypis_client_hears_once_that_its_session_ended(school, stack, people, transport):
    ada, _, room = people
    page = await Page.open(stack, school, ada, room, transport)

    assert (await ada.post("/api/auth/logout")).status == 200

    await page.until(lambda told: told.of("disconnected"))
    await until(lambda: not engine(school).eio.sockets)
    assert page.of("disconnected") == [socketio.AsyncClient.reason.SERVER_DISCONNECT]


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_whoever_calls_disconnect_is_gone_at_once_and_whoever_is_killed_is_not(school, stack, people, transport):
    ada, ben, room = people
    watching = await ada.chat(room)
    given = {"url": school.url, "auth": {"token": ben.token}, "transports": [transport]}
    page = await Script.run(stack, "page.mjs", **given)
    page.do("emit", ["join-room", room])
    await page.hears("room-users")

    page.do("disconnect")
    assert (await watching.hears("user-left", within=5))["userId"] == ben.id
    assert await page.hears("disconnected") == "io client disconnect"

    other = await Page.open(stack, school, ben, room, transport)
    await watching.hears("user-joined", lambda said: said["version"] > 3)
    await other.client.disconnect()
    await watching.hears("user-left", lambda said: said["version"] > 4, within=5)

    killed = await Script.run(stack, "page.mjs", **given)
    killed.do("emit", ["join-room", room])
    await killed.hears("room-users")

    def others():
        return [one for one in engine(school).eio.sockets.values() if not one.closed][1:]

    # npm's client opens a connection for each poll: killed between two of them, it is found by the ping
    await until(lambda: any(one.web_socket or "GET" in one.requests for one in others()))
    killed.kill()
    await until(lambda: others() == [])
    await watching.call("nonsense")
    assert len(watching.of("user-left")) == 2, "it may come back"
