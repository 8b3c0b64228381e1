"""People with the clients of others, npm's and PyPI's, on a server that is a process and goes away in between."""

import asyncio
import signal
import uuid
from collections import Counter
from functools import partial

import aiohttp
import pytest
import socketio

from tests.conftest import DURABLE
from tests.support import official
from tests.support.official import Script, Told
from tests.support.paths import ROOT
from tests.support.ports import lasting_port
from tests.support.process import SECRET, started

pytestmark = pytest.mark.slow

ACK_WITHIN = 6  # seconds; the server promises 5


@pytest.fixture(scope="module", autouse=True)
def _npms_client():
    official.look_for_npms()


@pytest.fixture(params=DURABLE)
def storage_url(request, tmp_path):
    """The URL of each durable storage in turn, empty."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'studyhall.db'}"
    return request.getfixturevalue("postgres").create_database()


@pytest.fixture
async def http():
    async with aiohttp.ClientSession() as session:
        yield session


class Account:
    """Somebody's account and what it asks over HTTP."""

    def __init__(self, http, url, signed_in):
        self.token, self.id = signed_in["token"], signed_in["user"]["id"]
        self._http, self._url = http, url

    @classmethod
    async def new(cls, http, url, name):
        person = {"firstName": name, "lastName": "Okafor", "email": f"{name}@example.org", "password": "correct horse"}
        async with http.post(f"{url}/api/auth/register", json=person) as response:
            assert response.status == 201, await response.text()
            return cls(http, url, await response.json())

    async def ask(self, method, path, body=None):
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self._http.request(method, f"{self._url}/api{path}", json=body, headers=headers) as response:
            assert response.status < 300, await response.text()
            return (await response.json())["data"]

    async def opens(self):
        return (await self.ask("POST", "/study-rooms", {"name": "Calculus"}))["id"]

    async def history(self, room):
        """Return everything that was said in the room, oldest first."""
        messages, more = [], True
        while more:
            page = await self.ask("GET", f"/study-rooms/{room}/messages?after={len(messages)}&limit=100")
            messages += page["messages"]
            more = page["pagination"]["hasMore"]
        return messages


class Companion(Told):
    """Somebody in one room who loses nothing: companion.mjs again, on python-socketio's client."""

    @classmethod
    async def run(cls, stack, url, token, room, transport):
        companion = cls(url, token, room)
        stack.push_async_callback(companion._client.shutdown)
        await companion._client.connect(
            url,
            auth=lambda: {"token": token},
            namespaces=["/chat"],
            transports=[transport],
            wait_timeout=official.WITHIN,
        )
        return companion

    def __init__(self, url, token, room):
        super().__init__()
        self._url, self._token, self._room = url, token, room
        self._outbox = {}
        self._inside, self._held, self._last, self._epoch = False, [], 0, None
        self._retries = set()
        self._client = socketio.AsyncClient()
        self._client.on("connect", self._connected, namespace="/chat")
        self._client.on("disconnect", self._disconnected, namespace="/chat")
        self._client.on("message", self._heard, namespace="/chat")
        for event in ("room-users", "user-joined", "user-left", "status-updated"):
            self._client.on(event, partial(self._announced, event), namespace="/chat")

    async def say(self, content):
        key = str(uuid.uuid4())
        self._outbox[key] = content
        if self._inside:
            await self._send(key)

    async def leave(self):
        self._inside = False
        await self._client.emit("leave-room", self._room, namespace="/chat")

    async def _connected(self):
        self.tell("connected", self._client.get_sid("/chat"))
        await self._join()

    async def _disconnected(self, reason):
        self._inside = False
        self.tell("disconnected", reason)

    async def _heard(self, message):
        if self._inside:  # a message that `missed` had may still come: it is stored before it is published
            self._show([message])
        else:
            self._held.append(message)

    async def _announced(self, event, *said):
        self.tell(event, list(said))

    def _keep(self, message):
        if message["seq"] != self._last + 1:
            self.tell("surprise", f"message {message['seq']} after {self._last}")
        self._last = message["seq"]
        self.tell("kept", message)

    async def _join(self):
        self._inside, self._held = False, []
        wanted = {"roomId": self._room, "since": self._last, "epoch": self._epoch}
        await self._emit("join-room", wanted, self._joined, self._join)

    async def _joined(self, answer):
        if answer["epoch"] != self._epoch or answer["lastSeq"] < self._last:
            self._last = 0
        self._epoch = answer["epoch"]
        self._last = max(self._last, answer["firstSeq"] - 1)
        if not answer["missed"] or answer["missed"][0]["seq"] <= self._last + 1:
            self._show(answer["missed"])
        else:
            await self._page()
        self._show(self._held)
        self._inside = True
        self.tell("joined", {"missed": len(answer["missed"]), "epoch": self._epoch})
        for key in list(self._outbox):
            await self._send(key)

    def _show(self, messages):
        for message in messages:
            if message["seq"] > self._last:
                self._keep(message)

    async def _page(self):
        more, path = True, f"{self._url}/api/study-rooms/{self._room}/messages"
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {self._token}"}) as http:
            while more:
                async with http.get(path, params={"after": self._last, "limit": 100}) as response:
                    page = (await response.json())["data"]
                self.tell("paged", len(page["messages"]))
                self._show(page["messages"])
                more = page["pagination"]["hasMore"]

    async def _send(self, key):
        message = {"roomId": self._room, "content": self._outbox[key], "clientMessageId": key}
        await self._emit("send-message", message, partial(self._acked, key), partial(self._send, key))

    async def _acked(self, key, answer):
        del self._outbox[key]
        self.tell("acked", answer["message"])

    async def _emit(self, event, argument, then, again):
        connection = self._client.get_sid("/chat")

        async def answered(answer):
            if answer["ok"]:
                await then(answer)
            elif "retryAfter" not in answer["error"]:
                self.tell("surprise", f"{event}: {answer['error']['message']}")
            else:
                retry = asyncio.create_task(retry_after(answer["error"]["retryAfter"]))
                self._retries.add(retry)
                retry.add_done_callback(self._retries.discard)

        async def retry_after(seconds):
            await asyncio.sleep(seconds)
            if self._client.get_sid("/chat") == connection:
                await again()

        await self._client.emit(event, argument, namespace="/chat", callback=answered)


class Class:
    """A server, and four people in one room who talk."""

    def __init__(self, stack, http, storage):
        self.stack, self.http, self.storage = stack, http, storage
        self.port, self.server = lasting_port(), None
        self.said = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    async def serve(self):
        """Start the server, at the address it had."""
        self.server = await self.stack.enter_async_context(
            started(
                *("--config", ROOT / "config.toml", "--port", self.port, "--storage", self.storage),
                environ={"STUDYHALL_AUTH_SECRET": SECRET, "STUDYHALL_PRESENCE_GRACE": "60"},
            )
        )
        await self.server.port()

    async def gather(self):
        """Register all users, and let each join the room, one after the other."""
        names = ("ada", "ben", "chiara", "dov")
        self.accounts = [await Account.new(self.http, self.url, name) for name in names]
        ada, ben, chiara, dov = self.accounts
        self.room = await ada.opens()
        for account in (ben, chiara, dov):
            await account.ask("POST", f"/study-rooms/{self.room}/join")
        self.people = []
        for come in (
            partial(Companion.run, self.stack, self.url, ada.token, self.room, "websocket"),
            partial(Companion.run, self.stack, self.url, ben.token, self.room, "polling"),
            partial(Script.run, self.stack, "companion.mjs", url=self.url, token=chiara.token, room=self.room),
            partial(
                Script.run,
                self.stack,
                "companion.mjs",
                url=self.url,
                token=dov.token,
                room=self.room,
                transports=["websocket"],
            ),
        ):
            person = await come()
            await person.until(lambda told: told.of("joined"))
            self.people.append(person)

    async def talk(self, times, *who):
        """Send messages of users without waiting for acks."""
        for _ in range(times):
            for person in who or self.people:
                content = f"{len(self.said)} said by {self.people.index(person)}"
                self.said.append(content)
                person.asked_to_say += 1
                if isinstance(person, Script):
                    person.do("say", content)
                else:
                    await person.say(content)

    async def settle(self, *who):
        """Wait until everything was acked, and everybody (or only `who`) has heard everything."""
        for person in self.people:
            await person.until(lambda told: len(told.of("acked")) == told.asked_to_say)
        for person in who or self.people:
            await person.until(lambda told: len(told.of("kept")) >= len(self.said))

    async def assert_whole(self):
        """Fail unless everybody saw everything that was said, once and in one order, and HTTP tells the same."""
        history = await self.accounts[0].history(self.room)
        acked = [message for person in self.people for message in person.of("acked")]

        assert [message["seq"] for message in history] == list(range(1, len(self.said) + 1))
        assert Counter(message["content"] for message in history) == Counter(self.said)
        assert sorted(acked, key=lambda message: message["seq"]) == history
        for person in self.people:
            assert person.of("kept") == history
            assert person.of("surprise") == []

    async def assert_present(self, *who):
        """Fail unless those in the room, and HTTP, agree that exactly `who` are there."""
        expected = {self.accounts[number].id for number in who}
        for number in who:
            await self.people[number].until(lambda told: present(told) == expected)
        shown = await self.accounts[0].ask("GET", f"/study-rooms/{self.room}/presence")
        assert {user["userId"] for user in shown} == expected
        [room] = (await self.accounts[0].ask("GET", "/study-rooms"))["userRooms"]
        assert room["activeMembers"] == len(expected)


def present(told):
    """Return who is in the room after all that somebody heard; None where a version is missing in it."""
    people, version = {}, 0
    for word, said in told.all:
        if word == "room-users":
            users, about = said
            people, version = {user["id"] for user in users}, about["version"]
        elif word in {"user-joined", "user-left", "status-updated"}:
            [about] = said
            assert about["version"] == version + 1, told.all
            version += 1
            if word == "user-joined":
                assert about["id"] not in people, told.all
                people.add(about["id"])
            elif word == "user-left":
                people.remove(about["userId"])
                assert about["activeMembers"] == len(people)
    return people


@pytest.fixture
async def lesson(stack, http, storage_url):
    """A server with users in a room, on each storage in turn."""
    lesson = Class(stack, http, storage_url)
    await lesson.serve()
    await lesson.gather()
    return lesson


@pytest.fixture
async def empty(stack, http):
    """A server without users."""
    empty = Class(stack, http, "memory://")
    await empty.serve()
    return empty


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
async def test_people_talk_drop_and_come_back_over_a_restart_and_the_history_is_whole(lesson, end):
    ada, ben, chiara, dov = lesson.people
    await lesson.assert_present(0, 1, 2, 3)
    assert [[user["id"] for user in person.of("room-users")[0][0]] for person in lesson.people] == [
        [account.id for account in lesson.accounts[: number + 1]] for number in range(4)
    ]
    assert [[joined["id"] for [joined] in person.of("user-joined")] for person in lesson.people] == [
        [account.id for account in lesson.accounts[number + 1 :]] for number in range(4)
    ]

    await lesson.talk(4)
    await lesson.settle()

    dov.do("vanish")
    await dov.until(lambda told: told.of("disconnected"))
    await lesson.talk(2, ada, ben, chiara)
    await lesson.settle(ada, ben, chiara)
    dov.do("return")
    await lesson.settle()
    await lesson.assert_whole()
    assert (await dov.hears("joined", 2))["missed"] == 6
    assert ada.of("user-left") == [], "who comes back within the grace was never away"

    await lesson.talk(2)
    lesson.server.send(end)
    await lesson.talk(2)
    assert (await lesson.server.ends()).code == (0 if end is signal.SIGTERM else -end)
    await lesson.talk(2)
    await lesson.serve()
    await lesson.talk(2)
    await lesson.settle()

    await lesson.assert_whole()
    assert len({joined["epoch"] for person in lesson.people for joined in person.of("joined")}) == 1
    assert min(len(person.of("joined")) for person in lesson.people) > 1
    await lesson.assert_present(0, 1, 2, 3)

    chiara.do("leave")
    await lesson.assert_present(0, 1, 3)
    await ben.leave()
    await lesson.assert_present(0, 3)


async def test_the_official_client_starts_by_polling_and_upgrades(lesson):
    *_, chiara, dov = lesson.people

    await chiara.until(lambda told: told.of("upgraded"))

    assert (chiara.of("opened"), chiara.of("upgraded")) == (["polling"], ["websocket"])
    assert (dov.of("opened"), dov.of("upgraded")) == (["websocket"], [])


async def test_a_page_that_knows_no_acks_is_served_as_it_is(empty, stack, http):
    url = empty.url
    ada, ben = await Account.new(http, url, "ada"), await Account.new(http, url, "ben")
    room = await ada.opens()
    await ben.ask("POST", f"/study-rooms/{room}/join")
    hers = await Script.run(stack, "page.mjs", url=url, auth={"token": ada.token})
    his = await Script.run(stack, "page.mjs", url=url, auth={"token": ben.token})

    hers.do("emit", ["join-room", room])
    [users, _] = await hers.hears("room-users")
    assert [user["id"] for user in users] == [ada.id]
    his.do("emit", ["join-room", room])
    [users, _] = await his.hears("room-users")
    assert [user["id"] for user in users] == [ada.id, ben.id]
    [joined] = await hers.hears("user-joined")
    assert (joined["id"], joined["name"]) == (ben.id, "ben Okafor")

    his.do("emit", ["send-message", {"roomId": room, "content": "Hello, Ada"}])
    [message] = await hers.hears("message")
    assert (message["content"], message["sender"]["id"]) == ("Hello, Ada", ben.id)
    await his.until(lambda told: told.of("message") == [[message]])

    his.do("emit", ["send-message", {"roomId": room, "content": "  "}])
    [why, about] = await his.hears("error")
    assert (why, about["event"]) == ("content: must not be empty", "send-message")

    his.do("emit", ["leave-room", room])
    [left] = await hers.hears("user-left")
    assert left["userId"] == ben.id
    his.do("emit", ["send-message", {"roomId": str(uuid.uuid4()), "content": "Anybody?"}])
    [why, _] = await his.hears("error", 2)
    assert why == "There is no such room."
    assert hers.of("error") == []


@pytest.mark.parametrize("namespace", ["/chat", "/"])
@pytest.mark.parametrize(
    ("auth", "message"),
    [
        pytest.param({}, "Authentication token is required", id="no auth"),
        pytest.param({"auth": {"token": ""}}, "Authentication token is required", id="empty"),
        pytest.param({"auth": {"token": "nonsense"}}, "Authentication failed", id="no token"),
        pytest.param({"auth": {"token": None}}, "Invalid authentication token", id="of a sign-in that was ended"),
    ],
)
async def test_who_is_refused_is_told_in_the_words_of_the_first_server(empty, stack, http, namespace, auth, message):
    if message == "Invalid authentication token":
        ada = await Account.new(http, empty.url, "ada")
        await ada.ask("POST", "/auth/logout")
        auth = {"auth": {"token": ada.token}}

    page = await Script.run(stack, "page.mjs", url=empty.url, namespace=namespace, **auth)

    assert await page.hears("connect_error") == message
    assert page.of("connected") == []


async def test_a_page_is_put_out_when_its_sign_in_ends_and_does_not_come_back(empty, stack, http):
    ada = await Account.new(http, empty.url, "ada")
    page = await Script.run(stack, "page.mjs", url=empty.url, auth={"token": ada.token})
    await page.hears("connected")

    await ada.ask("POST", "/auth/logout")

    assert await page.hears("disconnected") == "io server disconnect", "after this the client does not reconnect"
