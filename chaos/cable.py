"""The network between one client and the server: a TCP proxy that can be cut, stopped one way, and torn."""

import asyncio
from contextlib import suppress

_PIECE = 65536


class Cable:
    """One client's own. What is cut loses nothing but time, as in a real network: the bytes wait in the kernel."""

    def __init__(self) -> None:
        self._up, self._down = asyncio.Event(), asyncio.Event()
        self._links: dict[asyncio.Task[None], list[asyncio.StreamWriter]] = {}
        self._listener: asyncio.Server | None = None
        self._target = 0
        self.heal()

    async def open(self, port: int) -> None:
        """Lead to this port of 127.0.0.1."""
        self._target = port
        self._listener = await asyncio.start_server(self._link, "127.0.0.1", 0)

    @property
    def port(self) -> int:
        """Where the client connects to."""
        assert self._listener is not None
        return int(self._listener.sockets[0].getsockname()[1])

    def cut(self) -> None:
        """Let nothing through, not even that a side has closed."""
        self._up.clear()
        self._down.clear()

    def stop_reading(self) -> None:
        """Take nothing from the server any more; it still hears the client."""
        self._down.clear()

    def heal(self) -> None:
        """Let through what waits and what comes."""
        self._up.set()
        self._down.set()

    def tear(self) -> None:
        """Reset every connection that there is; new ones can be made."""
        for link, writers in self._links.items():
            for writer in writers:
                writer.transport.abort()
            link.cancel()

    async def close(self) -> None:
        """Take it away."""
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
