"""Heartbeat of an engine session (Engine.IO 4, "Heartbeat").

Each client has one timer on the monotonic clock. python-engineio has a task for each client, and uses the wall clock,
which may be set.
"""

import asyncio
from collections.abc import Callable

from socket_engine.packets import PING, OutgoingPacket
from socket_engine.send_queue import SendQueue

_PING = OutgoingPacket(PING.encode())


class Heartbeat:
    """Sender of pings that detects when they are not answered.

    Args:
        send_queue: send queue of the client.
        interval: seconds from the start, and from each pong, to the next ping.
        timeout: timeout of a ping in seconds.
        on_timeout: called if a ping was not answered in time.
    """

    __slots__ = ("_interval", "_on_timeout", "_ping_end", "_send_queue", "_timeout", "_timer")

    def __init__(self, send_queue: SendQueue, interval: float, timeout: float, on_timeout: Callable[[], None]) -> None:
        self._send_queue = send_queue
        self._interval = interval
        self._timeout = timeout
        self._on_timeout = on_timeout
        self._ping_end: int | None = None  # position of an unanswered ping's end in the send queue's total bytes
        self._timer = asyncio.get_running_loop().call_later(interval, self._ping)

    def on_pong(self) -> None:
        """Handle a pong; ignore it if the ping is still in the send queue, because then the client does not read."""
        if self._ping_end is not None and self._send_queue.sent_bytes >= self._ping_end:
            self._ping_end = None
            self._restart_timer(self._interval, self._ping)

    def stop(self) -> None:
        """Stop the heartbeat for good: no more pings and no timeout."""
        self._timer.cancel()
        del self._on_timeout  # breaks a reference cycle

    def _ping(self) -> None:
        self._send_queue.put(_PING)
        self._send_queue.flush()
        self._ping_end = self._send_queue.total_bytes
        self._restart_timer(self._timeout, self._on_timeout)

    def _restart_timer(self, seconds: float, then: Callable[[], None]) -> None:
        self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, then)
