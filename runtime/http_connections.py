"""Limits on HTTP connections: idle connections are closed first.

A connection costs a file descriptor and about 10 kB, and requires no token. Without limits, a client that opens silent
connections would lock out all others until they time out. Closing an idle connection loses nothing: its client opens
another one.
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
"""Seconds for which a connection may be idle even if too many are.

After a restart a whole school connects at once, and its requests are about to arrive. Younger idle connections are only
closed at the total limit."""
CLOSED_PERCENT = 2
"""Percent of the idle connections that are closed at once at the total limit."""


NO_FILES = (
    "no more files can be opened: raise the limit of open files (LimitNOFILE, ulimit -n) or lower"
    " [server] max_connections; closing idle connections"
)


class ConnectionLimits:
    """Maximum numbers of connections.

    Args:
        most: all connections, WebSockets included.
        idle: idle connections (without a request); lowered to half of `most`.
        idle_per_address: idle connections of one address; lowered to a quarter of `most`. Multiplied by `LIMIT_FACTORS`
            for wider networks.
    """

    def __init__(self, most: int, idle: int, idle_per_address: int) -> None:
        self.max_connections = most
        self.max_idle = max(1, min(idle, most // 2))
        self.max_idle_per_address = max(1, min(idle_per_address, most // 4))


class HttpConnection(Protocol):
    """HTTP connection.

    Attributes:
        networks: networks that it counts for; none for a connection of a trusted proxy.
    """

    networks: tuple[str, ...]

    def close_idle(self) -> None:
        """Close the connection, which is idle."""

    def abort_if_stalled(self) -> None:
        """Close the connection if its client is a slow consumer: it has read almost nothing since the last call."""


class HttpConnections:
    """Registry of HTTP connections and their idle state.

    Args:
        bounds: maximum numbers of connections.
        websocket_count: returns the number of open WebSockets, which count in the total.
        is_proxy: returns True for the address of a trusted proxy, which connects for many clients.
    """

    def __init__(
        self, bounds: ConnectionLimits, websocket_count: Callable[[], int], is_proxy: Callable[[str], bool]
    ) -> None:
        self._bounds = bounds
        self._others = websocket_count
        self._is_proxy = is_proxy
        self._open: dict[HttpConnection, None] = {}
        # in the order in which they became idle
        self._idle: OrderedDict[HttpConnection, float] = OrderedDict()
        self._of_network: dict[str, OrderedDict[HttpConnection, None]] = {}
        self._log_throttle = LogThrottle()

    def __len__(self) -> int:
        """Return the number of connections, without WebSockets."""
        return len(self._open)

    @property
    def idle(self) -> int:
        """Number of idle connections."""
        return len(self._idle)

    def add(self, connection: HttpConnection, peer: str) -> bool:
        """Register a new, idle connection from the address `peer`; return False at the total limit, if none is idle."""
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
        """Mark a connection as idle; close the longest idle ones if there are too many."""
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
        """Close up to `count` connections that have been idle for `MIN_IDLE_TIME`, the longest idle first."""
        for _ in range(count):
            oldest = next(iter(idle))
            if now - self._idle[oldest] < MIN_IDLE_TIME:
                return
            self._warn(kind, words, *values)
            self._close(oldest)

    def mark_busy(self, connection: HttpConnection) -> None:
        """Mark a connection as serving a request."""
        self._idle.pop(connection, None)
        for network in connection.networks:
            of_network = self._of_network.get(network)
            if of_network is not None and connection in of_network:
                del of_network[connection]
                if not of_network:
                    del self._of_network[network]

    def remove(self, connection: HttpConnection) -> None:
        """Unregister a connection."""
        self._open.pop(connection, None)
        self.mark_busy(connection)

    def on_files_exhausted(self) -> None:
        """Close half of the idle connections, because no more files can be opened."""
        self._warn("files", NO_FILES)
        for connection in list(self._idle)[: (len(self._idle) + 1) // 2]:
            self._close(connection)

    def abort_stalled(self) -> None:
        """Close the connections of slow consumers, which have read almost nothing since the last call."""
        for connection in list(self._open):
            connection.abort_if_stalled()

    def log_stalled(self) -> None:
        """Log that a slow consumer is disconnected."""
        self._warn("stalled", "disconnecting slow consumers: HTTP responses are not read ([server] stalled_after)")

    def _close_oldest(self) -> bool:
        """Close the `CLOSED_PERCENT` longest idle connections, at least one; return False if none is idle."""
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
