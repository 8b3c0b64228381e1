"""Socket.IO clients over raw WebSocket frames.

A client library would cost more than the servers do. What is read of a frame is what must be known: whether it is a
`message`, an ack, a ping, or the answer to coming in.
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
"""Seconds that coming in, or an ack, may take."""


def frame(payload: bytes) -> bytes:
    """Return a client's text frame. Its mask is zero, so that it reads as it is; servers unmask it all the same."""
    size = len(payload)
    head = bytes((_TEXT, 0x80 | size)) if size < 126 else bytes((_TEXT, 0xFE)) + size.to_bytes(2, "big")
    return head + bytes(4) + payload


_PONG = frame(b"3")


class Refused(Exception):
    """The server said no, or went away."""


class Socket(asyncio.Protocol):
    """One client's connection.

    Attributes:
        messages: how many `message` events were heard.
        refusal: what the last ack said that said no.
        answers: the acks that said yes, by their numbers, as text; None while nobody wants them kept.
        on_acks: called with the numbers of the acks in one read: those that said yes, and those that said no.
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
            Refused: the ack says no.
        """
        number = len(self._calls)
        ack = self._calls[number] = asyncio.get_running_loop().create_future()
        said = json.dumps([event, argument], separators=(",", ":"))
        self.transport.write(frame(f"42/chat,{number}{said}".encode()))
        async with asyncio.timeout(_PATIENCE):
            await ack

    def only_count(self) -> None:
        """From now on count messages without looking at each frame: all that a listener in a loud room can afford."""
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
                waiting.exception()  # nobody waits any more where another socket failed first

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
        """Act on the whole frames in `data` and return where the first one begins that is not all there."""
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
    """Counts messages by how they begin, also those that lie across two reads."""

    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        self._tail = b""

    def data_received(self, data: bytes) -> None:
        # The edge is too short to hold a whole beginning on either side, so none is counted twice.
        edge = self._tail + data[:_EDGE]
        self._socket.messages += data.count(_MESSAGE) + edge.count(_MESSAGE)
        if _PING_FRAME in data or (_PING_FRAME in edge and _PING_FRAME not in self._tail):
            self._socket.transport.write(_PONG)
        self._tail = data[-_EDGE:] if len(data) >= _EDGE else edge[-_EDGE:]


async def connect(port: int, token: str, namespaces: Sequence[str] = (CHAT,)) -> Socket:
    """Connect and come into the namespaces.

    Raises:
        Refused: the server does not want it.
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
    """Connect a socket for each token, `at_once` at a time, and have the n-th join the n-th room.

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
    """Sends messages into a room, and tells `on_acks` the numbers of those that were answered.

    The numbers have seven digits each, so that a frame is the last one with another number in it.

    Attributes:
        acked: how many acks said yes.
        failed: how many said no.
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
        """How many messages are on their way."""
        return self._number - _BEFORE_FIRST - self.acked - self.failed

    def _count(self, yes: list[int], no: list[int]) -> None:
        self.acked += len(yes)
        self.failed += len(no)
        self._on_acks(yes + no)


class Flood:
    """Senders flat out: each keeps `window` messages unacknowledged, so the server is saturated but not buried."""

    def __init__(self, sockets: Sequence[Socket], rooms: Sequence[str], window: int, content: str = _CONTENT) -> None:
        self._going = True
        self._content = content
        self.senders = [self._sender(socket, room) for socket, room in zip(sockets, rooms, strict=True)]
        for sender in self.senders:
            sender.send(window)

    @property
    def acked(self) -> int:
        """How many messages were acknowledged so far."""
        return sum(sender.acked for sender in self.senders)

    @property
    def failed(self) -> int:
        """How many were refused so far."""
        return sum(sender.failed for sender in self.senders)

    def stop(self) -> None:
        """Send no more."""
        self._going = False

    async def drain(self) -> None:
        """Send no more, and wait until everything has been answered."""
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
