"""Scenes of the walk that need settings, mail or several steps."""

import re
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pyotp

from domain.clock import SystemClock, from_milliseconds, to_milliseconds
from tests.support.mail_server import mail_server, school_with
from tests.support.served import PASSWORD, STILL, Person, Served, served
from tests.support.wire_records import Listener, asked, stable

ROOM = "/api/study-rooms"
FACTOR = "/api/auth/second-factor"
LINK = re.compile(r"#([\w-]{43})\r?$", re.MULTILINE)
HOUR = 3600
DAY = 24 * HOUR
Records = dict[str, dict[str, Any]]


class Steps:
    """The records of a scene on a server, by step.

    Attributes:
        records: filled by `asks`, `sends` and `waits`.
        ears: connections whose events each record has, by name.
        names: placeholders by value.
    """

    def __init__(self, school: Served) -> None:
        self.school = school
        self.records: dict[str, Any] = {}
        self.ears: dict[str, Listener] = {}
        self.names: dict[str, str] = {}

    async def person(self, name: str = "Ada") -> Person:
        """Register a user."""
        person = await self.school.person(name)
        self.names[person.id] = f"<{name}>"
        return person

    async def room(self, owner: Person, *members: Person, **fields: Any) -> str:
        """Open a room with members."""
        room = await owner.opens(**fields)
        self.names[room] = "<room>"
        for member in members:
            await member.joins(room)
        return room

    async def connects(self, name: str, person: Person, *namespaces: str) -> Listener:
        """Connect a user to both namespaces, or to these."""
        ear = self.ears[name] = await Listener.opened(self.school)
        for namespace in namespaces or ("/", "/chat"):
            await ear.is_let_in(person.token, namespace)
        return ear

    async def asks(
        self, step: str, method: str, path: str, person: Person | None = None, body: Any = None, **more: str
    ) -> Any:
        """Record the answer to a request, and return its body. `more` is as for `asked`."""
        answer = await asked(self.school, method, path, person, body, **more)
        await self._add(step, answer)
        return answer["body"]

    async def sends(self, step: str, name: str, event: str, argument: Any) -> None:
        """Record the ack of an event."""
        await self._add(step, {"ack": await self.ears[name].ack_of(event, argument)})

    async def waits(self, step: str, name: str, event: str) -> None:
        """Wait for an event that is sent later, and record it."""
        self.records[step] = stable({"event": await self.ears[name].hears(event)}, self.names)

    async def _add(self, step: str, found: dict[str, Any]) -> None:
        events = {
            f"{name} {namespace}": said
            for name, ear in sorted(self.ears.items())
            for namespace, said in (await ear.events()).items()
        }
        self.records[step] = stable(found | {"events": events}, self.names)

    async def close(self) -> None:
        """Close all connections."""
        for ear in self.ears.values():
            await ear.close()


async def mail(steps: Steps, server: Any) -> None:
    """Verify an email and reset a password by mail."""
    ada = await steps.person()
    await server.verified()
    await steps.connects("Ada", ada, "/", "/chat")
    await steps.asks("email_not_verified", "POST", ROOM, ada, {"name": "Calculus"})
    await steps.asks("POST /api/auth/me/verification", "POST", "/api/auth/me/verification", ada)
    token = LINK.search((await server.verified()).get_content())[1]
    await steps.asks("POST /api/auth/verify-email", "POST", "/api/auth/verify-email", ada, {"token": token})
    await steps.asks("verified: POST /api/auth/me/verification", "POST", "/api/auth/me/verification", ada)
    path, body = "/api/auth/forgot-password", {"email": ada.user["email"]}
    await steps.asks("POST /api/auth/forgot-password", "POST", path, body=body)
    token = LINK.search((await server.arrived()).get_content())[1]
    await steps.asks("unknown email: POST /api/auth/forgot-password", "POST", path, body={"email": "no@example.org"})
    body = {"token": token, "newPassword": "another good password"}
    await steps.asks("POST /api/auth/reset-password", "POST", "/api/auth/reset-password", body=body)
    await steps.asks("again: POST /api/auth/reset-password", "POST", "/api/auth/reset-password", body=body)


async def first_admin(steps: Steps) -> None:
    """Become the first admin with the link."""
    token = (await steps.school.services.first_admin.offer_link("https://study.example.org")).partition("#")[2]
    ada = await steps.person()
    await steps.connects("Ada", ada)
    await steps.asks("POST /api/auth/first-admin", "POST", "/api/auth/first-admin", ada, {"token": token})
    await steps.asks("again: POST /api/auth/first-admin", "POST", "/api/auth/first-admin", ada, {"token": token})
    ben = await steps.person("Ben")
    await steps.asks("second_admin_needed", "POST", f"/api/users/{ben.id}/promotion", ada)
    await steps.asks("last_admin", "DELETE", "/api/auth/me", ada, {"currentPassword": PASSWORD})


async def second_factor(steps: Steps) -> None:
    """Turn a second factor on, sign in with it, turn it off."""
    ada = await steps.person()
    begun = (await ada.post(FACTOR, {"currentPassword": PASSWORD})).data
    await steps.asks("wrong code: PUT", "PUT", FACTOR, ada, {"code": "no code"})
    code = pyotp.TOTP(begun["secret"]).now()
    made = await steps.asks("PUT /api/auth/second-factor", "PUT", FACTOR, ada, {"code": code})
    await steps.asks("active: GET", "GET", FACTOR, ada)
    await steps.asks("active: POST", "POST", FACTOR, ada, {"currentPassword": PASSWORD})
    await steps.asks("active: PUT", "PUT", FACTOR, ada, {"code": "000000"})
    body = {"email": ada.user["email"], "password": PASSWORD}
    await steps.asks("no code: POST /api/auth/login", "POST", "/api/auth/login", body=body)
    first, second, third, *_ = made["data"]["recoveryCodes"]
    await steps.asks("wrong code: POST /api/auth/login", "POST", "/api/auth/login", body=body | {"code": "no code"})
    await steps.asks("POST /api/auth/login", "POST", "/api/auth/login", body=body | {"code": first})
    path, proof = "/api/auth/password", {"currentPassword": PASSWORD, "newPassword": PASSWORD}
    await steps.asks("no code: PUT /api/auth/password", "PUT", path, ada, proof)
    await steps.asks("PUT /api/auth/password", "PUT", path, ada, proof | {"code": second})
    await steps.asks("wrong password: DELETE", "DELETE", FACTOR, ada, {"currentPassword": "wrong", "code": third})
    ending = {"currentPassword": PASSWORD, "code": third}
    await steps.asks("DELETE /api/auth/second-factor", "DELETE", FACTOR, ada, ending)


async def talk(steps: Steps) -> None:
    """Join, send messages, disconnect and catch up, with clients of each version."""
    ada, ben, cleo = [await steps.person(name) for name in ("Ada", "Ben", "Cleo")]
    room = await steps.room(ada, ben)
    await steps.connects("Ada", ada)
    await steps.connects("Ben", ben)
    await steps.connects("Cleo", cleo)
    await steps.sends("join-room", "Ada", "join-room", {"roomId": room})
    await steps.sends("join-room by the id alone", "Ben", "join-room", room)
    said = {"roomId": room, "content": "Hello\nworld", "clientMessageId": "phone-1"}
    await steps.sends("send-message", "Ada", "send-message", said)
    await steps.sends("send-message again", "Ada", "send-message", said)
    await steps.sends("mark-read", "Ben", "mark-read", {"roomId": room, "seq": 2})
    await steps.sends("update-status", "Ben", "update-status", {"roomId": room, "status": "busy"})
    await steps.sends(
        "update-status with an activity", "Ben", "update-status", {"roomId": room, "activity": "Essay plan"}
    )
    await steps.sends("user-active", "Ben", "user-active", {})
    await steps.sends("update-status without a status", "Ben", "update-status", {"roomId": room})
    await steps.sends("leave-room", "Ben", "leave-room", room)
    await steps.sends("update-status not present", "Ben", "update-status", {"roomId": room, "status": "busy"})
    await steps.sends("join-room with since", "Ben", "join-room", {"roomId": room, "since": 1})
    epoch = {"roomId": room, "since": 1, "epoch": "another"}
    await steps.sends("join-room of another epoch", "Ben", "join-room", epoch)
    for event in ("send-message", "unknown"):
        await steps.ears["Cleo"].emit(event, said)
        await steps.sends(f"error of {event} without ack", "Cleo", "leave-room", {"roomId": room})
    await steps.sends("unknown event", "Cleo", "tell-secrets", {})
    await steps.sends("token of another user", "Ben", "refresh-token", {"token": ada.token})
    await steps.sends("token that is none", "Ben", "refresh-token", {"token": "nonsense"})
    for query in ("after=1&limit=1", "before=2", "page=1&limit=1", "before=2&after=1"):
        await steps.asks(f"messages?{query}", "GET", f"{ROOM}/{room}/messages?{query}", ben)
    await steps.asks("presence", "GET", f"{ROOM}/{room}/presence", ben)
    await steps.asks("POST /presence", "POST", f"{ROOM}/{room}/presence", ben, {"status": "away"})
    await steps.asks("DELETE /presence", "DELETE", f"{ROOM}/{room}/presence", ben)
    await steps.asks("not present: POST /presence", "POST", f"{ROOM}/{room}/presence", ben, {"status": "busy"})


async def full_room(steps: Steps) -> None:
    """Reach the capacity of a room, and search lists of rooms."""
    ada, ben = await steps.person(), await steps.person("Ben")
    room = await steps.room(ada, capacity=1)
    await steps.asks("room_full", "POST", f"{ROOM}/{room}/join", ben)
    await ada.put(f"{ROOM}/{room}", {"capacity": 2})
    await ben.joins(room)
    await steps.asks("capacity_too_small", "PUT", f"{ROOM}/{room}", ada, {"capacity": 1})
    await ada.opens("Algebra", subject="Maths", visibility="private", retentionDays=3)
    await steps.asks("first page", "GET", f"{ROOM}?limit=1", ada)
    await steps.asks("search", "GET", f"{ROOM}?search=MATHS", ada)
    await steps.asks("search of a stranger", "GET", f"{ROOM}?search=maths", ben)
    await steps.asks("dashboard", "GET", "/api/dashboard", ada)


async def outside_of_routes(steps: Steps) -> None:
    """Send requests without a route, and some that accounts reject."""
    await steps.asks("no route", "GET", "/api/nothing")
    await steps.asks("wrong method", "PATCH", ROOM)
    await steps.asks("nobody has this email", "POST", "/api/auth/login", body={"email": "a@b.org", "password": "x"})
    await steps.asks("other type", "POST", "/api/auth/login", body="x", content_type="text/plain")
    await steps.asks("too large", "POST", "/api/auth/login", body={"email": "x" * 70_000})
    ada = await steps.person()
    body = {"firstName": "Ada", "email": ada.user["email"], "password": PASSWORD}
    await steps.asks("email_taken", "POST", "/api/auth/register", body=body)


async def rate(steps: Steps) -> None:
    """Send requests until a rate limit rejects one."""
    body = {"email": "ada@example.org", "password": "wrong password"}
    for _ in range(100):
        answer = await asked(steps.school, "POST", "/api/auth/login", body=body)
        if answer["status"] == 429:
            break
    await steps.asks("rate_limited", "POST", "/api/auth/login", body=body)


async def invitation_only(steps: Steps) -> None:
    """Register on a server that requires an invitation."""
    await steps.asks("GET /api/server", "GET", "/api/server")
    body = {"firstName": "Ada", "email": "ada@example.org", "password": PASSWORD}
    await steps.asks("invitation_needed", "POST", "/api/auth/register", body=body)
    await steps.asks("invite_not_found", "POST", "/api/auth/register", body=body | {"invite": "nothing"})


async def registration_closed(steps: Steps) -> None:
    """Register on a server that accepts no new accounts."""
    await steps.asks("GET /api/server", "GET", "/api/server")
    body = {"firstName": "Ada", "email": "ada@example.org", "password": PASSWORD}
    await steps.asks("registration_closed", "POST", "/api/auth/register", body=body)


async def approval(steps: Steps) -> None:
    """Register on a server on which an admin approves accounts."""
    body = {"firstName": "Ada", "email": "ada@example.org", "password": PASSWORD}
    await steps.asks("register", "POST", "/api/auth/register", body=body)
    await steps.asks("login", "POST", "/api/auth/login", body={"email": "ada@example.org", "password": PASSWORD})


async def expiry(steps: Steps) -> None:
    """Expire messages of a room while a member is present."""
    ada = await steps.person()
    room = await steps.room(ada, retentionDays=1)
    await ada.post(f"{ROOM}/{room}/messages", {"content": "one"})
    await steps.connects("Ada", ada)
    await steps.sends("join-room", "Ada", "join-room", {"roomId": room})
    retention = steps.school.services.retention
    later = retention._clock.later
    retention._clock = SimpleNamespace(now=lambda: later(DAY + 60), later=later)
    await retention.expire_messages()
    await steps.waits("messages-expired", "Ada", "messages-expired")
    await steps.asks("messages", "GET", f"{ROOM}/{room}/messages", ada)
    await steps.sends("join-room with since", "Ada", "join-room", {"roomId": room, "since": 0})


async def paced(steps: Steps) -> None:
    """Receive paced events for all members on the personal namespace."""
    ada, ben = await steps.person(), await steps.person("Ben")
    room = await steps.room(ada, ben)
    ear = await steps.connects("Ben", ben, "/")
    await steps.school.request("POST", f"{ROOM}/{room}/messages", {"content": "one"}, token=ada.token)
    await steps.waits("room-activity", "Ben", "room-activity")
    await steps.connects("Ada", ada, "/chat")
    await steps.ears["Ada"].ack_of("join-room", {"roomId": room})
    await steps.waits("room-presence", "Ben", "room-presence")
    assert not ear.is_closed


async def study(steps: Steps) -> None:
    """Count study time, be asked after two hours, and change a session that was entered."""
    ada = await steps.person()
    await steps.connects("Ada", ada)
    await steps.sends("start-focus", "Ada", "start-focus", {"activity": "Essay", "clientId": "phone-1"})
    await steps.sends("again: start-focus", "Ada", "start-focus", {"activity": "Essay", "clientId": "phone-1"})
    services = steps.school.services
    services.study_clock.shift(2 * HOUR * 1000)
    services.focus.tick()
    await steps.waits("focus-check", "Ada", "focus-check")
    await steps.waits("focus-check: focus-updated", "Ada", "focus-updated")  # after it is stored
    await steps.sends("confirm-focus", "Ada", "confirm-focus", {})
    now = to_milliseconds(SystemClock().now())
    begin, end = (from_milliseconds(now - hours * HOUR * 1000) for hours in (3, 2))
    body = {"startedAt": begin, "endedAt": end, "activity": "Paper"}
    session = (await steps.asks("POST /api/focus/manual", "POST", "/api/focus/manual", ada, body))["data"]
    await steps.asks("again: POST /api/focus/manual", "POST", "/api/focus/manual", ada, body)
    path = f"/api/focus/{session['id']}"
    await steps.asks("PUT /api/focus/:id", "PUT", path, ada, {"activity": "Sheet 4"})
    await steps.asks("GET /api/focus/sessions", "GET", "/api/focus/sessions", ada)
    await steps.asks("DELETE /api/focus/:id", "DELETE", path, ada)
    await steps.asks("again: DELETE /api/focus/:id", "DELETE", path, ada)


async def quiet_focus(steps: Steps) -> None:
    """Hold messages during a focus phase, cancel one, and release the others; one is refused."""
    ada, ben = [await steps.person(name) for name in ("Ada", "Ben")]
    room = await steps.room(ada, ben, quietFocus="hold")
    await steps.connects("Ada", ada)
    await steps.connects("Ben", ben)
    await steps.sends("join-room", "Ada", "join-room", room)
    timer = {"action": "start", "version": 0}
    await steps.asks("PUT /timer", "PUT", f"{ROOM}/{room}/timer", ada, timer)
    said = {"roomId": room, "content": "Hello", "clientMessageId": "phone-1"}
    await steps.sends("held: send-message", "Ben", "send-message", said)
    path, body = f"{ROOM}/{room}/messages", {"content": "Hello", "clientMessageId": "phone-1"}
    await steps.asks("held: POST /messages", "POST", path, ben, body)
    await steps.sends("join-room with held messages", "Ben", "join-room", room)
    cancelled = {"roomId": room, "clientMessageId": "phone-1"}
    await steps.sends("cancel-held", "Ben", "cancel-held", cancelled)
    await steps.sends("again: cancel-held", "Ben", "cancel-held", cancelled)
    await steps.sends("another: send-message", "Ben", "send-message", said | {"clientMessageId": "phone-2"})
    await steps.asks("PUT /mute", "PUT", f"{ROOM}/{room}/members/{ben.id}/mute", ada, {"seconds": 300})
    await steps.school.storage.change_room(room, {"quiet_focus": "off"})
    await steps.school.services.writer.release(room)
    await steps.waits("held-refused", "Ben", "held-refused")


async def token_end(steps: Steps) -> None:
    """Receive the warning before a token expires."""
    expiry = steps.school.services.token_expiry
    expiry._warning_lead_time = DAY  # longer than a token lasts: the warning follows the response at once
    ada = await steps.person()
    await steps.connects("Ada", ada)
    await steps.waits("token-expiring", "Ada", "token-expiring")


SCENES: tuple[tuple[Callable[[Steps], Awaitable[None]], dict[str, str]], ...] = (
    (first_admin, {}),
    (study, {}),
    (quiet_focus, {}),
    (second_factor, {}),
    (talk, {"STUDYHALL_COMPATIBILITY_NEW_MESSAGE": "true"}),
    (full_room, {}),
    (outside_of_routes, {}),
    (rate, {"STUDYHALL_LIMITS_ENABLED": "true"}),
    (invitation_only, {"STUDYHALL_ACCOUNTS_REGISTRATION": "invited"}),
    (registration_closed, {"STUDYHALL_ACCOUNTS_REGISTRATION": "closed"}),
    (approval, {"STUDYHALL_ACCOUNTS_APPROVAL": "true"}),
    (expiry, {}),
    (paced, {}),
    (token_end, {}),
)
"""Each scene with the settings of its server."""


async def walk() -> Records:
    """Return the records of every scene by name and step."""
    records: Records = {}
    for scene, settings in SCENES:
        async with served("memory://", STILL | settings) as school:
            steps = Steps(school)
            await scene(steps)
            await steps.close()
            records[f"scene: {scene.__name__}"] = steps.records
    async with mail_server() as server, school_with(server, accounts_require_verified="true") as school:
        steps = Steps(school)
        await mail(steps, server)
        await steps.close()
        records["scene: mail"] = steps.records
    return records
