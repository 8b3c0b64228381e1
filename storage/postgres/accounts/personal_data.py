"""PostgreSQL storage: personal data in rooms, for the export of an account."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

from collections.abc import Sequence

from domain.base import AuditEntryId, MessageId, ReportId, RoomId, UserId
from domain.messages import Message
from domain.moderation import AuditDraft, Report
from storage.base import PersonalDataStore
from storage.postgres.repository import PostgresRepository
from storage.rows.messages import MESSAGES, in_room, message_of
from storage.rows.moderation import AUDIT_DRAFT, FIRST_REPORT_OF_TEXT, REPORTS, audit_draft_of, report_of

_AUDIT_ENTRIES = (
    f"(SELECT {AUDIT_DRAFT} FROM audit_log"
    " WHERE {} = %s::uuid AND (%s::uuid IS NULL OR id > %s::uuid) ORDER BY id LIMIT %s)"
)


class PostgresPersonalData(PostgresRepository, PersonalDataStore):
    """`PersonalDataStore` in PostgreSQL."""

    async def rooms_ever_joined(self, user_id: UserId, *, after: RoomId | None = None, limit: int) -> list[RoomId]:
        rows = await self._database.fetch(
            "SELECT id FROM rooms WHERE NOT deleted AND (%s::uuid IS NULL OR id > %s::uuid)"
            " AND id IN (SELECT room_id FROM members WHERE user_id = %s::uuid"
            " UNION ALL SELECT room_id FROM past_members WHERE user_id = %s::uuid) ORDER BY id LIMIT %s",
            *(after, after, user_id, user_id, limit),
        )
        return [room_id for (room_id,) in rows]

    async def messages_sent(self, user_id: UserId, room_id: RoomId, after: int, until: int) -> list[Message]:
        rows = await self._database.fetch(
            f"{MESSAGES} WHERE {in_room('%s::uuid')}"
            " AND m.seq > %s AND m.seq <= %s AND m.sender_id = %s::uuid ORDER BY m.seq",
            *(room_id, after, until, user_id),
        )
        return [message_of(row) for row in rows]

    async def reports_filed(self, user_id: UserId, *, after: ReportId | None = None, limit: int) -> list[Report]:
        rows = await self._database.fetch(
            f"{REPORTS} WHERE p.reporter_id = %s::uuid AND (%s::uuid IS NULL OR p.id > %s::uuid)"
            " ORDER BY p.id LIMIT %s",
            *(user_id, after, after, limit),
        )
        return [report_of(row) for row in rows]

    async def reports_about(self, user_id: UserId, *, after: ReportId | None = None, limit: int) -> list[Report]:
        rows = await self._database.fetch(
            f"{REPORTS} WHERE p.accused_id = %s::uuid AND (%s::uuid IS NULL OR p.id > %s::uuid)"
            f" AND {FIRST_REPORT_OF_TEXT} ORDER BY p.id LIMIT %s",
            *(user_id, after, after, limit),
        )
        return [report_of(row) for row in rows]

    async def system_message_texts(self, message_ids: Sequence[MessageId]) -> dict[MessageId, str]:
        rows = await self._database.fetch(
            "SELECT m.id, m.content FROM messages m JOIN rooms r ON r.id = m.room_id AND NOT r.deleted"
            " WHERE m.id = ANY(%s::uuid[]) AND m.sender_id IS NULL",
            list(message_ids),
        )
        return {str(message_id): content for message_id, content in rows}

    async def audit_entries(
        self, user_id: UserId, *, after: AuditEntryId | None = None, limit: int
    ) -> list[AuditDraft]:
        rows = await self._database.fetch(
            f"{_AUDIT_ENTRIES.format('actor_id')} UNION {_AUDIT_ENTRIES.format('target_id')} ORDER BY id LIMIT %s",
            *[user_id, after, after, limit] * 2,
            limit,
        )
        return [audit_draft_of(row) for row in rows]
