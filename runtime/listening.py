"""Listening sockets for all addresses of `[server] host`, in IPv4 and IPv6."""

import asyncio
import errno
import socket
from collections.abc import Sequence
from typing import NamedTuple

from domain.errors.settings import SettingsError

_WILDCARDS = frozenset({"*", "::"})
_MAX_ATTEMPTS = 20
"""Maximum number of attempts to find a port that is free in both address families.

An attempt fails only if another program has just taken the port in the second family.
"""
_FAMILY_MISSING = frozenset({errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.EPROTONOSUPPORT})


class _BindAddress(NamedTuple):
    family: socket.AddressFamily
    host: str
    scope: int = 0


_BOTH_WILDCARDS = (_BindAddress(socket.AF_INET, "0.0.0.0"), _BindAddress(socket.AF_INET6, "::"))  # noqa: S104  # reachable for classmates
_BOTH_LOOPBACKS = (_BindAddress(socket.AF_INET, "127.0.0.1"), _BindAddress(socket.AF_INET6, "::1"))


async def bind_sockets(host: str, port: int) -> list[socket.socket]:
    """Return a socket for each address of `host`, bound to one port and not yet listening.

    Args:
        host: "*" or "::" for every interface in both families, "localhost" for both loopbacks, an address, or a name.
        port: 0 for any free one, the same in both families.

    Raises:
        SettingsError: no address can be bound, or the port is in use on one of them. The message is one line that
            names host and port.
    """
    failure: OSError | None = None
    try:
        places = await _resolve(host)
        for _ in range(_MAX_ATTEMPTS):
            try:
                return _bind(places, port)
            except OSError as error:
                failure = error
                if port or error.errno != errno.EADDRINUSE:
                    break
    except OSError as error:
        failure = error
    why = (failure.strerror if failure else "") or "no address"
    where = f"[{host}]" if ":" in host and not host.startswith("[") else host
    raise SettingsError(f"[server] host, port: cannot listen on {where}:{port}: {why[:1].lower() + why[1:]}")


async def _resolve(host: str) -> Sequence[_BindAddress]:
    if host in _WILDCARDS:
        return _BOTH_WILDCARDS
    if host == "localhost":
        return _BOTH_LOOPBACKS
    found = await asyncio.get_running_loop().getaddrinfo(
        host.strip("[]"), None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    return list(dict.fromkeys(_BindAddress(family, str(at[0]), *at[3:]) for family, _, _, _, at in found))


def _bind(places: Sequence[_BindAddress], port: int) -> list[socket.socket]:
    sockets: list[socket.socket] = []
    failure: OSError | None = None
    try:
        for place in places:
            try:
                sockets.append(_bind_one(place, sockets[0].getsockname()[1] if sockets else port))
            except OSError as error:
                if error.errno not in _FAMILY_MISSING:  # a machine without IPv6 listens on the other family
                    raise
                failure = error
    except OSError:
        for opened in sockets:
            opened.close()
        raise
    if failure and not sockets:
        raise failure
    return sockets


def _bind_one(place: _BindAddress, port: int) -> socket.socket:
    opened = socket.socket(place.family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if place.family == socket.AF_INET6:
            # a dual-stack socket would report IPv4 clients with IPv6 addresses
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            opened.bind((place.host, port, 0, place.scope))
        else:
            opened.bind((place.host, port))
        opened.setblocking(False)
    except BaseException:
        opened.close()
        raise
    return opened
