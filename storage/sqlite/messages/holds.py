"""Held messages in a transaction of SQLite."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

import sqlite3
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from domain.base import RoomId, Timestamp
from domain.messages import Message, MessageDraft
from storage.rows import Row
from storage.rows.messages import HELD_KEY, HELD_MESSAGES, message_of
from storage.rows.study import ROOM_TIMERS, timer_of
from storage.rules import held_messages as rules
from storage.rules.held_messages import HeldKey, NewHeldMessage, RoomHold, find_held

_KEYS = f"SELECT {HELD_KEY} FROM held_messages WHERE room_id = ? ORDER BY position"
TIMER = f"{ROOM_TIMERS} JOIN rooms r ON r.id = t.room_id WHERE t.room_id = ? AND r.quiet_focus = 'hold'"
"""Query of the timer of a room with quiet focus; its row is read by `until_of`."""

_INSERT = """
    INSERT INTO held_messages (position, room_id, id, sender_id, content, sent_at, client_message_id)
    VALUES (?, ?, ?, ?, ?, ?, ?)
"""


class HeldInRoom(NamedTuple):
    """Held messages of a room, for the rule, and their keys, for retries."""

    hold: RoomHold
    keys: Sequence[HeldKey]


def read(
    connection: sqlite3.Connection, rooms: Mapping[RoomId, Row], study_time: Timestamp
) -> dict[RoomId, HeldInRoom]:
    """Return what rooms hold; rooms without quiet focus and without held messages are left out.

    Args:
        connection: the connection, in a transaction.
        rooms: columns `quiet_focus` and `has_held` of each room, NULL for a missing one.
        study_time: the time at which timers are read.
    """
    found = {}
    for room_id, (quiet_focus, has_held) in rooms.items():
        if quiet_focus == "hold" or has_held:
            rows = connection.execute(_KEYS, (room_id,)) if has_held else ()
            keys = [HeldKey(*row) for row in rows]
            found[room_id] = HeldInRoom(RoomHold(held_until(connection, room_id, quiet_focus, study_time), keys), keys)
    return found


def held_until(
    connection: sqlite3.Connection, room_id: RoomId, quiet_focus: str, study_time: Timestamp
) -> Timestamp | None:
    """Return the end of the focus phase that runs in a room with quiet focus; None if no message is held now."""
    return until_of(connection.execute(TIMER, (room_id,)).fetchone(), study_time) if quiet_focus == "hold" else None


def until_of(row: Row | None, study_time: Timestamp) -> Timestamp | None:
    """Return the end of the focus phase that runs, from a row of `TIMER`; None if no message is held."""
    return rules.held_until(timer_of(row), study_time) if row else None


def find(connection: sqlite3.Connection, draft: MessageDraft, keys: Sequence[HeldKey]) -> Message | None:
    """Return the held message that the draft repeats; None if there is none."""
    message_id = find_held(draft, keys)
    if message_id is None:
        return None
    return message_of(connection.execute(f"{HELD_MESSAGES} WHERE h.id = ?", (message_id,)).fetchone())


def insert(connection: sqlite3.Connection, held: Sequence[NewHeldMessage]) -> None:
    """Store messages to hold."""
    for position, message in held:
        sender_id = message.sender and message.sender.id
        row = position, message.room_id, message.id, sender_id, message.content, message.sent_at
        connection.execute(_INSERT, (*row, message.client_message_id))
        connection.execute("UPDATE rooms SET has_held = 1 WHERE id = ?", (message.room_id,))
