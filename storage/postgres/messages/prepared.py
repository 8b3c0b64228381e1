"""Prepared statements of PostgreSQL that add messages."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

from storage.rows.messages import MESSAGE

_NO_SENDER = "00000000-0000-0000-0000-000000000000"  # as in the unique index
_MESSAGE_COLUMNS = "id, room_id, seq, content, timestamp, client_message_id, sent_at, sender_id"
_EXPIRED_COLUMNS = _MESSAGE_COLUMNS.replace("content", "NULL").replace("sent_at", "NULL")
_AUTHOR_IS_ACTIVE = "NOT author.disabled AND NOT author.deleted"

# `add` applies `number_drafts` to a whole batch in one statement: the joins with `members` and `users` and the
# condition on `muted_until` are its rejections, the NOT EXISTS its duplicates, row_number() its numbers. It adds no
# draft that the rule rejects. A batch that it does not add, such as one of a muted admin, or one for a room that may
# hold messages, goes to `look` and the rule.
#
# `add` locks rooms and memberships, and so reads what their previous lock holder committed (PostgreSQL manual, 13.2.1).
# With a weaker lock, it would not read again a member who was muted meanwhile. It may miss a message that was committed
# meanwhile with the same key; the unique index then rejects the batch, which is run again.
#
# For `look`, a statement of its own locks the rooms in the order of their ids: the next statement has a newer snapshot.
PREPARED = f"""
PREPARE add (uuid[], uuid[], uuid[], text[], timestamptz[], text[]) AS
WITH room AS MATERIALIZED (
    SELECT id, last_seq FROM rooms WHERE id = ANY($2) AND quiet_focus = 'off' AND NOT has_held
    ORDER BY id FOR NO KEY UPDATE
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
    r.quiet_focus, r.has_held, {MESSAGE}
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

PREPARE keep (uuid[], uuid[], bigint[], uuid[], text[], timestamptz[], text[], timestamptz[], boolean) AS
WITH kept AS (
    INSERT INTO messages (id, room_id, seq, sender_id, content, timestamp, client_message_id, sent_at)
    SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
    RETURNING room_id, seq, sender_id, timestamp
), numbered AS (
    UPDATE rooms SET last_seq = new.seq, last_active = greatest(last_active, new.timestamp)
    FROM (SELECT room_id, max(seq) AS seq, max(timestamp) AS timestamp FROM kept GROUP BY room_id) new
    WHERE rooms.id = new.room_id
)
UPDATE members SET last_read = greatest(last_read, new.seq)
FROM (SELECT room_id, sender_id, max(seq) AS seq FROM kept WHERE $9 GROUP BY room_id, sender_id) new
WHERE members.room_id = new.room_id AND members.user_id = new.sender_id
"""
"""Statements that add messages, planned once per connection: planning was a third of their cost in the database."""
