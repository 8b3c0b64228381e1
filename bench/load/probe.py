"""Requests /healthz every 20 ms until stdin is closed, then prints the response times in seconds.

It is a process of its own: inside the load generator, it would measure how busy the generator is.
"""

import http.client
import json
import select
import sys
import time

_EVERY = 0.02
_PATIENCE = 30.0


def main() -> None:
    """Run the probe."""
    connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=_PATIENCE)
    took = []
    while not select.select([sys.stdin], [], [], _EVERY)[0]:
        began = time.perf_counter()
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
        took.append(time.perf_counter() - began)
    print(json.dumps(took))


if __name__ == "__main__":
    main()
