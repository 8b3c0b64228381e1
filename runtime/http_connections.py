"""HTTP connections: bound their number, and close idle ones first.

A connection costs a file and some 10 kB, and takes no token: a client that opens them and is silent would keep all
others out until its time is over. A connection without a request is closed at no loss: a client opens another.
"""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Protocol

from runtime.addresses import LIMIT_FACTORS, networks
from runtime.logs import LogThrottle

log = logging.getLogger(__name__)

MIN_IDLE_TIME = 5.0
"""Seconds for which a connection may be without a request whatever the number of those: after a restart a whole school
connects at once, and its requests are on their way. Only if no more may be open, younger ones are closed."""
CLOSED_PERCENT = 2
"""Percent of the idle connections that are closed at once if there are too many in all."""


NO_FILES = (
    "no more files can be opened: raise the limit of open files (LimitNOFILE, ulimit -n) or lower"
    " [server] max_connections; closing idle connections"
)


class ConnectionLimits:
    """Limits of connections.

    Args:
        most: in all, WebSockets included.
        idle: without a request, in all; at most half of `max_connections`.
        idle_per_address: the same of one address; at most a quarter of `max_connections`. Wider networks as in
            `networks.SHARES`.
    """

    def __init__(self, most: int, idle: int, idle_per_address: int) -> None:
        self.max_connections = most
        self.max_idle = max(1, min(idle, most // 2))
        self.max_idle_per_address = max(1, min(idle_per_address, most // 4))


class HttpConnection(Protocol):
    """A connection of HTTP.

    Attributes:
        networks: those that it counts for; none if it is a proxy's.
    """

    networks: tuple[str, ...]

    def close_idle(self) -> None:
        """Close it; it has no request."""

    def abort_if_stalled(self) -> None:
        """Close it if its client has read next to nothing since the last call."""


class HttpConnections:
    """The connections of HTTP, and which of them have no request.

    Args:
        bounds: how many there may be.
        websocket_count: returns how many connections are there beside these: WebSockets.
        is_proxy: returns True for the address of a proxy, whose connections are of many clients.
    """

    def __init__(
        self, bounds: ConnectionLimits, websocket_count: Callable[[], int], is_proxy: Callable[[str], bool]
    ) -> None:
        self._bounds = bounds
        self._others = websocket_count
        self._is_proxy = is_proxy
        self._open: dict[HttpConnection, None] = {}
        # those that became idle first come first
        self._idle: OrderedDict[HttpConnection, float] = OrderedDict()
        self._of_network: dict[str, OrderedDict[HttpConnection, None]] = {}
        self._log_throttle = LogThrottle()

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._open)

    @property
    def idle(self) -> int:
        """Connections without a request."""
        return len(self._idle)

    def add(self, connection: HttpConnection, peer: str) -> bool:
        """Count a connection from `peer`, which has no request yet; return False if there is no room for it."""
        connection.networks = () if self._is_proxy(peer) else networks(peer)
        self._open[connection] = None
        if len(self._open) + self._others() > self._bounds.max_connections:
            self._warn(
                "all",
                "closing idle connections: more than %d are open (limit of open files)",
                self._bounds.max_connections,
            )
            if not self._close_oldest():
                return False
        self.mark_idle(connection)
        return True

    def mark_idle(self, connection: HttpConnection) -> None:
        """Count a connection as idle; close the oldest idle ones if there are too many."""
        self._idle[connection] = now = time.monotonic()
        for network, share in zip(connection.networks, LIMIT_FACTORS, strict=False):
            of_network = self._of_network.setdefault(network, OrderedDict())
            of_network[connection] = None
            most = self._bounds.max_idle_per_address * share
            if (over := len(of_network) - most) > 0:
                words = "closing idle connections of %s: more than %d ([server] idle_per_address)"
                self._close_old(of_network, over, now, "address", words, network, most)
        if (over := len(self._idle) - self._bounds.max_idle) > 0:
            words = "closing idle connections: more than %d ([server] idle_connections)"
            self._close_old(self._idle, over, now, "idle", words, self._bounds.max_idle)

    def _close_old(
        self, idle: Mapping[HttpConnection, object], count: int, now: float, kind: str, words: str, *values: object
    ) -> None:
        """Close the first `count` connections that have been idle for `MIN_IDLE_TIME`; the oldest comes first."""
        for _ in range(count):
            oldest = next(iter(idle))
            if now - self._idle[oldest] < MIN_IDLE_TIME:
                return
            self._warn(kind, words, *values)
            self._close(oldest)

    def mark_busy(self, connection: HttpConnection) -> None:
        """Count a connection as one with a request."""
        self._idle.pop(connection, None)
        for network in connection.networks:
            of_network = self._of_network.get(network)
            if of_network is not None and connection in of_network:
                del of_network[connection]
                if not of_network:
                    del self._of_network[network]

    def remove(self, connection: HttpConnection) -> None:
        """Forget a connection."""
        self._open.pop(connection, None)
        self.mark_busy(connection)

    def on_files_exhausted(self) -> None:
        """Close half of the idle connections: no file can be opened."""
        self._warn("files", NO_FILES)
        for connection in list(self._idle)[: (len(self._idle) + 1) // 2]:
            self._close(connection)

    def abort_stalled(self) -> None:
        """Close the connections of clients that have read next to nothing since the last call."""
        for connection in list(self._open):
            connection.abort_if_stalled()

    def log_stalled(self) -> None:
        """Log that a connection is closed because its client does not read."""
        self._warn("stalled", "aborting connections of clients that do not read their answers ([server] stalled_after)")

    def _close_oldest(self) -> bool:
        """Close the connections that have been idle for longest; return False if there is none."""
        count = 1 + len(self._idle) * CLOSED_PERCENT // 100
        oldest = [connection for connection, _ in zip(self._idle, range(count), strict=False)]
        for connection in oldest:
            self._close(connection)
        return bool(oldest)

    def _close(self, connection: HttpConnection) -> None:
        self.mark_busy(connection)
        connection.close_idle()

    def _warn(self, kind: str, words: str, *values: object) -> None:
        if self._log_throttle.allow(kind):
            log.warning(words, *values)
