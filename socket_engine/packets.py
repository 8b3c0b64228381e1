"""Packets as they stand on the wire: Engine.IO 4 around Socket.IO 5, text only, with JSON that is read strictly."""

import re
from functools import lru_cache
from typing import Any, NamedTuple

from domain.errors.base import InvalidJson
from runtime import json_codec

OPEN, CLOSE, PING, PONG, MESSAGE, UPGRADE, NOOP = "0123456"
"""Engine.IO's types of packets."""
CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR = "01234"
"""Socket.IO's types of packets; they stand in an Engine.IO message."""
SEPARATOR = "\x1e"
"""Between the packets of a polling body."""

MAX_ACK_DIGITS = 100
"""Digits in the number of an ack."""
MAX_NAMESPACE_LENGTH = 100
"""Characters in the name of a namespace: clients name any they like, and `_head` remembers some."""
_SHORT, _LONG = 126, 65536  # lengths from which a frame's length takes 2 and 8 bytes more (RFC 6455, 5.2)

# What clients send (Socket.IO 5, "Packet encoding"): events and acks with a list, whatever that holds.
_PACKET = re.compile(r"([0-3])(?:(/[^,?]*)[^,]*(?:,|\Z))?([0-9]*)(.*)", re.DOTALL)
_EVENT_WITH_ACK = re.compile(r"2(?:(/[^,?]*),)?([0-9]{1,15})\[")


class ProtocolError(ValueError):
    """What came is no packet that we take; its connection is closed."""


class Packet(NamedTuple):
    """A Socket.IO packet of a client; `data` is an `InvalidJson` where its JSON could not be read."""

    type: str
    namespace: str
    ack_id: int | None
    data: Any


class OutgoingPacket:
    """A packet to clients, encoded once however many get it.

    Attributes:
        payload: it as text, in UTF-8.
        frame: it as a WebSocket frame. What a server sends is not masked, so it is the same for everybody.
    """

    __slots__ = ("frame", "payload")

    def __init__(self, payload: bytes) -> None:
        self.payload = payload
        self.frame = text_frame(payload)


def decode(text: str) -> Packet:
    """Return the packet in an Engine.IO message.

    Raises:
        BadPacket: it is binary, of a type that clients do not send, or not in the format of the protocol.
    """
    found = _PACKET.match(text)
    if found is None:
        raise ProtocolError("not a text packet of a client")
    kind, namespace, number, json = found.groups()
    _check_lengths(namespace or "", number)
    ack_id = int(number) if number else None
    if kind == DISCONNECT:
        return Packet(kind, namespace or "/", None, None)
    if kind != CONNECT and not json.startswith("["):
        raise ProtocolError("neither event nor ack without a list")
    if kind == ACK:
        if ack_id is None:
            raise ProtocolError("an ack without a number")
        return Packet(kind, namespace or "/", ack_id, None)
    data = _loads(json) if json else None
    if kind == EVENT and not isinstance(data, InvalidJson):
        if not (data and isinstance(data[0], str)):
            raise ProtocolError("an event is a list that begins with its name")
        if not _is_encodable(data[0]):
            data = InvalidJson()  # it could not be repeated in an answer
    return Packet(kind, namespace or "/", ack_id, data)


def _check_lengths(namespace: str, number: str) -> None:
    if len(namespace) > MAX_NAMESPACE_LENGTH:
        raise ProtocolError("the name of its namespace is too long")
    if len(number) > MAX_ACK_DIGITS:
        raise ProtocolError("the number of its ack is too long")


def peek_ack_id(text: str) -> tuple[str, str] | None:
    """Return namespace and number of an event that wants an ack, at a tenth of what reading it costs; else None."""
    found = _EVENT_WITH_ACK.match(text)
    return (found[1] or "/", found[2]) if found else None


def event(namespace: str, name: str, *arguments: Any) -> OutgoingPacket:
    """Return an event."""
    return OutgoingPacket(_head(EVENT, namespace) + json_codec.dumps([name, *arguments]))


def ack(namespace: str, ack_id: int, answer: Any) -> OutgoingPacket:
    """Return the answer to an event."""
    return OutgoingPacket(b"%b%d[%b]" % (_head(ACK, namespace), ack_id, json_codec.dumps(answer)))


def encoded_ack(namespace: str, number: str, answer: bytes) -> OutgoingPacket:
    """Return the answer, in JSON, to an event of which only the head was read."""
    return OutgoingPacket(b"%b%b[%b]" % (_head(ACK, namespace), number.encode(), answer))


def connected(namespace: str, told: Any) -> OutgoingPacket:
    """Return what says that the client is in."""
    return OutgoingPacket(_head(CONNECT, namespace) + json_codec.dumps(told))


def connect_error(namespace: str, message: str, data: Any = None) -> OutgoingPacket:
    """Return what says that the client is not let in, and why."""
    return OutgoingPacket(
        _head(CONNECT_ERROR, namespace) + json_codec.dumps({"message": message} | ({"data": data} if data else {}))
    )


def disconnected(namespace: str) -> OutgoingPacket:
    """Return what puts a client out of a namespace."""
    return OutgoingPacket(_head(DISCONNECT, namespace))


def handshake(settings: dict[str, Any]) -> OutgoingPacket:
    """Return what a session begins with."""
    return OutgoingPacket(OPEN.encode() + json_codec.dumps(settings))


def text_frame(payload: bytes) -> bytes:
    """Return a WebSocket frame of text as a server sends it (RFC 6455, 5.2)."""
    length = len(payload)
    if length < _SHORT:
        return bytes((0x81, length)) + payload
    if length < _LONG:
        return b"\x81\x7e" + length.to_bytes(2, "big") + payload
    return b"\x81\x7f" + length.to_bytes(8, "big") + payload


@lru_cache(maxsize=64)
def _head(kind: str, namespace: str) -> bytes:
    return f"{MESSAGE}{kind}{'' if namespace == '/' else namespace + ','}".encode()


def _loads(json: str) -> Any:
    """Return the value, or why it could not be read: whoever waits for an ack is to be told."""
    try:
        return json_codec.loads(json)
    except InvalidJson as reason:
        return reason


def _is_encodable(name: str) -> bool:
    """Say whether the name can be written: JSON may hold half of a surrogate pair."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
