"""Socket.IO packets as we take them: text only, with JSON that is read strictly."""

import re
from typing import Any

from socketio import packet

import wire
from errors import InvalidJson

CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR = (
    packet.CONNECT,
    packet.DISCONNECT,
    packet.EVENT,
    packet.ACK,
    packet.CONNECT_ERROR,
)

# What clients send (Socket.IO 5, "Packet encoding"): events and acks with a list, whatever that holds.
_FORMAT = re.compile(r"[01]|2(/[^,]*,)?[0-9]*\[|3(/[^,]*,)?[0-9]+\[")


class BadPacket(ValueError):
    """What came is no packet that we take; its connection is closed."""


class _Json:
    """The `json` module as python-socketio calls it. JSON that cannot be read becomes the reason, as a value."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        return wire.dumps(value).decode()

    @staticmethod
    def loads(text: str) -> Any:
        try:
            return wire.loads(text)
        except InvalidJson as reason:
            return reason


class TextPacket(packet.Packet):
    """A packet without attachments: nothing here needs binary data, and collecting it would need a bound."""

    uses_binary_events = False
    json = _Json

    @classmethod
    def read(cls, text: str | bytes) -> "TextPacket":
        """Return the packet in an Engine.IO message; `data` is an `InvalidJson` where its JSON could not be read.

        Raises:
            BadPacket: it is binary, of a type that clients do not send, or not in the format of the protocol.
        """
        if not isinstance(text, str) or not _FORMAT.match(text):
            raise BadPacket("not a text packet of a client")
        try:
            read = cls(encoded_packet=text)
        except ValueError as error:
            raise BadPacket(str(error)) from None
        if read.packet_type == EVENT and not isinstance(read.data, InvalidJson):
            if not (isinstance(read.data, list) and read.data and isinstance(read.data[0], str)):
                raise BadPacket("an event is a list that begins with its name")
            if not _is_text(read.data[0]):
                read.data = InvalidJson()  # it could not be repeated in an answer
        return read


def _is_text(name: str) -> bool:
    """Say whether the name can be written: JSON may hold half of a surrogate pair."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
