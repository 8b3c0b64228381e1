"""Where a request comes from."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from aiohttp import web

from app_keys import TRUSTED_PROXIES


def address(request: web.Request) -> str:
    """Return the address of the client: the last one that no trusted proxy has."""
    forwarded = ",".join(request.headers.getall("X-Forwarded-For", []))
    trusted: tuple[str, ...] = request.app[TRUSTED_PROXIES]
    return client_address(request.remote or "", forwarded, trusted)


def client_address(peer: str, forwarded: str, trusted: Sequence[str]) -> str:
    """Return who asks, as far as it can be believed.

    Args:
        peer: who the connection is from.
        forwarded: X-Forwarded-For, each proxy having added at the end who it heard from.
        trusted: addresses and networks of the proxies whose word counts.
    """
    if not forwarded:
        return peer
    networks = [ip_network(network) for network in trusted]
    believed = peer
    for claimed in reversed([part.strip() for part in forwarded.split(",")]):
        if not _is_in(believed, networks) or not _is_address(claimed):
            break
        believed = claimed
    return believed


def _is_in(text: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    return _is_address(text) and any(ip_address(text) in network for network in networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
