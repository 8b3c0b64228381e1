"""A client of the bad-input matrix that writes Socket.IO packets by hand, and its answers."""

import itertools
import json
from typing import Any, NamedTuple

import aiohttp

from tests.support.field_errors import field_error_flaws
from tests.support.served import Served

PATIENCE = 10.0


class Answer(NamedTuple):
    """An answer; `comparable` is the part that must be the same on every storage."""

    status: int = 200
    code: str | None = None
    message: str | None = None
    errors: tuple[tuple[str, str], ...] = ()
    allow: str | None = None
    event: str | None = None
    """The event that an `error` names."""
    flaws: tuple[str, ...] = ()
    """Violations of the contract that do not depend on the request."""
    shown: Any = None
    """The data of a success. It differs between storages, so it is not compared."""

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
        """Send CONNECT and return the answering packet."""
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
    error = ack["error"]
    if set(ack) != {"ok", "error"} or ack["ok"] is not False or set(error) != {"code", "message", *_errors_of(error)}:
        flaws.append(f"not the contract's ack: {ack}")
    return _failed(error, error["message"], flaws)


def _not_acked(acks: list[Any], errors: list[Any], flaws: list[str]) -> Answer:
    if acks or len(errors) > 1:
        return Answer(flaws=(*flaws, f"{len(acks)} acks, {len(errors)} errors"))
    if not errors:
        return Answer(flaws=tuple(flaws))
    [[message, details]] = errors
    if set(details) != {"code", "event", *_errors_of(details)}:
        flaws.append(f"not the contract's error: {details}")
    return _failed(details, message, flaws)._replace(event=details["event"])


def _errors_of(details: dict[str, Any]) -> list[str]:
    return {"invalid_input": ["errors"], "timer_changed": ["timer"]}.get(details["code"], [])


def _failed(details: dict[str, Any], message: str, flaws: list[str]) -> Answer:
    listed = details.get("errors", ())
    errors = tuple((error["field"], error["message"]) for error in listed)
    return Answer(0, details["code"], message, errors, flaws=(*flaws, *field_error_flaws(listed)))
