"""Whether a client is still there (Engine.IO 4, "Heartbeat").

One timer a client, on the monotonic clock: python-engineio has a task for each, and measures on a clock that may be
set.
"""

import asyncio
from collections.abc import Callable

from socket_engine.packets import PING, Outgoing
from socket_engine.send_queue import Outbox

_PING = Outgoing(PING.encode())


class Heartbeat:
    """Sends pings and counts the time until they are answered.

    Args:
        outbox: where pings go.
        interval: seconds from the beginning, and from each answer, to the next ping.
        timeout: seconds in which a ping is to be answered.
        give_up: called when it was not.
    """

    __slots__ = ("_asked", "_give_up", "_interval", "_outbox", "_timeout", "_timer")

    def __init__(self, outbox: Outbox, interval: float, timeout: float, give_up: Callable[[], None]) -> None:
        self._outbox = outbox
        self._interval = interval
        self._timeout = timeout
        self._give_up = give_up
        self._asked: int | None = None  # where a ping that is not answered yet ends among the bytes in the outbox
        self._timer = asyncio.get_running_loop().call_later(interval, self._ping)

    def answered(self) -> None:
        """Note a pong. One that answers what has not even left for the client shows nothing: it does not read."""
        if self._asked is not None and self._outbox.left_so_far >= self._asked:
            self._asked = None
            self._wait(self._interval, self._ping)

    def stop(self) -> None:
        """Send no more pings, and do not give up. It is not started again."""
        self._timer.cancel()
        del self._give_up  # which knows this, too

    def _ping(self) -> None:
        self._outbox.put(_PING)
        self._outbox.flush()
        self._asked = self._outbox.put_so_far
        self._wait(self._timeout, self._give_up)

    def _wait(self, seconds: float, then: Callable[[], None]) -> None:
        self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, then)
