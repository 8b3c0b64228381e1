"""Socket.IO clients over raw WebSocket frames.

A client library would cost more than the servers do. Of each frame only the kind is parsed: `message`, ack, ping, or
the response to a connect.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import cast

HOST = "127.0.0.1"
CHAT = "/chat"

UPGRADE = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c3R1ZHloYWxsLWJlbmNoIQ==\r\n\r\n"
)
_TEXT, _CLOSE = 0x81, 0x88
_MESSAGE = b'42/chat,["message"'
_ACK = b"43/chat,"
_OK = b'{"ok":true'
_PING_FRAME = b"\x81\x012"
_EDGE = len(_MESSAGE) - 1
_PATIENCE = 60.0
"""Timeout of a connect, or of an ack, in seconds."""


def frame(payload: bytes) -> bytes:
    """Return a client's text frame. Its mask is zero, so that the payload is unchanged; servers unmask it anyway."""
    size = len(payload)
    head = bytes((_TEXT, 0x80 | size)) if size < 126 else bytes((_TEXT, 0xFE)) + size.to_bytes(2, "big")
    return head + bytes(4) + payload


_PONG = frame(b"3")


class Refused(Exception):
    """The server rejected a request, or closed the connection."""


class Socket(asyncio.Protocol):
    """One client's connection.

    Attributes:
        messages: number of received `message` events.
        refusal: the last negative ack.
        answers: positive acks by their numbers, as text; None if they are not needed.
        on_acks: called with the numbers of the acks in one read: positive ones and negative ones.
    """

    def __init__(self, token: str, namespaces: Sequence[str]) -> None:
        loop = asyncio.get_running_loop()
        self.messages = 0
        self.refusal = ""
        self.answers: dict[int, bytes] | None = None
        self.entered: asyncio.Future[None] = loop.create_future()
        self.on_acks: Callable[[list[int], list[int]], None] = self._resolve
        self.transport: asyncio.Transport
        self._calls: dict[int, asyncio.Future[None]] = {}
        self._rest = b""
        self._upgraded = False
        auth = json.dumps({"token": token}, separators=(",", ":"))
        prefixes = ["40" if namespace == "/" else f"40{namespace}," for namespace in namespaces]
        self._entries = b"".join(frame(f"{prefix}{auth}".encode()) for prefix in prefixes)
        self._outside = len(prefixes)

    async def call(self, event: str, argument: object) -> None:
        """Send an event and wait for its ack.

        Raises:
            Refused: the ack is negative.
        """
        number = len(self._calls)
        ack = self._calls[number] = asyncio.get_running_loop().create_future()
        said = json.dumps([event, argument], separators=(",", ":"))
        self.transport.write(frame(f"42/chat,{number}{said}".encode()))
        async with asyncio.timeout(_PATIENCE):
            await ack

    def only_count(self) -> None:
        """From now on, count messages without parsing frames: listeners in a busy room cannot afford more."""
        counter = _Counter(self)
        self.transport.set_protocol(counter)
        counter.data_received(self._rest)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(UPGRADE)

    def connection_lost(self, _: Exception | None) -> None:
        for waiting in (self.entered, *self._calls.values()):
            if not waiting.done():
                waiting.set_exception(Refused("the server closed the connection"))
                waiting.exception()  # no caller waits any more if another socket failed first

    def data_received(self, data: bytes) -> None:
        data = self._rest + data if self._rest else data
        if not self._upgraded:
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self._rest = head
                return
            self._upgraded = True
            if b" 101 " not in head:
                self._refuse(head)
        self._rest = data[self._read_frames(data) :]

    def _read_frames(self, data: bytes) -> int:
        """Process the complete frames in `data` and return the offset of the first incomplete one."""
        at, end = 0, len(data)
        yes: list[int] = []
        no: list[int] = []
        while at + 2 <= end:
            size, start = data[at + 1], at + 2
            if size == 126:
                size, start = int.from_bytes(data[start : start + 2], "big"), start + 2
            elif size == 127:
                size, start = int.from_bytes(data[start : start + 8], "big"), start + 8
            stop = start + size
            if stop > end or start > end:
                break
            if data.startswith(_MESSAGE, start):
                self.messages += 1
            elif data.startswith(_ACK, start):
                self._read_ack(data[start:stop], yes, no)
            elif data[at] != _TEXT or not data.startswith(b"42", start):
                self._control(data[at], data[start:stop])
            at = stop
        if yes or no:
            self.on_acks(yes, no)
        return at

    def _read_ack(self, ack: bytes, yes: list[int], no: list[int]) -> None:
        opened = ack.index(b"[")
        number = int(ack[len(_ACK) : opened])
        if ack.startswith(_OK, opened + 1):
            yes.append(number)
            if self.answers is not None:
                self.answers[number] = ack[opened:]
        else:
            no.append(number)
            self.refusal = ack[opened:].decode()

    def _control(self, opcode: int, payload: bytes) -> None:
        if opcode == _CLOSE or payload.startswith((b"44", b"41")):
            self._refuse(payload)
        elif payload == b"2":
            self.transport.write(_PONG)
        elif payload.startswith(b"0"):
            self.transport.write(self._entries)
        elif payload.startswith(b"40"):
            self._outside -= 1
            if not self._outside and not self.entered.done():
                self.entered.set_result(None)

    def _refuse(self, reason: bytes) -> None:
        if not self.entered.done():
            self.entered.set_exception(Refused(reason.decode(errors="replace")))
            self.entered.exception()  # as in connection_lost
        self.transport.abort()

    def _resolve(self, yes: list[int], no: list[int]) -> None:
        for number in yes:
            if not self._calls[number].done():
                self._calls[number].set_result(None)
        for number in no:
            if not self._calls[number].done():
                self._calls[number].set_exception(Refused(self.refusal))


class _Counter(asyncio.Protocol):
    """Counts messages by their first bytes, also if these are split across two reads."""

    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        self._tail = b""

    def data_received(self, data: bytes) -> None:
        # The edge is too short for a whole prefix on either side, so none is counted twice.
        edge = self._tail + data[:_EDGE]
        self._socket.messages += data.count(_MESSAGE) + edge.count(_MESSAGE)
        if _PING_FRAME in data or (_PING_FRAME in edge and _PING_FRAME not in self._tail):
            self._socket.transport.write(_PONG)
        self._tail = data[-_EDGE:] if len(data) >= _EDGE else edge[-_EDGE:]


async def connect(port: int, token: str, namespaces: Sequence[str] = (CHAT,)) -> Socket:
    """Connect to the namespaces.

    Raises:
        Refused: the server rejects the connection.
    """
    loop = asyncio.get_running_loop()
    _, socket = await loop.create_connection(lambda: Socket(token, namespaces), HOST, port)
    async with asyncio.timeout(_PATIENCE):
        await socket.entered
    return socket


async def crowd(
    port: int,
    tokens: Sequence[str],
    rooms: Sequence[str] = (),
    *,
    namespaces: Sequence[str] = (CHAT,),
    at_once: int = 20,
) -> list[Socket]:
    """Connect a socket for each token, `at_once` at a time; the n-th joins the n-th room.

    Without `rooms` they join none. The sockets are in the order of the tokens.
    """
    sockets: list[Socket | None] = [None] * len(tokens)
    numbers = iter(range(len(tokens)))

    async def come_in() -> None:
        for number in numbers:
            socket = sockets[number] = await connect(port, tokens[number], namespaces)
            if rooms:
                await socket.call("join-room", rooms[number])

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(come_in())
    return cast("list[Socket]", sockets)


_BEFORE_FIRST = 1_000_000
_CONTENT = "A message about as long as people write them when they study."


class Sender:
    """Sends messages into a room, and calls `on_acks` with the numbers of answered ones.

    The numbers have seven digits each, so that a frame differs from the previous one only in its number.

    Attributes:
        acked: number of positive acks.
        failed: number of negative acks.
    """

    def __init__(
        self, socket: Socket, room: str, on_acks: Callable[[list[int]], None], content: str = _CONTENT
    ) -> None:
        said = json.dumps(["send-message", {"roomId": room, "content": content}], separators=(",", ":"))
        self._head, _, self._tail = frame(f"42/chat,#######{said}".encode()).partition(b"#######")
        self._write = socket.transport.write
        self._number = _BEFORE_FIRST
        self._on_acks = on_acks
        self.acked = 0
        self.failed = 0
        socket.on_acks = self._count

    def send(self, count: int = 1) -> int:
        """Send messages in one write and return the number of the last one."""
        first = self._number + 1
        self._number += count
        self._write(b"".join(b"%b%d%b" % (self._head, n, self._tail) for n in range(first, first + count)))
        return self._number

    @property
    def unanswered(self) -> int:
        """Number of messages without an ack."""
        return self._number - _BEFORE_FIRST - self.acked - self.failed

    def _count(self, yes: list[int], no: list[int]) -> None:
        self.acked += len(yes)
        self.failed += len(no)
        self._on_acks(yes + no)


class Flood:
    """Saturating senders: each has `window` messages in flight, so the server is saturated but its queue is short."""

    def __init__(self, sockets: Sequence[Socket], rooms: Sequence[str], window: int, content: str = _CONTENT) -> None:
        self._going = True
        self._content = content
        self.senders = [self._sender(socket, room) for socket, room in zip(sockets, rooms, strict=True)]
        for sender in self.senders:
            sender.send(window)

    @property
    def acked(self) -> int:
        """Number of acknowledged messages so far."""
        return sum(sender.acked for sender in self.senders)

    @property
    def failed(self) -> int:
        """Number of rejected messages so far."""
        return sum(sender.failed for sender in self.senders)

    def stop(self) -> None:
        """Stop sending."""
        self._going = False

    async def drain(self) -> None:
        """Stop sending, and wait until everything has been answered."""
        self.stop()
        async with asyncio.timeout(_PATIENCE):
            while any(sender.unanswered for sender in self.senders):  # noqa: ASYNC110  # an event each would cost more
                await asyncio.sleep(0.01)

    def _sender(self, socket: Socket, room: str) -> Sender:
        def more(numbers: list[int]) -> None:
            if self._going:
                sender.send(len(numbers))

        sender = Sender(socket, room, more, self._content)
        return sender
