"""Origins of browser pages (RFC 6454): the server's own, and those that settings list."""

from collections.abc import Iterable, Sequence

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class Origins:
    """Decides which origins may use the server.

    Args:
        listed: origins of other pages, as browsers write them; "*" allows any.
        public_url: address under which browsers find the server, or "".
    """

    def __init__(self, listed: Sequence[str], public_url: str = "") -> None:
        self.allowed = frozenset(listed)
        self._own = _origin_of(public_url)

    def is_allowed(self, origin: str) -> bool:
        """Return True if settings list `origin`; "" is listed never."""
        return bool(origin) and (origin in self.allowed or "*" in self.allowed)

    def is_own(self, origin: str, hosts: Iterable[str]) -> bool:
        """Return True if `origin` is the server's own.

        Args:
            origin: of the page, as its browser wrote it.
            hosts: names under which the request reached the server, with a port unless it is the default one.
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
