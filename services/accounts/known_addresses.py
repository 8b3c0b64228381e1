"""Addresses at which accounts signed in before."""

from collections import OrderedDict

from runtime.addresses import source

MAX_FAMILIAR = 10_000
"""Emails of which the last places are known."""
PLACES_PER_EMAIL = 8
"""The places that are known of one: a client that signs in from everywhere evicts its own."""


class Familiar:
    """Addresses of sign-ins since the start: the latest of each user, for a bounded number of users."""

    def __init__(self) -> None:
        self._places: OrderedDict[str, OrderedDict[str, None]] = OrderedDict()

    def __len__(self) -> int:
        """Return how many places are known."""
        return sum(map(len, self._places.values()))

    def add(self, email: str, address: str) -> None:
        """Note that the one with this email is at home at the address."""
        places = self._places.setdefault(email, OrderedDict())
        self._places.move_to_end(email)
        places[source(address)] = None
        places.move_to_end(source(address))
        if len(places) > PLACES_PER_EMAIL:
            places.popitem(last=False)
        if len(self._places) > MAX_FAMILIAR:
            self._places.popitem(last=False)

    def knows(self, email: str, address: str) -> bool:
        """Say whether they have signed in from there."""
        return source(address) in self._places.get(email, ())
