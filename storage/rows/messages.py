"""Columns and mapper of messages."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

from domain.accounts import UserSummary
from domain.messages import Message
from storage.rows import Row
from storage.rows.accounts import user_summary

MESSAGE = f"m.id, m.room_id, m.seq, m.content, m.timestamp, m.client_message_id, m.sent_at, {user_summary('u')}"
"""Columns of `messages m` and the sender, `users u`, for `message_of`."""


MESSAGES = f"SELECT {MESSAGE} FROM messages m LEFT JOIN users u ON u.id = m.sender_id"
"""Query of `messages m`; its rows are read by `message_of`."""


def in_room(room_id: str) -> str:
    """Return the condition that a message of `messages m` is in a room that is not deleted.

    Args:
        room_id: SQL of the room's id.
    """
    return f"m.room_id = (SELECT id FROM rooms WHERE id = {room_id} AND NOT deleted)"


def visible(seq: str, visible_from: str) -> str:
    """Return the condition that a member may read the message with a number. Every query of messages uses it.

    Args:
        seq: SQL of the message's number.
        visible_from: SQL of the first number that the member may read.
    """
    return f"{seq} >= {visible_from}"


def message_of(row: Row) -> Message:
    """Return the message from a row of `MESSAGE`. A message without a sender is a system message."""
    message_id, room_id, seq, content, timestamp, client_message_id, sent_at, sender_id, name, avatar = row
    return Message(
        id=message_id,
        room_id=room_id,
        seq=seq,
        content=content,
        is_system=sender_id is None,
        timestamp=timestamp,
        client_message_id=client_message_id,
        sender=None if sender_id is None else UserSummary(sender_id, name, avatar),
        sent_at=sent_at,
    )


def repeated_message_of(row: Row, sent_again: str) -> Message:
    """Return the message that a draft repeats, from a row of `MESSAGE`. An expired one has the content of the draft.

    Args:
        row: the row of the message; without content if it is expired.
        sent_again: content of the draft.
    """
    message_id, room_id, seq, content, *rest = row
    return message_of((message_id, room_id, seq, sent_again if content is None else content, *rest))


HELD_MESSAGES = (
    "SELECT h.id, h.room_id, 0, h.content, h.sent_at, h.client_message_id, h.sent_at,"
    f" {user_summary('u')} FROM held_messages h JOIN users u ON u.id = h.sender_id"
)
"""Query of `held_messages h`; its rows are read by `message_of`."""

HELD_KEY = "position, id, sender_id, client_message_id"
"""Columns of the table `held_messages` for `storage.rules.held_messages.HeldKey`."""
