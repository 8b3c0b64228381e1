"""Send queues: outgoing packets of one client each, flushed in batches, with limits for slow consumers.

A server does not mask WebSocket frames, so an event for a thousand clients is the same bytes for all of them. It is
encoded once and put into each send queue. All packets of one iteration of the event loop are flushed in one write per
client: a write of any size costs about 10 µs, more than the rest of a delivery.
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
"""Maximum number of packets in a polling response: python-engineio's client rejects more."""
DEFER_DELAY = 0.025
"""Seconds after which deferred packets are flushed, unless another packet for the client is flushed earlier."""
MAX_DEFER_DELAY = 0.25
"""Maximum of this delay under load, such as when many users join a room and each receives an event for each other."""
DEFERRED_TIME_SHARE = 0.1
"""Share of the time that flushing deferred packets may take before the delay is increased."""
FLUSH_BACKOFF = 2.0
"""Pause after a flush, as a multiple of the time that the flush took."""
MAX_FLUSH_BACKOFF = 0.05
"""Maximum of this pause in seconds."""


class SendQueueLimits(NamedTuple):
    """Limits of a send queue. A client whose queue exceeds one of them when a packet is added is a slow consumer.

    It is disconnected, and catches up when it reconnects.
    """

    bytes: int
    packets: int

    @property
    def bytes_exceeded(self) -> str:
        """Reason in the log for a queue with too many bytes."""
        return f"send queue exceeds {self.bytes} bytes ([socket] max_waiting_bytes)"

    @property
    def packets_exceeded(self) -> str:
        """Reason in the log for the queue of a polling client with too many packets."""
        return f"send queue exceeds {self.packets} packets ([socket] max_waiting_packets)"


class WriteTransport(Protocol):
    """Transport of a WebSocket."""

    def write(self, data: bytes) -> None:
        """Write data to the socket, and buffer the rest."""

    def get_write_buffer_size(self) -> int:
        """Return the number of buffered bytes."""

    def is_closing(self) -> bool:
        """Return True if the transport is closed or closing."""

    def abort(self) -> None:
        """Close the connection immediately and discard the buffer."""


def _do_nothing() -> None:
    """Replace the callback of a released send queue."""


class FlushScheduler:
    """Scheduler of flushes: writes the send queues that received packets, at the end of an iteration of the event loop.

    After a flush it pauses (`FLUSH_BACKOFF`). Without load this is unnoticeable: a message in a room of ten is flushed
    in 0.1 ms. Under load the server sends larger batches instead of more of them, and spends most of its time on
    received events.
    """

    def __init__(self) -> None:
        self._scheduled: list[SendQueue] = []
        self._deferred: list[SendQueue] = []
        self._paused_until = 0.0
        self._defer_delay = DEFER_DELAY
        self._slow: dict[SendQueue, None] = {}

    def watch_slow(self, outbox: "SendQueue") -> None:
        """Watch a send queue of a possible slow consumer, until it is flushed."""
        self._slow[outbox] = None

    def unwatch_slow(self, outbox: "SendQueue") -> None:
        """Stop watching a send queue."""
        self._slow.pop(outbox, None)

    def check_slow_consumers(self) -> None:
        """Update the buffer budget from the watched send queues, and disconnect slow consumers far above it.

        The largest send queues come first, until the user or address is below twice its limits.
        """
        for outbox in list(self._slow):
            outbox.update_buffered()
        for outbox in sorted(self._slow, key=lambda slow: slow.queued_bytes, reverse=True):
            if outbox.buffered is not None and outbox.buffered.is_far_over:
                outbox.disconnect_slow(
                    "buffered bytes exceed twice a limit ([server] bytes_per_user, bytes_per_address, bytes_in_all)"
                )

    def schedule(self, outbox: "SendQueue") -> None:
        """Schedule a flush of the send queue at the end of this iteration, or after the pause."""
        if not self._scheduled:
            loop = asyncio.get_running_loop()
            if loop.time() < self._paused_until:
                loop.call_at(self._paused_until, self._flush_scheduled)
            else:
                # two iterations: handlers that this one wakes add their packets to the same flush
                loop.call_soon(loop.call_soon, self._flush_scheduled)
        self._scheduled.append(outbox)

    def schedule_deferred(self, outbox: "SendQueue") -> None:
        """Schedule a flush of the send queue within `DEFER_DELAY` seconds, or `MAX_DEFER_DELAY` under load."""
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
    """Flush the send queues and return the CPU time in seconds."""
    began = time.thread_time()
    for outbox in outboxes:
        try:
            outbox.flush()
        except Exception:  # the other clients must still receive their packets
            log.exception("flushing a send queue failed: disconnecting the client")
            outbox.abort()
    return time.thread_time() - began


class SendQueue:
    """Send queue of one client, in FIFO order.

    While the client polls, packets wait for its next request; a response takes at most `MAX_PACKETS_PER_POLL`. With a
    WebSocket (`attach_transport`), queued packets are sent first, then frames are flushed to its transport.

    A queue that exceeds its limits belongs to a slow consumer: all further packets are dropped, and `on_overflow` is
    called soon. Only packets that wait when another one is added count. So a large packet, such as all messages that a
    client has missed, may follow a short queue.

    Args:
        scheduler: scheduler of flushes.
        limits: maximum numbers of waiting bytes and packets.
        on_overflow: called once, soon after the queue exceeds its limits.
        buffered: bytes of this queue in the buffer budget; None if it has none.
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
        """Total of bytes that were ever put here; with a WebSocket, of bytes that were flushed."""

    @property
    def queued_bytes(self) -> int:
        """Number of waiting bytes, without the frames that are not flushed yet."""
        return self._bytes if self._transport is None else self._transport.get_write_buffer_size()

    @property
    def sent_bytes(self) -> int:
        """Number of bytes of `total_bytes` that were sent to the client."""
        return self.total_bytes - self.queued_bytes

    def put_large(self, packet: OutgoingPacket) -> bool:
        """Put a large packet; drop it and return False if the client exceeds the buffer budget (load shedding)."""
        if self.buffered is not None:
            if not self.buffered.has_capacity:
                return False
            self.buffered.set(self.buffered.bytes + len(packet.payload))
            self._scheduler.watch_slow(self)
        self.put(packet)
        return True

    def update_buffered(self) -> None:
        """Update the buffer budget; a queue of at most `MIN_TRACKED_BYTES` counts as empty and is no longer watched."""
        waiting = self.queued_bytes
        if waiting <= MIN_TRACKED_BYTES:
            self._scheduler.unwatch_slow(self)
            waiting = 0
        if self.buffered is not None:
            self.buffered.set(waiting)

    def disconnect_slow(self, reason: str) -> None:
        """Disconnect a slow consumer; the log line ends with the reason."""
        self._overflow(reason)
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
        """Put a packet into the queue and schedule its flush."""
        if self._transport is None:
            self._enqueue(packet.payload)
            return
        if not self._flush_pending:
            self._flush_pending = True
            self._scheduler.schedule(self)
        self._queue.append(packet.frame)

    def put_deferred(self, packet: OutgoingPacket) -> None:
        """Put a packet that may wait for others, because a separate write costs more than the rest of its delivery."""
        if self._transport is None:
            self._enqueue(packet.payload)
            return
        if not self._queue:
            self._scheduler.schedule_deferred(self)
        self._queue.append(packet.frame)

    # Over a WebSocket

    def attach_transport(self, transport: WriteTransport) -> None:
        """Send over a WebSocket from now on, queued packets first. A waiting poll ends without packets."""
        waiting, self._queue = self._queue, []
        self._transport = transport
        for payload in waiting:
            self.put(OutgoingPacket(payload))
        self.end_poll()

    def flush(self) -> None:
        """Write all queued frames to the transport in one call; disconnect a slow consumer instead."""
        self._flush_pending = False
        frames, carrier = self._queue, self._transport
        if not frames or carrier is None:
            return
        if (waiting := carrier.get_write_buffer_size()) > MIN_TRACKED_BYTES:
            self._scheduler.watch_slow(self)
        if waiting > self._limits.bytes:
            self._overflow(self._limits.bytes_exceeded)
            carrier.abort()
        elif not carrier.is_closing():
            data = frames[0] if len(frames) == 1 else b"".join(frames)
            self.total_bytes += len(data)
            carrier.write(data)
        frames.clear()

    def abort(self) -> None:
        """Disconnect the client: it has lost packets, and catches up when it reconnects."""
        self._queue.clear()
        if self._transport is not None:
            self._transport.abort()

    # By polling

    async def poll(self) -> list[bytes]:
        """Wait for packets and return the payloads of the next response; [] if the poll was ended."""
        if not self._queue and self._transport is None:
            self._poll = asyncio.get_running_loop().create_future()
            try:
                await self._poll
            finally:
                self._poll = None
        return self.take_payloads()

    def take_payloads(self) -> list[bytes]:
        """Remove and return the payloads of one response."""
        if self._transport is not None:
            return []
        taken = self._queue[:MAX_PACKETS_PER_POLL]
        del self._queue[:MAX_PACKETS_PER_POLL]
        self._bytes -= sum(map(len, taken))
        return taken

    def end_poll(self) -> None:
        """End a waiting poll."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)

    def release(self) -> None:
        """Discard all packets and callbacks: the session has ended."""
        self._queue = []
        self._transport = None
        self._is_full = True
        self._on_overflow = _do_nothing
        self._release_buffered()

    def _enqueue(self, payload: bytes) -> None:
        if self._bytes > self._limits.bytes:
            self._overflow(self._limits.bytes_exceeded)
        elif len(self._queue) >= self._limits.packets:
            self._overflow(self._limits.packets_exceeded)
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

    def _overflow(self, reason: str) -> None:
        if not self._is_full:
            self._is_full = True
            log.warning("disconnecting slow consumer: %s", reason)
            asyncio.get_running_loop().call_soon(self._on_overflow)  # not now: the caller iterates over send queues
