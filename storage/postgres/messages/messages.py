"""PostgreSQL storage: messages.

If all drafts of a batch may be added, they are added in one round trip, whatever their number. If one is rejected or a
duplicate, nothing is added, and two more round trips follow: one locks the rooms and reads their state, the second
writes and commits.
"""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

from collections.abc import Sequence
from typing import Any

from domain.base import RoomId, Timestamp, UserId
from domain.errors.base import AppError
from domain.messages import Message, MessageDraft, PostedMessage
from storage.base import MessageStore
from storage.base.messages.messages import MAX_RECENT_SCAN
from storage.postgres.messages import holds
from storage.postgres.moderation import audit_log
from storage.postgres.repository import PostgresRepository
from storage.postgres.transaction import Transaction
from storage.rows import Row
from storage.rows.messages import MESSAGE, MESSAGES, in_room, message_of, repeated_message_of, visible
from storage.rows.moderation import audit_draft_row
from storage.rows.rooms import authority_of
from storage.rules.messages import (
    DraftFacts,
    NumberedDrafts,
    has_repeats,
    message_from_draft,
    number_drafts,
    with_current_names,
)

_VISIBLE_IN_ROOM = f"{MESSAGES} WHERE {in_room('%s::uuid')} AND {visible('m.seq', '%s')}"

_ADD = "EXECUTE add (%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::timestamptz[], %s::text[])"
_LOCK_AND_LOOK = "EXECUTE lock_rooms (%s::uuid[]); EXECUTE look (%s::uuid[], %s::uuid[], %s::uuid[], %s::text[])"
_INSERT_MESSAGES = (
    "EXECUTE keep (%s::uuid[], %s::uuid[], %s::bigint[], %s::uuid[], %s::text[], %s::timestamptz[], %s::text[],"
    " %s::timestamptz[], %s)"
)

_INSERT_NAMED = (
    "INSERT INTO named (user_id, room_id, seq, name) VALUES (%s::uuid, %s::uuid, %s, %s) ON CONFLICT DO NOTHING"
)


class PostgresMessages(PostgresRepository, MessageStore):
    """`MessageStore` in PostgreSQL."""

    commit_lanes = 2  # a second batch runs while the first commit waits for the disk

    async def add_messages(
        self, drafts: Sequence[MessageDraft], study_time: Timestamp | None = None
    ) -> list[PostedMessage | AppError]:
        if not drafts:
            return []
        at = study_time or max(draft.timestamp for draft in drafts)
        return await self._add_all(drafts) or await self._add_accepted(drafts, at)

    async def _add_all(self, drafts: Sequence[MessageDraft]) -> list[PostedMessage | AppError]:
        """Add all drafts and return the messages; return [] and add none if one is rejected or a duplicate."""
        if any(draft.sender is None or draft.audit for draft in drafts) or has_repeats(drafts):
            return []
        rows = await self._database.fetch(
            _ADD,
            [draft.id for draft in drafts],
            [draft.room_id for draft in drafts],
            [draft.sender and draft.sender.id for draft in drafts],
            [draft.content for draft in drafts],
            [draft.timestamp for draft in drafts],
            [draft.client_message_id for draft in drafts],
        )
        numbers: dict[Any, int] = dict(rows)
        return [message_from_draft(draft, numbers[draft.id]) for draft in drafts] if rows else []

    async def _add_accepted(
        self, drafts: Sequence[MessageDraft], study_time: Timestamp
    ) -> list[PostedMessage | AppError]:
        async def work(transaction: Transaction) -> list[PostedMessage | AppError]:
            numbered = await number(transaction, drafts, study_time)
            statements, parameters = insertion(numbered.accepted)
            if numbered.held:
                statements, parameters = [*statements, holds.INSERT], [*parameters, *holds.insert_params(numbered.held)]
            if statements:
                await transaction.finish("; ".join(statements), *parameters)
            return numbered.results

        return await self._database.transaction(work)

    async def messages_after(self, room_id: RoomId, seq: int, limit: int, *, visible_from: int = 1) -> list[Message]:
        rows = await self._database.fetch(
            f"{_VISIBLE_IN_ROOM} AND m.seq > %s ORDER BY m.seq LIMIT %s",
            *(room_id, visible_from, seq, limit),
        )
        return [message_of(row) for row in rows]

    async def messages_before(
        self, room_id: RoomId, seq: int | None, limit: int, *, visible_from: int = 1
    ) -> list[Message]:
        rows = await self._database.fetch(
            f"{_VISIBLE_IN_ROOM} AND (%s IS NULL OR m.seq < %s) ORDER BY m.seq DESC LIMIT %s",
            *(room_id, visible_from, seq, seq, limit),
        )
        return [message_of(row) for row in reversed(rows)]

    async def recent_messages(self, user_id: UserId, limit: int) -> list[Message]:
        rows = await self._database.fetch(
            # The index by time serves members who see the whole room; for others it might be read to its end.
            f"SELECT {MESSAGE} FROM members place CROSS JOIN LATERAL"
            " ((SELECT * FROM messages WHERE room_id = place.room_id AND place.visible_from = 1"
            " ORDER BY timestamp DESC, id DESC LIMIT %s)"
            " UNION ALL (SELECT * FROM (SELECT * FROM messages m"
            f" WHERE room_id = place.room_id AND place.visible_from > 1 AND {visible('m.seq', 'place.visible_from')}"
            f" ORDER BY seq DESC LIMIT {MAX_RECENT_SCAN}) last ORDER BY timestamp DESC, id DESC LIMIT %s)) m"
            " LEFT JOIN users u ON u.id = m.sender_id"
            " WHERE place.user_id = %s::uuid ORDER BY m.timestamp DESC, m.id DESC LIMIT %s",
            *(limit, limit, user_id, limit),
        )
        return [message_of(row) for row in rows]


async def number(
    transaction: Transaction, all_drafts: Sequence[MessageDraft], study_time: Timestamp | None
) -> NumberedDrafts:
    """Lock the rooms, and return the results of drafts, by the rule and the facts of the database.

    Args:
        transaction: the transaction.
        all_drafts: the drafts.
        study_time: the time at which timers are read; None for held messages at their release, which nothing holds.
    """
    drafts = await _redact_deleted(transaction, all_drafts)
    rows = await transaction.fetch(
        _LOCK_AND_LOOK,
        list({draft.room_id for draft in drafts}),
        [draft.id for draft in drafts],
        [draft.room_id for draft in drafts],
        [draft.sender and draft.sender.id for draft in drafts],
        [draft.client_message_id for draft in drafts],
    )
    rooms = {draft.room_id: row[5:7] for draft, row in zip(drafts, rows, strict=True)}
    held = None if study_time is None else await holds.read(transaction, rooms, drafts, study_time)
    facts = [await _facts(transaction, draft, row, held) for draft, row in zip(drafts, rows, strict=True)]
    return number_drafts(drafts, facts)


async def _redact_deleted(transaction: Transaction, drafts: Sequence[MessageDraft]) -> Sequence[MessageDraft]:
    """Redact names of deleted accounts in the drafts, and lock the others' rows against deletion until the commit."""
    named = sorted({person.id for draft in drafts for person in draft.mentioned_users})
    if not named:
        return drafts
    rows = await transaction.fetch(
        "SELECT id FROM users WHERE id = ANY(%s::uuid[]) AND NOT deleted ORDER BY id FOR SHARE", named
    )
    existing = {row[0] for row in rows}
    return [with_current_names(draft, draft.sender, existing) for draft in drafts]


async def _facts(transaction: Transaction, draft: MessageDraft, row: Row, held: holds.HeldInRooms | None) -> DraftFacts:
    """Return the facts from a row of `look`, and what is held in the rooms."""
    known = repeated_message_of(row[7:], draft.content) if row[7] is not None else None
    rejection = None
    if known is None:
        try:
            await audit_log.authorize_once(transaction, draft.audit)
        except AppError as error:
            rejection = error
    hold, known_held = (held.hold(draft), held.repeated(draft)) if held else (None, None)
    return DraftFacts(row[0], known, authority_of(row[1:4]), row[4], rejection, hold, known_held)


def insertion(
    accepted: Sequence[tuple[MessageDraft, Message]], *, moves_read_marks: bool = True
) -> tuple[list[str], list[Any]]:
    """Return the statements that store accepted drafts, and their parameters; none if there are no drafts.

    They store the audited actions and mentioned names of the drafts, and move the senders' read marks if
    `moves_read_marks`.
    """
    if not accepted:
        return [], []
    new = [message for _, message in accepted]
    statements, parameters = (
        [_INSERT_MESSAGES],
        [
            [message.id for message in new],
            [message.room_id for message in new],
            [message.seq for message in new],
            [message.sender and message.sender.id for message in new],
            [message.content for message in new],
            [message.timestamp for message in new],
            [message.client_message_id for message in new],
            [message.sent_at for message in new],
            moves_read_marks,
        ],
    )
    for draft, message in accepted:
        if draft.audit:
            statements.append(audit_log.INSERT_AUDIT)
            parameters += audit_draft_row(draft.audit)
        for person in draft.mentioned_users:
            statements.append(_INSERT_NAMED)
            parameters += (person.id, message.room_id, message.seq, person.name)
    return statements, parameters
