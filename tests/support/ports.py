"""Ports that stay free while nobody listens: for servers that come back at the same address.

A port that the system hands out may go to somebody else meanwhile, be it for the near end of a connection.
"""

import itertools
import os
import re
import socket

_FIRST, _MANY = 11_000, 2_000  # below those that systems hand out; so many for each process of a run
_given = itertools.count(os.getpid() % _MANY)


def lasting_port() -> int:
    """Return a port of 127.0.0.1 that nobody uses and that this process has not been given yet."""
    worker = re.search(r"\d*$", os.environ.get("PYTEST_XDIST_WORKER", ""))[0]
    first = _FIRST + _MANY * (int(worker or 0) % 10)
    for number in itertools.islice(_given, _MANY):
        port = first + number % _MANY
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("every port is taken")
