"""Bytes in transit: what the server holds for clients that do not read, or do not finish what they send.

Each of them is bounded where it is held: an answer, the send queue of a socket, a body, a message. Here their sums are,
for each user, for each address with its wider networks, and in all.
"""

from runtime.addresses import LIMIT_FACTORS, NetworkCounter, client_network, networks

MIN_TRACKED_BYTES = 16 * 1024
"""Bytes from which something is counted: below, a client would need thousands of connections, which are bounded."""


class BufferBudget:
    """Sums of bytes. What is put on top of less than a bound may be large, so that one large answer always leaves.

    Clients of one address that are not signed in count as one user, so that they do not take what the address may hold
    from users at the same address.

    Args:
        per_address: bytes that may be held for one address; wider networks as in `networks.SHARES`.
        per_user: the same for one user.
        max_total: the same for all.
    """

    def __init__(self, per_address: int, per_user: int, max_total: int) -> None:
        self._per_address = per_address
        self._per_user = per_user
        self._in_all = max_total
        self._addresses = NetworkCounter(per_address)
        self._users: dict[str, int] = {}
        self.total = 0
        """Bytes that are held for all."""

    def has_capacity(self, address: str, user: str = "", *, times: int = 1) -> bool:
        """Return True if something large may be held for a client: less than `times` the bounds is."""
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
        """Return the same, of the bound of the user alone."""
        return self._users.get(user or _anonymous_key(address), 0) < self._per_user * times

    def adjust(self, address: str, user: str, difference: int) -> None:
        """Hold so much more for a client, or less."""
        self.total += difference
        (self._addresses.add if difference > 0 else self._addresses.remove)(address, abs(difference))
        who = user or _anonymous_key(address)
        left = self._users.get(who, 0) + difference
        if left:
            self._users[who] = left
        else:
            del self._users[who]


class BufferedBytes:
    """Bytes that are held for one client in one place.

    Args:
        transit: the sums that it is part of.
        address: of the client.
        user: of the client; "" if it is not signed in.
    """

    __slots__ = ("_address", "_transit", "_user", "bytes")

    def __init__(self, transit: BufferBudget, address: str, user: str = "") -> None:
        self._transit = transit
        self._address = address
        self._user = user
        self.bytes = 0
        """Number of bytes."""

    @property
    def has_capacity(self) -> bool:
        """True if more may be held for the client."""
        return self._transit.has_capacity(self._address, self._user)

    @property
    def user_has_capacity(self) -> bool:
        """The same, of the bound of the user alone."""
        return self._transit.user_has_capacity(self._address, self._user)

    @property
    def is_far_over(self) -> bool:
        """True if more than twice a bound is held for the client."""
        return not self._transit.has_capacity(self._address, self._user, times=2)

    def set(self, count: int) -> None:
        """Hold so much from now on."""
        if difference := count - self.bytes:
            self.bytes = count
            self._transit.adjust(self._address, self._user, difference)

    def assign_user(self, user: str) -> None:
        """Count it for a user who has signed in."""
        held = self.bytes
        self.set(0)
        self._user = user
        self.set(held)


def _anonymous_key(address: str) -> str:
    return f"at {client_network(address)}"
