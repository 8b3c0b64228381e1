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
from domain.messages import Message, MessageDraft
from domain.permissions import Authority
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
    """

    last_seq: int | None
    known: Message | None = None
    sender: Authority = GONE
    muted_until: Timestamp | None = None
    rejection: AppError | None = None


class NumberedDrafts(NamedTuple):
    """Result of each draft, in their order, and the drafts to store, with their messages."""

    results: list[Message | AppError]
    accepted: list[tuple[MessageDraft, Message]]


def number_drafts(drafts: Sequence[MessageDraft], facts: Iterable[DraftFacts]) -> NumberedDrafts:
    """Accept and number, or reject, the drafts of one transaction, in their order.

    A draft is a duplicate if a stored message, or an earlier accepted draft, has its id or its idempotency key; its
    result is that message. This precedes all rejections except `RoomNotFound`. The accepted drafts of a room get the
    numbers after `last_seq`, without gaps.

    Args:
        drafts: drafts without names of deleted users. A message gets the draft's `sender`.
        facts: state that decides about each draft, in the same order.
    """
    results: list[Message | AppError] = []
    accepted: list[tuple[MessageDraft, Message]] = []
    by_id: dict[str, Message] = {}
    by_key: dict[IdempotencyKey | None, Message] = {}
    last_seqs: dict[RoomId, int] = {}
    for draft, fact in zip(drafts, facts, strict=True):
        key = idempotency_key(draft)
        if fact.last_seq is None:
            results.append(RoomNotFound())
        elif known := fact.known or by_id.get(draft.id) or by_key.get(key):
            results.append(known)
        elif rejection := _sender_error(draft, fact) or fact.rejection:
            results.append(rejection)
        else:
            seq = last_seqs[draft.room_id] = last_seqs.get(draft.room_id, fact.last_seq) + 1
            message = by_id[draft.id] = message_from_draft(draft, seq)
            if key:
                by_key[key] = message
            accepted.append((draft, message))
            results.append(message)
    return NumberedDrafts(results, accepted)


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
    """Return the draft with its sender's current name, and redacted: without names of users that are not `existing`."""
    draft = draft.redacted({person.id for person in draft.mentioned_users if person.id not in existing})
    return draft if draft.sender == sender else msgspec.structs.replace(draft, sender=sender)
