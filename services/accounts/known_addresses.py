"""Networks from which accounts signed in before."""

from runtime.addresses import client_network
from runtime.bounded_dict import BoundedDict

MAX_KNOWN_EMAILS = 10_000
"""Limit of emails with remembered networks."""
MAX_LOCATIONS_PER_EMAIL = 8
"""Limit of networks of one email. A client that signs in from many networks evicts only its own."""


class KnownLocations:
    """Networks of successful logins since the start: the latest of each email, least recently used ones evicted."""

    def __init__(self) -> None:
        self._locations: BoundedDict[str, BoundedDict[str, None]] = BoundedDict(MAX_KNOWN_EMAILS)

    def __len__(self) -> int:
        """Return the number of remembered networks."""
        return sum(map(len, self._locations.values()))

    def add(self, email: str, address: str) -> None:
        """Remember the network of the address for this email."""
        places = self._locations.get(email) or BoundedDict(MAX_LOCATIONS_PER_EMAIL)
        places[client_network(address)] = None
        self._locations[email] = places

    def contains(self, email: str, address: str) -> bool:
        """Return True if the email signed in from this network."""
        return client_network(address) in self._locations.get(email, ())
