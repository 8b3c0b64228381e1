"""PostgreSQL storage: messages.

If all drafts of a batch may be added, they are added in one round trip, whatever their number. If one is rejected or a
duplicate, nothing is added, and two more round trips follow: one locks the rooms and reads their state, the second
writes and commits.
"""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

from collections.abc import Sequence
from typing import Any

from domain.base import RoomId, UserId
from domain.errors.base import AppError
from domain.messages import Message, MessageDraft
from storage.base import MessageStore
from storage.base.messages.messages import MAX_RECENT_SCAN
from storage.postgres.moderation import audit_log
from storage.postgres.repository import PostgresRepository
from storage.postgres.transaction import Transaction
from storage.rows import Row
from storage.rows.messages import MESSAGE, MESSAGES, in_room, message_of, repeated_message_of, visible
from storage.rows.moderation import audit_draft_row
from storage.rows.rooms import authority_of
from storage.rules.messages import DraftFacts, has_repeats, message_from_draft, number_drafts, with_current_names

_NO_SENDER = "00000000-0000-0000-0000-000000000000"  # as in the unique index
_MESSAGE_COLUMNS = "id, room_id, seq, content, timestamp, client_message_id, sender_id"
_EXPIRED_COLUMNS = _MESSAGE_COLUMNS.replace("content", "NULL")
_AUTHOR_IS_ACTIVE = "NOT author.disabled AND NOT author.deleted"
_VISIBLE_IN_ROOM = f"{MESSAGES} WHERE {in_room('%s::uuid')} AND {visible('m.seq', '%s')}"

# `add` applies `number_drafts` to a whole batch in one statement: the joins with `members` and `users` and the
# condition on `muted_until` are its rejections, the NOT EXISTS its duplicates, row_number() its numbers. It adds no
# draft that the rule rejects. A batch that it does not add, such as one of a muted admin, goes to `look` and the rule.
#
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
SELECT r.last_seq, place.role, author.role = 'admin' AND {_AUTHOR_IS_ACTIVE}, {_AUTHOR_IS_ACTIVE}, place.muted_until,
    {MESSAGE}
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
            facts = [await _facts(transaction, draft, row) for draft, row in zip(drafts, rows, strict=True)]
            results, accepted = number_drafts(drafts, facts)
            if accepted:
                new = [message for _, message in accepted]
                beside, parameters = _extra_statements(accepted)
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


async def _facts(transaction: Transaction, draft: MessageDraft, row: Row) -> DraftFacts:
    """Return the facts from a row of `look`."""
    known = repeated_message_of(row[5:], draft.content) if row[5] is not None else None
    rejection = None
    if known is None:
        try:
            await audit_log.authorize_once(transaction, draft.audit)
        except AppError as error:
            rejection = error
    return DraftFacts(row[0], known, authority_of(row[1:4]), row[4], rejection)


def _extra_statements(accepted: Sequence[tuple[MessageDraft, Message]]) -> tuple[str, list[Any]]:
    """Return the statements that store audited actions and mentioned names of new messages, and their parameters."""
    statements, parameters = "", list[Any]()
    for draft, message in accepted:
        if draft.audit:
            statements += f"; {audit_log.INSERT_AUDIT}"
            parameters += audit_draft_row(draft.audit)
        for person in draft.mentioned_users:
            statements += _INSERT_NAMED
            parameters += (person.id, message.room_id, message.seq, person.name)
    return statements, parameters
