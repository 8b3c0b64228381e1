"""The bad-input matrix (bad_input.py), asked of a whole server on each of the three storages.

Whatever a client sends is answered as the contract says and alike by all three; the connection stays usable, nothing
of what was refused is kept, and the log has nothing to complain about.
"""

import asyncio
import difflib
import hashlib
import itertools
import json
import logging
import re
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from http import HTTPStatus
from typing import Any, NamedTuple

import aiohttp
import jwt
import pyotp
import pytest
import pytest_asyncio
from yarl import URL

import handlers
import socket_events
from domain import ids
from domain.accounts import EmailVerificationToken, SecondFactor
from domain.admin import Announcement
from domain.base import Payload, QueryParams
from domain.clock import SystemClock
from handlers.keys import ACCOUNTS, FIRST_ADMIN, RESETS
from services.accounts.tokens import OneTimeToken
from tests.cases import bad_input
from tests.cases.bad_input import (
    CLOSING,
    EVENTS,
    FIELDS,
    NO_HTTP,
    NO_JSON,
    NO_UTF8,
    OK,
    QUERIES,
    ROUTES,
    TOKENS,
    Accepted,
    Cell,
    EventCell,
    Outcome,
    Refused,
)
from tests.support import described
from tests.support.factories import make_user
from tests.support.served import PASSWORD, STILL, Person, Served, served

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECRET = "a secret that the tests know of, too"
PATIENCE = 10.0
_HEAD = (
    b"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
)
_PLACEHOLDER = re.compile(r"<([a-z]+(?:[:-][a-z]+)*)>")
_PROBLEM = {"type", "title", "status", "detail", "code", "requestId", "success", "message"}


class Answer(NamedTuple):
    """What was answered, as far as it must be the same on every storage."""

    status: int = 200
    code: str | None = None
    message: str | None = None
    errors: tuple[tuple[str, str], ...] = ()
    allow: str | None = None
    event: str | None = None
    """Which event an `error` is about."""
    flaws: tuple[str, ...] = ()
    """What is wrong with it whatever was asked."""
    shown: Any = None
    """What a success shows: not the same everywhere, so not compared."""

    @property
    def comparable(self) -> "Answer":
        return self._replace(shown=None)


class Wire:
    """A connection that speaks Socket.IO by hand, in both namespaces."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self._numbers = itertools.count(1)

    @classmethod
    async def opened(cls, school: Served) -> "Wire":
        ws = await school.http.ws_connect(f"{school.url}/socket.io/?EIO=4&transport=websocket", max_msg_size=0)
        wire = cls(ws)
        assert (await wire.packet()).startswith("0{")
        return wire

    async def connects(self, auth: str, namespace: str = "/chat") -> str:
        """Ask to be let in and return the answering packet."""
        prefix = "" if namespace == "/" else f"{namespace},"
        await self.ws.send_str(f"40{prefix}{auth}")
        return await self.packet()

    async def packet(self) -> str:
        """Return the next packet."""
        while True:
            packet = await self.ws.receive_str(timeout=PATIENCE)
            if packet != "2":
                return packet
            await self.ws.send_str("3")

    async def answer(self, event: bytes, arguments: bytes, namespace: str, elsewhere: str, *, ack: bool) -> Answer:
        """Send an event and return the answer.

        A good event follows at once, that does nothing: leaving a room `elsewhere`. Its ack shows that the connection
        is usable still, and that there is no answer where none has come before.
        """
        number, probe = next(self._numbers), next(self._numbers)
        prefix = "" if namespace == "/" else f"{namespace},"
        frame = b"42%b%b[%b%b]" % (prefix.encode(), str(number).encode() if ack else b"", event, arguments)
        await self.ws.send_str(frame.decode())
        await self.ws.send_str(f'42/chat,{probe}["leave-room","{elsewhere}"]')
        acks, errors = [], []
        while not (packet := await self.packet()).startswith(f"43/chat,{probe}["):
            if packet.startswith(f"43{prefix}{number}["):
                [said] = json.loads(packet[len(f"43{prefix}{number}") :])
                acks.append(said)
            elif packet.startswith(f'42{prefix}["error"'):
                errors.append(json.loads(packet[len(f"42{prefix}") :])[1:])
        usable = json.loads(packet[packet.index("[") :])[0].get("ok") is True
        flaws = [] if usable else ["the connection is not usable any more"]
        return _acked(acks, errors, flaws) if ack else _not_acked(acks, errors, flaws)


def _acked(acks: list[Any], errors: list[Any], flaws: list[str]) -> Answer:
    if len(acks) != 1 or errors:
        return Answer(flaws=(*flaws, f"{len(acks)} acks, {len(errors)} errors"))
    [ack] = acks
    if ack.get("ok") is True:
        return Answer(flaws=tuple(flaws), shown=ack)
    if set(ack) != {"ok", "error"} or ack["ok"] is not False or set(ack["error"]) != {"code", "message"}:
        flaws.append(f"not the contract's ack: {ack}")
    return Answer(0, ack["error"]["code"], ack["error"]["message"], flaws=tuple(flaws))


def _not_acked(acks: list[Any], errors: list[Any], flaws: list[str]) -> Answer:
    if acks or len(errors) > 1:
        return Answer(flaws=(*flaws, f"{len(acks)} acks, {len(errors)} errors"))
    if not errors:
        return Answer(flaws=tuple(flaws))
    [[message, details]] = errors
    if set(details) != {"code", "event"}:
        flaws.append(f"not the contract's error: {details}")
    return Answer(0, details["code"], message, flaws=tuple(flaws), event=details["event"])


class Stage:
    """A school with the people and rooms that the matrix speaks of."""

    def __init__(self, school: Served, http: aiohttp.ClientSession) -> None:
        self.school = school
        self._http = http
        self._numbers = itertools.count(1)
        self.values: dict[str, str] = {"password": PASSWORD, "number": "0"}
        self.wire: Wire

    async def set_up(self) -> None:
        """Have people sign up and open rooms."""
        school = self.school
        self.ada, self.cleo = await school.person("Ada"), await school.person("Cleo")
        ben, eve, finn, dora, fay = [await school.person(name) for name in ("Ben", "Eve", "Finn", "Dora", "Fay")]
        gil, head = [await school.person(name) for name in ("Gil", "Head")]
        self.second = await school.person("Second")
        for admin in (head, self.second):
            await school.app[ACCOUNTS]._storage.set_access(admin.id, role="admin")
        await self._verify(gil)
        self.rooms = {
            "room": await self.ada.opens("Calculus"),
            "alone": await self.ada.opens("Alone"),
            "gone": await self.ada.opens("Gone"),
            "theirs": await self.cleo.opens("Theirs"),
            "private": await self.cleo.opens("Private", visibility="private"),
            "full": await self.cleo.opens("Full", capacity=1),
        }
        for person in (ben, dora):
            await person.joins(self.rooms["room"])
        invite = (await self.ada.post(f"/api/study-rooms/{self.rooms['room']}/invites", {})).data
        self.values |= {"invite": invite["id"], "code": invite["code"]}
        made, other = [(await head.post("/api/account-invites", {})).data for _ in range(2)]
        self._note("accountinvite", made["id"])
        self.values["account-code"] = other["code"]
        await self.ada.delete(f"/api/study-rooms/{self.rooms['gone']}")
        said = await self.ada.post(f"/api/study-rooms/{self.rooms['room']}/messages", {"content": "the first"})
        self._note("message", said.data["id"])
        reporting = f"/api/study-rooms/{self.rooms['room']}/members/{dora.id}/report"
        self._note("report", (await ben.post(reporting, {})).data["id"])
        for name, person in {
            "ada": self.ada,
            "ben": ben,
            "cleo": self.cleo,
            "dora": dora,
            "fay": fay,
            "gil": gil,
            "head": head,
        }.items():
            self._note(name, person.id)
            self.values[f"token:{name}"] = person.token
        for name, room in self.rooms.items():
            self._note(name, room)
        self.values["email"] = self.ada.user["email"]
        self.values["email:upper"] = self.ada.user["email"].upper()
        self.values["eve:sign-in"] = eve.refresh_token.partition(".")[0]
        self.values["secret"] = self.ada.refresh_token.partition(".")[2]
        self.values["used-refresh-token"] = finn.refresh_token
        token = finn.refresh_token
        for _ in range(2):
            token = (await school.request("POST", "/api/auth/refresh", {"refreshToken": token})).body["refreshToken"]
        await self._note_bad_tokens(eve)
        await self.renew()
        self.wire = await Wire.opened(school)
        for namespace in ("/", "/chat"):
            assert "sid" in await self.wire.connects(self.filled('{"token":"<token:ada>"}'), namespace)
        await self.join()

    def _note(self, name: str, an_id: str) -> None:
        self.values[name] = an_id
        self.values[f"{name}:upper"] = an_id.upper()

    async def _verify(self, person: Person) -> None:
        storage = self.school.app[ACCOUNTS]._storage
        now, later = SystemClock().now(), SystemClock().later(3600)
        await storage.add_verification(EmailVerificationToken(person.id, f"hash of {person.id}", later))
        assert await storage.use_verification(f"hash of {person.id}", person.id, now)

    async def leave_one_admin(self) -> None:
        """Take the role from all admins but the head, whom the link for the first admin is for then."""
        storage = self.school.app[ACCOUNTS]._storage
        for admin in await storage.admins(100):
            if admin.id != self.values["head"]:
                await storage.set_access(admin.id, role="student")

    async def _propose(self, number: int) -> None:
        """Have an admin propose a user whom another one may confirm."""
        await self.school.app[ACCOUNTS]._storage.set_access(self.second.id, role="admin")
        proposed = await self.school.person(f"Proposed{number}")
        await self._verify(proposed)
        assert (await self.second.post(f"/api/users/{proposed.id}/promotion")).status == HTTPStatus.CREATED
        self._note("proposed", proposed.id)

    async def _note_bad_tokens(self, eve: Person) -> None:
        left, deleted = await self.school.person("Left"), await self.school.person("Deleted")
        await left.post("/api/auth/logout")
        await deleted.deletes_their_account()
        mine = jwt.decode(self.ada.token, SECRET, algorithms=["HS256"])
        head, _, signature = self.ada.token.split(".")
        other_claims = jwt.encode(mine | {"sub": eve.id}, SECRET).split(".")[1]

        def signed(secret: str = SECRET, algorithm: str = "HS256", without: str = "", **changes: object) -> str:
            claims = {name: value for name, value in (mine | changes).items() if name != without}
            return jwt.encode(claims, secret, algorithm)

        bad = {
            "cut-off": self.ada.token[:-5],
            "tampered": f"{head}.{other_claims}.{signature}",
            "expired": signed(exp=int(time.time()) - 60),
            "foreign": signed(secret="another secret, of thirty-two bytes"),
            "unsigned": signed("", "none"),
            "endless": signed(without="exp"),
            "of-nobody": signed(without="sub"),
            "of-a-number": _of_a_number(mine),
            "of-somebody-unknown": signed(sub=ids.new_id()),
            "mixed": signed(sub=eve.id),
            "signed-out": left.token,
            "deleted": deleted.token,
        }
        self.values |= {f"token:{name}": token for name, token in bad.items()}

    async def renew(self) -> None:
        """Have a new guest, and nothing of what the last one used up."""
        number = next(self._numbers)
        guest = await self.school.person(f"Guest{number}")
        self.values |= {"number": f"{number}", "token:guest": guest.token, "refresh-token": guest.refresh_token}
        self.values["reset-token"] = (await self.school.app[RESETS].links.create(guest.id)).rpartition("#")[2]
        self.values["admin-token"] = self.school.app[FIRST_ADMIN].new_link("").rpartition("#")[2]
        token, expires_at = OneTimeToken.new(), SystemClock().later(3600)
        storage = self.school.app[ACCOUNTS]._storage
        await storage.add_verification(EmailVerificationToken(guest.id, token.hash, expires_at))
        self.values["verification-token"] = str(token)
        for name in ("waiting", "applicant"):
            self._note(name, (await make_user(self.school.app[ACCOUNTS]._storage, name, pending=True)).id)
        await self._renew_announcement()
        self.values["session"] = guest.refresh_token.partition(".")[0]
        await self._propose(number)
        keeper = await self.school.person(f"Keeper{number}")
        await self._give_second_factors(guest, keeper)

    async def _renew_announcement(self) -> None:
        """Have one announcement, and no others: there may be five."""
        path, token = "/api/announcements", self.values["token:head"]
        for notice in (await self.school.request("GET", path, token=token)).data:
            await self.school.request("DELETE", f"{path}/{notice['id']}", token=token)
        storage, clock = self.school.app[ACCOUNTS]._storage, SystemClock()
        notice = Announcement(ids.new_id(), "Six", clock.now(), clock.later(3600))
        for kept in await storage.announcements(clock.now()):
            await storage.delete_announcement(kept.id, self.values["head"])
        await storage.add_announcement(notice, self.values["head"], 5)  # of storage alone: it is pushed to no socket
        self._note("announcement", notice.id)

    async def _give_second_factors(self, guest: Person, keeper: Person) -> None:
        """Have the guest begin one, and the keeper have one."""
        storage, secret, code = self.school.app[ACCOUNTS]._storage, pyotp.random_base32(), "abcdefghjkmnpqrs"
        begun = SecondFactor(guest.id, ids.new_id(), secret)
        recovery = (hashlib.sha256(code.encode()).hexdigest(),)
        whole = SecondFactor(keeper.id, ids.new_id(), secret, confirmed=True, recovery=recovery)
        for factor in (begun, whole):
            assert await storage.set_second_factor(factor, expected_version=None)
        self.values |= {
            "token:keeper": keeper.token,
            "totp": pyotp.TOTP(secret).now(),
            "recovery-code": "ABCD-EFGH jkmn-pqrs",
        }

    async def join(self) -> None:
        """Have Ada's connection in the room."""
        answer = await self.wire.answer(
            b'"join-room"', self.filled(',"<room>"').encode(), "/chat", self.rooms["theirs"], ack=True
        )
        assert answer.shown["ok"]

    def filled(self, template: str) -> str:
        """Return `template` with this school's ids, tokens … in it."""
        return _PLACEHOLDER.sub(lambda found: self.values.get(found[1], found[0]), template)

    def filled_bytes(self, template: bytes) -> bytes:
        return self.filled(template.decode("latin-1")).encode("latin-1")

    async def ask(self, cell: Cell) -> Answer:
        """Send a request and return the answer."""
        headers = {name: self.filled(value) for name, value in cell.headers.items()}
        if cell.caller:
            headers["Authorization"] = self.filled(f"Bearer <token:{cell.caller}>")
        body: Any = None if cell.body is None else self.filled_bytes(cell.body)
        if cell.chunked:
            body = _in_chunks(body)
        url = URL(self.school.url + self.filled(cell.path), encoded=True)
        try:
            async with self._http.request(
                cell.method, url, data=body, headers=headers, skip_auto_headers=["Content-Type"], allow_redirects=False
            ) as response:
                return _read(cell, response, await response.read())
        except (TimeoutError, aiohttp.ClientError) as error:
            return Answer(flaws=(f"no answer: {error!r}",))

    async def kept(self) -> list[Any]:
        """Return what the school has kept, as those see it who may see it."""
        room = f"/api/study-rooms/{self.rooms['room']}"
        seen = [
            (await self.ada.get(path)).data
            for path in ("/api/auth/me", "/api/study-rooms", room, f"{room}/messages?limit=100", f"{room}/presence")
        ]
        others = [
            (await self.cleo.get(f"/api/study-rooms/{self.rooms[name]}")).data for name in ("theirs", "private", "full")
        ]
        credentials = {"email": f"new{self.values['number']}@example.org", "password": PASSWORD}
        return [*seen, *others, (await self.school.request("POST", "/api/auth/login", credentials)).status]


def _of_a_number(claims: Mapping[str, object]) -> str:
    return jwt.api_jws.encode(json.dumps({**claims, "sub": 5}).encode(), SECRET, "HS256", {"typ": "JWT"})


async def _in_chunks(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 16_384):
        yield body[start : start + 16_384]


def _read(cell: Cell, response: aiohttp.ClientResponse, raw: bytes) -> Answer:
    flaws = described.wrongs(cell.method, cell.path, response.status, response.headers, raw)
    if b"Traceback" in raw or b'File "' in raw:
        flaws.append(f"a traceback: {raw[:200]!r}")
    allow = response.headers.get("Allow")
    is_problem = response.content_type == "application/problem+json"
    if is_problem != (response.status >= HTTPStatus.BAD_REQUEST):
        flaws.append(f"{response.status} as {response.content_type}")
    if cell.method == "HEAD" or response.status == HTTPStatus.NO_CONTENT:
        return Answer(response.status, flaws=tuple(flaws))
    if not response.content_type.endswith("json"):
        return Answer(response.status, flaws=(*flaws, f"no JSON: {raw[:200]!r}"))
    body = json.loads(raw)
    if not is_problem:
        return Answer(response.status, flaws=tuple(flaws), shown=body.get("user") or body.get("data"))
    flaws += _flaws(body, response)
    errors = tuple((error["field"], error["message"]) for error in body.get("errors", ()))
    return Answer(response.status, body["code"], body["message"], errors, allow, flaws=tuple(flaws))


def _flaws(body: dict[str, Any], response: aiohttp.ClientResponse) -> list[str]:
    """Return what a problem lacks of the contract's members."""
    status = response.status
    expected = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": body["message"],
        "requestId": response.headers.get("X-Request-Id"),
        "success": False,
    }
    flaws = [f"{name} is {body.get(name)!r}" for name, value in expected.items() if body.get(name) != value]
    members = _PROBLEM | ({"errors"} if status == HTTPStatus.UNPROCESSABLE_ENTITY else set())
    if set(body) != members:
        flaws.append(f"its members are {sorted(body)}")
    if status == HTTPStatus.UNAUTHORIZED and body["code"] == "not_signed_in":
        flaws += [] if response.headers.get("WWW-Authenticate") == "Bearer" else ["no WWW-Authenticate"]
    return flaws


# Comparing


def _differences(outcome: Outcome, field: str, answer: Answer, status: int) -> list[str]:
    """Return in what an answer is not what the matrix says."""
    wrong = list(answer.flaws)
    if isinstance(outcome, Accepted):
        if (answer.status, answer.code) != (status, None):
            wrong.append(f"expected to be accepted, got {answer.status} {answer.code}: {answer.message!r:.200}")
        elif outcome.kept is not None and isinstance(answer.shown, dict):
            shown = answer.shown.get("message", answer.shown).get(field)
            wrong += [] if shown == outcome.kept else [f"kept as {shown!r:.200}"]
    elif (answer.status, answer.code) != (status, outcome.code):
        wrong.append(f"expected {status} {outcome.code}, got {answer.status} {answer.code}: {answer.message!r:.200}")
    if answer.message and len(answer.message) > 10_000:
        wrong.append(f"a message of {len(answer.message)} characters")
    return wrong


def _http_differences(cell: Cell, answer: Answer) -> list[str]:
    if isinstance(cell.outcome, Accepted):
        return _differences(cell.outcome, cell.field, answer, cell.status)
    outcome = cell.outcome._replace(code=answer.code) if cell.method == "HEAD" else cell.outcome
    wrong = _differences(outcome, cell.field, answer, cell.outcome.status)
    if tuple(field for field, _ in answer.errors) != cell.outcome.fields:
        wrong.append(f"expected {cell.outcome.fields} to be named, got {answer.errors}")
    if answer.errors and answer.message != "; ".join(f"{f}: {m}" if f else m for f, m in answer.errors):
        wrong.append(f"a message that is not that of its errors: {answer.message}")
    return wrong


def _event_differences(cell: EventCell, answer: Answer) -> list[str]:
    if isinstance(cell.outcome, Accepted):
        return _differences(cell.outcome, cell.field, answer, 200)
    wrong = _differences(cell.outcome, cell.field, answer, 0)
    name = "" if cell.outcome == NO_JSON else json.loads(cell.event)  # what cannot be read has no name
    if answer.event not in (None, name):
        wrong.append(f"an error about another event: {answer.event:.200}")
    for field in filter(None, cell.outcome.fields):
        if f"; {field}: " not in f"; {answer.message}":
            wrong.append(f"expected {field} to be named: {answer.message}")
    return wrong


async def _changes(stages: Mapping[str, Stage], before: list[list[Any]]) -> list[str]:
    """Return what of the things kept was changed since, by what was refused."""
    found = []
    for (name, stage), was in zip(stages.items(), before, strict=True):
        now = await stage.kept()
        if now == was:
            continue
        old, new = (json.dumps(kept, indent=1, ensure_ascii=False).splitlines() for kept in (was, now))
        changes = list(difflib.unified_diff(old, new, lineterm="", n=0))[3:]
        found += [f"{name}: a refused one left a change: {line}" for line in changes]
    return found


def _split(cells: list[Any]) -> tuple[list[Any], list[Any]]:
    refused = [cell for cell in cells if isinstance(cell.outcome, Refused)]
    return refused, [cell for cell in cells if isinstance(cell.outcome, Accepted)]


def _report(wrong: list[str]) -> None:
    shown = "\n".join(wrong[:40])
    assert not wrong, f"{len(wrong)} answers are wrong:\n{shown}"


# The schools

MAIL = {"STUDYHALL_MAIL_HOST": "127.0.0.1", "STUDYHALL_MAIL_PORT": "9", "STUDYHALL_MAIL_SENDER": "hall@example.org"}
"""Nobody who has an account is sent any."""


SETTINGS = STILL | {"STUDYHALL_AUTH_SECRET": SECRET}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stages(postgres, tmp_path_factory) -> AsyncIterator[dict[str, Stage]]:
    """Give a school on each storage."""
    file = tmp_path_factory.mktemp("bad-input") / "studyhall.db"
    urls = {"memory": "memory://", "sqlite": f"sqlite:///{file}", "postgres": postgres.create_database()}
    async with AsyncExitStack() as stack:
        made = {}
        for name, url in urls.items():
            school = await stack.enter_async_context(served(url, SETTINGS | MAIL))
            connector = aiohttp.TCPConnector(limit=1)  # one connection, which is to stay usable
            session = aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(PATIENCE))
            http = await stack.enter_async_context(session)
            made[name] = Stage(school, http)
            await made[name].set_up()
        yield made
        for stage in made.values():
            await stage.wire.ws.close()


@pytest.fixture(autouse=True)
def _the_log_has_nothing_to_complain_about(caplog):
    caplog.set_level(logging.INFO)
    yield
    complaints = [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
    tracebacks = [record.getMessage() for record in caplog.get_records("call") if record.exc_info]
    assert not complaints + tracebacks


async def _run(stages: Mapping[str, Stage], cells: list[Cell]) -> None:
    """Ask all that is refused, and see that nothing was kept of it; then ask what is accepted."""
    refused, accepted = _split(cells)
    if any(
        cell.caller in {"guest", "keeper"} for cell in refused
    ):  # an earlier test may have ended the last one's sign-in
        await asyncio.gather(*(stage.renew() for stage in stages.values()))
    before = [await stage.kept() for stage in stages.values()]
    wrong = [difference for cell in refused for difference in await _ask(stages, cell)]
    wrong += await _changes(stages, before)
    for cell in accepted:
        if cell.caller in {"guest", "keeper"} or re.search(
            b"<admin-token>|<refresh-token>|<reset-token>|<verification-token>|<number>|<applicant"
            b"|announcements|<proposed",
            cell.path.encode() + (cell.body or b""),
        ):
            await asyncio.gather(*(stage.renew() for stage in stages.values()))
        if b"<admin-token>" in (cell.body or b""):
            await asyncio.gather(*(stage.leave_one_admin() for stage in stages.values()))
        wrong += await _ask(stages, cell)
    for name, stage in stages.items():
        good = await stage.ask(Cell("", OK, "GET", "/api/auth/me", caller="ada"))
        wrong += [] if good.status == HTTPStatus.OK else [f"{name}: the connection is not usable any more: {good}"]
    _report(wrong)


async def _ask(stages: Mapping[str, Stage], cell: Cell) -> list[str]:
    answers = await asyncio.gather(*(stage.ask(cell) for stage in stages.values()))
    wrong = [
        f"{cell.method} {cell.path[:80]} [{cell.name}] {name}: {difference}"
        for name, answer in zip(stages, answers, strict=True)
        for difference in _http_differences(cell, answer)
    ]
    if len({answer.comparable for answer in answers}) > 1:
        wrong.append(f"{cell.method} {cell.path[:80]} [{cell.name}]: the storages differ: {answers}")
    return wrong


# The matrix


@pytest.mark.parametrize("route", ROUTES, ids=" ".join)
async def test_every_bad_request_to_a_route_is_answered_as_the_contract_says(stages, route):
    await _run(stages, bad_input.cells(*route))


async def test_requests_that_go_too_far_and_bodies_that_nobody_reads(stages):
    await _run(stages, bad_input.others())


async def test_a_compressed_body_is_of_the_wrong_type(stages):
    await _run(stages, bad_input.compressed())


async def test_what_is_no_route_and_methods_that_a_route_does_not_take(stages):
    await _run(stages, bad_input.routing())


async def test_a_route_that_is_none_is_named_and_a_method_not_taken_is_told_which_are(stages):
    [stage, *_] = stages.values()

    for path in ("/nothing", "/api/study-rooms/x/y/z", "/%C3%A9"):
        answer = await stage.ask(Cell("", OK, "GET", path, headers={"Accept": "application/json"}))
        assert answer.message == f"Route not found: {path.replace('%C3%A9', chr(0xE9))}"
    for path in {path for _, path in ROUTES}:
        taken = bad_input.methods_of(path)
        answer = await stage.ask(Cell("", OK, "PATCH", path))
        assert set(answer.allow.split(", ")) == taken | {"OPTIONS"} | ({"HEAD"} if "GET" in taken else set())


@pytest.mark.parametrize("ack", [True, False], ids=["with ack", "without ack"])
@pytest.mark.parametrize("event", [*EVENTS, "no event"])
async def test_every_bad_event_is_answered_as_the_contract_says(stages, event, ack):
    refused, accepted = _split(bad_input.event_cells(event) if event in EVENTS else bad_input.unknown_events())
    for stage in stages.values():
        await stage.join()
    before = [await stage.kept() for stage in stages.values()]

    wrong = [difference for cell in refused for difference in await _send(stages, cell, ack=ack)]
    wrong += await _changes(stages, before)
    wrong += [difference for cell in accepted for difference in await _send(stages, cell, ack=ack)]

    _report(wrong)


async def _send(stages: Mapping[str, Stage], cell: EventCell, *, ack: bool) -> list[str]:
    answers = await asyncio.gather(
        *(
            stage.wire.answer(
                cell.event, stage.filled_bytes(cell.arguments), cell.namespace, stage.rooms["theirs"], ack=ack
            )
            for stage in stages.values()
        )
    )
    wrong = [
        f"{cell.event[:30]!r} [{cell.name}] {name}: {difference}"
        for name, answer in zip(stages, answers, strict=True)
        for difference in _event_differences(cell, answer)
    ]
    if len({answer.comparable for answer in answers}) > 1:
        wrong.append(f"{cell.event!r} [{cell.name}]: the storages differ: {answers}")
    return wrong


@pytest.mark.parametrize("namespace", ["/", "/chat"])
async def test_who_brings_no_good_token_hears_why_and_may_try_again(stages, namespace):
    prefix = "" if namespace == "/" else f"{namespace},"
    wrong = []
    for name, stage in stages.items():
        wire = await Wire.opened(stage.school)
        for what, (auth, message) in TOKENS.items():
            packet = await wire.connects(stage.filled(auth), namespace)
            said = json.loads(packet.removeprefix(f"44{prefix}")) if packet.startswith("44") else {}
            if said.get("message") != message:
                wrong.append(f"{name} [{what}]: expected {message}, got {packet[:200]}")
        assert "sid" in await wire.connects(stage.filled('{"token":"<token:ada>"}'), namespace)
        await wire.ws.close()
    _report(wrong)


@pytest.mark.parametrize("frame", CLOSING)
async def test_what_is_no_packet_closes_the_connection_and_nothing_else(stages, frame):
    [stage, *_] = stages.values()
    wire = await Wire.opened(stage.school)
    assert "sid" in await wire.connects(stage.filled('{"token":"<token:ada>"}'))

    if isinstance(CLOSING[frame], bytes):
        await wire.ws.send_bytes(CLOSING[frame])
    else:
        await wire.ws.send_str(CLOSING[frame])

    async with asyncio.timeout(PATIENCE):
        while (await wire.ws.receive()).type is aiohttp.WSMsgType.TEXT:
            pass
    assert wire.ws.closed
    await stage.join()


@pytest.mark.parametrize("raw", NO_UTF8)
async def test_a_text_frame_that_is_no_utf8_closes_the_connection_and_nothing_else(stages, raw):
    [stage, *_] = stages.values()
    wire = await Wire.opened(stage.school)

    await wire.ws.send_frame(raw, aiohttp.WSMsgType.TEXT)

    async with asyncio.timeout(PATIENCE):
        closed = await wire.ws.receive()
    assert (closed.type, closed.data) == (aiohttp.WSMsgType.CLOSE, aiohttp.WSCloseCode.INVALID_TEXT)
    await stage.join()


async def test_what_is_no_http_is_answered_with_400_and_the_connection_closes(stages):
    [stage, *_] = stages.values()
    for name, raw in NO_HTTP.items():
        reader, writer = await asyncio.open_connection("127.0.0.1", stage.school.port)

        writer.write(raw.replace(b" HTTP/1.1\r\n", b" HTTP/1.1\r\nHost: x\r\n"))
        async with asyncio.timeout(PATIENCE):
            answer = await reader.read()
        writer.close()
        await writer.wait_closed()

        assert answer.split(b" ")[1] == b"400", name
        assert b"Traceback" not in answer, name


@pytest.mark.parametrize("rest", [b"", b"1\r\n{\r\n"], ids=["none of it", "some of it"])
async def test_a_body_that_does_not_arrive_is_told_so(stages, rest, monkeypatch):
    monkeypatch.setattr("handlers.request.BODY_TIMEOUT", 0.1)
    [stage, *_] = stages.values()
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.school.port)

    writer.write(_HEAD)
    await writer.drain()
    writer.write(rest)
    async with asyncio.timeout(PATIENCE):
        answer = await reader.readuntil(b"stalled_body")
    writer.close()
    await writer.wait_closed()

    assert answer.startswith(b"HTTP/1.1 408 ")


async def test_a_body_that_breaks_off_with_its_connection_harms_nobody(stages):
    [stage, *_] = stages.values()
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.school.port)

    writer.write(_HEAD + b"1\r\n{\r\n")
    writer.write_eof()
    async with asyncio.timeout(PATIENCE):
        assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()

    assert (await stage.ask(Cell("", OK, "GET", "/api/auth/me", caller="ada"))).status == 200


# Its size


def _known_routes() -> set[tuple[str, str]]:
    return {(route.method, re.sub(r"{\w+}", "<>", route.path)) for route in handlers.ROUTES}


async def test_the_matrix_has_a_row_for_every_route_event_and_field(capsys, record_property):
    fields = {**FIELDS, **QUERIES}
    assert {(method, re.sub(r"<\w+>", "<>", path)) for method, path in ROUTES} == _known_routes()
    assert set(EVENTS) == set(socket_events.EVENTS)
    assert set(fields) == {*Payload.__subclasses__(), *QueryParams.__subclasses__()} - {QueryParams}
    used = {shape for route in ROUTES.values() for shape in (route.body, route.query)}
    assert used | {event.argument for event in EVENTS.values()} == {*fields, None}
    for shape, rows in fields.items():
        assert set(rows) == set(shape.__struct_encode_fields__)
        assert min(map(len, rows.values())) >= 8

    http = [cell for route in ROUTES for cell in bad_input.cells(*route)] + bad_input.others() + bad_input.routing()
    http += bad_input.compressed()
    events = [cell for event in EVENTS for cell in bad_input.event_cells(event)] + bad_input.unknown_events()
    cells = [cell._replace(name="") for cell in (*http, *events, *events)]
    figures = (
        f"the bad-input matrix: {len(ROUTES)} routes, {len(EVENTS)} events, {sum(map(len, fields.values()))} fields: "
        f"{len(http)} requests, {len(events)} events with an ack and without, {len(TOKENS)} tokens in 2 namespaces; "
        f"{len(cells) + 2 * len(TOKENS)} cells, of which {sum(isinstance(cell.outcome, Accepted) for cell in cells)} "
        f"are accepted, on each of 3 storages; and {len(CLOSING) + len(NO_UTF8) + len(NO_HTTP)} that break the protocol"
    )
    record_property("bad_input_matrix", figures)
    with capsys.disabled():  # a person reads it
        sys.stdout.write(f"\n{figures}\n")
    assert len(set(map(repr, cells))) == len(http) + len(events), "no cell is counted twice"
