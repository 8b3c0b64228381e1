"""A complete server with a room and one user of each kind of authorisation.py, and all packets that they receive."""

import json
import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from domain.account_requests import AccountDeletion, NewAccountInvite
from domain.accounts import ClientInfo, EmailVerificationToken, User
from domain.admin import Announcement, Promotion
from domain.clock import SystemClock
from domain.ids import new_id
from domain.rooms import NewInvite, NewRoom, RoomChange
from domain.study.schedule import NewScheduledSession
from domain.study.tasks import NewTask, TaskDraft
from handlers.keys import SERVICES
from runtime import json_codec
from services.accounts.tokens import OneTimeToken
from storage.sqlite import SqliteStorage
from tests.cases.authorisation import ADMISSION
from tests.cases.schedule import SESSION
from tests.support.authorisation import (
    ADMIN,
    BANNED,
    DELETED,
    DISABLED,
    ENDED,
    INVITED,
    MEMBER,
    MODERATOR,
    MUTED,
    NOT_ADMITTED,
    OK,
    OUTSIDER,
    OWNER,
    PENDING,
    UNSEEING,
    Row,
)
from tests.support.factories import new_user
from tests.support.raw_sockets import engine
from tests.support.served import PASSWORD, STILL, Person, Served, served, stop_housekeeping

INSIDE = (MODERATOR, MEMBER, MUTED, DELETED, DISABLED, "deputy", "target", "warden")
UNKNOWN = "01890a5d-ac96-774b-bcce-b302099a8057"
PATIENCE = 10.0
CLIENT = "Python aiohttp"
Meanwhile = Callable[[], Awaitable[None]]
_HASHED: list[str] = []
_TABLES: list[bytes] = []
_PLACEHOLDER = re.compile(r"<([a-z ]+)>")


class Said:
    """A response: its error code ("" for success), and its complete text."""

    def __init__(self, status: int, code: str, raw: str) -> None:
        self.status = status
        self.code = code
        self.raw = raw


class Ear:
    """A WebSocket that records all packets that it receives."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self._ws = ws
        self._number = 0
        self.heard: list[str] = []

    @classmethod
    async def opened(cls, school: Served) -> "Ear":
        ear = cls(await school.http.ws_connect(f"{school.url}/socket.io/?EIO=4&transport=websocket"))
        assert (await ear.packet()).startswith("0{")
        return ear

    async def packet(self) -> str:
        while (packet := await self._ws.receive_str(timeout=PATIENCE)) == "2":
            await self._ws.send_str("3")
        return packet

    async def is_let_in(self, token: str | None, namespace: str) -> Said:
        """Connect to a namespace, and return the response.

        Events of a namespace that is connected already may be received before it; they are appended to `heard`.
        """
        await self._ws.send_str(f"40{namespace},{json.dumps({'token': token} if token else {})}")
        about = "" if namespace == "/" else f"{namespace},"
        while not (packet := await self.packet()).startswith((f"40{about}{{", f"44{about}{{")):
            self.heard.append(packet)
        if packet.startswith("40"):
            return Said(200, OK, packet)
        return Said(0, json.loads(packet[packet.index("{") :])["data"]["code"], packet)

    async def asks(self, event: str, argument: Any) -> Said:
        """Send an event and return its ack; packets received before it are appended to `heard`."""
        self._number += 1
        await self._ws.send_str(f"42/chat,{self._number}{json.dumps([event, argument])}")
        start = f"43/chat,{self._number}["
        while not (packet := await self.packet()).startswith(start):
            self.heard.append(packet)
        [ack] = json.loads(packet[len(start) - 1 :])
        return Said(200 if ack["ok"] else 0, OK if ack["ok"] else ack["error"]["code"], packet)

    async def settles(self) -> list[str]:
        """Return all packets received so far: those sent earlier arrive before the ack of another event."""
        assert (await self.asks("is there anything", None)).code == "unknown_event"
        return self.heard

    async def close(self) -> None:
        await self._ws.close()

    async def is_put_out(self, event: str, argument: Any) -> bool:
        """Send an event without a connected namespace; return True if the server closes the connection."""
        await self._ws.send_str(f"42/chat,1{json.dumps([event, argument])}")
        while (said := await self._ws.receive(timeout=PATIENCE)).data == "1":  # Engine.IO sends CLOSE first
            pass
        return said.type is aiohttp.WSMsgType.CLOSE


class Scene:
    """A room, and one user of each kind. Names of the room and its users are unique."""

    def __init__(self, school: Served, *, private: bool) -> None:
        self.school = school
        self.private = private
        self.people: dict[str, Person] = {}
        self.ears: dict[str, Ear] = {}
        self.canaries: list[str] = []
        self.resets: dict[str, str] = {}
        self.tasks: dict[str, str] = {}
        self.verifications: dict[str, str] = {}
        self.values: dict[str, str] = {"unknown": UNKNOWN, "another token": "none", "announcement": UNKNOWN}

    @classmethod
    async def set(cls, school: Served, number: int, *, private: bool) -> "Scene":
        """Create the room and all users with their roles, on a server whose housekeeping is stopped."""
        await stop_housekeeping(school.services)
        scene = cls(school, private=private)
        await scene._cast(number)
        return scene

    async def _cast(self, number: int) -> None:
        services = self.school.services
        for kind in (OWNER, *INSIDE):
            self.people[kind] = await self.somebody(kind.capitalize(), f"Sparrow{number}")
        for kind in (OUTSIDER, INVITED, BANNED, ADMIN, "guest"):
            self.people[kind] = await self.somebody(kind.capitalize(), f"Crow{number}")
        for kind in (PENDING, "applicant"):
            self.people[kind] = await self.somebody(kind.capitalize(), f"Crow{number}", pending=True)
        _, self.people[ENDED] = [await self._signs_in(OWNER) for _ in range(2)]
        await self._open_room(f"Canary {number}")
        links = services.password_resets.links
        self.resets = {
            user: (await links.create(user)).rpartition("#")[2] for user in {p.id for p in self.people.values()}
        }
        self.verifications = {person.id: await self._verification(person.id) for person in self.people.values()}
        await services.sessions.revoke(self.people[ENDED].session_id)
        deletion = AccountDeletion(current_password=PASSWORD)
        await services.account_deletions.delete(deletion, await self._user(DELETED), "")
        storage = self.school.storage
        for kind in (ADMIN, "warden"):
            await storage.set_access(self.people[kind].id, role="admin")
        await storage.set_access(self.people[DISABLED].id, role="admin", disabled=True)
        made = await services.account_invites.create(NewAccountInvite(uses=900), await self._user(ADMIN))
        self.values |= {"account invite": made.id, "account code": made.code}
        link = (await services.calendars.create(await self._user(OUTSIDER))).link
        self.values["calendar"] = link.rpartition("/")[2].removesuffix(".ics")
        self.people["proposed"] = await self.somebody("Proposed", f"Crow{number}")
        for kind, by in (("guest", "warden"), ("proposed", ADMIN)):
            proposal = Promotion(
                self.people[kind].id, self.people[by].id, SystemClock().now(), SystemClock().later(3600)
            )
            await storage.add_promotion(proposal, verified_only=False)
        people = {kind: person.id for kind, person in self.people.items()}
        self.values |= people | {
            "new email": f"new{number}@example.org",
            "guest email": self.people["guest"].user["email"],
            "guest verification": self.verifications[self.people["guest"].id],
            "guest refresh": self.people["guest"].refresh_token,
            "owner sign in": self.people[OWNER].session_id,
            "other visibility": "public" if self.private else "private",
        }

    async def _user(self, kind: str) -> User:
        user = await self.school.storage.user(self.people[kind].id)
        assert user
        return user

    async def _signs_in(self, kind: str) -> Person:
        """Return a user of this kind with a new session."""
        created = await self.school.services.sessions.create(await self._user(kind), ClientInfo(CLIENT, "127.0.0.1"))
        return Person(self.school, json.loads(json_codec.dumps(created)))

    async def _verification(self, user_id: str) -> str:
        token, expires_at = OneTimeToken.new(), SystemClock().later(3600)
        await self.school.storage.add_verification(EmailVerificationToken(user_id, token.hash, expires_at))
        return str(token)

    async def somebody(self, first_name: str, last_name: str, *, pending: bool = False) -> Person:
        """Return a user with an account. It is stored directly: to register all five thousand would be slow."""
        now = SystemClock().now()
        if not _HASHED:
            _HASHED.append(await self.school.services.passwords.hash(PASSWORD))
        email = f"{first_name}.{last_name}@example.org".lower()
        user = new_user(first_name, last_name=last_name, email=email, created_at=now, last_login=now, pending=pending)
        await self.school.storage.add_user(user, _HASHED[0])
        draft = TaskDraft(id=new_id(), user_id=user.id, title="Own task", created_at=now)
        self.tasks[user.id] = (await self.school.storage.add_task(draft)).id
        signed_in = await self.school.services.sessions.create(user, ClientInfo())
        return Person(self.school, json.loads(json_codec.dumps(signed_in)))

    async def _open_room(self, name: str) -> None:
        """Open the room and fill it through the services: through HTTP, all scenes would take minutes."""
        services = self.school.services
        users = {kind: await self._user(kind) for kind in (OWNER, *INSIDE, BANNED, INVITED)}
        owner = users[OWNER]
        fields = {"description": f"{name} description", "subject": f"{name} subject", "image": f"/{name}.png"}
        self.values["room"] = room = (await services.rooms.create(NewRoom(name=name, **fields), users[MODERATOR])).id
        for kind in (OWNER, *INSIDE, BANNED):
            await services.memberships.join(room, users[kind])
        change = RoomChange(owner_id=owner.id, visibility="private" if self.private else "public")
        await services.rooms.change(room, change, users[MODERATOR])
        said = await services.messages.post(room, f"{name} message", None, owner)
        self.values["message"] = said.id
        invite = await services.invites.create(room, NewInvite(uses=900), owner)
        self.values |= {"invite": invite.id, "code": invite.code}
        session = msgspec.convert(SESSION, NewScheduledSession)
        self.values["scheduled"] = (await services.schedules.create(room, session, owner)).id
        words = await services.messages.post(room, f"{name} words", None, users["target"])
        report = await services.reports.report_message(room, words.id, f"{name} reason", users[MEMBER])
        self.values["report"] = report.id
        await services.moderation.set_role(room, users["deputy"].id, "moderator", owner)
        for kind in (OWNER, "deputy", "target", "warden"):
            fields = {"activity": f"{name} activity"}
            await self.school.storage.set_presence(room, users[kind].id, fields, SystemClock().now())
        for task, kind in (("shared task", "target"), ("owner task", OWNER)):
            shared = NewTask(title=f"{name} task", room_id=room, shared=True)
            self.values[task] = (await services.tasks.add(shared, users[kind])).id
        for muted in ("target", MUTED, "warden"):
            await services.moderation.mute(room, users[muted].id, 3600, owner)
        await services.moderation.ban(room, users[BANNED].id, "", owner)
        await services.invites.look_up(invite.code, users[INVITED], "")
        if self.private:
            people = [self.people[kind].id for kind in (OWNER, MODERATOR, MEMBER, "target")]
            self.canaries = ["canary", "sparrow", room, said.id, *people]

    # Requests

    async def asks(self, row: Row, actor: str, room: str = "<room>", meanwhile: Meanwhile | None = None) -> Said:
        """Send the row's request or event as the actor, and return the response.

        Args:
            row: the row; a request or an event.
            actor: kind of user, such as `MEMBER`.
            room: replaces the room of the scene.
            meanwhile: awaited when half of the body has been sent; the row must be a request with a body.
        """
        person = self.people.get(actor)
        values = self.values_for(actor) | {"room": filled(room, self.values)}
        body = json.loads(filled(json.dumps(row.body), values))
        if row.is_event:
            return await self._emits(row.does, body, actor)
        method, path = row.does.split(" ")
        for part, stands in row.parts.items():
            path = path.replace(f":{part}", filled(stands, values))
        headers = {"Authorization": f"Bearer {person.token}"} if person else {}
        sent: dict[str, Any] = {"json": body}
        if meanwhile:
            headers["Content-Type"] = "application/json"
            sent = {"data": _in_halves(json.dumps(body).encode(), meanwhile)}
        async with self.school.http.request(method, self.school.url + path, **sent, headers=headers) as answer:
            text = await answer.text()
            code = "" if answer.status < 400 else json.loads(text)["code"]
            headers = {
                name: value for name, value in answer.headers.items() if name.lower() not in {"date", "x-request-id"}
            }
            return Said(answer.status, code, f"{headers} {_without_request_id(text)}")

    def values_for(self, actor: str) -> dict[str, str]:
        """Return the text for each `<…>` of a row if this actor sends it."""
        person = self.people.get(actor)
        return self.values | {
            "me": person.id if person else UNKNOWN,
            "my email": person.user["email"] if person else "nobody@example.org",
            "my refresh": person.refresh_token if person else f"{UNKNOWN}.secret",
            "my reset": self.resets.get(person.id, "nothing") if person else "nothing",
            "my verification": self.verifications.get(person.id, "nothing") if person else "nothing",
            "my task": self.tasks.get(person.id, UNKNOWN) if person else UNKNOWN,
            "my sign in": person.session_id if person else UNKNOWN,
        }

    async def _emits(self, event: str, argument: Any, actor: str) -> Said:
        ear = await self.ear(actor)
        if actor in NOT_ADMITTED:
            del self.ears[actor]
            refused = await ear.is_let_in(self.people[actor].token if actor in self.people else None, "/chat")
            assert refused.code == ADMISSION[actor], refused.raw
            is_put_out = await ear.is_put_out(event, argument)
            await ear.close()
            code = "account_pending" if actor == PENDING else "not_signed_in"
            return Said(0, code if is_put_out else "still connected", refused.raw)
        return await ear.asks(event, argument)

    async def ear(self, actor: str) -> Ear:
        """Return the actor's socket, connected to both namespaces if they accept the actor."""
        if actor not in self.ears:
            self.ears[actor] = ear = await Ear.opened(self.school)
            if actor not in NOT_ADMITTED:
                for namespace in ("/", "/chat"):
                    assert (await ear.is_let_in(self.people[actor].token, namespace)).code == OK
        return self.ears[actor]

    async def is_over(self) -> None:
        """Close all sockets."""
        for ear in self.ears.values():
            await ear.close()

    async def goes_in(self, actor: str) -> None:
        """Send `join-room` as the actor; it may be rejected."""
        await (await self.ear(actor)).asks("join-room", self.values["room"])

    async def prepare(self, row: Row, actor: str) -> None:
        """Create the state that the row needs before the actor sends it."""
        if "<announcement>" in row.parts.values():  # only stored, not pushed to sockets
            storage, now = self.school.storage, SystemClock()
            notice = Announcement(new_id(), "The server restarts at six", now.now(), now.later(3600))
            await storage.add_announcement(notice, self.people[ADMIN].id, 99)
            self.values["announcement"] = notice.id
        if actor in NOT_ADMITTED:
            return
        if row.is_event:
            await self.ear(actor)
        if row.does == "refresh-token":
            self.values["another token"] = (await self._signs_in(actor)).token
        if row.inside:
            await self.goes_in(actor)

    # Effects

    def state(self) -> str:
        """Return all data of the server as text: its tables, presence and subscriptions."""
        return repr(self._data())

    def digest(self) -> bytes:
        """Return bytes that differ if any data of the server does. Faster than its text."""
        return msgspec.msgpack.encode(self._data())

    def _data(self) -> list[Any]:
        app = self.school.app
        rooms = {room: app[SERVICES].presence.users(room) for room in _rooms(self.school)}
        heard = {
            name: {room: sorted(who) for room, who in found.items()} for name, found in heard_on(self.school).items()
        }
        return [_tables(self.school), rooms, heard]

    def leaks(self, actor: str, *said: str) -> list[str]:
        """Return data of the private room in texts received by an actor without access to it; [] for other actors."""
        if actor not in UNSEEING:
            return []
        heard = "\n".join(said).lower()
        if person := self.people.get(actor):  # a former member may see their own name and id
            for own in (person.user["lastName"], person.user["email"], person.id):
                heard = heard.replace(own.lower(), "")
        return [canary for canary in self.canaries if canary in heard]


async def _in_halves(body: bytes, meanwhile: Meanwhile) -> AsyncIterator[bytes]:
    half = len(body) // 2
    yield body[:half]
    await meanwhile()
    yield body[half:]


def filled(template: str, values: Mapping[str, str]) -> str:
    """Return a text with the value of each `<…>`."""
    return _PLACEHOLDER.sub(lambda found: values[found[1]], template)


def _without_request_id(text: str) -> str:
    return re.sub(r'"requestId":"[^"]+"', "", text)


def heard_on(school: Served) -> Mapping[str, Mapping[str, Any]]:
    """Return the subscribed connections by namespace and room."""
    return engine(school).manager.subscribers


def _rooms(school: Served) -> list[str]:
    return [
        key.removeprefix("room:") for found in heard_on(school).values() for key in found if key.startswith("room:")
    ]


def _tables(school: Served) -> Any:
    storage = school.storage
    if hasattr(storage, "_tables"):
        return {name: getattr(table, "__dict__", table) for name, table in vars(storage._tables).items()}
    with closing(sqlite3.connect(school.file)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        assert "users" in names, "found tables neither in memory nor in the file"
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in names}  # noqa: S608  # names of tables


async def _make_tables(file: Path) -> None:
    """Make an SQLite file with empty tables: the first by migrations, the others as its copies, which is faster."""
    if not _TABLES:
        storage = SqliteStorage(file)
        await storage.open()
        await storage.close()
    _copy_tables(file)


def _copy_tables(file: Path) -> None:
    if not _TABLES:
        _TABLES.append(file.read_bytes())
    file.write_bytes(_TABLES[0])


@asynccontextmanager
async def school_on(storage: str, folder: Path) -> AsyncIterator[Served]:
    """Run a complete server without users. `storage` is "memory" or "sqlite"."""
    file = folder / "studyhall.db"
    if storage == "sqlite":
        await _make_tables(file)
    async with served("memory://" if storage == "memory" else f"sqlite:///{file}", STILL) as school:
        school.file = file
        yield school
