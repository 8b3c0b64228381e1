"""The users, rooms, tokens and ids to which the bad-input matrix refers, on one server."""

import hashlib
import itertools
import json
import re
import time
from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
from typing import Any

import aiohttp
import jwt
import pyotp
from yarl import URL

from domain import ids
from domain.accounts import EmailVerificationToken, SecondFactor
from domain.admin import Announcement
from domain.base import Timestamp
from domain.clock import SystemClock, from_milliseconds, to_milliseconds
from domain.study.focus import StoredFocusSession
from services.accounts.tokens import OneTimeToken
from tests.cases.schedule import SESSION
from tests.support.bad_input import Cell
from tests.support.bad_input_problems import read_answer
from tests.support.bad_input_wire import Answer, Wire
from tests.support.factories import make_user
from tests.support.served import PASSWORD, STILL, Person, Served

SECRET = "a secret that the tests know of, too"
RECOVERY_CODE = "abcdefghjkmnpqrs"
GUESTS = {"guest", "number", "refresh-token", "reset-token", "verification-token", "session"}
APPLICANTS = {"waiting", "applicant"}
_PLACEHOLDER = re.compile(r"<([a-z]+(?:[:-][a-z]+)*)>")
MAIL = {"STUDYHALL_MAIL_HOST": "127.0.0.1", "STUDYHALL_MAIL_PORT": "9", "STUDYHALL_MAIL_SENDER": "hall@example.org"}
"""No user with an account is sent mail."""
SETTINGS = STILL | {"STUDYHALL_AUTH_SECRET": SECRET}


class Stage:
    """A server with the users and rooms of the matrix."""

    def __init__(self, school: Served, http: aiohttp.ClientSession) -> None:
        self.school = school
        self._http = http
        self._numbers = itertools.count(1)
        self._study_times = itertools.count(1)
        self.values: dict[str, str] = {"password": PASSWORD, "number": "0"}
        self.wire: Wire

    async def set_up(self) -> None:
        """Register the users and open the rooms."""
        school = self.school
        self.ada, self.cleo = await school.person("Ada"), await school.person("Cleo")
        ben, eve, finn, dora, fay = [await school.person(name) for name in ("Ben", "Eve", "Finn", "Dora", "Fay")]
        gil, head = [await school.person(name) for name in ("Gil", "Head")]
        self.second = await school.person("Second")
        for admin in (head, self.second):
            await school.storage.set_access(admin.id, role="admin")
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
        link = (await eve.post("/api/calendar")).data["link"]
        self.values["calendar"] = link.rpartition("/")[2].removesuffix(".ics")
        self.values["account-code"] = other["code"]
        await self.ada.delete(f"/api/study-rooms/{self.rooms['gone']}")
        said = await self.ada.post(f"/api/study-rooms/{self.rooms['room']}/messages", {"content": "the first"})
        self._note("message", said.data["id"])
        reporting = f"/api/study-rooms/{self.rooms['room']}/members/{dora.id}/report"
        self._note("report", (await ben.post(reporting, {})).data["id"])
        for name, owner, body in [
            ("task", self.ada, {"title": "Sheet 1"}),
            ("foreign", self.cleo, {"title": "Sheet 2"}),
            ("sharedtask", dora, {"title": "Sheet 3", "roomId": self.rooms["room"], "shared": True}),
        ]:
            self._note(name, (await owner.post("/api/tasks", body)).data["id"])
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
        self.values["eve:sign-in"] = eve.session_id
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
        storage = self.school.storage
        now, later = SystemClock().now(), SystemClock().later(3600)
        await storage.add_verification(EmailVerificationToken(person.id, f"hash of {person.id}", later))
        assert await storage.use_verification(f"hash of {person.id}", person.id, now)

    async def _leave_one_admin(self) -> None:
        """Revoke the role of all admins except the head, so that the link for the first admin is valid for the head."""
        storage = self.school.storage
        for admin in await storage.admins(100):
            if admin.id != self.values["head"]:
                await storage.set_access(admin.id, role="student")

    async def _propose(self) -> None:
        """Propose a new user as an admin; another admin may confirm it."""
        await self.school.storage.set_access(self.second.id, role="admin")
        proposed = await self.school.person(f"Proposed{next(self._numbers)}")
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
        """Replace all that a request uses up."""
        await self._renew_guest()
        await self._renew_keeper()
        await self._renew_applicants()
        await self._renew_announcement()
        await self._renew_schedule()
        await self._propose()
        await self._renew_focus()
        self._renew_admin_link()

    async def renew_for(self, *cells: Cell) -> None:
        """Replace what these requests use up, and what an earlier one may have."""
        used = {cell.caller for cell in cells}
        for cell in cells:
            used.update(_PLACEHOLDER.findall(cell.path + (cell.body or b"").decode("latin-1")))
        if used & GUESTS:
            await self._renew_guest()
        if "keeper" in used:
            await self._renew_keeper()
        if used & APPLICANTS:
            await self._renew_applicants()
        if "proposed" in used:
            await self._propose()
        if any("/announcements" in cell.path for cell in cells):
            await self._renew_announcement()
        if any("/schedule" in cell.path for cell in cells):
            await self._renew_schedule()
        if "admin-token" in used:
            self._renew_admin_link()
            await self._leave_one_admin()

    async def _renew_guest(self) -> None:
        """Register a new guest, with an unconfirmed second factor and tokens of each kind."""
        number = next(self._numbers)
        guest = await self.school.person(f"Guest{number}")
        storage, secret = self.school.storage, pyotp.random_base32()
        link = await self.school.services.password_resets.links.create(guest.id)
        token, expires_at = OneTimeToken.new(), SystemClock().later(3600)
        await storage.add_verification(EmailVerificationToken(guest.id, token.hash, expires_at))
        assert await storage.set_second_factor(SecondFactor(guest.id, ids.new_id(), secret), expected_version=None)
        self.values |= {
            "number": f"{number}",
            "token:guest": guest.token,
            "refresh-token": guest.refresh_token,
            "reset-token": link.rpartition("#")[2],
            "verification-token": str(token),
            "session": guest.session_id,
            "totp": pyotp.TOTP(secret).now(),
        }

    async def _renew_keeper(self) -> None:
        """Register a new user with a confirmed second factor."""
        keeper = await self.school.person(f"Keeper{next(self._numbers)}")
        recovery = (hashlib.sha256(RECOVERY_CODE.encode()).hexdigest(),)
        whole = SecondFactor(keeper.id, ids.new_id(), pyotp.random_base32(), confirmed=True, recovery=recovery)
        assert await self.school.storage.set_second_factor(whole, expected_version=None)
        self.values |= {"token:keeper": keeper.token, "recovery-code": "ABCD-EFGH jkmn-pqrs"}

    async def _renew_applicants(self) -> None:
        for name in APPLICANTS:
            self._note(name, (await make_user(self.school.storage, name, pending=True)).id)

    def _renew_admin_link(self) -> None:
        self.values["admin-token"] = self.school.services.first_admin.new_link("").rpartition("#")[2]

    async def _renew_focus(self) -> None:
        """Store a new focus session of Ada."""
        self._next_study_time()
        start, end = (Timestamp(self.values[f"study:{name}"]) for name in ("start", "end"))
        session = StoredFocusSession(
            id=ids.new_id(),
            user_id=self.ada.id,
            room_id=None,
            task_id=None,
            activity="Numbers",
            source="manual",
            started_at=start,
            ended_at=end,
            seconds=90,
            created_at=end,
        )
        await self.school.storage.add_manual_session(session)
        self._note("focus", session.id)
        self.values |= {"focus:start": start, "focus:end": end}

    def _next_study_time(self) -> None:
        """Set the placeholders of a time of study that no earlier request had."""
        end = to_milliseconds(SystemClock().now()) - 120_000 * next(self._study_times)
        self.values |= {"study:start": from_milliseconds(end - 90_000), "study:end": from_milliseconds(end)}

    async def _renew_announcement(self) -> None:
        """Replace all announcements by a new one, because at most five are allowed."""
        path, token = "/api/announcements", self.values["token:head"]
        for notice in (await self.school.request("GET", path, token=token)).data:
            await self.school.request("DELETE", f"{path}/{notice['id']}", token=token)
        storage, clock = self.school.storage, SystemClock()
        notice = Announcement(ids.new_id(), "Six", clock.now(), clock.later(3600))
        for kept in await storage.announcements(clock.now()):
            await storage.delete_announcement(kept.id, self.values["head"])
        await storage.add_announcement(notice, self.values["head"], 5)  # of storage alone: it is pushed to no socket
        self._note("announcement", notice.id)

    async def _renew_schedule(self) -> None:
        """Replace the schedule of the room by one session, because it has a bound."""
        storage, room = self.school.storage, self.rooms["room"]
        for planned in await storage.scheduled_sessions(room, 500):
            session = planned.session
            await storage.delete_scheduled_session(room, session.id, session.created_by, session.created_at)
        path, token = f"/api/study-rooms/{room}/schedule", self.values["token:ada"]
        self._note("scheduled", (await self.school.request("POST", path, SESSION, token=token)).data["id"])

    async def join(self) -> None:
        """Join the room with Ada's connection."""
        answer = await self.wire.answer(
            b'"join-room"', self.filled(',"<room>"').encode(), "/chat", self.rooms["theirs"], ack=True
        )
        assert answer.shown["ok"]

    def filled(self, template: str) -> str:
        """Return `template` with this school's ids, tokens … in it."""
        if "<study:end>" in template:
            self._next_study_time()
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
            body = in_chunks(body)
        url = URL(self.school.url + self.filled(cell.path), encoded=True)
        try:
            async with self._http.request(
                cell.method, url, data=body, headers=headers, skip_auto_headers=["Content-Type"], allow_redirects=False
            ) as response:
                return read_answer(cell, response, await response.read())
        except (TimeoutError, aiohttp.ClientError) as error:
            return Answer(flaws=(f"no answer: {error!r}",))

    async def kept(self) -> list[Any]:
        """Return the stored data, as the users with access see it."""
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


async def in_chunks(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 16_384):
        yield body[start : start + 16_384]
