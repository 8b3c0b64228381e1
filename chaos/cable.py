"""The network between one client and the server: a TCP proxy that can be cut, blocked in one direction, and reset."""

import asyncio
from contextlib import suppress

_PIECE = 65536


class Cable:
    """Proxy of one client. A cut loses only time, as in a real network: data waits in the kernel's buffers."""

    def __init__(self) -> None:
        self._up, self._down = asyncio.Event(), asyncio.Event()
        self._links: dict[asyncio.Task[None], list[asyncio.StreamWriter]] = {}
        self._listener: asyncio.Server | None = None
        self._target = 0
        self.heal()

    async def open(self, port: int) -> None:
        """Start to forward connections to this port of 127.0.0.1."""
        self._target = port
        self._listener = await asyncio.start_server(self._link, "127.0.0.1", 0)

    @property
    def port(self) -> int:
        """Port to which the client connects."""
        assert self._listener is not None
        return int(self._listener.sockets[0].getsockname()[1])

    def cut(self) -> None:
        """Block both directions, including the end of a connection."""
        self._up.clear()
        self._down.clear()

    def stop_reading(self) -> None:
        """Block data from the server; it still receives the client's."""
        self._down.clear()

    def heal(self) -> None:
        """Unblock both directions, including waiting data."""
        self._up.set()
        self._down.set()

    def tear(self) -> None:
        """Reset every open connection; new ones can be made."""
        for link, writers in self._links.items():
            for writer in writers:
                writer.transport.abort()
            link.cancel()

    async def close(self) -> None:
        """Stop the proxy."""
        assert self._listener is not None
        self._listener.close()
        links = list(self._links)
        self.tear()
        await asyncio.gather(*links, return_exceptions=True)

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = asyncio.current_task()
        assert link is not None
        writers = self._links[link] = [writer]
        try:
            await self._up.wait()
            with suppress(OSError):
                far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
                writers.append(far_writer)
                async with asyncio.TaskGroup() as both:
                    both.create_task(_pump(reader, far_writer, self._up))
                    both.create_task(_pump(far_reader, writer, self._down))
        except asyncio.CancelledError:
            pass  # torn
        finally:
            for end in writers:
                end.transport.abort()
            del self._links[link]


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: asyncio.Event) -> None:
    with suppress(OSError):
        while True:
            await way.wait()
            piece = await reader.read(_PIECE)
            await way.wait()
            if not piece:
                break
            writer.write(piece)
            await writer.drain()
    writer.close()
