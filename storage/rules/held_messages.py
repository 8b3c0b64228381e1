"""Rules of held messages: messages that quiet focus holds during a focus phase, until the break."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from domain.base import MessageId, Timestamp, UserId
from domain.clock import from_milliseconds, to_milliseconds
from domain.errors.base import AppError
from domain.errors.messages import TooManyHeld
from domain.messages import HeldMessage, Message, MessageDraft, RefusedMessage
from domain.permissions import Authority
from domain.study.timer import Timer
from domain.study.timer_phases import timer_at

MAX_HELD_PER_SENDER = 20
MAX_HELD_PER_ROOM = 500


def held_until(timer: Timer | None, study_time: Timestamp) -> Timestamp | None:
    """Return the time until which the timer of a room with quiet focus holds messages: the end of its focus phase.

    It is earlier if the timer stops by itself. None if no focus phase runs, so that no message is held now.

    Args:
        timer: the room's timer; None if it has none.
        study_time: the present, on the study clock.
    """
    if timer is None:
        return None
    moment = timer_at(timer, to_milliseconds(study_time))
    return from_milliseconds(moment.changes_at) if moment.is_focus and moment.changes_at is not None else None


class HeldKey(NamedTuple):
    """A held message without its content: its place in the room's order, its id, its sender and the sender's key."""

    position: int
    id: MessageId
    sender_id: UserId
    client_message_id: str | None


class NewHeldMessage(NamedTuple):
    """A message to hold, and its place in the room's order."""

    position: int
    message: Message


class RoomHold:
    """The held messages of one room during a transaction.

    Args:
        until: end of the focus phase that runs, if the room has quiet focus; None if no message is held now.
        held: the room's held messages in their order.
    """

    def __init__(self, until: Timestamp | None, held: Sequence[HeldKey]) -> None:
        self.until = until
        self._total = len(held)
        self._last_position = held[-1].position if held else 0
        self._of_sender = Counter(one.sender_id for one in held)

    @property
    def is_due(self) -> bool:
        """True if held messages must be released before anything else is added to the room."""
        return self.until is None and self._total > 0

    def applies_to(self, sender: Authority) -> bool:
        """Return True if messages of a sender with this authority are held now. Messages of moderators never are."""
        return self.until is not None and not sender.can_moderate

    def add(self, draft: MessageDraft) -> tuple[NewHeldMessage, HeldMessage] | TooManyHeld:
        """Add a draft; return the message to store and the draft's result.

        It is rejected if the sender holds `MAX_HELD_PER_SENDER` messages, or the room `MAX_HELD_PER_ROOM`.
        """
        if draft.sender is None or self.until is None:
            raise ValueError("only messages of members are held, and only during a focus phase")
        if self._total >= MAX_HELD_PER_ROOM or self._of_sender[draft.sender.id] >= MAX_HELD_PER_SENDER:
            return TooManyHeld(self.until)
        self._total += 1
        self._of_sender[draft.sender.id] += 1
        self._last_position += 1
        message = held_message_from_draft(draft)
        return NewHeldMessage(self._last_position, message), HeldMessage(message=message, release_at=self.until)


def find_held(draft: MessageDraft, held: Iterable[HeldKey]) -> MessageId | None:
    """Return the id of the room's held message of which the draft is a retry: of its id or its idempotency key."""
    sender_id = draft.sender.id if draft.sender else None
    for one in held:
        if one.id == draft.id:
            return one.id
        if draft.client_message_id is not None and one[2:] == (sender_id, draft.client_message_id):
            return one.id
    return None


def held_message_from_draft(draft: MessageDraft) -> Message:
    """Return the message of a draft that is held."""
    return Message(
        id=draft.id,
        room_id=draft.room_id,
        seq=0,
        content=draft.content,
        is_system=False,
        timestamp=draft.timestamp,
        client_message_id=draft.client_message_id,
        sender=draft.sender,
        sent_at=draft.timestamp,
    )


def draft_of_held(message: Message, at: Timestamp) -> MessageDraft:
    """Return the draft that publishes a held message at its release."""
    return MessageDraft(
        id=message.id,
        room_id=message.room_id,
        sender=message.sender,
        content=message.content,
        timestamp=at,
        client_message_id=message.client_message_id,
        sent_at=message.sent_at,
    )


def refused(held: Sequence[Message], results: Sequence[object]) -> list[RefusedMessage]:
    """Return the held messages with drafts rejected at the release.

    Args:
        held: the messages.
        results: results of their drafts, in the same order.
    """
    pairs = zip(held, results, strict=True)
    return [RefusedMessage(message, result.code) for message, result in pairs if isinstance(result, AppError)]
