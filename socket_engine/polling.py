"""What comes in the body of a polling request.

python-engineio reads once, and so takes a body that arrives in parts for its first part.
"""

import asyncio
import re

from aiohttp import web

from socket_engine.packets import SEPARATOR

BODY_DEADLINE = 10.0
"""Seconds in which the body of a polling request must have arrived."""
# A message goes on with a digit, the type of its Socket.IO packet; binary ones, with a b, are not taken.
_POLLED = re.compile(r"4\d|[13]\Z")


class BadBody(Exception):
    """A body is not taken. `status` is what the answer has."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Bodies:
    """Reads bodies.

    Args:
        max_size: bytes in one.
    """

    def __init__(self, max_size: int) -> None:
        self._max_size = max_size
        self._arriving: set[asyncio.Timeout] = set()
        self._is_closing = False

    async def packets(self, request: web.Request) -> list[str]:
        """Return the packets in the body, of which there may be any number.

        Raises:
            BadBody: it is too long, or late, or not of Engine.IO text packets only.
        """
        try:
            packets = (await self._whole(request)).decode().split(SEPARATOR)
        except TimeoutError:
            if self._is_closing and request.transport is not None:
                request.transport.abort()  # after the answer aiohttp would go on waiting for the rest
            raise BadBody(408, "The body did not arrive.") from None
        except UnicodeDecodeError:
            raise BadBody(400, "The body is not UTF-8.") from None
        except (ConnectionError, web.RequestPayloadError):
            raise BadBody(400, "The body broke off.") from None
        if not all(_POLLED.match(packet) for packet in packets):
            raise BadBody(400, "The body holds no Engine.IO text packets.")
        return packets

    def close(self) -> None:
        """Wait for no more bodies, as the server is going away."""
        self._is_closing = True
        for deadline in self._arriving:
            deadline.reschedule(asyncio.get_running_loop().time())

    async def _whole(self, request: web.Request) -> bytes:
        body = bytearray()
        async with asyncio.timeout(BODY_DEADLINE) as deadline:
            self._arriving.add(deadline)
            try:
                async for chunk in request.content.iter_any():
                    body += chunk
                    if len(body) > self._max_size:
                        raise BadBody(413, "The body is too large.")
            finally:
                self._arriving.discard(deadline)
        return bytes(body)
