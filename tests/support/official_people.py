"""Users with official clients in one room, on a server in its own process: a conversation that loses nothing."""

import asyncio
import uuid
from collections import Counter
from functools import partial

import aiohttp
import socketio

from tests.support import official
from tests.support.official import Script, Told
from tests.support.paths import ROOT
from tests.support.ports import lasting_port
from tests.support.process import SECRET, started


class Account:
    """Account of a user, and its requests over HTTP."""

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
    """User in one room who loses nothing: companion.mjs again, on python-socketio's client."""

    @classmethod
    async def run(cls, stack, url, token, room, transport):
        companion = cls(url, token, room)
        stack.push_async_callback(companion.client.shutdown)
        await companion.client.connect(
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
        self.client = socketio.AsyncClient()
        self.client.on("connect", self._connected, namespace="/chat")
        self.client.on("disconnect", self._disconnected, namespace="/chat")
        self.client.on("message", self._heard, namespace="/chat")
        for event in ("room-users", "user-joined", "user-left", "status-updated"):
            self.client.on(event, partial(self._announced, event), namespace="/chat")

    async def say(self, content):
        key = str(uuid.uuid4())
        self._outbox[key] = content
        if self._inside:
            await self._send(key)

    async def leave(self):
        self._inside = False
        await self.client.emit("leave-room", self._room, namespace="/chat")

    async def _connected(self):
        self.tell("connected", self.client.get_sid("/chat"))
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
        connection = self.client.get_sid("/chat")

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
            if self.client.get_sid("/chat") == connection:
                await again()

        await self.client.emit(event, argument, namespace="/chat", callback=answered)


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
