"""PostgreSQL storage: messages.

If all drafts of a batch may be added, they are added in one round trip, whatever their number. If one is rejected or a
duplicate, nothing is added, and two more round trips follow: one locks the rooms and reads their state, the second
writes and commits.
"""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

from collections.abc import Mapping, Sequence
from typing import Any

from domain.base import MessageId, RoomId, UserId
from domain.errors.accounts import NotSignedIn
from domain.errors.base import AppError
from domain.errors.moderation import Muted
from domain.errors.rooms import NotAMember, RoomNotFound
from domain.messages import Message, MessageDraft
from storage.base import MessageStore
from storage.base.messages.messages import MAX_RECENT_SCAN
from storage.postgres.moderation import audit_log
from storage.postgres.repository import PostgresRepository
from storage.postgres.transaction import Transaction
from storage.rows import Row
from storage.rows.messages import MESSAGE, message_of
from storage.rows.moderation import audit_draft_row

_NO_SENDER = "00000000-0000-0000-0000-000000000000"  # as in the unique index
_MESSAGE_COLUMNS = "id, room_id, seq, content, timestamp, client_message_id, sender_id"
_EXPIRED_COLUMNS = _MESSAGE_COLUMNS.replace("content", "NULL")
_MUTED_UNTIL = "CASE WHEN author.role = 'admin' AND NOT author.disabled THEN NULL ELSE place.muted_until END"
VISIBLE = "m.seq >= {}"
"""Condition on `visible_from`: the member may read the message. Every query that reads messages uses it."""
IN_ROOM = "m.room_id = (SELECT id FROM rooms WHERE id = %s::uuid AND NOT deleted)"

# `add` locks rooms and memberships, and so reads what their previous lock holder committed (PostgreSQL manual, 13.2.1).
# With a weaker lock, it would not read again a member who was muted meanwhile. It may miss a message that was committed
# meanwhile with the same key; the unique index then rejects the batch, which is run again.
#
# For `look`, a statement of its own locks the rooms in the order of their ids: the next statement has a newer snapshot.
PREPARED = f"""
PREPARE add (uuid[], uuid[], uuid[], text[], timestamptz[], text[]) AS
WITH room AS MATERIALIZED (
    SELECT id, last_seq FROM rooms WHERE id = ANY($2) ORDER BY id FOR NO KEY UPDATE
), draft AS MATERIALIZED (
    SELECT draft.*, room.last_seq
    FROM unnest($1, $2, $3, $4, $5, $6) WITH ORDINALITY
        AS draft (id, room_id, sender_id, content, timestamp, client_message_id, number)
    JOIN room ON room.id = draft.room_id
    JOIN members place ON place.room_id = draft.room_id AND place.user_id = draft.sender_id
    JOIN users author ON author.id = draft.sender_id AND NOT author.disabled
    WHERE NOT EXISTS (SELECT FROM messages WHERE id = draft.id)
        AND NOT EXISTS (
            SELECT FROM messages
            WHERE room_id = draft.room_id AND client_message_id = draft.client_message_id
                AND coalesce(sender_id, '{_NO_SENDER}') = draft.sender_id
        )
        AND NOT EXISTS (
            SELECT FROM expired_keys
            WHERE room_id = draft.room_id AND client_message_id = draft.client_message_id
                AND coalesce(sender_id, '{_NO_SENDER}') = draft.sender_id
        )
        AND (place.muted_until IS NULL OR place.muted_until <= draft.timestamp)
    FOR NO KEY UPDATE OF place
), kept AS (
    INSERT INTO messages (id, room_id, seq, sender_id, content, timestamp, client_message_id)
    SELECT id, room_id, last_seq + row_number() OVER (PARTITION BY room_id ORDER BY number),
        sender_id, content, timestamp, client_message_id
    FROM draft
    WHERE (SELECT count(*) FROM draft) = cardinality($1)
    RETURNING id, room_id, seq, sender_id, timestamp
), numbered AS (
    UPDATE rooms SET last_seq = new.seq, last_active = greatest(last_active, new.timestamp)
    FROM (SELECT room_id, max(seq) AS seq, max(timestamp) AS timestamp FROM kept GROUP BY room_id) new
    WHERE rooms.id = new.room_id
), read AS (
    UPDATE members SET last_read = greatest(last_read, new.seq)
    FROM (SELECT room_id, sender_id, max(seq) AS seq FROM kept GROUP BY room_id, sender_id) new
    WHERE members.room_id = new.room_id AND members.user_id = new.sender_id
)
SELECT id, seq FROM kept;

PREPARE lock_rooms (uuid[]) AS
SELECT 1 FROM rooms WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE;

PREPARE look (uuid[], uuid[], uuid[], text[]) AS
SELECT r.last_seq, place.user_id, {_MUTED_UNTIL}, author.disabled, {MESSAGE}
FROM unnest($1, $2, $3, $4) WITH ORDINALITY AS draft (id, room_id, sender_id, client_message_id, number)
LEFT JOIN rooms r ON r.id = draft.room_id AND NOT r.deleted
LEFT JOIN members place ON place.room_id = draft.room_id AND place.user_id = draft.sender_id
LEFT JOIN users author ON author.id = place.user_id
LEFT JOIN LATERAL (
    SELECT {_MESSAGE_COLUMNS} FROM messages WHERE id = draft.id
    UNION ALL
    SELECT {_MESSAGE_COLUMNS} FROM messages
        WHERE room_id = draft.room_id AND client_message_id = draft.client_message_id
        AND sender_id IS NOT DISTINCT FROM draft.sender_id
    UNION ALL
    SELECT {_EXPIRED_COLUMNS} FROM expired_keys
        WHERE room_id = draft.room_id AND client_message_id = draft.client_message_id
        AND sender_id IS NOT DISTINCT FROM draft.sender_id
    LIMIT 1
) m ON true
LEFT JOIN users u ON u.id = m.sender_id
ORDER BY draft.number;

PREPARE keep (uuid[], uuid[], bigint[], uuid[], text[], timestamptz[], text[]) AS
WITH kept AS (
    INSERT INTO messages (id, room_id, seq, sender_id, content, timestamp, client_message_id)
    SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7)
    RETURNING room_id, seq, sender_id, timestamp
), numbered AS (
    UPDATE rooms SET last_seq = new.seq, last_active = greatest(last_active, new.timestamp)
    FROM (SELECT room_id, max(seq) AS seq, max(timestamp) AS timestamp FROM kept GROUP BY room_id) new
    WHERE rooms.id = new.room_id
)
UPDATE members SET last_read = greatest(last_read, new.seq)
FROM (SELECT room_id, sender_id, max(seq) AS seq FROM kept GROUP BY room_id, sender_id) new
WHERE members.room_id = new.room_id AND members.user_id = new.sender_id
"""
"""Statements that add messages, planned once per connection: planning was a third of their cost in the database."""

_ADD = "EXECUTE add (%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::timestamptz[], %s::text[])"
_LOCK_AND_LOOK = "EXECUTE lock_rooms (%s::uuid[]); EXECUTE look (%s::uuid[], %s::uuid[], %s::uuid[], %s::text[])"
_INSERT_MESSAGES = (
    "EXECUTE keep (%s::uuid[], %s::uuid[], %s::bigint[], %s::uuid[], %s::text[], %s::timestamptz[], %s::text[])"
)

_INSERT_NAMED = (
    "; INSERT INTO named (user_id, room_id, seq, name) VALUES (%s::uuid, %s::uuid, %s, %s) ON CONFLICT DO NOTHING"
)


class PostgresMessages(PostgresRepository, MessageStore):
    """`MessageStore` in PostgreSQL."""

    commit_lanes = 2  # a second batch runs while the first commit waits for the disk

    async def add_messages(self, drafts: Sequence[MessageDraft]) -> list[Message | AppError]:
        if not drafts:
            return []
        return await self._add_all(drafts) or await self._add_accepted(drafts)

    async def _add_all(self, drafts: Sequence[MessageDraft]) -> list[Message | AppError]:
        """Add all drafts and return the messages; return [] and add none if one is rejected or a duplicate."""
        if any(draft.sender is None or draft.audit for draft in drafts) or _has_repeats(drafts):
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
        return [_to_message(draft, numbers[draft.id]) for draft in drafts] if rows else []

    async def _add_accepted(self, all_drafts: Sequence[MessageDraft]) -> list[Message | AppError]:
        async def work(transaction: Transaction) -> list[Message | AppError]:
            drafts = await _redact_deleted(transaction, all_drafts)
            rows = await transaction.fetch(
                _LOCK_AND_LOOK,
                list({draft.room_id for draft in drafts}),
                [draft.id for draft in drafts],
                [draft.room_id for draft in drafts],
                [draft.sender and draft.sender.id for draft in drafts],
                [draft.client_message_id for draft in drafts],
            )
            refused = await _find_rejections(transaction, drafts)
            results, new = _assign_seqs(drafts, rows, refused)
            if new:
                beside, parameters = _extra_statements(drafts, new)
                await transaction.finish(
                    _INSERT_MESSAGES + beside,
                    [message.id for message in new],
                    [message.room_id for message in new],
                    [message.seq for message in new],
                    [message.sender and message.sender.id for message in new],
                    [message.content for message in new],
                    [message.timestamp for message in new],
                    [message.client_message_id for message in new],
                    *parameters,
                )
            return results

        return await self._database.transaction(work)

    async def messages_after(self, room_id: RoomId, seq: int, limit: int, *, visible_from: int = 1) -> list[Message]:
        rows = await self._database.fetch(
            f"SELECT {MESSAGE} FROM messages m LEFT JOIN users u ON u.id = m.sender_id"
            f" WHERE {IN_ROOM} AND {VISIBLE.format('%s')} AND m.seq > %s ORDER BY m.seq LIMIT %s",
            *(room_id, visible_from, seq, limit),
        )
        return [message_of(row) for row in rows]

    async def messages_before(
        self, room_id: RoomId, seq: int | None, limit: int, *, visible_from: int = 1
    ) -> list[Message]:
        rows = await self._database.fetch(
            f"SELECT {MESSAGE} FROM messages m LEFT JOIN users u ON u.id = m.sender_id"
            f" WHERE {IN_ROOM} AND {VISIBLE.format('%s')} AND (%s IS NULL OR m.seq < %s) ORDER BY m.seq DESC LIMIT %s",
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
            f" WHERE room_id = place.room_id AND place.visible_from > 1 AND {VISIBLE.format('place.visible_from')}"
            f" ORDER BY seq DESC LIMIT {MAX_RECENT_SCAN}) last ORDER BY timestamp DESC, id DESC LIMIT %s)) m"
            " LEFT JOIN users u ON u.id = m.sender_id"
            " WHERE place.user_id = %s::uuid ORDER BY m.timestamp DESC, m.id DESC LIMIT %s",
            *(limit, limit, user_id, limit),
        )
        return [message_of(row) for row in rows]


def _has_repeats(drafts: Sequence[MessageDraft]) -> bool:
    """Return True if two of the drafts have the same id or idempotency key."""
    named = [
        (draft.room_id, draft.sender and draft.sender.id, draft.client_message_id)
        for draft in drafts
        if draft.client_message_id is not None
    ]
    return len(set(named)) < len(named) or len({draft.id for draft in drafts}) < len(drafts)


async def _redact_deleted(transaction: Transaction, drafts: Sequence[MessageDraft]) -> Sequence[MessageDraft]:
    """Redact names of deleted accounts in the drafts, and lock the others' rows against deletion until the commit."""
    named = sorted({person.id for draft in drafts for person in draft.mentioned_users})
    if not named:
        return drafts
    rows = await transaction.fetch(
        "SELECT id FROM users WHERE id = ANY(%s::uuid[]) AND NOT deleted ORDER BY id FOR SHARE", named
    )
    there = {row[0] for row in rows}
    return [draft.redacted({person.id for person in draft.mentioned_users} - there) for draft in drafts]


async def _find_rejections(transaction: Transaction, drafts: Sequence[MessageDraft]) -> dict[MessageId, AppError]:
    """Return the errors of drafts whose audited action is not allowed, by draft id."""
    refused: dict[MessageId, AppError] = {}
    for draft in drafts:
        try:
            await audit_log.authorize_once(transaction, draft.audit)
        except AppError as failure:
            refused[draft.id] = failure
    return refused


def _extra_statements(drafts: Sequence[MessageDraft], new: Sequence[Message]) -> tuple[str, list[Any]]:
    """Return the statements that store audited actions and mentioned names of new messages, and their parameters."""
    numbers = {message.id: message.seq for message in new}
    statements, parameters = "", list[Any]()
    for draft in drafts:
        if draft.id not in numbers:
            continue
        if draft.audit:
            statements += f"; {audit_log.INSERT_AUDIT}"
            parameters += audit_draft_row(draft.audit)
        for person in draft.mentioned_users:
            statements += _INSERT_NAMED
            parameters += (person.id, draft.room_id, numbers[draft.id], person.name)
    return statements, parameters


def _assign_seqs(
    drafts: Sequence[MessageDraft], rows: Sequence[Row], refused: Mapping[MessageId, AppError]
) -> tuple[list[Message | AppError], list[Message]]:
    """Return the result of each draft, and the new messages among them, numbered."""
    results: list[Message | AppError] = []
    new: list[Message] = []
    known: dict[Any, Message] = {}  # by id, and by sender, room and client_message_id
    last_seq: dict[RoomId, int] = {}
    for draft, (kept_seq, place, muted_until, disabled, *kept) in zip(drafts, rows, strict=True):
        sender_id = draft.sender and draft.sender.id
        key = draft.client_message_id and (sender_id, draft.room_id, draft.client_message_id)
        if kept_seq is None:
            results.append(RoomNotFound())
        elif kept[0] is not None:
            results.append(_stored_message(kept, draft))
        elif first := known.get(draft.id) or known.get(key):
            results.append(first)
        elif sender_id is not None and place is None:
            results.append(NotAMember())
        elif sender_id is not None and disabled:
            results.append(NotSignedIn())
        elif muted_until is not None and muted_until > draft.timestamp:
            results.append(Muted(muted_until))
        elif draft.id in refused:
            results.append(refused[draft.id])
        else:
            last_seq[draft.room_id] = last_seq.get(draft.room_id, int(kept_seq)) + 1
            message = _to_message(draft, last_seq[draft.room_id])
            known[draft.id] = message
            if key:
                known[key] = message
            new.append(message)
            results.append(message)
    return results, new


def _to_message(draft: MessageDraft, seq: int) -> Message:
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


def _stored_message(row: Row, draft: MessageDraft) -> Message:
    """Return the message that a draft repeats. An expired message has the content of the draft."""
    message_id, room_id, seq, content, *rest = row
    return message_of((message_id, room_id, seq, draft.content if content is None else content, *rest))
