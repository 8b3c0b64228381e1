"""Origins of browser pages (RFC 6454): the server's own origin, and the origins in [cors] origins."""

from collections.abc import Iterable, Sequence

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class Origins:
    """Origins that can use the server.

    Args:
        listed: origins of other pages, as browsers write them; "*" allows any.
        public_url: URL of the server for browsers, or "".
    """

    def __init__(self, listed: Sequence[str], public_url: str = "") -> None:
        self.allowed = frozenset(listed)
        self._own = _origin_of(public_url)

    def is_allowed(self, origin: str) -> bool:
        """Return True if the settings list `origin`; "" is never listed."""
        return bool(origin) and (origin in self.allowed or "*" in self.allowed)

    def is_own(self, origin: str, hosts: Iterable[str]) -> bool:
        """Return True if `origin` is the server's own.

        Args:
            origin: origin of the page, as its browser wrote it.
            hosts: host names under which the request reached the server, with a port unless it is the default one.
        """
        scheme, separator, name = origin.partition("://")
        if not (separator and name and scheme in _DEFAULT_PORTS):
            return False
        if origin == self._own:
            return True
        return name in {host.lower().removesuffix(_DEFAULT_PORTS[scheme]) for host in hosts}


def _origin_of(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    name = rest.partition("/")[0].lower().removesuffix(_DEFAULT_PORTS.get(scheme, ""))
    return f"{scheme}{separator}{name}"
