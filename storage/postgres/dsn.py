"""Addresses of the database: the hosts of its URL, resolved to one address each.

libpq resolves names synchronously, which would block the event loop. When it continues with a second address, it opens
another socket than the one that aiopg watches, and the connection never completes.
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
"""Connection parameters by libpq name."""

_PORTS = re.compile(r"[0-9,]*")


def parse(dsn: str) -> Parameters:
    """Return the parameters of a `postgresql://` URL.

    Raises:
        StorageUnusable: the URL is invalid. The message does not repeat it, because it may contain a password.
    """
    with contextlib.suppress(psycopg2.ProgrammingError):
        parameters: Parameters = dict(psycopg2.extensions.parse_dsn(dsn))
        if _PORTS.fullmatch(parameters.get("port", "")):  # otherwise part of a password with an unescaped slash
            return parameters
    raise StorageUnusable("The storage URL is no valid PostgreSQL URL: postgresql://user:password@host/database")


async def resolve(parameters: Parameters) -> list[Parameters]:
    """Return the parameters for each single address, in the order in which to try them.

    Raises:
        OSError: no host name can be resolved.
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
