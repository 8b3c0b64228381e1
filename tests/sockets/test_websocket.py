"""WebSockets frame by frame (RFC 6455), over a raw connection: what aiohttp's client would never send."""

import asyncio
import base64
import hashlib
from contextlib import suppress

import pytest

from tests.support.raw_sockets import PATH, engine, until

pytestmark = pytest.mark.both_loops

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA


def frame(opcode, payload=b"", *, fin=True, rsv=0, length=None, mask=b"\x01\x02\x03\x04"):
    """Return a frame as a client sends it."""
    head = bytes(((0x80 if fin else 0) | rsv << 4 | opcode,))
    length = len(payload) if length is None else length
    head += bytes((0x80 | length,)) if length < 126 else b"\xfe" + length.to_bytes(2, "big")
    return head + mask + bytes(byte ^ mask[n % 4] for n, byte in enumerate(payload))


@pytest.fixture
async def raw(school):
    """A function that opens connections; all are closed at the end."""
    opened = []

    async def open_one(behind=b""):
        opened.append(await Raw.open(school, behind))
        return opened[-1]

    yield open_one
    for connection in opened:
        connection.writer.transport.abort()
        with suppress(ConnectionError):
            await connection.writer.wait_closed()


class Raw:
    """A connection that has sent its handshake, and perhaps more."""

    @classmethod
    async def open(cls, school, behind=b""):
        raw = cls()
        raw.reader, raw.writer = await asyncio.open_connection("127.0.0.1", school.port)
        lines = [f"GET {PATH}&transport=websocket HTTP/1.1", "Host: localhost", "Connection: keep-alive, Upgrade"]
        lines += ["Upgrade: WebSocket", f"Sec-WebSocket-Key: {KEY}", "Sec-WebSocket-Version: 13"]
        lines += ["Sec-WebSocket-Extensions: permessage-deflate", "Sec-WebSocket-Protocol: chat", "", ""]
        raw.writer.write("\r\n".join(lines).encode() + behind)
        raw.head = (await raw.reader.readuntil(b"\r\n\r\n")).decode()
        return raw

    def send(self, *frames):
        self.writer.write(b"".join(frames))

    async def next(self):
        """Return the next frame's opcode and payload; None at the end."""
        try:
            async with asyncio.timeout(5):
                first, length = await self.reader.readexactly(2)
                if length == 126:
                    length = int.from_bytes(await self.reader.readexactly(2), "big")
                return first & 0xF, await self.reader.readexactly(length)
        except asyncio.IncompleteReadError:
            return None


async def test_the_answer_to_a_handshake_proves_that_it_was_read_and_agrees_to_nothing(school, raw):
    client = await raw()

    accept = base64.b64encode(hashlib.sha1((KEY + GUID).encode(), usedforsecurity=False).digest()).decode()
    status, *headers = client.head.strip().split("\r\n")
    assert status.split()[:2] == ["HTTP/1.1", "101"]
    assert sorted(headers) == ["Connection: Upgrade", f"Sec-WebSocket-Accept: {accept}", "Upgrade: websocket"]


@pytest.mark.parametrize("cut", [0, 1, 3, 6, 9])
async def test_what_comes_in_one_segment_with_the_handshake_or_in_parts_is_taken(school, raw, cut):
    sent = frame(TEXT, b"40/chat,{}") + frame(TEXT, b"40,{}")
    client = await raw(sent[:cut])
    client.send(sent[cut:])

    assert (await client.next())[1].startswith(b"0{")
    assert (await client.next())[1].startswith(b'44/chat,{"message":"Authentication token is required"')
    assert (await client.next())[1].startswith(b'44{"message":"Authentication token is required"')


async def test_a_message_in_fragments_is_one_and_control_frames_may_stand_between_them(school, raw):
    client = await raw()
    await client.next()

    client.send(frame(TEXT, b"40/ch", fin=False), frame(PING, b"there?"), frame(0, b"at,", fin=False), frame(0, b"{}"))

    assert await client.next() == (PONG, b"there?")
    assert (await client.next())[1].startswith(b"44/chat,{")


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        pytest.param(frame(CLOSE, (1000).to_bytes(2, "big") + b"bye"), 1000, id="the client asks for it"),
        pytest.param(frame(CLOSE), 1000, id="the client asks without a code"),
        pytest.param(frame(CLOSE, (999).to_bytes(2, "big")), 1002, id="a code that is none"),
        pytest.param(frame(CLOSE, b"x"), 1002, id="half a code"),
        pytest.param(frame(TEXT, b"40", rsv=4), 1002, id="a reserved bit"),
        pytest.param(frame(0x3, b"40"), 1002, id="an unknown opcode"),
        pytest.param(frame(0, b"40"), 1002, id="a continuation of nothing"),
        pytest.param(frame(PING, fin=False), 1002, id="half a ping"),
        pytest.param(frame(PING, length=126, payload=b"x" * 126), 1002, id="a long ping"),
        pytest.param(frame(TEXT, b"4\xff"), 1007, id="no UTF-8"),
        pytest.param(frame(BINARY, b"4"), 1008, id="binary"),
        pytest.param(frame(TEXT, b""), 1008, id="an empty message"),
    ],
)
async def test_a_websocket_is_closed_with_the_code_that_the_protocol_names(
    school, raw, complaints, monkeypatch, sent, code
):
    if code in {1002, 1007}:  # nothing is parsed after an invalid frame, not even the client's close frame
        monkeypatch.setattr("socket_engine.websocket.CLOSE_TIMEOUT", 0.1)
    client = await raw()
    await client.next()

    client.send(sent, frame(TEXT, b"40/chat,{}"))

    heard = []
    while (said := await client.next()) is not None and said[0] != CLOSE:
        heard.append(said)
    assert said == (CLOSE, code.to_bytes(2, "big"))
    assert heard in ([], [(TEXT, b"1")]), "what comes after the end is not handled"
    client.send(frame(CLOSE, code.to_bytes(2, "big")))
    assert await client.next() is None, "the server hangs up first"
    await until(lambda: not engine(school).eio.sockets)
    assert engine(school).eio.websocket_count == 0
    assert len(complaints()) == (code != 1000)


async def test_who_does_not_agree_to_the_closing_is_hung_up_on(school, raw, monkeypatch):
    monkeypatch.setattr("socket_engine.websocket.CLOSE_TIMEOUT", 0.1)
    client = await raw()
    await client.next()

    client.send(frame(BINARY, b"4"))

    while (await client.next())[0] != CLOSE:
        pass
    assert await client.next() is None


async def test_pings_of_a_client_that_does_not_read_do_not_pile_up(school, raw):
    client = await raw()
    await client.next()
    client.reader._transport.pause_reading()
    [web_socket] = engine(school).eio._web_sockets

    for _ in range(3000):
        client.send(frame(PING, b"x" * 125) * 30)
        assert web_socket.transport.get_write_buffer_size() < 2_000_000
        if web_socket.transport.is_closing():
            break
        await asyncio.sleep(0)

    assert web_socket.transport.is_closing()
    await until(lambda: not engine(school).eio.sockets)
    assert engine(school).eio.websocket_count == 0


async def test_aiohttp_keeps_nothing_of_a_websocket(school, raw):
    for _ in range(3):
        await (await raw()).next()

    assert engine(school).eio.websocket_count == 3
    assert school.runner.server.connections == []


async def test_a_client_that_hangs_up_in_the_middle_of_a_frame_is_gone(school, raw, complaints):
    client = await raw()
    await client.next()

    client.send(frame(TEXT, b"40/chat,{}")[:-3])
    client.writer.close()

    await until(lambda: not engine(school).eio.sockets)
    assert complaints() == []
