"""Wire format of packets: Socket.IO 5 inside Engine.IO 4, text only, with strict JSON."""

import re
from functools import lru_cache
from typing import Any, NamedTuple

from domain.errors.base import InvalidJson
from runtime import json_codec

OPEN, CLOSE, PING, PONG, MESSAGE, UPGRADE, NOOP = "0123456"
"""Types of Engine.IO packets."""
CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR = "01234"
"""Types of Socket.IO packets, which are sent in Engine.IO messages."""
SEPARATOR = "\x1e"
"""Separator of the packets in a polling body."""

MAX_ACK_DIGITS = 100
"""Maximum number of digits in an ack id."""
MAX_NAMESPACE_LENGTH = 100
"""Maximum length of a namespace in characters: clients can send any, and `_head` caches some."""
_SHORT, _LONG = 126, 65536  # payload lengths whose length field takes 2 and 8 more bytes (RFC 6455, 5.2)

# Packets of clients (Socket.IO 5, "Packet encoding"): events and acks have a list of any JSON.
_PACKET = re.compile(r"([0-3])(?:(/[^,?]*)[^,]*(?:,|\Z))?([0-9]*)(.*)", re.DOTALL)
_EVENT_WITH_ACK = re.compile(r"2(?:(/[^,?]*),)?([0-9]{1,15})\[")


class ProtocolError(ValueError):
    """A packet of a client is invalid; its engine session is closed."""


class Packet(NamedTuple):
    """Socket.IO packet of a client; `data` is an `InvalidJson` if its JSON is invalid."""

    type: str
    namespace: str
    ack_id: int | None
    data: Any


class OutgoingPacket:
    """Packet to clients, encoded once for any number of recipients.

    Attributes:
        payload: text of the packet, in UTF-8.
        frame: WebSocket frame of the packet. A server does not mask frames, so it is the same for all recipients.
    """

    __slots__ = ("frame", "payload")

    def __init__(self, payload: bytes) -> None:
        self.payload = payload
        self.frame = text_frame(payload)


def decode(text: str) -> Packet:
    """Return the packet in an Engine.IO message.

    Raises:
        ProtocolError: it is binary, of a type that clients do not send, or not in the format of the protocol.
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
            data = InvalidJson()  # the name could not be repeated in an error
    return Packet(kind, namespace or "/", ack_id, data)


def _check_lengths(namespace: str, number: str) -> None:
    if len(namespace) > MAX_NAMESPACE_LENGTH:
        raise ProtocolError("the name of its namespace is too long")
    if len(number) > MAX_ACK_DIGITS:
        raise ProtocolError("the number of its ack is too long")


def peek_ack_id(text: str) -> tuple[str, str] | None:
    """Return namespace and ack id of an event that requests an ack; None for other packets.

    It costs a tenth of `decode`, so that load shedding can reject events without parsing them.
    """
    found = _EVENT_WITH_ACK.match(text)
    return (found[1] or "/", found[2]) if found else None


def event(namespace: str, name: str, *arguments: Any) -> OutgoingPacket:
    """Return an event packet."""
    return OutgoingPacket(_head(EVENT, namespace) + json_codec.dumps([name, *arguments]))


def ack(namespace: str, ack_id: int, answer: Any) -> OutgoingPacket:
    """Return an ack packet, the answer to an event."""
    return OutgoingPacket(b"%b%d[%b]" % (_head(ACK, namespace), ack_id, json_codec.dumps(answer)))


def encoded_ack(namespace: str, number: str, answer: bytes) -> OutgoingPacket:
    """Return an ack packet for an event that was not parsed; `answer` is JSON."""
    return OutgoingPacket(b"%b%b[%b]" % (_head(ACK, namespace), number.encode(), answer))


def connected(namespace: str, told: Any) -> OutgoingPacket:
    """Return the packet that confirms a connection to a namespace."""
    return OutgoingPacket(_head(CONNECT, namespace) + json_codec.dumps(told))


def connect_error(namespace: str, message: str, data: Any = None) -> OutgoingPacket:
    """Return the packet that rejects a connection to a namespace, with the reason."""
    return OutgoingPacket(
        _head(CONNECT_ERROR, namespace) + json_codec.dumps({"message": message} | ({"data": data} if data else {}))
    )


def disconnected(namespace: str) -> OutgoingPacket:
    """Return the packet that disconnects a client from a namespace."""
    return OutgoingPacket(_head(DISCONNECT, namespace))


def handshake(settings: dict[str, Any]) -> OutgoingPacket:
    """Return the Engine.IO open packet, the first packet of a session."""
    return OutgoingPacket(OPEN.encode() + json_codec.dumps(settings))


def text_frame(payload: bytes) -> bytes:
    """Return an unmasked WebSocket text frame (RFC 6455, 5.2)."""
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
    """Return the JSON value, or the error, which is sent in the ack."""
    try:
        return json_codec.loads(json)
    except InvalidJson as reason:
        return reason


def _is_encodable(name: str) -> bool:
    """Return True if the name can be encoded in UTF-8: JSON allows lone surrogates."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
