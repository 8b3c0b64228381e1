"""HTTP clients over persistent connections, one request at a time on each."""

import asyncio
import json
from collections.abc import Sequence
from time import perf_counter
from typing import Any, NamedTuple, cast

from bench.load.websocket import HOST, Refused

_PATIENCE = 60.0
"""Timeout of a response in seconds."""


class Answer(NamedTuple):
    """A response."""

    status: int
    body: bytes


def request(method: str, path: str, token: str = "", body: Any = None) -> bytes:
    """Return the bytes of a request."""
    content = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if content:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return "\r\n".join([*lines, "", ""]).encode() + content


class Connection(asyncio.Protocol):
    """One persistent connection."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport
        self._answer: asyncio.Future[Answer] | None = None
        self._heard = b""

    async def ask(self, raw: bytes) -> Answer:
        """Send a request and return its response.

        Raises:
            Refused: the response is an error, or the connection was closed.
        """
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(raw)
        answer = await self._answer
        if answer.status >= 400:
            raise Refused(f"{raw.partition(b' HTTP')[0].decode()}: {answer.status} {answer.body.decode()}")
        return answer

    def close(self) -> None:
        """Close the connection."""
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, _: Exception | None) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(Refused("the server closed the connection"))

    def data_received(self, data: bytes) -> None:
        self._heard += data
        head, end, body = self._heard.partition(b"\r\n\r\n")
        if not end:
            return
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if len(body) >= int(length) and self._answer and not self._answer.done():
            self._heard = b""
            self._answer.set_result(Answer(int(head[9:12]), body))


async def connect(port: int) -> Connection:
    """Open a connection."""
    _, connection = await asyncio.get_running_loop().create_connection(Connection, HOST, port)
    return connection


async def ask_all(port: int, requests: Sequence[bytes], connections: int = 16) -> list[Any]:
    """Send all requests over some connections and return the bodies, in the order of the requests."""
    bodies: list[Any] = [None] * len(requests)
    numbers = iter(range(len(requests)))

    async def ask() -> None:
        connection = await connect(port)
        for number in numbers:
            bodies[number] = json.loads((await connection.ask(requests[number])).body)
        connection.close()

    async with asyncio.TaskGroup() as group:
        for _ in range(min(connections, len(requests))):
            group.create_task(ask())
    return bodies


class Hammer:
    """Connections that each repeat one request.

    Attributes:
        answered: number of responses so far.
    """

    def __init__(self, port: int, requests: Sequence[bytes]) -> None:
        self.answered = 0
        self._port = port
        self._requests = requests

    async def run(self, seconds: float) -> None:
        """Send until the time is over."""
        until = perf_counter() + seconds
        async with asyncio.timeout(seconds + _PATIENCE), asyncio.TaskGroup() as group:
            for raw in self._requests:
                group.create_task(self._repeat(raw, until))

    async def _repeat(self, raw: bytes, until: float) -> None:
        connection = await connect(self._port)
        while perf_counter() < until:
            await connection.ask(raw)
            self.answered += 1
        connection.close()
