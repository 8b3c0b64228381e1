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

from runtime.buffered_bytes import MIN_TRACKED_BYTES, BufferedBytes
from socket_engine.packets import OutgoingPacket

log = logging.getLogger(__name__)

MAX_PACKETS_PER_POLL = 16
"""Packets in one polling answer: python-engineio's client refuses to read more."""
DEFER_DELAY = 0.025
"""Seconds within which what can wait is written, unless something else for the same client leaves earlier."""
MAX_DEFER_DELAY = 0.25
"""Seconds that it may take instead where a crowd comes or goes, and each is to be told of everybody."""
DEFERRED_TIME_SHARE = 0.1
"""The share of time that writing what can wait may take before it has to wait longer."""
FLUSH_BACKOFF = 2.0
"""For how many times as long as the last writes took no others begin."""
MAX_FLUSH_BACKOFF = 0.05
"""Seconds that this may be at most."""


class SendQueueLimits(NamedTuple):
    """What may wait for one client. Where more waits when something is put on top, the client is cut off."""

    bytes: int
    packets: int


class WriteTransport(Protocol):
    """The connection under a WebSocket."""

    def write(self, data: bytes) -> None:
        """Send what can be sent now and keep the rest."""

    def get_write_buffer_size(self) -> int:
        """Return how many bytes are kept."""

    def is_closing(self) -> bool:
        """Say whether it is closed, or about to be."""

    def abort(self) -> None:
        """Close at once and forget what is kept."""


def _do_nothing() -> None:
    """Stand for somebody who is gone."""


class FlushScheduler:
    """The clients that get something at the end of this turn of the loop.

    After it has written, it rests: who is not busy does not notice, as a message in a room of ten is written in 0.1 ms.
    A server under load sends more at a time instead of sending more often, and has most of its time for what comes in.
    """

    def __init__(self) -> None:
        self._scheduled: list[SendQueue] = []
        self._deferred: list[SendQueue] = []
        self._paused_until = 0.0
        self._defer_delay = DEFER_DELAY
        self._slow: dict[SendQueue, None] = {}

    def watch_slow(self, outbox: "SendQueue") -> None:
        """Look at an outbox in which much waits until it has left."""
        self._slow[outbox] = None

    def unwatch_slow(self, outbox: "SendQueue") -> None:
        """Look at an outbox no more."""
        self._slow.pop(outbox, None)

    def check_slow_consumers(self) -> None:
        """Count what waits in slow outboxes; cut off the fullest if far too much waits for their user or address."""
        for outbox in list(self._slow):
            outbox.update_buffered()
        for outbox in sorted(self._slow, key=lambda slow: slow.queued_bytes, reverse=True):
            if outbox.buffered is not None and outbox.buffered.is_far_over:
                outbox.disconnect_slow(
                    "of a user or address with too much waiting ([server] bytes_per_user, bytes_per_address)"
                )

    def schedule(self, outbox: "SendQueue") -> None:
        """Have what waits in the outbox written at the end of the turn."""
        if not self._scheduled:
            loop = asyncio.get_running_loop()
            if loop.time() < self._paused_until:
                loop.call_at(self._paused_until, self._flush_scheduled)
            else:
                loop.call_soon(
                    loop.call_soon, self._flush_scheduled
                )  # those who were told something now answer in the next turn
        self._scheduled.append(outbox)

    def schedule_deferred(self, outbox: "SendQueue") -> None:
        """Have what waits in the outbox written within `DEFER_DELAY` seconds, or `MAX_DEFER_DELAY` under load."""
        if not self._deferred:
            asyncio.get_running_loop().call_later(self._defer_delay, self._flush_deferred)
        self._deferred.append(outbox)

    def _flush_scheduled(self) -> None:
        outboxes, self._scheduled = self._scheduled, []
        took = _flush(outboxes)
        self._paused_until = asyncio.get_running_loop().time() + min(FLUSH_BACKOFF * took, MAX_FLUSH_BACKOFF)

    def _flush_deferred(self) -> None:
        outboxes, self._deferred = self._deferred, []
        took = _flush(outboxes)
        self._defer_delay = min(max(DEFER_DELAY, took / DEFERRED_TIME_SHARE), MAX_DEFER_DELAY)


def _flush(outboxes: "list[SendQueue]") -> float:
    """Write what waits in the outboxes and return how many seconds of the processor that took."""
    began = time.thread_time()
    for outbox in outboxes:
        try:
            outbox.flush()
        except Exception:  # the others are still to get theirs
            log.exception("what waits for a client could not be written")
            outbox.abort()
    return time.thread_time() - began


class SendQueue:
    """What waits for one client.

    While the client polls, packets wait for its next request, and an answer takes at most `MAX_PACKETS_PER_POLL` of
    them.
    Once it has a WebSocket (`attach_transport`), frames go there, after what waited. What is put first leaves first.

    Once more waits than may, nothing is kept from then on, and `disconnect_slow` is called, soon. What is put on top
    of little may be large, such as all that a client has missed: only what waits then counts.
    """

    __slots__ = (
        "_bytes",
        "_flush_pending",
        "_is_full",
        "_limits",
        "_on_overflow",
        "_poll",
        "_queue",
        "_scheduler",
        "_transport",
        "buffered",
        "total_bytes",
    )

    def __init__(
        self,
        scheduler: FlushScheduler,
        limits: SendQueueLimits,
        on_overflow: Callable[[], None],
        buffered: BufferedBytes | None = None,
    ) -> None:
        self.buffered = buffered
        self._scheduler = scheduler
        self._limits = limits
        self._on_overflow = on_overflow
        self._transport: WriteTransport | None = None
        self._queue: list[bytes] = []  # payloads while the client polls, then frames
        self._poll: asyncio.Future[None] | None = None
        self._flush_pending = False
        self._is_full = False
        self._bytes = 0
        self.total_bytes = 0
        """Bytes that were ever put here, and flushed where there is a WebSocket."""

    @property
    def queued_bytes(self) -> int:
        """Bytes that wait, but for frames of this turn of the loop."""
        return self._bytes if self._transport is None else self._transport.get_write_buffer_size()

    @property
    def sent_bytes(self) -> int:
        """Bytes of `total_bytes` that have left for the client."""
        return self.total_bytes - self.queued_bytes

    def put_large(self, packet: OutgoingPacket) -> bool:
        """Send a large packet, unless too much waits for the user or address of the client: then return False."""
        if self.buffered is not None:
            if not self.buffered.has_capacity:
                return False
            self.buffered.set(self.buffered.bytes + len(packet.payload))
            self._scheduler.watch_slow(self)
        self.put(packet)
        return True

    def update_buffered(self) -> None:
        """Count what waits now; a little is not worth it."""
        waiting = self.queued_bytes
        if waiting <= MIN_TRACKED_BYTES:
            self._scheduler.unwatch_slow(self)
            waiting = 0
        if self.buffered is not None:
            self.buffered.set(waiting)

    def disconnect_slow(self, why: str) -> None:
        """Close the connection of a slow client."""
        self._overflow(why)
        if self._transport is not None:
            self._transport.abort()
        else:
            self._queue, self._bytes = [], 0
        self._release_buffered()

    @property
    def is_empty(self) -> bool:
        """True if nothing is queued."""
        return not self._queue

    def put(self, packet: OutgoingPacket) -> None:
        """Send a packet."""
        if self._transport is None:
            self._enqueue(packet.payload)
            return
        if not self._flush_pending:
            self._flush_pending = True
            self._scheduler.schedule(self)
        self._queue.append(packet.frame)

    def put_deferred(self, packet: OutgoingPacket) -> None:
        """Send a packet that can wait for others: a write of its own costs more than all else about it."""
        if self._transport is None:
            self._enqueue(packet.payload)
            return
        if not self._queue:
            self._scheduler.schedule_deferred(self)
        self._queue.append(packet.frame)

    # Over a WebSocket

    def attach_transport(self, transport: WriteTransport) -> None:
        """Send over a WebSocket from now on, beginning with what waits. A poll that still waits ends with nothing."""
        waiting, self._queue = self._queue, []
        self._transport = transport
        for payload in waiting:
            self.put(OutgoingPacket(payload))
        self.end_poll()

    def flush(self) -> None:
        """Write what has been put here so far."""
        self._flush_pending = False
        frames, carrier = self._queue, self._transport
        if not frames or carrier is None:
            return
        if (waiting := carrier.get_write_buffer_size()) > MIN_TRACKED_BYTES:
            self._scheduler.watch_slow(self)
        if waiting > self._limits.bytes:
            self._overflow()
            carrier.abort()
        elif not carrier.is_closing():
            data = frames[0] if len(frames) == 1 else b"".join(frames)
            self.total_bytes += len(data)
            carrier.write(data)
        frames.clear()

    def abort(self) -> None:
        """Have the client closed: it has missed something, and comes back for it."""
        self._queue.clear()
        if self._transport is not None:
            self._transport.abort()

    # By polling

    async def poll(self) -> list[bytes]:
        """Wait until there is something for the next answer, and take it; [] where the poll was ended instead."""
        if not self._queue and self._transport is None:
            self._poll = asyncio.get_running_loop().create_future()
            try:
                await self._poll
            finally:
                self._poll = None
        return self.take_payloads()

    def take_payloads(self) -> list[bytes]:
        """Take the payloads for one answer."""
        if self._transport is not None:
            return []
        taken = self._queue[:MAX_PACKETS_PER_POLL]
        del self._queue[:MAX_PACKETS_PER_POLL]
        self._bytes -= sum(map(len, taken))
        return taken

    def end_poll(self) -> None:
        """Have a poll that waits return."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)

    def release(self) -> None:
        """Forget everything: the client is gone for good."""
        self._queue = []
        self._transport = None
        self._is_full = True
        self._on_overflow = _do_nothing
        self._release_buffered()

    def _enqueue(self, payload: bytes) -> None:
        if self._bytes > self._limits.bytes or len(self._queue) >= self._limits.packets:
            self._overflow()
        if self._is_full:
            return
        self._bytes += len(payload)
        if self._bytes > MIN_TRACKED_BYTES:
            self._scheduler.watch_slow(self)
        self.total_bytes += len(payload)
        self._queue.append(payload)
        self.end_poll()

    def _release_buffered(self) -> None:
        self._scheduler.unwatch_slow(self)
        if self.buffered is not None:
            self.buffered.set(0)

    def _overflow(self, why: str = "that does not read") -> None:
        if not self._is_full:
            self._is_full = True
            log.warning("cutting off a client %s", why)
            asyncio.get_running_loop().call_soon(self._on_overflow)  # whoever puts goes through a list of clients
