"""Client address of a request, behind trusted proxies."""

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp import hdrs, web

from handlers.keys import SETTINGS

_LOOPBACKS = (IPv4Address("127.0.0.1"), IPv6Address("::1"))
_MAPPED_PREFIX = 96
"""Bits of the prefix ::ffff:0:0 before an IPv4 address that is mapped into IPv6."""
_WITH_PORT = re.compile(r"(?:([0-9.]+):[0-9]{1,5}|\[([0-9A-Fa-f:.]+)\](?::[0-9]{1,5})?)")
_MAX_LENGTH = 64
"""Maximum of characters of an address, including blanks. Longer ones are invalid, and not cached."""


def address(request: web.Request) -> str:
    """Return the address of the client: the last one in the chain that is not a trusted proxy."""
    forwarded = ",".join(request.headers.getall("X-Forwarded-For", []))
    trusted: tuple[str, ...] = request.app[SETTINGS].trusted_proxies
    return client_address(request.remote or "", forwarded, trusted)


def is_https(request: web.Request) -> bool:
    """Return True if the request came over TLS: to this server, or to a trusted proxy."""
    if request.secure:
        return True
    forwarded = request.headers.get("X-Forwarded-Proto", "")
    return forwarded == "https" and is_trusted(request.remote or "", request.app[SETTINGS].trusted_proxies)


def is_trusted(peer: str, trusted: tuple[str, ...]) -> bool:
    """Return True if the peer is a trusted proxy."""
    found = _read(peer)
    return found is not None and any(found in network for network in _networks(trusted))


def hosts(request: web.Request) -> list[str]:
    """Return the host names with which the client may have reached the server: Host, and one from a trusted proxy.

    A proxy that replaces Host sends the client's as X-Forwarded-Host; the last one is the nearest proxy's.
    """
    named = [request.headers.get(hdrs.HOST, "")]
    forwarded = ",".join(request.headers.getall("X-Forwarded-Host", []))
    if forwarded and is_trusted(request.remote or "", request.app[SETTINGS].trusted_proxies):
        named.append(forwarded.rpartition(",")[2].strip())
    return [name for name in named if name]


def client_address(peer: str, forwarded: str, trusted: tuple[str, ...]) -> str:
    """Return the client's address in canonical spelling.

    Only entries that were added by trusted proxies are believed, because a client can send any header.

    Args:
        peer: address of the connection.
        forwarded: X-Forwarded-For; each proxy appends the address of its peer.
        trusted: addresses and networks of trusted proxies.
    """
    believed = _read(peer)
    if believed is None or not forwarded:
        return _canonical(peer)
    for claimed in reversed(forwarded.split(",")):
        found = _read(_without_port(claimed.strip())) if len(claimed) <= _MAX_LENGTH else None
        if found is None or not any(believed in network for network in _networks(trusted)):
            break
        believed = found
    return str(believed)


def _without_port(claimed: str) -> str:
    """Return an address without the client's port, which some proxies add: 203.0.113.9:4711, [2001:db8::5]:4711."""
    found = _WITH_PORT.fullmatch(claimed)
    return found[1] or found[2] if found else claimed


@lru_cache(4096)
def _canonical(peer: str) -> str:
    return str(_read(peer) or peer)


@lru_cache(4096)
def _read(text: str) -> IPv4Address | IPv6Address | None:
    """Parse an address, a mapped one as IPv4; None if the text is invalid."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


@lru_cache(4)
def _networks(trusted: tuple[str, ...]) -> list[IPv4Network | IPv6Network]:
    networks = [_unmapped(ip_network(network)) for network in trusted]
    # A proxy on this machine that connects to "localhost" may use either family.
    if any(loopback in network for loopback in _LOOPBACKS for network in networks):
        networks += [ip_network(loopback) for loopback in _LOOPBACKS]
    return networks


def _unmapped(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    """Return a network of mapped IPv4 addresses as an IPv4 network."""
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is None or network.prefixlen < _MAPPED_PREFIX:
        return network
    return ip_network((mapped, network.prefixlen - _MAPPED_PREFIX))
