"""Ports that stay free while no process listens, for servers that restart at the same address.

The system may assign an ephemeral port to another process meanwhile, even as the source port of a connection.
"""

import itertools
import os
import re
import socket

_FIRST, _MANY = 11_000, 2_000  # below ephemeral ports; so many for each process of a run
_given = itertools.count(os.getpid() % _MANY)


def lasting_port() -> int:
    """Return a free port of 127.0.0.1 that was not returned before in this process.

    Raises:
        OSError: all ports of this process are in use.
    """
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
