"""SQLite storage: messages."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from domain.accounts import UserSummary
from domain.base import RoomId, Timestamp, UserId
from domain.errors.accounts import NotSignedIn
from domain.errors.base import AppError
from domain.errors.moderation import Muted
from domain.errors.rooms import NotAMember, RoomNotFound
from domain.messages import Message, MessageDraft
from storage.base import MessageStore
from storage.base.messages.messages import MAX_RECENT_SCAN
from storage.rows.accounts import user_summary, user_summary_of
from storage.rows.messages import MESSAGE, message_of
from storage.rows.rooms import MUTED_UNTIL
from storage.sqlite.accounts import users
from storage.sqlite.database import SqliteDatabase
from storage.sqlite.moderation import audit_log

MESSAGES = f"SELECT {MESSAGE} FROM messages m LEFT JOIN users u ON u.id = m.sender_id "
IN_ROOM = "WHERE m.room_id = (SELECT id FROM rooms WHERE id = ? AND NOT deleted) "
VISIBLE = "seq >= {} "
"""Condition on `visible_from`: the member may read the message. Every query that reads messages uses it."""
_EXPIRED = f"""
    SELECT {MESSAGE}
    FROM (SELECT *, ? AS content FROM expired_keys
          WHERE room_id = ? AND client_message_id = ? AND coalesce(sender_id, '') = ?) m
    LEFT JOIN users u ON u.id = m.sender_id
"""
# The index by time serves members who see the whole room. For others it might be read to its end, so their messages
# are searched among the last MAX_RECENT_SCAN.
_RECENT_MESSAGES = (
    MESSAGES
    + f"""
    JOIN members ON members.room_id = m.room_id AND members.user_id = ?
    WHERE m.seq IN (
        SELECT seq FROM (SELECT seq FROM messages latest
                         WHERE latest.room_id = members.room_id AND members.visible_from = 1
                         ORDER BY latest.timestamp DESC, latest.id DESC LIMIT ?)
        UNION ALL
        SELECT seq FROM (SELECT seq FROM (SELECT seq, timestamp, id FROM messages
                                          WHERE room_id = members.room_id AND members.visible_from > 1
                                            AND {VISIBLE.format("members.visible_from")}
                                          ORDER BY seq DESC LIMIT {MAX_RECENT_SCAN})
                         ORDER BY timestamp DESC, id DESC LIMIT ?)
    )
    ORDER BY m.timestamp DESC, m.id DESC LIMIT ?
    """
)
_MAX_SEQ = 2**63 - 1


class SqliteMessages(MessageStore):
    """`MessageStore` in SQLite."""

    _database: SqliteDatabase

    async def add_messages(self, drafts: Sequence[MessageDraft]) -> list[Message | AppError]:
        def add(connection: sqlite3.Connection) -> list[Message | AppError]:
            batch = _Batch(connection)
            results = [batch.add(draft) for draft in drafts]
            batch.finish()
            return results

        return await self._database.write(add)

    async def messages_after(self, room_id: RoomId, seq: int, limit: int, *, visible_from: int = 1) -> list[Message]:
        rows = await self._database.read(
            MESSAGES + IN_ROOM + f"AND {VISIBLE.format('?')} AND seq > ? ORDER BY seq LIMIT ?",
            *(room_id, visible_from, seq, limit),
        )
        return [message_of(row) for row in rows]

    async def messages_before(
        self, room_id: RoomId, seq: int | None, limit: int, *, visible_from: int = 1
    ) -> list[Message]:
        rows = await self._database.read(
            MESSAGES + IN_ROOM + f"AND {VISIBLE.format('?')} AND seq < ? ORDER BY seq DESC LIMIT ?",
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


class _RoomCounters(NamedTuple):
    last_seq: int
    last_active: Timestamp
    first_seq: int


class _Batch:
    """The drafts of one transaction. State of rooms and senders is read once and updated in memory."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._rooms: dict[RoomId, _RoomCounters | None] = {}
        self._members: dict[tuple[RoomId, UserId], tuple[UserSummary, Timestamp | None, bool] | None] = {}
        self._read_marks: dict[tuple[RoomId, UserId], int] = {}

    def add(self, draft: MessageDraft) -> Message | AppError:
        """Store one draft and return the message, or return the error that rejects it."""
        room = self._room(draft.room_id)
        if room is None:
            return RoomNotFound()
        if kept := self._find_duplicate(draft, room):
            return kept
        try:
            sender = self._sender(draft)
            audit_log.authorize_once(self._connection, draft.audit)
        except AppError as failure:
            return failure
        if draft.mentioned_users:
            draft = draft.redacted(
                {who.id for who in draft.mentioned_users if not users.exists(self._connection, who.id)}
            )
        seq = room.last_seq + 1
        self._connection.execute(
            """
            INSERT INTO messages (room_id, seq, id, sender_id, content, timestamp, client_message_id)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            (
                draft.room_id,
                seq,
                draft.id,
                sender and sender.id,
                draft.content,
                draft.timestamp,
                draft.client_message_id,
            ),
        )
        audit_log.record_audit(self._connection, draft.audit)
        for named in draft.mentioned_users:
            self._connection.execute(
                "INSERT OR IGNORE INTO named (user_id, room_id, seq, name) VALUES (?, ?, ?, ?)",
                (named.id, draft.room_id, seq, named.name),
            )
        self._rooms[draft.room_id] = _RoomCounters(seq, max(room.last_active, draft.timestamp), room.first_seq)
        if sender:
            self._read_marks[draft.room_id, sender.id] = seq
        return Message(
            id=draft.id,
            room_id=draft.room_id,
            seq=seq,
            content=draft.content,
            is_system=sender is None,
            timestamp=draft.timestamp,
            client_message_id=draft.client_message_id,
            sender=sender,
        )

    def finish(self) -> None:
        """Write the new counters of rooms and the read marks of senders."""
        self._connection.executemany(
            "UPDATE rooms SET last_seq = ?, last_active = ? WHERE id = ?",
            [(room.last_seq, room.last_active, room_id) for room_id, room in self._rooms.items() if room],
        )
        self._connection.executemany(
            "UPDATE members SET last_read = ? WHERE room_id = ? AND user_id = ?",
            [(seq, *member) for member, seq in self._read_marks.items()],
        )

    def _find_duplicate(self, draft: MessageDraft, room: _RoomCounters) -> Message | None:
        row = self._connection.execute(MESSAGES + "WHERE m.id = ?", (draft.id,)).fetchone()
        if row is None and draft.client_message_id is not None:
            row = self._connection.execute(
                MESSAGES + "WHERE room_id = ? AND sender_id IS ? AND client_message_id = ?",
                (draft.room_id, draft.sender and draft.sender.id, draft.client_message_id),
            ).fetchone()
            if row is None and room.first_seq > 1:
                row = self._connection.execute(
                    _EXPIRED,
                    (draft.content, draft.room_id, draft.client_message_id, draft.sender.id if draft.sender else ""),
                ).fetchone()
        return message_of(row) if row else None

    def _room(self, room_id: RoomId) -> _RoomCounters | None:
        if room_id not in self._rooms:
            row = self._connection.execute(
                "SELECT last_seq, last_active, first_seq FROM rooms WHERE id = ? AND NOT deleted", (room_id,)
            ).fetchone()
            self._rooms[room_id] = _RoomCounters(*row) if row else None
        return self._rooms[room_id]

    def _sender(self, draft: MessageDraft) -> UserSummary | None:
        """Return the sender with the current name, None for a system message; raise the error that rejects it."""
        if draft.sender is None:
            return None
        place = self._member(draft.room_id, draft.sender.id)
        if place is None:
            raise NotAMember
        sender, muted_until, disabled = place
        if disabled:
            raise NotSignedIn
        if muted_until and muted_until > draft.timestamp:
            raise Muted(muted_until)
        return sender

    def _member(self, room_id: RoomId, user_id: UserId) -> tuple[UserSummary, Timestamp | None, bool] | None:
        """Return the sender, the end of their mute (None: not muted), and True if the account is disabled."""
        if (room_id, user_id) not in self._members:
            row = self._connection.execute(
                f"""
                SELECT {user_summary("u")}, {MUTED_UNTIL}, u.disabled FROM members m JOIN users u ON u.id = m.user_id
                WHERE m.room_id = ? AND m.user_id = ?
                """,
                (room_id, user_id),
            ).fetchone()
            self._members[room_id, user_id] = (user_summary_of(row[:3]), row[3], bool(row[4])) if row else None
        return self._members[room_id, user_id]
