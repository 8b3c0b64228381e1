"""A Socket.IO client that does next to nothing, so that the server is what is measured: frames over a WebSocket."""

import asyncio
import json
from typing import Any

import aiohttp


class Client:
    """One connection to /chat."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._acks: dict[int, asyncio.Future[Any]] = {}
        self._next_ack = 0
        self._reader: asyncio.Task[None] | None = None
        self.events = 0
        """How many events were heard."""

    @classmethod
    async def connect(cls, http: aiohttp.ClientSession, url: str, token: str) -> "Client":
        """Connect and come into /chat."""
        socket = await http.ws_connect(f"{url}/socket.io/?EIO=4&transport=websocket", max_msg_size=0)
        await socket.receive_str()
        await socket.send_str("40/chat," + json.dumps({"token": token}))
        answer = await socket.receive_str()
        if not answer.startswith("40/chat"):
            raise ConnectionError(answer)
        client = cls(socket)
        client._reader = asyncio.create_task(client._read())
        return client

    async def call(self, event: str, argument: Any) -> Any:
        """Send an event and return its ack."""
        self._next_ack += 1
        number = self._next_ack
        ack = self._acks[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_str(f"42/chat,{number}" + json.dumps([event, argument]))
        answer = await ack
        if not answer["ok"]:
            raise RuntimeError(answer)
        return answer

    async def close(self) -> None:
        """Go away."""
        if self._reader is not None:
            self._reader.cancel()
        await self._socket.close()

    async def _read(self) -> None:
        async for frame in self._socket:
            text = frame.data
            if text.startswith("42/chat,"):
                self.events += 1
            elif text.startswith("43/chat,"):
                number, _, data = text[8:].partition("[")
                self._acks.pop(int(number)).set_result(json.loads("[" + data)[0])
            elif text == "2":
                await self._socket.send_str("3")
