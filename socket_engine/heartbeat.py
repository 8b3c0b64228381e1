"""Whether a client is still there (Engine.IO 4, "Heartbeat").

One timer a client, on the monotonic clock: python-engineio has a task for each, and measures on a clock that may be
set.
"""

import asyncio
from collections.abc import Callable

from socket_engine.packets import PING, OutgoingPacket
from socket_engine.send_queue import SendQueue

_PING = OutgoingPacket(PING.encode())


class Heartbeat:
    """Sends pings and counts the time until they are answered.

    Args:
        send_queue: where pings go.
        interval: seconds from the beginning, and from each answer, to the next ping.
        timeout: seconds in which a ping is to be answered.
        on_timeout: called when it was not.
    """

    __slots__ = ("_interval", "_on_timeout", "_ping_end", "_send_queue", "_timeout", "_timer")

    def __init__(self, send_queue: SendQueue, interval: float, timeout: float, on_timeout: Callable[[], None]) -> None:
        self._send_queue = send_queue
        self._interval = interval
        self._timeout = timeout
        self._on_timeout = on_timeout
        self._ping_end: int | None = None  # where a ping that is not answered yet ends among the bytes in the outbox
        self._timer = asyncio.get_running_loop().call_later(interval, self._ping)

    def on_pong(self) -> None:
        """Note a pong. One that answers what has not even left for the client shows nothing: it does not read."""
        if self._ping_end is not None and self._send_queue.sent_bytes >= self._ping_end:
            self._ping_end = None
            self._restart_timer(self._interval, self._ping)

    def stop(self) -> None:
        """Send no more pings, and do not give up. It is not started again."""
        self._timer.cancel()
        del self._on_timeout  # which knows this, too

    def _ping(self) -> None:
        self._send_queue.put(_PING)
        self._send_queue.flush()
        self._ping_end = self._send_queue.total_bytes
        self._restart_timer(self._timeout, self._on_timeout)

    def _restart_timer(self, seconds: float, then: Callable[[], None]) -> None:
        self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, then)
