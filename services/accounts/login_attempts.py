"""Attempts at passwords: one count for signing in and for saying the password again."""

from runtime.addresses import client_network
from runtime.rate_limits import RateLimiter
from services.accounts.known_addresses import KnownLocations


class PasswordAttempts:
    """Counts attempts at the password of each email.

    Guessing with a stolen token, where the password is asked again, counts as guessing at sign-in does. Neither locks
    the owner out at home: the count for an email alone leaves out addresses at which its password was right before.
    """

    def __init__(self, limiter: RateLimiter) -> None:
        self._limiter = limiter
        self._known_locations = KnownLocations()

    async def count(self, email_key: str, address: str) -> None:
        """Count one attempt, before the password is looked at.

        Raises:
            RateLimited: too many for this email from this address, from this address, or for this email from where its
                password has not been right since the start. It says when there is room again.
        """
        place = client_network(address)
        tries: list[tuple[str, ...]] = [("sign_ins", place, email_key)]
        if not self._known_locations.contains(email_key, place):
            tries.append(("sign_ins_per_account", email_key))
        await self._limiter.hit_each(*tries, by_address="sign_ins_per_address", address=address)

    def record_success(self, email_key: str, address: str) -> None:
        """Take the address for one of the owner's."""
        self._known_locations.add(email_key, address)
