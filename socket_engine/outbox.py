"""What waits for one client, and how it leaves.

A server's WebSocket frames are not masked, so an event for a thousand people is the same bytes for all of them. It is
encoded once, put on each one's list, and what one turn of the loop put on a list leaves in one write: a write costs
some 10 µs however little it carries, more than everything else about a delivery.
"""

import asyncio
import logging
from typing import Any, NamedTuple, Protocol

from engineio import packet

log = logging.getLogger(__name__)

PACKETS_PER_ANSWER = 16
"""Packets in one polling answer: python-engineio's client refuses to read more."""
_NOOP = packet.Packet(packet.NOOP)
LATER = 0.025
"""Seconds within which what can wait is written, unless something else for the same client leaves earlier."""
_SHORT, _LONG = 126, 65536  # lengths from which a frame's length takes 2 and 8 bytes more (RFC 6455, 5.2)


class Room(NamedTuple):
    """What may wait for one client. Where more waits when something is put on top, the client is cut off."""

    bytes: int
    packets: int


class Carrier(Protocol):
    """The connection under a WebSocket."""

    def write(self, data: bytes) -> None:
        """Send what can be sent now and keep the rest."""

    def get_write_buffer_size(self) -> int:
        """Return how many bytes are kept."""

    def is_closing(self) -> bool:
        """Say whether it is closed, or about to be."""

    def abort(self) -> None:
        """Close at once and forget what is kept."""


class Turn:
    """The clients that get something at the end of this turn of the loop."""

    def __init__(self) -> None:
        self._outboxes: list[Outbox] = []
        self._later: list[Outbox] = []

    def add(self, outbox: "Outbox") -> None:
        """Have what waits in the outbox written at the end of the turn."""
        if not self._outboxes:
            asyncio.get_running_loop().call_soon(self._end)
        self._outboxes.append(outbox)

    def add_later(self, outbox: "Outbox") -> None:
        """Have what waits in the outbox written within `LATER` seconds."""
        if not self._later:
            asyncio.get_running_loop().call_later(LATER, self._end_later)
        self._later.append(outbox)

    def _end(self) -> None:
        outboxes, self._outboxes = self._outboxes, []
        for outbox in outboxes:
            outbox.flush()

    def _end_later(self) -> None:
        outboxes, self._later = self._later, []
        for outbox in outboxes:
            outbox.flush()


class Outbox(asyncio.Queue[Any]):
    """What waits for one client.

    While the client polls, packets wait in the queue and an answer takes at most `PACKETS_PER_ANSWER` of them. Once it
    has a WebSocket (`go_direct`), frames go there, after what waited. What is put first leaves first, either way.

    `is_full` is set once more waits than may: nothing is kept from then on, and the client is to be cut off. What is
    put on top of little may be large, such as all that a client has missed: only what waits then counts.
    """

    def __init__(self, turn: Turn, room: Room) -> None:
        super().__init__()
        self._turn = turn
        self._room = room
        self._carrier: Carrier | None = None
        self._frames: list[bytes] = []
        self._leaves = False
        self._taken = 0
        self._bytes = 0
        self.put_so_far = 0
        """Bytes that were ever put here, and flushed where there is a WebSocket."""
        self.is_full = False

    @property
    def is_direct(self) -> bool:
        """Whether there is a WebSocket."""
        return self._carrier is not None

    @property
    def left_so_far(self) -> int:
        """Bytes of `put_so_far` that have left for the client."""
        waiting = self._bytes if self._carrier is None else self._carrier.get_write_buffer_size()
        return self.put_so_far - waiting

    def go_direct(self, carrier: Carrier) -> None:
        """Send over a WebSocket from now on, beginning with what waits."""
        waiting = []
        while self.qsize():
            self._taken = 0
            waiting.append(self.get_nowait())
        self._carrier = carrier
        for item in waiting:
            self.put_nowait(item)
        super().put_nowait(_NOOP)  # for a poll that still waits; no other will come

    def put_nowait(self, item: packet.Packet | None) -> None:
        """Send a packet; None, while the client polls, ends the polling."""
        if self._carrier is not None:
            if item is not None:
                self.send(frame(item))
            return
        if item is not None and not self._take_room(len(item.encode())):
            return
        super().put_nowait(item)

    async def put(self, item: packet.Packet | None) -> None:
        """Do as `put_nowait`: there is nothing to wait for."""
        self.put_nowait(item)

    def send(self, data: bytes) -> None:
        """Send a frame over the WebSocket."""
        if not self._leaves:
            self._leaves = True
            self._turn.add(self)
        self._frames.append(data)

    def send_later(self, data: bytes) -> None:
        """Send a frame that can wait for others: a write of its own costs more than all else about it."""
        if not self._frames:
            self._turn.add_later(self)
        self._frames.append(data)

    def flush(self) -> None:
        """Write what this turn has put here so far."""
        self._leaves = False
        frames, carrier = self._frames, self._carrier
        if not frames or carrier is None:
            return
        if carrier.get_write_buffer_size() > self._room.bytes:
            self._overflow()
            carrier.abort()
        elif not carrier.is_closing():
            data = frames[0] if len(frames) == 1 else b"".join(frames)
            self.put_so_far += len(data)
            carrier.write(data)
        frames.clear()

    async def get(self) -> Any:
        """Wait for the first packet of the next answer."""
        self._taken = 0
        return await super().get()

    def get_nowait(self) -> Any:
        """Take one more packet into the same answer."""
        if self._taken >= PACKETS_PER_ANSWER:
            raise asyncio.QueueEmpty
        item = super().get_nowait()
        self._taken += 1
        if item is not None:
            self._bytes -= len(item.encode())
        return item

    def _take_room(self, size: int) -> bool:
        if self._bytes > self._room.bytes or self.qsize() >= self._room.packets:
            self._overflow()
        if not self.is_full:
            self._bytes += size
            self.put_so_far += size
        return not self.is_full

    def _overflow(self) -> None:
        if not self.is_full:
            self.is_full = True
            log.warning("cutting off a client that does not read")


def frame(item: packet.Packet) -> bytes:
    """Return a packet as a WebSocket frame, made once however many get it."""
    made: bytes | None = getattr(item, "frame", None)
    if made is None:
        made = item.frame = text_frame(item.encode().encode())
    return made


def text_frame(payload: bytes) -> bytes:
    """Return a WebSocket frame of text as a server sends it (RFC 6455, 5.2)."""
    length = len(payload)
    if length < _SHORT:
        return bytes((0x81, length)) + payload
    if length < _LONG:
        return b"\x81\x7e" + length.to_bytes(2, "big") + payload
    return b"\x81\x7f" + length.to_bytes(8, "big") + payload
