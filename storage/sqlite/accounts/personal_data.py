"""SQLite storage: personal data in rooms, for the export of an account."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

import json
from collections.abc import Sequence

from domain.base import AuditEntryId, MessageId, ReportId, RoomId, UserId
from domain.messages import Message
from domain.moderation import AuditDraft, Report
from storage.base import PersonalDataStore
from storage.rows.messages import MESSAGES, in_room, message_of
from storage.rows.moderation import AUDIT_DRAFT, FIRST_REPORT_OF_TEXT, REPORTS, audit_draft_of, report_of
from storage.sqlite.database import SqliteDatabase

_ROOMS_EVER = """
    SELECT id FROM rooms
    WHERE id > ? AND NOT deleted AND id IN (SELECT room_id FROM members WHERE user_id = ?
                                            UNION ALL SELECT room_id FROM past_members WHERE user_id = ?)
    ORDER BY id LIMIT ?
"""
_AUDIT_ENTRIES = f"SELECT * FROM (SELECT {AUDIT_DRAFT} FROM audit_log WHERE {{}} = ? AND id > ? ORDER BY id LIMIT ?)"
_AUDIT_ENTRIES_OF = (
    f"{_AUDIT_ENTRIES.format('actor_id')} UNION {_AUDIT_ENTRIES.format('target_id')} ORDER BY id LIMIT ?"
)


_ABOUT = f"WHERE p.accused_id = ? AND p.id > ? AND {FIRST_REPORT_OF_TEXT} ORDER BY p.id LIMIT ?"
_SYSTEM_MESSAGE_TEXTS = """
    SELECT messages.id, content FROM messages JOIN rooms ON rooms.id = room_id AND NOT deleted
    WHERE messages.id IN (SELECT value FROM json_each(?)) AND sender_id IS NULL
"""


class SqlitePersonalData(PersonalDataStore):
    """`PersonalDataStore` in SQLite."""

    _database: SqliteDatabase

    async def rooms_ever_joined(self, user_id: UserId, *, after: RoomId | None = None, limit: int) -> list[RoomId]:
        rows = await self._database.read(_ROOMS_EVER, after or "", user_id, user_id, limit)
        return [room_id for (room_id,) in rows]

    async def messages_sent(self, user_id: UserId, room_id: RoomId, after: int, until: int) -> list[Message]:
        rows = await self._database.read(
            # The + disables the index by client id, which lacks messages without one.
            f"{MESSAGES} WHERE {in_room('?')} AND m.seq > ? AND m.seq <= ? AND +m.sender_id = ? ORDER BY m.seq",
            *(room_id, after, until, user_id),
        )
        return [message_of(row) for row in rows]

    async def reports_filed(self, user_id: UserId, *, after: ReportId | None = None, limit: int) -> list[Report]:
        rows = await self._database.read(
            REPORTS + "WHERE p.reporter_id = ? AND p.id > ? ORDER BY p.id LIMIT ?", user_id, after or "", limit
        )
        return [report_of(row) for row in rows]

    async def reports_about(self, user_id: UserId, *, after: ReportId | None = None, limit: int) -> list[Report]:
        rows = await self._database.read(REPORTS + _ABOUT, user_id, after or "", limit)
        return [report_of(row) for row in rows]

    async def system_message_texts(self, message_ids: Sequence[MessageId]) -> dict[MessageId, str]:
        return dict(await self._database.read(_SYSTEM_MESSAGE_TEXTS, json.dumps(message_ids)))

    async def audit_entries(
        self, user_id: UserId, *, after: AuditEntryId | None = None, limit: int
    ) -> list[AuditDraft]:
        rows = await self._database.read(_AUDIT_ENTRIES_OF, *[user_id, after or "", limit] * 2, limit)
        return [audit_draft_of(row) for row in rows]
