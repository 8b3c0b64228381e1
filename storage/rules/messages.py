"""Rules of new messages: rejections, duplicates and numbers."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple, TypeAlias

import msgspec

from domain.accounts import UserSummary
from domain.base import RoomId, Timestamp, UserId
from domain.errors.accounts import NotSignedIn
from domain.errors.base import AppError
from domain.errors.moderation import Muted
from domain.errors.rooms import NotAMember, RoomNotFound
from domain.errors.storage import HeldMessagesDue
from domain.messages import HeldMessage, Message, MessageDraft, PostedMessage
from domain.permissions import Authority
from storage.rules.held_messages import NewHeldMessage, RoomHold
from storage.rules.moderation import GONE
from storage.rules.rooms import mute_at, mute_in_force

IdempotencyKey: TypeAlias = tuple[RoomId, UserId | None, str]
"""Identity of a message for retries: room, sender and `client_message_id`. Two messages with one key are the same."""


class DraftFacts(NamedTuple):
    """State that decides about a draft, from before the batch.

    Attributes:
        last_seq: number of the room's last message; None if the room is missing.
        known: stored message with the draft's id or idempotency key. If it has expired, its id, number and timestamp
            with the content of the draft.
        sender: authority of the sender in the room; not used for a system message.
        muted_until: end of the sender's mute, None without one.
        rejection: error of the draft's audited action (`authorize_once`), None if it is allowed.
        hold: held messages of the room, the same object for each of its drafts; None if quiet focus is off and none is
            held.
        known_held: held message with the draft's id or idempotency key.
    """

    last_seq: int | None
    known: Message | None = None
    sender: Authority = GONE
    muted_until: Timestamp | None = None
    rejection: AppError | None = None
    hold: RoomHold | None = None
    known_held: Message | None = None


class NumberedDrafts(NamedTuple):
    """Result of each draft, in their order; the drafts to store, with their messages; and the messages to hold."""

    results: list[PostedMessage | AppError]
    accepted: list[tuple[MessageDraft, Message]]
    held: list[NewHeldMessage]


def number_drafts(drafts: Sequence[MessageDraft], facts: Iterable[DraftFacts]) -> NumberedDrafts:
    """Accept and number, or reject, the drafts of one transaction, in their order.

    A draft is a duplicate if a stored message, or an earlier accepted draft, has its id or its idempotency key; its
    result is that message. This precedes all rejections except `RoomNotFound`. The accepted drafts of a room get the
    numbers after `last_seq`, without gaps.

    While quiet focus holds messages in a room, messages of members get a position there instead of a number; messages
    of moderators and the system are published. While held messages of a room are due, its drafts are rejected
    as `HeldMessagesDue`, so that none overtakes them; only a duplicate of a published message is returned.

    Args:
        drafts: drafts without names of deleted users. A message gets the draft's `sender`.
        facts: state that decides about each draft, in the same order.
    """
    numbered = NumberedDrafts([], [], [])
    by_id: dict[str, PostedMessage] = {}
    by_key: dict[IdempotencyKey | None, PostedMessage] = {}
    last_seqs: dict[RoomId, int] = {}
    for draft, fact in zip(drafts, facts, strict=True):
        key = idempotency_key(draft)
        result: PostedMessage | AppError
        if fact.last_seq is None:
            result = RoomNotFound()
        elif known := fact.known or by_id.get(draft.id) or by_key.get(key):
            result = known
        elif fact.hold is not None and (unheld := _retry_or_due(fact.hold, fact.known_held)):
            result = unheld
        elif error := _sender_error(draft, fact) or fact.rejection:
            result = error
        else:
            seq = last_seqs.get(draft.room_id, fact.last_seq) + 1
            result = _add(draft, fact, seq, numbered)
            if isinstance(result, Message):
                last_seqs[draft.room_id] = result.seq
            if not isinstance(result, AppError):
                by_id[draft.id] = result
                if key:
                    by_key[key] = result
        numbered.results.append(result)
    return numbered


def _retry_or_due(hold: RoomHold, known: Message | None) -> HeldMessage | AppError | None:
    """Return the result of a draft that repeats a held message, or of any draft while held messages are due."""
    if hold.is_due:
        return HeldMessagesDue()
    return HeldMessage(message=known, release_at=hold.until) if known and hold.until else None


def _add(draft: MessageDraft, fact: DraftFacts, seq: int, numbered: NumberedDrafts) -> PostedMessage | AppError:
    """Accept a draft that may be stored: hold it, or publish it as number `seq`. Return its result."""
    hold = fact.hold
    if hold is not None and draft.sender is not None and hold.applies_to(fact.sender):
        added = hold.add(draft)
        if isinstance(added, AppError):
            return added
        numbered.held.append(added[0])
        return added[1]
    message = message_from_draft(draft, seq)
    numbered.accepted.append((draft, message))
    return message


def _sender_error(draft: MessageDraft, fact: DraftFacts) -> AppError | None:
    if draft.sender is None:
        return None
    if fact.sender.role is None:
        return NotAMember()
    if not fact.sender.is_active:
        return NotSignedIn()
    muted_until = mute_at(mute_in_force(fact.muted_until, is_admin=fact.sender.is_admin), draft.timestamp)
    return Muted(muted_until) if muted_until else None


def message_from_draft(draft: MessageDraft, seq: int) -> Message:
    """Return the message of an accepted draft."""
    return Message(
        id=draft.id,
        room_id=draft.room_id,
        seq=seq,
        content=draft.content,
        is_system=draft.sender is None,
        timestamp=draft.timestamp,
        client_message_id=draft.client_message_id,
        sender=draft.sender,
        sent_at=draft.sent_at,
    )


def idempotency_key(message: MessageDraft | Message) -> IdempotencyKey | None:
    """Return the message's idempotency key; None if its client sent no id."""
    if message.client_message_id is None:
        return None
    return message.room_id, message.sender.id if message.sender else None, message.client_message_id


def has_repeats(drafts: Sequence[MessageDraft]) -> bool:
    """Return True if a draft may be a duplicate of another one of these: of the same id or idempotency key."""
    keys = [key for key in map(idempotency_key, drafts) if key]
    return len(set(keys)) < len(keys) or len({draft.id for draft in drafts}) < len(drafts)


def with_current_names(draft: MessageDraft, sender: UserSummary | None, existing: Collection[UserId]) -> MessageDraft:
    """Return the draft with its sender's current name, and redacted: without names of users who are not `existing`."""
    draft = draft.redacted({person.id for person in draft.mentioned_users if person.id not in existing})
    return draft if draft.sender == sender else msgspec.structs.replace(draft, sender=sender)
