"""Held messages in a transaction of PostgreSQL."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from domain.base import MessageId, RoomId, Timestamp
from domain.messages import Message, MessageDraft
from storage.postgres.transaction import Transaction
from storage.rows import Row
from storage.rows.messages import HELD_KEY, HELD_MESSAGES, message_of
from storage.rows.study import ROOM_TIMERS, timer_of
from storage.rules import held_messages as rules
from storage.rules.held_messages import HeldKey, NewHeldMessage, RoomHold, find_held

_KEYS = f"SELECT {HELD_KEY}, room_id FROM held_messages WHERE room_id = ANY(%s::uuid[]) ORDER BY position"

TIMERS = f"{ROOM_TIMERS} JOIN rooms r ON r.id = t.room_id WHERE r.id = ANY(%s::uuid[]) AND r.quiet_focus = 'hold'"
"""Query of the timers of rooms with quiet focus; its rows are read by `until_of`."""

INSERT = (
    "INSERT INTO held_messages (room_id, position, id, sender_id, content, sent_at, client_message_id)"
    " SELECT * FROM unnest(%s::uuid[], %s::integer[], %s::uuid[], %s::uuid[], %s::text[], %s::timestamptz[],"
    " %s::text[]); UPDATE rooms SET has_held = true WHERE id = ANY(%s::uuid[])"
)
"""Stores messages to hold."""


DELETE_OF_ENDED = (
    "DELETE FROM held_messages USING ended"
    " WHERE held_messages.room_id = ended.room_id AND held_messages.sender_id = ended.user_id"
)
"""Deletes the held messages of memberships in the rows `ended`."""


def insert_params(held: Sequence[NewHeldMessage]) -> tuple[Any, ...]:
    """Return the parameters of `INSERT`."""
    messages = [message for _, message in held]
    return (
        [message.room_id for message in messages],
        [position for position, _ in held],
        [message.id for message in messages],
        [message.sender and message.sender.id for message in messages],
        [message.content for message in messages],
        [message.sent_at for message in messages],
        [message.client_message_id for message in messages],
        [message.room_id for message in messages],
    )


class HeldInRooms:
    """Held messages of rooms, for the rule.

    Args:
        holds: held messages by room; rooms without quiet focus and without held messages are left out.
        repeated: held messages that drafts repeat, by the drafts' ids.
    """

    def __init__(self, holds: Mapping[RoomId, RoomHold], repeated: Mapping[MessageId, Message]) -> None:
        self._holds = holds
        self._repeated = repeated

    def hold(self, draft: MessageDraft) -> RoomHold | None:
        """Return what the draft's room holds."""
        return self._holds.get(draft.room_id)

    def repeated(self, draft: MessageDraft) -> Message | None:
        """Return the held message that the draft repeats; None if there is none."""
        return self._repeated.get(draft.id)


async def read(
    transaction: Transaction, rooms: Mapping[RoomId, Row], drafts: Sequence[MessageDraft], study_time: Timestamp
) -> HeldInRooms | None:
    """Return what rooms hold; None if none of them has quiet focus or held messages.

    Args:
        transaction: the transaction, in which the rooms are locked.
        rooms: columns `quiet_focus` and `has_held` of each room, NULL for a missing one.
        drafts: the drafts for these rooms.
        study_time: the time at which timers are read.
    """
    watched = [room_id for room_id, (quiet_focus, has_held) in rooms.items() if quiet_focus == "hold" or has_held]
    if not watched:
        return None
    keys: dict[RoomId, list[HeldKey]] = defaultdict(list)
    if any(rooms[room_id][1] for room_id in watched):
        for *key, room_id in await transaction.fetch(_KEYS, watched):
            keys[room_id].append(HeldKey(*key))
    until = await held_until(transaction, [room_id for room_id in watched if rooms[room_id][0] == "hold"], study_time)
    repeated = {draft.id: find_held(draft, keys[draft.room_id]) for draft in drafts if draft.room_id in keys}
    stored = await _messages(transaction, [found for found in repeated.values() if found])
    return HeldInRooms(
        {room_id: RoomHold(until.get(room_id), keys[room_id]) for room_id in watched},
        {draft_id: stored[found] for draft_id, found in repeated.items() if found},
    )


async def held_until(
    transaction: Transaction, rooms: Sequence[RoomId], study_time: Timestamp
) -> dict[RoomId, Timestamp]:
    """Return the ends of the focus phases that run, by the ids of the rooms.

    Args:
        transaction: the transaction.
        rooms: rooms with quiet focus.
        study_time: the time at which timers are read.
    """
    return until_of(await transaction.fetch(TIMERS, list(rooms)), study_time) if rooms else {}


def until_of(rows: Sequence[Row], study_time: Timestamp) -> dict[RoomId, Timestamp]:
    """Return the ends of the focus phases that run, from rows of `TIMERS`, by the ids of the rooms."""
    ends = ((timer.room_id, rules.held_until(timer, study_time)) for timer in map(timer_of, rows))
    return {room_id: end for room_id, end in ends if room_id and end}


async def _messages(transaction: Transaction, ids: Sequence[MessageId]) -> dict[MessageId, Message]:
    """Return held messages by their ids."""
    if not ids:
        return {}
    rows = await transaction.fetch(f"{HELD_MESSAGES} WHERE h.id = ANY(%s::uuid[])", list(ids))
    return {row[0]: message_of(row) for row in rows}
