"""Networks of clients: the addresses that count as one, and the wider networks that they belong to.

A customer of a provider has an IPv6 /64 or a /56, an organisation a /48: with limits for each /64 alone, one of them is
65,536 clients.
"""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

PREFIXES = (64, 56, 48)
"""Bits of the IPv6 networks that limits count, the narrowest first."""
LIMIT_FACTORS = (1, 4, 16)
"""Factors of each network on the limit of one address: a school may have a /48, with a /64 for each class."""


@lru_cache(4096)
def networks(address: str) -> tuple[str, ...]:
    """Return the networks that an address counts for, as in `PREFIXES`; an IPv4 address, or no address, is alone."""
    try:
        found = ip_address(address)
    except ValueError:
        return (address,)
    if not isinstance(found, IPv6Address):
        return (str(found),)
    return tuple(str(ip_network((found, bits), strict=False)) for bits in PREFIXES)


def client_network(address: str) -> str:
    """Return what counts as one address: all of an IPv6 /64, as a client that has one of them has them all."""
    return networks(address)[0]


class NetworkCounter:
    """Counts what clients hold at the moment, for each network that they are in. Nothing held takes no memory.

    Args:
        limit: what one address may hold; wider networks as in `LIMIT_FACTORS`.
    """

    def __init__(self, limit: int) -> None:
        self._most = [limit * share for share in LIMIT_FACTORS]
        self._held: dict[str, int] = {}

    def __len__(self) -> int:
        """Return how many networks hold something."""
        return len(self._held)

    def count(self, address: str) -> int:
        """Return how much the address holds, with all that count as one with it."""
        return self._held.get(client_network(address), 0)

    def network_count(self, network: str) -> int:
        """Return how much one of the `networks` holds."""
        return self._held.get(network, 0)

    def has_capacity(self, address: str, amount: int = 1) -> bool:
        """Return True if the address may hold so much more."""
        held = self._held
        return all(
            held.get(network, 0) + amount <= most
            for network, most in zip(networks(address), self._most, strict=False)  # IPv4 has one network
        )

    def add(self, address: str, amount: int = 1) -> None:
        """Count so much more for the address."""
        for network in networks(address):
            self._held[network] = self._held.get(network, 0) + amount

    def remove(self, address: str, amount: int = 1) -> None:
        """Count so much less for the address."""
        for network in networks(address):
            left = self._held[network] - amount
            if left > 0:
                self._held[network] = left
            else:
                del self._held[network]
