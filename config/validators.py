"""Rules for settings that types cannot express.

Each rule takes a value and raises ValueError with a message that completes "<setting> …", such as "must be …".
"""

import ipaddress
import re

import limits

MIN_SECRET_BYTES = 32
"""Minimum length of a secret in bytes: HS256 is as strong as its key, up to this length."""
MASK = "…"
"""Replacement for a secret in logs and errors."""

_STORAGE_URL = re.compile(r"memory://|sqlite:///[^?#%\0]*[^/?#%\0]|postgres(ql)?://[^\s\0]+")
_PORT = r"(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
_IPV6_OR_PORT = rf"|\[[0-9a-f:]+\])(?::{_PORT})?"
_ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+" + _IPV6_OR_PORT)  # browsers write hosts in lower case
_PUBLIC_URL = re.compile(r"https?://(?:[A-Za-z0-9.-]+" + _IPV6_OR_PORT + r"((?:/(?!\.\.?(?:/|$))[A-Za-z0-9._~-]+)*/?)")
RESERVED_PATHS = frozenset(
    (
        "api",
        "assets",
        "calendar",
        "healthz",
        "readyz",
        "socket.io",
        "account",
        "admin",
        "dashboard",
        "first-admin",
        "forgot",
        "invite",
        "join",
        "progress",
        "reset",
        "rooms",
        "sign-in",
        "sign-up",
        "tasks",
        "verify",
    )
)
"""First path segments that the server or its page uses."""
_HOST = re.compile(r"[^\s/:@\[\]*\0]+")
_MAILBOX = re.compile(r"[^\s@<>,;:\"()]+@[^\s@<>,;:\"()]+")
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_DOMAIN = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})+")
_PASSWORD = re.compile(r"(?<=://)([^:@/?]*):.*@", re.DOTALL)
_PASSWORD_IN_QUERY = re.compile(r"([?&](?:ssl)?password=)[^&]*", re.IGNORECASE)


def redact_url(url: str) -> str:
    """Return `url` with its passwords masked, for logs and errors; of an ambiguous URL, more is masked."""
    return _PASSWORD_IN_QUERY.sub(rf"\1{MASK}", _PASSWORD.sub(rf"\1:{MASK}@", url))


def secret(value: str) -> None:
    """Secret of at least MIN_SECRET_BYTES bytes, or empty."""
    try:
        length = len(value.encode())
    except UnicodeEncodeError:
        raise ValueError("must be text in UTF-8") from None
    if 0 < length < MIN_SECRET_BYTES:
        raise ValueError(f"must have at least {MIN_SECRET_BYTES} bytes, has {length}")


def storage_url(value: str) -> None:
    """URL of a storage backend: memory, SQLite or PostgreSQL."""
    if not _STORAGE_URL.fullmatch(value):
        raise ValueError("must be memory://, sqlite:///<file> or postgresql://<host>/<database>")


def cache_url(value: str) -> None:
    """URL of the in-memory cache, or "off"."""
    if value not in {"memory://", "off", ""}:
        raise ValueError('must be memory:// or, for none, "off"')


def origins(value: tuple[str, ...]) -> None:
    """Origins as browsers write them, or `*`."""
    for origin in value:
        default_port = {"http": ":80", "https": ":443"}.get(origin.partition(":")[0], ":")
        if origin != "*" and (not _ORIGIN.fullmatch(origin) or origin.endswith(default_port)):
            raise ValueError(f"{origin!r} must be an origin as browsers write it, such as https://study.example.org")


def domains(value: tuple[str, ...]) -> None:
    """Domains of email addresses; "*." before one stands for its subdomains."""
    for domain in value:
        if not _DOMAIN.fullmatch(domain):
            raise ValueError(
                f"{domain!r} must be a domain such as school.example, or *.school.example for all of its subdomains"
            )


def sender(value: str) -> None:
    """Email address of the sender, or empty."""
    if value and not _MAILBOX.fullmatch(value):
        raise ValueError("must be an email address, such as studyhall@school.example")


def public_url(value: str) -> None:
    """URL of the server for browsers, optionally with a path, or empty."""
    found = _PUBLIC_URL.fullmatch(value)
    if value and not found:
        raise ValueError(
            "must be how browsers find the server, such as https://study.example.org or https://school.example/study"
        )
    first = (found[1] or "").strip("/").partition("/")[0] if found else ""
    if first in RESERVED_PATHS:  # if the proxy removed it, "/rooms/rooms/…" and "/rooms/…" would be indistinguishable
        raise ValueError(f"its path must not begin with /{first}, which is one of Studyhall's own")


def host(value: str) -> None:
    """Address or host name to listen on, or `*`."""
    try:
        ipaddress.ip_address(value.removeprefix("[").removesuffix("]"))
    except ValueError:
        if value != "*" and not _HOST.fullmatch(value):
            raise ValueError(
                f"{value!r} must be an address or a name, without a port, such as 127.0.0.1, ::1, localhost or *"
            ) from None


def canonical_host(value: str) -> str:
    """Return a host in canonical form: a name in lower case; an address without brackets, IPv4 if it is IPv4-mapped."""
    try:
        address = ipaddress.ip_address(value.removeprefix("[").removesuffix("]"))
    except ValueError:
        return value.lower()
    return str(getattr(address, "ipv4_mapped", None) or address)


def networks(value: tuple[str, ...]) -> None:
    """IP addresses and networks in CIDR notation."""
    for network in value:
        try:
            ipaddress.ip_network(network)
        except ValueError:
            raise ValueError(f"{network!r} must be an address or a network, such as 127.0.0.1 or 10.0.0.0/8") from None


def rate(value: str) -> None:
    """One rate in the notation of `limits.parse`."""
    try:
        rates = limits.parse_many(value)
    except ValueError:
        rates = []
    if len(rates) != 1 or rates[0].amount < 1:  # parse() ignores text after the first rate, and accepts 0
        raise ValueError(f'{value!r} must be a rate such as "10/minute" or "30/10 seconds"')
