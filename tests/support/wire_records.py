"""Records of what the server sends, with a placeholder for each value that differs from run to run."""

import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp

from tests.support.scene import Ear
from tests.support.served import Person, Served

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
UNKNOWN_ID = "01890a5d-ac96-774b-bcce-b302099a8057"
SECRET = r"(?=[\w-]*[A-Z0-9])[\w-]{16,}"
"""A random secret; error codes have neither capitals nor digits."""
VOLATILE: list[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]] = [
    (re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+"), "<token>"),
    (re.compile(UUID + r"\.[\w-]{20,}"), "<refresh token>"),
    (re.compile(UNKNOWN_ID), "<unknown id>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "<time>"),
    (re.compile(r"\d{4}-\d\d-\d\d"), "<date>"),
    (re.compile(r"(127\.0\.0\.1|localhost):\d+"), "<host>"),
    (re.compile(rf'(?<="code": "){SECRET}(?=")'), "<code>"),
    (re.compile(r'(?<="epoch": ")[^"]+'), "<epoch>"),
    (re.compile(r'(?<="sid": ")[^"]+'), "<sid>"),
    (re.compile(r'(?<="secret": ")[^"]+'), "<secret>"),
    (re.compile(r'(?<="recoveryCodes": \[)[^]]+'), lambda found: re.sub(r"\w", "x", found[0])),
    (re.compile(r"(?<=in )\d+(?= s\b)"), "<seconds>"),
    (re.compile(r"(?<=secret=)\w+"), "<secret>"),
    (re.compile(r"(?<=#)[\w-]{32,}"), "<secret>"),
    (re.compile(r"(?<=/calendar/)[\w-]{24}"), "<secret>"),
    (re.compile(r'(?<="retryAfter": )[\d.]+'), '"<seconds>"'),
    (re.compile(r'(?<="remaining": )[\d.]+'), '"<seconds>"'),
]
IDS = re.compile(UUID)
UNRECORDED = {"Date", "Content-Length", "X-Request-Id", "Server"}
"""Headers whose value depends on the time, or on the length of a value with a placeholder."""
SECRET_HEADERS = {"Etag": "<etag>", "Retry-After": "<seconds>"}
DOCUMENTS = {"/api/openapi.json": "<openapi.json>", "/api/asyncapi.json": "<asyncapi.json>"}
MISSING = object()
PACED = {"room-activity", "room-presence"}
"""Events that are sent up to two seconds after their cause. They are recorded only by steps that wait for them."""


def stable(record: Any, names: Mapping[str, str]) -> Any:
    """Return a record with placeholders.

    Args:
        record: JSON.
        names: a placeholder for each value that is known; other ids are numbered in the order of the record.
    """
    text = json.dumps(record, ensure_ascii=False, sort_keys=True)
    for value in sorted(names, key=len, reverse=True):
        text = text.replace(value, names[value])
    for pattern, placeholder in VOLATILE:
        text = pattern.sub(placeholder, text)
    numbers: dict[str, int] = {}
    text = IDS.sub(lambda found: f"<id {numbers.setdefault(found[0], len(numbers) + 1)}>", text)
    return json.loads(text)


async def asked(
    school: Served,
    method: str,
    path: str,
    person: Person | None = None,
    body: Any = None,
    *,
    raw: bytes | None = None,
    content_type: str = "application/json",
) -> dict[str, Any]:
    """Send a request and return its answer: status, headers and body.

    Args:
        raw: the body instead of the JSON of `body`.
    """
    headers = {"User-Agent": "walk"} | ({"Authorization": f"Bearer {person.token}"} if person else {})
    if raw is None and body is not None:
        raw = json.dumps(body).encode()
    if raw is not None:
        headers["Content-Type"] = content_type
    async with school.http.request(method, school.url + path, headers=headers, data=raw) as answer:
        said = {
            name.title(): SECRET_HEADERS.get(name.title(), value)
            for name, value in answer.headers.items()
            if name.title() not in UNRECORDED
        }
        return {"status": answer.status, "headers": said, "body": DOCUMENTS.get(path) or await _body(answer)}


async def _body(answer: aiohttp.ClientResponse) -> Any:
    content = await answer.read()
    if answer.content_type.endswith("json"):
        body = json.loads(content)
        if isinstance(body, dict) and "requestId" in body:
            body["requestId"] = "<request id>"
        return body
    if answer.content_type == "application/zip":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {name: _file(name, archive.read(name)) for name in archive.namelist()}
    return "<text>" if content else ""


def _file(name: str, content: bytes) -> Any:
    return json.loads(content) if name.endswith(".json") else content.decode()


def with_usual_headers(records: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return records by name and step, with the headers that most answers have only once.

    An answer then has only its other headers; one that lacks a usual header has null for it.
    """
    answers = [record for steps in records.values() for record in steps.values() if "headers" in record]
    counted = Counter(item for answer in answers for item in answer["headers"].items())
    usual = {name: value for (name, value), count in sorted(counted.items()) if count > len(answers) / 2}
    for answer in answers:
        whole = dict.fromkeys(usual) | answer["headers"]
        answer["headers"] = {name: value for name, value in whole.items() if usual.get(name, MISSING) != value}
    return {"usual headers": {"": usual}, **records}


class Listener(Ear):
    """An `Ear` that also records the end of its connection, but no paced events."""

    is_closed = False

    async def receive(self) -> str | None:
        """Return the next packet, or None at the end of the connection."""
        while not self.is_closed:
            message = await self._ws.receive(timeout=15)
            if message.type is not aiohttp.WSMsgType.TEXT:
                self.is_closed = True
                self.heard.append(f"closed {message.data}")
            elif message.data == "2":
                await self._ws.send_str("3")
            else:
                return str(message.data)
        return None

    async def ack_of(self, event: str, argument: Any) -> Any:
        """Send an event and return its ack, or None at the end of the connection."""
        self._number += 1
        start = f"43/chat,{self._number}["
        if not self.is_closed:
            await self._ws.send_str(f"42/chat,{self._number}{json.dumps([event, argument])}")
        while (packet := await self.receive()) is not None:
            if packet.startswith(start):
                return json.loads(packet[len(start) - 1 :])[0]
            self.heard.append(packet)
        return None

    async def emit(self, event: str, argument: Any) -> None:
        """Send an event without requesting an ack."""
        await self._ws.send_str(f"42/chat,{json.dumps([event, argument])}")

    async def events(self) -> dict[str, list[Any]]:
        """Return events with arguments, and disconnections, since the last call, by namespace."""
        await self.ack_of("is there anything", None)
        found: dict[str, list[Any]] = {}
        for packet in self.heard:
            namespace, said = _read(packet)
            if said[0] not in PACED:
                found.setdefault(namespace, []).append(said)
        self.heard.clear()
        return found

    async def hears(self, event: str) -> list[Any]:
        """Return the next event of this name with its arguments, also if it was received before an ack or response."""
        while (packet := self.heard.pop(0) if self.heard else await self.receive()) is not None:
            if (said := _read(packet)[1])[0] == event:
                return said
        raise AssertionError(f"the connection ended without {event}")


def packet(raw: str) -> dict[str, Any]:
    """Return a packet with JSON as an object: its type and namespace, and its content."""
    start = raw.index("{")
    return {"packet": raw[:start], "says": json.loads(raw[start:])}


def _read(packet: str) -> tuple[str, list[Any]]:
    """Return the namespace of a packet, and its event with arguments, or a description of another packet."""
    namespace = "/chat" if packet[2:].startswith("/chat,") else "/"
    content = packet[2:].removeprefix("/chat,")
    if packet.startswith("42"):
        return namespace, list(json.loads(content))
    return namespace, [{"41": "disconnected"}.get(packet[:2], packet)]
