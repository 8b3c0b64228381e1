"""Records and request bodies of messages."""

import re
from collections.abc import Collection, Iterable
from typing import Annotated

import msgspec

from domain.accounts import DELETED_NAME, Sender
from domain.base import EXAMPLE_ROOM, Body, MessageId, Query, Record, RoomId, Seq, Timestamp, UserId
from domain.errors.base import FieldError, Invalid
from domain.moderation import Act
from text import normalise


def redacted(content: str, deleted: Collection[str], names: Iterable[str]) -> str:
    """Return `content` with `DELETED_NAME` in place of the names in `deleted`.

    Args:
        content: a sentence of the room.
        deleted: names of users who deleted their account.
        names: all names in the sentence. One that contains another, as "Ada Okafor" contains "Ada", stays whole.
    """
    longest_first = sorted({*deleted, *names, DELETED_NAME}, key=len, reverse=True)
    words = re.compile("|".join(map(_whole, longest_first)))
    return words.sub(lambda found: _in_place_of(found[0]) if found[0] in deleted else found[0], content)


def _whole(name: str) -> str:
    """Return the pattern of a name that is no part of a longer word; a quoted one begins and ends by itself."""
    return re.escape(name) if name.startswith("“") else rf"(?<!\w){re.escape(name)}(?!\w)"


def _in_place_of(name: str) -> str:
    return normalise.quoted(DELETED_NAME) if name.startswith("“") else DELETED_NAME


class Message(Record, kw_only=True, omit_defaults=True, frozen=True):
    """A message as it is kept and shown. `seq` is 1, 2, 3 … in its room, without holes."""

    id: MessageId
    room_id: RoomId
    seq: int
    content: str
    is_system: bool
    timestamp: Timestamp
    client_message_id: str | None = None
    sender: Sender | None


class Draft(Record, frozen=True):
    """A message on its way into storage. `id` is new; a system message has no sender."""

    id: MessageId
    room_id: RoomId
    sender: Sender | None
    content: str
    timestamp: Timestamp
    client_message_id: str | None = None
    act: Act | None = None
    """What is kept in the audit log with it."""
    named: tuple[Sender, ...] = ()
    """People whose names the content says: they are taken out of it when the person deletes their account."""

    def without(self, deleted: Collection[UserId]) -> "Draft":
        """Return the draft with `DELETED_NAME` in place of the names of those who have deleted their account."""
        if not deleted:
            return self
        gone = {person.name for person in self.named if person.id in deleted}
        content = redacted(self.content, gone, (person.name for person in self.named))
        named = tuple(person for person in self.named if person.id not in deleted)
        return msgspec.structs.replace(self, content=content, named=named)


class NewMessage(Body, frozen=True):
    """POST /api/study-rooms/:id/messages."""

    content: str
    client_message_id: str | None = None
    RULES = {"content": normalise.content, "client_message_id": normalise.token}
    EXAMPLE = {"content": "Who has done exercise 7?", "clientMessageId": "phone-17"}


class SystemMessage(Body, frozen=True):
    """POST /api/study-rooms/:id/messages/system."""

    content: str
    RULES = {"content": normalise.content}
    EXAMPLE = {"content": "Break at four"}


class HistoryQuery(Query, frozen=True):
    """GET /api/study-rooms/:id/messages. `before` and `after` are message numbers; `page` is the seed's."""

    before: Seq | None = None
    after: Seq | None = None
    page: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50

    def __post_init__(self) -> None:
        if sum(value is not None for value in (self.before, self.after, self.page)) > 1:
            raise Invalid([FieldError("before", "give one of before, after and page")])


class SendMessage(Body, frozen=True):
    """`send-message`."""

    room_id: str
    content: str
    client_message_id: str | None = None
    RULES = {"room_id": normalise.uuid, "content": normalise.content, "client_message_id": normalise.token}
    EXAMPLE = {"roomId": EXAMPLE_ROOM, "content": "Who has done exercise 7?", "clientMessageId": "phone-17"}


class MarkRead(Body, frozen=True):
    """`mark-read`: everything up to and including `seq` has been read."""

    room_id: str
    seq: Seq
    RULES = {"room_id": normalise.uuid}
    EXAMPLE = {"roomId": EXAMPLE_ROOM, "seq": 42}
