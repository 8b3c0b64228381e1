"""Where the database may be: the places that its URL names, one address each.

libpq would look names up while the event loop stands still, and when it goes on to a second address it opens
another socket than the one aiopg watches, so that the connection never comes about.
"""

import asyncio
import contextlib
import ipaddress
import re
import socket
from typing import TypeAlias

import psycopg2.extensions

from domain.errors.storage import StorageUnusable

Parameters: TypeAlias = dict[str, str]
"""Connection parameters by their libpq names."""

_PORTS = re.compile(r"[0-9,]*")


def parse(dsn: str) -> Parameters:
    """Return what a `postgresql://` URL says.

    Raises:
        StorageUnusable: it is no such URL. The message does not repeat it: it may hold a password.
    """
    with contextlib.suppress(psycopg2.ProgrammingError):
        parameters: Parameters = dict(psycopg2.extensions.parse_dsn(dsn))
        if _PORTS.fullmatch(parameters.get("port", "")):  # else it is part of a password with an unescaped slash
            return parameters
    raise StorageUnusable("The storage URL is no valid PostgreSQL URL: postgresql://user:password@host/database")


async def resolve(parameters: Parameters) -> list[Parameters]:
    """Return the parameters for each single address, in the order to try them in.

    Raises:
        OSError: none of the names can be looked up.
    """
    hosts = parameters.get("host", "").split(",")
    ports = parameters.get("port", "").split(",")
    if len(ports) == 1:
        ports *= len(hosts)
    if "hostaddr" in parameters or len(ports) != len(hosts):
        return [parameters]
    targets: list[Parameters] = []
    failure: OSError | None = None
    for host, port in zip(hosts, ports, strict=True):
        place = parameters | {name: value for name, value in (("host", host), ("port", port)) if value}
        try:
            targets += [place | address for address in await _addresses(host)]
        except OSError as error:
            failure = error
    if failure and not targets:
        raise failure
    return targets


async def _addresses(host: str) -> list[Parameters]:
    if not host or host.startswith(("/", "@")) or _is_address(host):
        return [{}]
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [{"hostaddr": address} for address in dict.fromkeys(str(where[0]) for *_, where in found)]


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
