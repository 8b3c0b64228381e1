"""The network between a browser and a server: a TCP proxy that can be blocked and reset."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Cable:
    """Proxy to the server at `port` of this machine."""

    def __init__(self, port: int) -> None:
        self.port = 0
        self._there = port
        self._whole = asyncio.Event()
        self._whole.set()
        self._writers: set[asyncio.StreamWriter] = set()

    def pull_out(self) -> None:
        """Block both directions; connections stay open and neither end is notified."""
        self._whole.clear()

    def plug_in(self) -> None:
        """Reset all connections, and forward data again."""
        self.cut()
        self._whole.set()

    def cut(self) -> None:
        """Reset all connections."""
        for writer in self._writers:
            writer.transport.abort()

    @asynccontextmanager
    async def laid(self) -> AsyncIterator["Cable"]:
        """Run the proxy; its own port is the attribute `port`."""
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        yield self
        server.close()
        self.plug_in()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            onward_reader, onward = await asyncio.open_connection("127.0.0.1", self._there)
            self._writers |= {writer, onward}
            try:
                await asyncio.gather(self._carry(reader, onward), self._carry(onward_reader, writer))
            finally:
                self._writers -= {writer, onward}
                onward.close()
        writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while some := await reader.read(65_536):
                await self._whole.wait()
                writer.write(some)
                await writer.drain()
        writer.close()
