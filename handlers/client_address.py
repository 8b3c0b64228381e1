"""Where a request comes from."""

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp import hdrs, web

from handlers.keys import TRUSTED_PROXIES

_LOOPBACKS = (IPv4Address("127.0.0.1"), IPv6Address("::1"))
_MAPPED_PREFIX = 96
"""Bits of ::ffff:0:0, before an IPv4 address that is mapped into IPv6."""
_WITH_PORT = re.compile(r"(?:([0-9.]+):[0-9]{1,5}|\[([0-9A-Fa-f:.]+)\](?::[0-9]{1,5})?)")
_MAX_LENGTH = 64
"""Characters that an address may have, with blanks around it; what is longer is none, and not remembered."""


def address(request: web.Request) -> str:
    """Return the address of the client: the last one that no trusted proxy has."""
    forwarded = ",".join(request.headers.getall("X-Forwarded-For", []))
    trusted: tuple[str, ...] = request.app[TRUSTED_PROXIES]
    return client_address(request.remote or "", forwarded, trusted)


def is_https(request: web.Request) -> bool:
    """Say whether the request came over TLS, as far as it can be believed: here, or to a trusted proxy."""
    if request.secure:
        return True
    forwarded = request.headers.get("X-Forwarded-Proto", "")
    return forwarded == "https" and is_trusted(request.remote or "", request.app[TRUSTED_PROXIES])


def is_trusted(peer: str, trusted: tuple[str, ...]) -> bool:
    """Say whether the peer is a proxy whose word counts."""
    found = _read(peer)
    return found is not None and any(found in network for network in _networks(trusted))


def hosts(request: web.Request) -> list[str]:
    """Return the names under which the client may have reached the server: Host, and what a trusted proxy forwards.

    A proxy that replaces Host sends the client's as X-Forwarded-Host; the last one is the nearest proxy's.
    """
    named = [request.headers.get(hdrs.HOST, "")]
    forwarded = ",".join(request.headers.getall("X-Forwarded-Host", []))
    if forwarded and is_trusted(request.remote or "", request.app[TRUSTED_PROXIES]):
        named.append(forwarded.rpartition(",")[2].strip())
    return [name for name in named if name]


def client_address(peer: str, forwarded: str, trusted: tuple[str, ...]) -> str:
    """Return who asks, as far as it can be believed, in the usual spelling.

    Args:
        peer: who the connection is from.
        forwarded: X-Forwarded-For, each proxy having added at the end who it heard from.
        trusted: addresses and networks of the proxies whose word counts.
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
    """Return the address, as IPv4 where it is one that is mapped into IPv6; None where the text is none."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


@lru_cache(4)
def _networks(trusted: tuple[str, ...]) -> list[IPv4Network | IPv6Network]:
    networks = [_unmapped(ip_network(network)) for network in trusted]
    # a proxy on this machine that connects to "localhost" comes over either family
    if any(loopback in network for loopback in _LOOPBACKS for network in networks):
        networks += [ip_network(loopback) for loopback in _LOOPBACKS]
    return networks


def _unmapped(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    """Return a network of IPv4 addresses that are mapped into IPv6 as what it is."""
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is None or network.prefixlen < _MAPPED_PREFIX:
        return network
    return ip_network((mapped, network.prefixlen - _MAPPED_PREFIX))
