"""A cable between a browser and a server, which can be pulled out: TCP, forwarded byte by byte."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Cable:
    """What leads to the server at `port` of this machine."""

    def __init__(self, port: int) -> None:
        self.port = 0
        self._there = port
        self._whole = asyncio.Event()
        self._whole.set()
        self._writers: set[asyncio.StreamWriter] = set()

    def pull_out(self) -> None:
        """Carry nothing any more, without a word to either end."""
        self._whole.clear()

    def plug_in(self) -> None:
        """Carry again what comes; connections of before are gone."""
        self.cut()
        self._whole.set()

    def cut(self) -> None:
        """End every connection at once."""
        for writer in self._writers:
            writer.transport.abort()

    @asynccontextmanager
    async def laid(self) -> AsyncIterator["Cable"]:
        """Lay it: `port` is where it begins."""
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
