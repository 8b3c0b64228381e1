"""Addresses at which accounts signed in before."""

from collections import OrderedDict

from runtime.addresses import client_network

MAX_KNOWN_EMAILS = 10_000
"""Emails of which the last places are known."""
MAX_LOCATIONS_PER_EMAIL = 8
"""The places that are known of one: a client that signs in from everywhere evicts its own."""


class KnownLocations:
    """Addresses of sign-ins since the start: the latest of each user, for a bounded number of users."""

    def __init__(self) -> None:
        self._locations: OrderedDict[str, OrderedDict[str, None]] = OrderedDict()

    def __len__(self) -> int:
        """Return how many places are known."""
        return sum(map(len, self._locations.values()))

    def add(self, email: str, address: str) -> None:
        """Note that the one with this email is at home at the address."""
        places = self._locations.setdefault(email, OrderedDict())
        self._locations.move_to_end(email)
        places[client_network(address)] = None
        places.move_to_end(client_network(address))
        if len(places) > MAX_LOCATIONS_PER_EMAIL:
            places.popitem(last=False)
        if len(self._locations) > MAX_KNOWN_EMAILS:
            self._locations.popitem(last=False)

    def contains(self, email: str, address: str) -> bool:
        """Say whether they have signed in from there."""
        return client_network(address) in self._locations.get(email, ())
