"""What waits for one client, and how it leaves.

A server's WebSocket frames are not masked, so an event for a thousand people is the same bytes for all of them. It is
encoded once, put on each one's list, and what one turn of the loop put on a list leaves in one write: a write costs
some 10 µs however little it carries, more than everything else about a delivery.
"""

import asyncio
import logging
from typing import Any, Protocol

from engineio import packet

log = logging.getLogger(__name__)

PACKETS_PER_ANSWER = 16
"""Packets in one polling answer: python-engineio's client refuses to read more."""
MAX_BYTES = 1024 * 1024
"""Bytes that may wait for one client, beside what a turn of the loop adds; then it is cut off and comes back."""
MAX_PACKETS = 10_000
"""Packets that may wait for one polling client."""
_SHORT, _LONG = 126, 65536  # lengths from which a frame's length takes 2 and 8 bytes more (RFC 6455, 5.2)


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

    def add(self, outbox: "Outbox") -> None:
        """Have what waits in the outbox written at the end of the turn."""
        if not self._outboxes:
            asyncio.get_running_loop().call_soon(self._end)
        self._outboxes.append(outbox)

    def _end(self) -> None:
        outboxes, self._outboxes = self._outboxes, []
        for outbox in outboxes:
            outbox.flush()


class Outbox(asyncio.Queue[Any]):
    """What waits for one client.

    While the client polls, packets wait in the queue and an answer takes at most `PACKETS_PER_ANSWER` of them. Once it
    has a WebSocket (`go_direct`), frames go there, after what waited. What is put first leaves first, either way.

    `is_full` is set once more waits than may: nothing is kept from then on, and the client is to be cut off.
    """

    def __init__(self, turn: Turn) -> None:
        super().__init__()
        self._turn = turn
        self._carrier: Carrier | None = None
        self._frames: list[bytes] = []
        self._taken = 0
        self._bytes = 0
        self.is_full = False

    @property
    def is_direct(self) -> bool:
        """Whether there is a WebSocket."""
        return self._carrier is not None

    def go_direct(self, carrier: Carrier) -> None:
        """Send over a WebSocket from now on, beginning with what waits."""
        waiting = []
        while self.qsize():
            self._taken = 0
            waiting.append(self.get_nowait())
        self._carrier = carrier
        for item in waiting:
            self.put_nowait(item)

    def put_nowait(self, item: packet.Packet | None) -> None:
        """Send a packet; None, while the client polls, ends the polling."""
        if self._carrier is not None:
            if item is not None:
                self.send(frame(item))
            return
        if item is not None and not self._has_room(len(item.encode())):
            return
        super().put_nowait(item)

    async def put(self, item: packet.Packet | None) -> None:
        """Do as `put_nowait`: there is nothing to wait for."""
        self.put_nowait(item)

    def send(self, data: bytes) -> None:
        """Send a frame over the WebSocket."""
        if not self._frames:
            self._turn.add(self)
        self._frames.append(data)

    def flush(self) -> None:
        """Write what this turn has put here so far."""
        frames, carrier = self._frames, self._carrier
        if not frames or carrier is None:
            return
        if not carrier.is_closing():
            carrier.write(frames[0] if len(frames) == 1 else b"".join(frames))
            if carrier.get_write_buffer_size() > MAX_BYTES:
                self._overflow()
                carrier.abort()
        frames.clear()

    async def get(self) -> Any:
        """Wait for the first packet of the next answer."""
        while True:
            self._taken = 0
            try:
                return await super().get()
            except asyncio.QueueEmpty:  # a second poll has just taken its full answer
                continue

    def get_nowait(self) -> Any:
        """Take one more packet into the same answer."""
        if self._taken >= PACKETS_PER_ANSWER:
            raise asyncio.QueueEmpty
        item = super().get_nowait()
        self._taken += 1
        if item is not None:
            self._bytes -= len(item.encode())
        return item

    def _has_room(self, size: int) -> bool:
        if self._bytes + size > MAX_BYTES or self.qsize() >= MAX_PACKETS:
            self._overflow()
        if not self.is_full:
            self._bytes += size
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
