"""A complete server on a real port, and users with real connections to it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from typing import Any, NamedTuple

import aiohttp
import socketio
from aiohttp import web, web_app

import config
from app import create_app
from handlers.headers import create_runner
from handlers.keys import CONTENT, SERVICES, SETTINGS
from runtime.web_assets import WebAssets
from services.background import BackgroundJobs
from services.container import Services
from storage.base import Storage
from tests.support import described

PASSWORD = "correct horse battery"
PATIENCE = 15.0
"""Timeout in seconds on a busy machine. The default of python-socketio's client for connecting is one second."""
STILL = {
    "STUDYHALL_PRESENCE_FLUSH_EVERY": "3600",
    "STUDYHALL_PRESENCE_AWAY_AFTER": "3600",
    "STUDYHALL_SOCKET_PING_INTERVAL": "3600",
}
"""Settings of a server without periodic changes and pings. Tests can compare its state before and after a request, and
a raw socket need not answer pings however slow the machine is. `served` also stops periodic jobs, whose first runs
come at random moments.
"""


POLLING = "polling revocations"
"""The one lifecycle of periodic jobs that goes on: it only reads, and commands reach a server by it."""


class Answer(NamedTuple):
    """An HTTP response."""

    status: int
    body: Any
    headers: Any

    @property
    def data(self):
        assert self.status < 400, self
        return self.body["data"]


class Handled(NamedTuple):
    """A client event added by a test. `invoke` receives the argument without validation."""

    invoke: Callable[[Any, Any, Any], Any]


class Chat:
    """Connection to a namespace with python-socketio's own client. Records the events that it receives."""

    def __init__(self, namespace: str = "/chat") -> None:
        self.namespace = namespace
        self.heard: list[tuple[Any, ...]] = []
        self.wrong: list[str] = []
        """Differences between received events or acks and the AsyncAPI document."""
        self._more = asyncio.Event()
        self.client = socketio.AsyncClient(reconnection=False)
        self.client.on("*", self._hear, namespace=namespace)

    async def _hear(self, event, *arguments):
        self.heard.append((event, *arguments))
        self.wrong += described.wrong_event(event, arguments, "chat" if self.namespace == "/chat" else "personal")
        self._more.set()

    async def call(self, event, *arguments, timeout=10):
        """Send an event and return its ack."""
        data = arguments if len(arguments) != 1 else arguments[0]
        answer = await self.client.call(event, data, namespace=self.namespace, timeout=timeout)
        self.wrong += described.wrong_ack(event, answer)
        return answer

    async def emit(self, event, argument=None):
        await self.client.emit(event, argument, namespace="/chat")

    def of(self, event: str) -> list[Any]:
        """Return the first argument of each `event` received so far."""
        return [arguments[0] for name, *arguments in self.heard if name == event]

    async def settles(self) -> None:
        """Wait until all events sent so far have been received: an ack arrives after them."""
        await self.client.call("is there anything", namespace=self.namespace, timeout=PATIENCE)

    async def hears(self, event: str, where: Callable[[Any], bool] = lambda _: True, within: float = PATIENCE) -> Any:
        """Wait for an `event` whose first argument satisfies `where`, now or earlier, and return that argument."""
        async with asyncio.timeout(within):
            while True:
                for said in self.of(event):
                    if where(said):
                        return said
                self._more.clear()
                await self._more.wait()

    async def drop(self) -> None:
        """Abort the connection without a close frame."""
        transport = self.client.eio.ws._response.connection.transport
        transport.abort()
        await self.gone()

    async def gone(self, within: float = PATIENCE) -> None:
        """Wait until the connection is closed."""
        async with asyncio.timeout(within):
            while self.client.connected:
                await asyncio.sleep(0.01)

    async def close(self) -> None:
        await self.client.disconnect()


class Person:
    """A user with an account and a token."""

    def __init__(self, served: "Served", signed_in: dict[str, Any]) -> None:
        self.served = served
        self.token = signed_in["token"]
        self.refresh_token = signed_in["refreshToken"]
        self.user = signed_in["user"]
        self.id = self.user["id"]
        self.name = self.user["name"]

    @property
    def session_id(self) -> str:
        """Id of the session, the first part of its refresh token."""
        return self.refresh_token.partition(".")[0]

    async def get(self, path: str, **options: Any) -> Answer:
        return await self.served.request("GET", path, token=self.token, **options)

    async def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        return await self.served.request("POST", path, body, token=self.token, **options)

    async def put(self, path: str, body: Any = None, **options: Any) -> Answer:
        return await self.served.request("PUT", path, body, token=self.token, **options)

    async def delete(self, path: str, body: Any = None, **options: Any) -> Answer:
        return await self.served.request("DELETE", path, body, token=self.token, **options)

    async def deletes_their_account(self) -> None:
        """Delete the account."""
        assert (await self.delete("/api/auth/me", {"currentPassword": PASSWORD})).status == 200

    async def opens(self, name: str = "Calculus", **fields: Any) -> str:
        """Open a room and return its id."""
        room = (await self.post("/api/study-rooms", {"name": name, **fields})).data
        return room["id"]

    async def joins(self, room: str) -> None:
        """Become a member of a room."""
        assert (await self.post(f"/api/study-rooms/{room}/join")).status == 200

    async def chat(self, *rooms: str, transport: str = "websocket") -> Chat:
        """Connect to `/chat`, and join rooms."""
        chat = await self._connected(Chat(), transport)
        for room in rooms:
            answer = await chat.call("join-room", room)
            assert answer["ok"], answer
        return chat

    async def personal(self) -> Chat:
        """Connect to the personal namespace, `/`."""
        return await self._connected(Chat("/"), "websocket")

    async def _connected(self, chat: Chat, transport: str) -> Chat:
        self.served.chats.append(chat)
        await chat.client.connect(
            self.served.url,
            auth={"token": self.token},
            namespaces=[chat.namespace],
            transports=[transport],
            wait_timeout=PATIENCE,
        )
        return chat


class Served:
    """A running server."""

    runner: web.AppRunner
    """Runner of a server in this process; missing if the server has its own process."""

    def __init__(self, app: web.Application, port: int, http: aiohttp.ClientSession) -> None:
        self.app = app
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.http = http
        self.chats: list[Chat] = []

    @property
    def services(self) -> Services:
        """Services of the server, where it is in this process."""
        return self.app[SERVICES]

    @property
    def storage(self) -> Storage:
        """Storage of the server, as its services use it."""
        return self.services.ctx.storage

    async def request(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, **options: Any
    ) -> Answer:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= options.pop("headers", {})
        if body is not None:
            options["json"] = body
        async with self.http.request(method, self.url + path, headers=headers, **options) as response:
            is_json = response.content_type.endswith("json")
            wrong = described.wrongs(method, path, response.status, response.headers, await response.read())
            assert wrong == [], wrong
            return Answer(response.status, await (response.json() if is_json else response.text()), response.headers)

    async def person(self, first_name: str = "Ada", last_name: str = "Okafor", **fields: Any) -> Person:
        """Register a user; `fields` are more fields of the body."""
        email = f"{first_name}.{last_name}@example.org".lower()
        names = {"firstName": first_name, "lastName": last_name}
        answer = await self.request(
            "POST", "/api/auth/register", {**names, "email": email, "password": PASSWORD, **fields}
        )
        assert answer.status == 201, answer
        return Person(self, answer.body)


class _ReadOnce(WebAssets):
    """Web assets that are loaded once per process: compressing them costs more than the rest of a start."""

    def load(self) -> None:
        if not self.is_loaded:
            super().load()


@cache
def _page(base: str) -> WebAssets:
    return _ReadOnce(config.ROOT / "web", auto_reload=False, base=base)


async def stop_housekeeping(services: Services) -> None:
    """Stop the jobs whose first runs come at random moments: they read and change tables."""
    found = [one for one in services._started if isinstance(getattr(one.stop, "__self__", None), BackgroundJobs)]
    assert "housekeeping" in {lifecycle.name for lifecycle in found}
    for lifecycle in found:
        if lifecycle.name != POLLING:
            await lifecycle.stop()


@asynccontextmanager
async def served(
    storage: str = "memory://", environ: dict[str, str] | None = None, port: int = 0
) -> AsyncIterator[Served]:
    """Run a server in this process on a free port. Rate limits are off unless `environ` sets them.

    Fails at the end if an event or ack differed from the AsyncAPI document.
    """
    settings = {
        "STUDYHALL_SERVER_ENVIRONMENT": "test",
        "STUDYHALL_STORAGE_URL": storage,
        "STUDYHALL_LIMITS_ENABLED": "false",
    }
    app = create_app(config.load(None, settings | (environ or {}), {}))
    app[CONTENT].assets = _page(app[SETTINGS].base_path)
    runner = await create_runner(app, 1)
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    if STILL.items() <= (environ or {}).items():
        await stop_housekeeping(app[SERVICES])
    async with aiohttp.ClientSession() as http:
        running = Served(app, runner.addresses[0][1], http)
        running.runner = runner
        try:
            yield running
        finally:
            for chat in running.chats:
                await chat.close()
            await runner.cleanup()
            web_app._cached_build_middleware.cache_clear()  # it holds each of up to 1,024 servers
        assert [wrong for chat in running.chats for wrong in chat.wrong] == []


async def signs_in(served: Served, person: Person, client: str = "Another browser") -> Person:
    """Sign a user in once more, with this User-Agent, and return the user with the new session."""
    body = {"email": person.user["email"], "password": PASSWORD}
    answer = await served.request("POST", "/api/auth/login", body, headers={"User-Agent": client})
    assert answer.status == 200
    return Person(served, answer.body)
