"""Buffer budget: limits on the bytes that are buffered for slow consumers and for incomplete requests.

Each buffer is bounded where it is: a response, the send queue of a socket, a body, a message. This module limits their
sums, for each user, for each address with its wider networks, and in total.
"""

from runtime.addresses import LIMIT_FACTORS, NetworkCounter, client_network, networks

MIN_TRACKED_BYTES = 16 * 1024
"""Size in bytes from which a buffer is counted.

To do harm with smaller ones, a client would need thousands of connections, which are limited themselves.
"""


class BufferBudget:
    """Sums of buffered bytes.

    A new buffer is allowed while the sums are below their limits, however large it is, so that one large response can
    always be sent.

    Clients of one address that are not signed in count as one user. So they cannot use up the budget of the address at
    the expense of its signed-in users.

    Args:
        per_address: maximum for one address in bytes; multiplied by `LIMIT_FACTORS` for wider networks.
        per_user: maximum for one user in bytes.
        max_total: maximum for all clients in bytes.
    """

    def __init__(self, per_address: int, per_user: int, max_total: int) -> None:
        self._per_address = per_address
        self._per_user = per_user
        self._in_all = max_total
        self._addresses = NetworkCounter(per_address)
        self._users: dict[str, int] = {}
        self.total = 0
        """Buffered bytes of all clients."""

    def has_capacity(self, address: str, user: str = "", *, times: int = 1) -> bool:
        """Return True if a client's sums are below `times` the limits of its user, its networks and the total."""
        if not self.total:
            return True
        held = self._addresses
        return (
            self.total < self._in_all * times
            and self.user_has_capacity(address, user, times=times)
            and all(
                held.network_count(network) < self._per_address * share * times
                for network, share in zip(networks(address), LIMIT_FACTORS, strict=False)
            )
        )

    def user_has_capacity(self, address: str, user: str, *, times: int = 1) -> bool:
        """Return True if the sum of the user is below `times` the limit of a user."""
        return self._users.get(user or _anonymous_key(address), 0) < self._per_user * times

    def adjust(self, address: str, user: str, difference: int) -> None:
        """Add `difference` bytes to the sums of a client; subtract if it is negative."""
        self.total += difference
        (self._addresses.add if difference > 0 else self._addresses.remove)(address, abs(difference))
        who = user or _anonymous_key(address)
        left = self._users.get(who, 0) + difference
        if left:
            self._users[who] = left
        else:
            del self._users[who]


class BufferedBytes:
    """Buffered bytes of one client in one buffer.

    Args:
        transit: budget that they count in.
        address: address of the client.
        user: user of the client; "" if it is not signed in.
    """

    __slots__ = ("_address", "_transit", "_user", "bytes")

    def __init__(self, transit: BufferBudget, address: str, user: str = "") -> None:
        self._transit = transit
        self._address = address
        self._user = user
        self.bytes = 0
        """Number of buffered bytes."""

    @property
    def has_capacity(self) -> bool:
        """True if the client is below all limits of the budget."""
        return self._transit.has_capacity(self._address, self._user)

    @property
    def user_has_capacity(self) -> bool:
        """True if the client's user is below the limit of a user."""
        return self._transit.user_has_capacity(self._address, self._user)

    @property
    def is_far_over(self) -> bool:
        """True if the client has reached twice one of the limits."""
        return not self._transit.has_capacity(self._address, self._user, times=2)

    def set(self, count: int) -> None:
        """Set the number of buffered bytes."""
        if difference := count - self.bytes:
            self.bytes = count
            self._transit.adjust(self._address, self._user, difference)

    def assign_user(self, user: str) -> None:
        """Count the bytes for `user`, after a sign-in on this connection."""
        held = self.bytes
        self.set(0)
        self._user = user
        self.set(held)


def _anonymous_key(address: str) -> str:
    return f"at {client_network(address)}"
