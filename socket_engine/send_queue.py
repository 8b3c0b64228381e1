"""What waits for one client, and how it leaves.

A server's WebSocket frames are not masked, so an event for a thousand people is the same bytes for all of them. It is
encoded once, put on each one's list, and what one turn of the loop put on a list leaves in one write: a write costs
some 10 µs however little it carries, more than everything else about a delivery.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import NamedTuple, Protocol

from runtime.buffered_bytes import LARGE, Held
from socket_engine.packets import Outgoing

log = logging.getLogger(__name__)

PACKETS_PER_ANSWER = 16
"""Packets in one polling answer: python-engineio's client refuses to read more."""
LATER = 0.025
"""Seconds within which what can wait is written, unless something else for the same client leaves earlier."""
LATEST = 0.25
"""Seconds that it may take instead where a crowd comes or goes, and each is to be told of everybody."""
LATER_SHARE = 0.1
"""The share of time that writing what can wait may take before it has to wait longer."""
REST = 2.0
"""For how many times as long as the last writes took no others begin."""
LONGEST_REST = 0.05
"""Seconds that this may be at most."""


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


def _nobody() -> None:
    """Stand for somebody who is gone."""


class Turn:
    """The clients that get something at the end of this turn of the loop.

    After it has written, it rests: who is not busy does not notice, as a message in a room of ten is written in 0.1 ms.
    A server under load sends more at a time instead of sending more often, and has most of its time for what comes in.
    """

    def __init__(self) -> None:
        self._outboxes: list[Outbox] = []
        self._later: list[Outbox] = []
        self._rests_until = 0.0
        self._later_after = LATER
        self._slow: dict[Outbox, None] = {}

    def watch(self, outbox: "Outbox") -> None:
        """Look at an outbox in which much waits until it has left."""
        self._slow[outbox] = None

    def forget(self, outbox: "Outbox") -> None:
        """Look at an outbox no more."""
        self._slow.pop(outbox, None)

    def look(self) -> None:
        """Count what waits in slow outboxes; cut off the fullest if far too much waits for their user or address."""
        for outbox in list(self._slow):
            outbox.count_waiting()
        for outbox in sorted(self._slow, key=lambda slow: slow.waiting, reverse=True):
            if outbox.held is not None and outbox.held.is_far_over:
                outbox.cut_off(
                    "of a user or address with too much waiting ([server] bytes_per_user, bytes_per_address)"
                )

    def add(self, outbox: "Outbox") -> None:
        """Have what waits in the outbox written at the end of the turn."""
        if not self._outboxes:
            loop = asyncio.get_running_loop()
            if loop.time() < self._rests_until:
                loop.call_at(self._rests_until, self._end)
            else:
                loop.call_soon(loop.call_soon, self._end)  # those who were told something now answer in the next turn
        self._outboxes.append(outbox)

    def add_later(self, outbox: "Outbox") -> None:
        """Have what waits in the outbox written within `LATER` seconds, or `LATEST` under load."""
        if not self._later:
            asyncio.get_running_loop().call_later(self._later_after, self._end_later)
        self._later.append(outbox)

    def _end(self) -> None:
        outboxes, self._outboxes = self._outboxes, []
        took = _flush(outboxes)
        self._rests_until = asyncio.get_running_loop().time() + min(REST * took, LONGEST_REST)

    def _end_later(self) -> None:
        outboxes, self._later = self._later, []
        took = _flush(outboxes)
        self._later_after = min(max(LATER, took / LATER_SHARE), LATEST)


def _flush(outboxes: "list[Outbox]") -> float:
    """Write what waits in the outboxes and return how many seconds of the processor that took."""
    began = time.thread_time()
    for outbox in outboxes:
        try:
            outbox.flush()
        except Exception:  # the others are still to get theirs
            log.exception("what waits for a client could not be written")
            outbox.give_up()
    return time.thread_time() - began


class Outbox:
    """What waits for one client.

    While the client polls, packets wait for its next request, and an answer takes at most `PACKETS_PER_ANSWER` of them.
    Once it has a WebSocket (`go_direct`), frames go there, after what waited. What is put first leaves first.

    Once more waits than may, nothing is kept from then on, and `cut_off` is called, soon. What is put on top of little
    may be large, such as all that a client has missed: only what waits then counts.
    """

    __slots__ = (
        "_bytes",
        "_carrier",
        "_cut_off",
        "_is_full",
        "_leaves",
        "_poll",
        "_room",
        "_turn",
        "_waiting",
        "held",
        "put_so_far",
    )

    def __init__(self, turn: Turn, room: Room, cut_off: Callable[[], None], held: Held | None = None) -> None:
        self.held = held
        self._turn = turn
        self._room = room
        self._cut_off = cut_off
        self._carrier: Carrier | None = None
        self._waiting: list[bytes] = []  # payloads while the client polls, then frames
        self._poll: asyncio.Future[None] | None = None
        self._leaves = False
        self._is_full = False
        self._bytes = 0
        self.put_so_far = 0
        """Bytes that were ever put here, and flushed where there is a WebSocket."""

    @property
    def waiting(self) -> int:
        """Bytes that wait, but for frames of this turn of the loop."""
        return self._bytes if self._carrier is None else self._carrier.get_write_buffer_size()

    @property
    def left_so_far(self) -> int:
        """Bytes of `put_so_far` that have left for the client."""
        return self.put_so_far - self.waiting

    def put_large(self, packet: Outgoing) -> bool:
        """Send a large packet, unless too much waits for the user or address of the client: then return False."""
        if self.held is not None:
            if not self.held.has_room:
                return False
            self.held.set(self.held.bytes + len(packet.payload))
            self._turn.watch(self)
        self.put(packet)
        return True

    def count_waiting(self) -> None:
        """Count what waits now; a little is not worth it."""
        waiting = self.waiting
        if waiting <= LARGE:
            self._turn.forget(self)
            waiting = 0
        if self.held is not None:
            self.held.set(waiting)

    def cut_off(self, why: str) -> None:
        """Close the connection of a slow client."""
        self._overflow(why)
        if self._carrier is not None:
            self._carrier.abort()
        else:
            self._waiting, self._bytes = [], 0
        self._let_go_of_held()

    @property
    def is_empty(self) -> bool:
        """True if nothing is queued."""
        return not self._waiting

    def put(self, packet: Outgoing) -> None:
        """Send a packet."""
        if self._carrier is None:
            self._keep(packet.payload)
            return
        if not self._leaves:
            self._leaves = True
            self._turn.add(self)
        self._waiting.append(packet.frame)

    def put_later(self, packet: Outgoing) -> None:
        """Send a packet that can wait for others: a write of its own costs more than all else about it."""
        if self._carrier is None:
            self._keep(packet.payload)
            return
        if not self._waiting:
            self._turn.add_later(self)
        self._waiting.append(packet.frame)

    # Over a WebSocket

    def go_direct(self, carrier: Carrier) -> None:
        """Send over a WebSocket from now on, beginning with what waits. A poll that still waits ends with nothing."""
        waiting, self._waiting = self._waiting, []
        self._carrier = carrier
        for payload in waiting:
            self.put(Outgoing(payload))
        self.end_poll()

    def flush(self) -> None:
        """Write what has been put here so far."""
        self._leaves = False
        frames, carrier = self._waiting, self._carrier
        if not frames or carrier is None:
            return
        if (waiting := carrier.get_write_buffer_size()) > LARGE:
            self._turn.watch(self)
        if waiting > self._room.bytes:
            self._overflow()
            carrier.abort()
        elif not carrier.is_closing():
            data = frames[0] if len(frames) == 1 else b"".join(frames)
            self.put_so_far += len(data)
            carrier.write(data)
        frames.clear()

    def give_up(self) -> None:
        """Have the client closed: it has missed something, and comes back for it."""
        self._waiting.clear()
        if self._carrier is not None:
            self._carrier.abort()

    # By polling

    async def poll(self) -> list[bytes]:
        """Wait until there is something for the next answer, and take it; [] where the poll was ended instead."""
        if not self._waiting and self._carrier is None:
            self._poll = asyncio.get_running_loop().create_future()
            try:
                await self._poll
            finally:
                self._poll = None
        return self.take()

    def take(self) -> list[bytes]:
        """Take the payloads for one answer."""
        if self._carrier is not None:
            return []
        taken = self._waiting[:PACKETS_PER_ANSWER]
        del self._waiting[:PACKETS_PER_ANSWER]
        self._bytes -= sum(map(len, taken))
        return taken

    def end_poll(self) -> None:
        """Have a poll that waits return."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)

    def let_go(self) -> None:
        """Forget everything: the client is gone for good."""
        self._waiting = []
        self._carrier = None
        self._is_full = True
        self._cut_off = _nobody
        self._let_go_of_held()

    def _keep(self, payload: bytes) -> None:
        if self._bytes > self._room.bytes or len(self._waiting) >= self._room.packets:
            self._overflow()
        if self._is_full:
            return
        self._bytes += len(payload)
        if self._bytes > LARGE:
            self._turn.watch(self)
        self.put_so_far += len(payload)
        self._waiting.append(payload)
        self.end_poll()

    def _let_go_of_held(self) -> None:
        self._turn.forget(self)
        if self.held is not None:
            self.held.set(0)

    def _overflow(self, why: str = "that does not read") -> None:
        if not self._is_full:
            self._is_full = True
            log.warning("cutting off a client %s", why)
            asyncio.get_running_loop().call_soon(self._cut_off)  # whoever puts goes through a list of clients
