"""Client networks: addresses that count as one client, and the wider networks around them.

A customer of a provider has an IPv6 /64 or /56, an organisation a /48. If limits counted only each /64, an organisation
could act as 65,536 clients.
"""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

PREFIXES = (64, 56, 48)
"""Prefix lengths of the IPv6 networks that limits count, the narrowest first."""
LIMIT_FACTORS = (1, 4, 16)
"""Factor of each network on the limit of one address: a school may have a /48, with a /64 for each class."""


@lru_cache(4096)
def networks(address: str) -> tuple[str, ...]:
    """Return the networks that an address counts for, in the order of `PREFIXES`; IPv4 counts for itself only."""
    try:
        found = ip_address(address)
    except ValueError:
        return (address,)
    if not isinstance(found, IPv6Address):
        return (str(found),)
    return tuple(str(ip_network((found, bits), strict=False)) for bits in PREFIXES)


def client_network(address: str) -> str:
    """Return the network that counts as one address: in IPv6 the /64, because a client controls all of it."""
    return networks(address)[0]


class NetworkCounter:
    """Counters of resources in use, such as connections, for each network. A count of zero takes no memory.

    Args:
        limit: maximum for one address; multiplied by `LIMIT_FACTORS` for wider networks.
    """

    def __init__(self, limit: int) -> None:
        self._most = [limit * share for share in LIMIT_FACTORS]
        self._held: dict[str, int] = {}

    def __len__(self) -> int:
        """Return the number of networks with a count above zero."""
        return len(self._held)

    def count(self, address: str) -> int:
        """Return the count of an address, including all addresses of its `client_network`."""
        return self._held.get(client_network(address), 0)

    def network_count(self, network: str) -> int:
        """Return the count of one of the `networks`."""
        return self._held.get(network, 0)

    def has_capacity(self, address: str, amount: int = 1) -> bool:
        """Return True if adding `amount` for the address stays within the limits of all its networks."""
        held = self._held
        return all(
            held.get(network, 0) + amount <= most
            for network, most in zip(networks(address), self._most, strict=False)  # IPv4 has one network
        )

    def add(self, address: str, amount: int = 1) -> None:
        """Add `amount` to the counts of the address's networks."""
        for network in networks(address):
            self._held[network] = self._held.get(network, 0) + amount

    def remove(self, address: str, amount: int = 1) -> None:
        """Subtract `amount` from the counts of the address's networks."""
        for network in networks(address):
            left = self._held[network] - amount
            if left > 0:
                self._held[network] = left
            else:
                del self._held[network]
