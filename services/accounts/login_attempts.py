"""Rate limit of password attempts, shared by login and re-authentication."""

from runtime.addresses import client_network
from runtime.rate_limits import RateLimiter
from services.accounts.known_addresses import KnownLocations


class PasswordAttempts:
    """Counts password attempts of each email.

    Guesses with a stolen token at re-authentication count like guesses at login. Neither locks out the owner: the limit
    of an email alone does not apply to networks from which its password was right before.
    """

    def __init__(self, limiter: RateLimiter) -> None:
        self._limiter = limiter
        self._known_locations = KnownLocations()

    async def count(self, email_key: str, address: str) -> None:
        """Count one attempt, before the password is verified.

        Raises:
            RateLimited: too many attempts from this address, for this email from this network, or for this email from
                unknown networks. A network is known after a right password since the start of the server.
                `retry_after` is the time until the next attempt.
        """
        place = client_network(address)
        tries: list[tuple[str, ...]] = [("sign_ins", place, email_key)]
        if not self._known_locations.contains(email_key, place):
            tries.append(("sign_ins_per_account", email_key))
        await self._limiter.hit_each(*tries, by_address="sign_ins_per_address", address=address)

    def record_success(self, email_key: str, address: str) -> None:
        """Remember the network of the address as the owner's."""
        self._known_locations.add(email_key, address)
