"""Records and request bodies of messages."""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Annotated, Literal, NamedTuple, TypeAlias

import msgspec

from domain.accounts import DELETED_NAME, UserSummary
from domain.base import EXAMPLE_ROOM, MessageId, Payload, QueryParams, Record, RoomId, Seq, Timestamp, UserId
from domain.errors.base import InvalidInput
from domain.errors.fields import FieldError
from domain.moderation import AuditDraft
from text import normalise
from text.violations import ErrorParams


def redacted(content: str, deleted: Collection[str], names: Iterable[str]) -> str:
    """Return `content` with `DELETED_NAME` in place of the names in `deleted`.

    Args:
        content: text of a system message.
        deleted: names of users with a deleted account.
        names: all names in the text. A longer name that contains a deleted one, as "Ada Okafor" contains "Ada", is not
            changed.
    """
    longest_first = sorted({*deleted, *names, DELETED_NAME}, key=len, reverse=True)
    words = re.compile("|".join(map(_name_pattern, longest_first)))
    return words.sub(lambda found: _replacement(found[0]) if found[0] in deleted else found[0], content)


def _name_pattern(name: str) -> str:
    """Return a pattern that matches a name as a whole word. A quoted name is delimited by its quotes."""
    return re.escape(name) if name.startswith("“") else rf"(?<!\w){re.escape(name)}(?!\w)"


def _replacement(name: str) -> str:
    return normalise.quote_name(DELETED_NAME) if name.startswith("“") else DELETED_NAME


class Message(Record, kw_only=True, omit_defaults=True, frozen=True):
    """A message as it is stored and sent. `seq` is 1, 2, 3 … in its room, without gaps."""

    id: MessageId
    room_id: RoomId
    seq: int
    content: str
    is_system: bool
    timestamp: Timestamp
    client_message_id: str | None = None
    sender: UserSummary | None
    sent_at: Timestamp | None = None
    """Time of sending, if the message was held by quiet focus: `timestamp` is that of its release."""


class HeldMessage(Record, kw_only=True, frozen=True):
    """A message that quiet focus holds. Its `seq` is 0 until it is published, at `release_at` or earlier."""

    message: Message
    release_at: Timestamp
    held: Literal[True] = True


PostedMessage: TypeAlias = Message | HeldMessage
"""Result of sending: published, or held by quiet focus."""


class RefusedMessage(NamedTuple):
    """A held message that was rejected at its release and deleted, and the code of the error."""

    message: Message
    code: str


class Release(NamedTuple):
    """Result of a release of held messages.

    Attributes:
        released: messages that were published, in the order of their numbers.
        refused: messages that were rejected and deleted, in the order in which they were sent.
        last_seq: number of the room's last message; None if the room is missing.
        has_more: True if more messages are due.
    """

    released: Sequence[Message]
    refused: Sequence[RefusedMessage]
    last_seq: int | None
    has_more: bool


class MessageDraft(Record, frozen=True):
    """A message before it is stored. `id` is new; a system message has no sender."""

    id: MessageId
    room_id: RoomId
    sender: UserSummary | None
    content: str
    timestamp: Timestamp
    client_message_id: str | None = None
    audit: AuditDraft | None = None
    """Entry of the audit log that is stored with it."""
    sent_at: Timestamp | None = None
    """As in `Message`."""
    mentioned_users: tuple[UserSummary, ...] = ()
    """Users named in the content. A name is redacted when its user deletes the account."""

    def redacted(self, deleted: Collection[UserId]) -> "MessageDraft":
        """Return the draft with `DELETED_NAME` in place of the names of deleted users."""
        if not deleted:
            return self
        gone = {person.name for person in self.mentioned_users if person.id in deleted}
        content = redacted(self.content, gone, (person.name for person in self.mentioned_users))
        named = tuple(person for person in self.mentioned_users if person.id not in deleted)
        return msgspec.structs.replace(self, content=content, mentioned_users=named)


class NewMessage(Payload, frozen=True):
    """POST /api/study-rooms/:id/messages."""

    content: str
    client_message_id: str | None = None
    RULES = {"content": normalise.content, "client_message_id": normalise.opaque_token}
    EXAMPLE = {"content": "Who has done exercise 7?", "clientMessageId": "phone-17"}


class SystemMessage(Payload, frozen=True):
    """POST /api/study-rooms/:id/messages/system."""

    content: str
    RULES = {"content": normalise.content}
    EXAMPLE = {"content": "Break at four"}


class HistoryQuery(QueryParams, frozen=True):
    """GET /api/study-rooms/:id/messages. `before` and `after` are message numbers; `page` is for the seed's clients."""

    before: Seq | None = None
    after: Seq | None = None
    page: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50

    def __post_init__(self) -> None:
        if sum(value is not None for value in (self.before, self.after, self.page)) > 1:
            params = ErrorParams(fields=("before", "after", "page"))
            raise InvalidInput(
                [FieldError("before", "conflicting_fields", "give one of before, after and page", params)]
            )


class SendMessage(Payload, frozen=True):
    """`send-message`."""

    room_id: str
    content: str
    client_message_id: str | None = None
    RULES = {"room_id": normalise.uuid, "content": normalise.content, "client_message_id": normalise.opaque_token}
    EXAMPLE = {"roomId": EXAMPLE_ROOM, "content": "Who has done exercise 7?", "clientMessageId": "phone-17"}


class MarkRead(Payload, frozen=True):
    """`mark-read`: all messages up to and including `seq` have been read."""

    room_id: str
    seq: Seq
    RULES = {"room_id": normalise.uuid}
    EXAMPLE = {"roomId": EXAMPLE_ROOM, "seq": 42}


class CancelHeld(Payload, frozen=True):
    """`cancel-held`: an own message that quiet focus holds, by the id that its client chose."""

    room_id: str
    client_message_id: str
    RULES = {"room_id": normalise.uuid, "client_message_id": normalise.opaque_token}
    EXAMPLE = {"roomId": EXAMPLE_ROOM, "clientMessageId": "phone-17"}
