"""SQLite storage: messages."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

import sqlite3
from collections.abc import Collection, Sequence

import msgspec

from domain.base import RoomId, Timestamp, UserId
from domain.errors.base import AppError
from domain.messages import Message, MessageDraft, PostedMessage
from storage.base import MessageStore
from storage.base.messages.messages import MAX_RECENT_SCAN
from storage.rows import Row
from storage.rows.accounts import optional_user_summary_of, user_summary
from storage.rows.messages import MESSAGES, in_room, message_of, repeated_message_of, visible
from storage.rows.rooms import AUTHORITY, authority_of
from storage.rules.messages import DraftFacts, NumberedDrafts, number_drafts, with_current_names
from storage.sqlite.database import SqliteDatabase
from storage.sqlite.messages import holds
from storage.sqlite.moderation import audit_log

_VISIBLE_IN_ROOM = f"{MESSAGES} WHERE {in_room('?')} AND {visible('m.seq', '?')}"
# Facts of a draft for `number_drafts`. Parameters: id, room_id, sender_id, client_message_id.
_FACTS = f"""
    SELECT r.last_seq, {AUTHORITY}, m.muted_until, {user_summary("u")}, r.quiet_focus, r.has_held,
           coalesce(known.id, expired.id), coalesce(known.room_id, expired.room_id), coalesce(known.seq, expired.seq),
           known.content, coalesce(known.timestamp, expired.timestamp),
           coalesce(known.client_message_id, expired.client_message_id), known.sent_at, {user_summary("author")}
    FROM (SELECT ? AS id, ? AS room_id, ? AS sender_id, ? AS client_message_id) draft
    LEFT JOIN rooms r ON r.id = draft.room_id AND NOT r.deleted
    LEFT JOIN members m ON m.room_id = draft.room_id AND m.user_id = draft.sender_id
    LEFT JOIN users u ON u.id = m.user_id
    LEFT JOIN messages known ON known.id = coalesce(
        (SELECT id FROM messages WHERE id = draft.id),
        (SELECT id FROM messages WHERE room_id = draft.room_id AND sender_id IS draft.sender_id
                                   AND client_message_id = draft.client_message_id)
    )
    LEFT JOIN expired_keys expired ON known.id IS NULL AND r.first_seq > 1
        AND expired.room_id = draft.room_id AND expired.client_message_id = draft.client_message_id
        AND coalesce(expired.sender_id, '') = coalesce(draft.sender_id, '')
    LEFT JOIN users author ON author.id = coalesce(known.sender_id, expired.sender_id)
"""
_EXISTING = "SELECT id FROM users WHERE id IN (SELECT value FROM json_each(?)) AND NOT deleted"
# The index by time serves members who see the whole room. For others it might be read to its end, so their messages
# are searched among the last MAX_RECENT_SCAN.
_RECENT_MESSAGES = f"""
    {MESSAGES}
    JOIN members ON members.room_id = m.room_id AND members.user_id = ?
    WHERE m.seq IN (
        SELECT seq FROM (SELECT seq FROM messages latest
                         WHERE latest.room_id = members.room_id AND members.visible_from = 1
                         ORDER BY latest.timestamp DESC, latest.id DESC LIMIT ?)
        UNION ALL
        SELECT seq FROM (SELECT seq FROM (SELECT seq, timestamp, id FROM messages
                                          WHERE room_id = members.room_id AND members.visible_from > 1
                                            AND {visible("seq", "members.visible_from")}
                                          ORDER BY seq DESC LIMIT {MAX_RECENT_SCAN})
                         ORDER BY timestamp DESC, id DESC LIMIT ?)
    )
    ORDER BY m.timestamp DESC, m.id DESC LIMIT ?
"""
_MAX_SEQ = 2**63 - 1


class SqliteMessages(MessageStore):
    """`MessageStore` in SQLite."""

    _database: SqliteDatabase

    async def add_messages(
        self, drafts: Sequence[MessageDraft], study_time: Timestamp | None = None
    ) -> list[PostedMessage | AppError]:
        if not drafts:
            return []
        at = study_time or max(draft.timestamp for draft in drafts)
        return await self._database.write(lambda connection: _add(connection, drafts, at))

    async def messages_after(self, room_id: RoomId, seq: int, limit: int, *, visible_from: int = 1) -> list[Message]:
        rows = await self._database.read(
            f"{_VISIBLE_IN_ROOM} AND m.seq > ? ORDER BY m.seq LIMIT ?",
            *(room_id, visible_from, seq, limit),
        )
        return [message_of(row) for row in rows]

    async def messages_before(
        self, room_id: RoomId, seq: int | None, limit: int, *, visible_from: int = 1
    ) -> list[Message]:
        rows = await self._database.read(
            f"{_VISIBLE_IN_ROOM} AND m.seq < ? ORDER BY m.seq DESC LIMIT ?",
            *(room_id, visible_from, _MAX_SEQ if seq is None else seq, limit),
        )
        return [message_of(row) for row in reversed(rows)]

    async def recent_messages(self, user_id: UserId, limit: int) -> list[Message]:
        rows = await self._database.read(
            _RECENT_MESSAGES,
            user_id,
            *[limit] * 3,
        )
        return [message_of(row) for row in rows]


def _add(
    connection: sqlite3.Connection, drafts: Sequence[MessageDraft], study_time: Timestamp
) -> list[PostedMessage | AppError]:
    numbered = number(connection, drafts, study_time)
    insert(connection, numbered.accepted)
    update_counters(connection, [message for _, message in numbered.accepted])
    holds.insert(connection, numbered.held)
    return numbered.results


def number(
    connection: sqlite3.Connection, drafts: Sequence[MessageDraft], study_time: Timestamp | None
) -> NumberedDrafts:
    """Return the results of drafts, by the rule and the facts of the database.

    Args:
        connection: the connection, in a transaction.
        drafts: the drafts.
        study_time: the time at which timers are read; None for held messages at their release, which nothing holds.
    """
    rows = [_read_facts(connection, draft) for draft in drafts]
    rooms = {draft.room_id: row[8:10] for draft, row in zip(drafts, rows, strict=True)}
    held = {} if study_time is None else holds.read(connection, rooms, study_time)
    facts = [_facts(connection, draft, row, held.get(draft.room_id)) for draft, row in zip(drafts, rows, strict=True)]
    existing = _existing(connection, drafts)
    current = [
        with_current_names(draft, optional_user_summary_of(row[5:8]) or draft.sender, existing)
        for draft, row in zip(drafts, rows, strict=True)
    ]
    return number_drafts(current, facts)


def _read_facts(connection: sqlite3.Connection, draft: MessageDraft) -> Row:
    key = (draft.id, draft.room_id, draft.sender and draft.sender.id, draft.client_message_id)
    row: Row = connection.execute(_FACTS, key).fetchone()
    return row


def _facts(connection: sqlite3.Connection, draft: MessageDraft, row: Row, held: holds.HeldInRoom | None) -> DraftFacts:
    """Return the facts from a row of `_FACTS`, and what is held in the room."""
    known = repeated_message_of(row[10:], draft.content) if row[10] is not None else None
    rejection = None
    if row[0] is not None and known is None:
        try:
            audit_log.authorize_once(connection, draft.audit)
        except AppError as error:
            rejection = error
    found = DraftFacts(row[0], known, authority_of(row[1:4]), row[4], rejection)
    if held is None:
        return found
    return found._replace(hold=held.hold, known_held=holds.find(connection, draft, held.keys))


def _existing(connection: sqlite3.Connection, drafts: Sequence[MessageDraft]) -> Collection[UserId]:
    """Return the mentioned users with existing accounts."""
    mentioned = list({person.id for draft in drafts for person in draft.mentioned_users})
    if not mentioned:
        return ()
    return {user_id for (user_id,) in connection.execute(_EXISTING, (msgspec.json.encode(mentioned).decode(),))}


def insert(connection: sqlite3.Connection, accepted: Sequence[tuple[MessageDraft, Message]]) -> None:
    """Store accepted drafts, with their audited actions and the names of mentioned users."""
    connection.executemany(
        """
        INSERT INTO messages (room_id, seq, id, sender_id, content, timestamp, client_message_id, sent_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
            (
                message.room_id,
                message.seq,
                message.id,
                message.sender and message.sender.id,
                message.content,
                message.timestamp,
                message.client_message_id,
                message.sent_at,
            )
            for _, message in accepted
        ],
    )
    for draft, message in accepted:
        audit_log.record_audit(connection, draft.audit)
        for named in draft.mentioned_users:
            connection.execute(
                "INSERT OR IGNORE INTO named (user_id, room_id, seq, name) VALUES (?, ?, ?, ?)",
                (named.id, message.room_id, message.seq, named.name),
            )


def update_counters(
    connection: sqlite3.Connection, messages: Sequence[Message], *, moves_read_marks: bool = True
) -> None:
    """Write the new counters of rooms, and the read marks of senders if `moves_read_marks`."""
    last_seqs: dict[RoomId, int] = {}
    last_active: dict[RoomId, Timestamp] = {}
    read_marks: dict[tuple[RoomId, UserId], int] = {}
    for message in messages:
        last_seqs[message.room_id] = message.seq
        last_active[message.room_id] = max(message.timestamp, last_active.get(message.room_id, message.timestamp))
        if message.sender and moves_read_marks:
            read_marks[message.room_id, message.sender.id] = message.seq
    connection.executemany(
        "UPDATE rooms SET last_seq = ?, last_active = max(last_active, ?) WHERE id = ?",
        [(seq, last_active[room_id], room_id) for room_id, seq in last_seqs.items()],
    )
    connection.executemany(
        "UPDATE members SET last_read = ? WHERE room_id = ? AND user_id = ?",
        [(seq, *member) for member, seq in read_marks.items()],
    )
