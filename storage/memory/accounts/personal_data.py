"""In-memory storage: personal data in rooms, for the export of an account."""

from collections.abc import Sequence
from itertools import islice

from domain.base import AuditEntryId, MessageId, ReportId, RoomId, UserId
from domain.messages import Message
from domain.moderation import AuditDraft, Report
from storage.base import PersonalDataStore
from storage.memory.tables import Tables


class MemoryPersonalData(PersonalDataStore):
    """`PersonalDataStore` in memory."""

    _tables: Tables

    async def rooms_ever_joined(self, user_id: UserId, *, after: RoomId | None = None, limit: int) -> list[RoomId]:
        ever = {member.room_id for member in self._tables.memberships(user_id)}
        ever |= self._tables.past_members.get(user_id, set())
        return sorted(room for room in ever if room in self._tables.rooms and (after is None or room > after))[:limit]

    async def messages_sent(self, user_id: UserId, room_id: RoomId, after: int, until: int) -> list[Message]:
        room = self._tables.rooms.get(room_id)
        if room is None:
            return []
        first, last = max(0, after + 1 - room.first_seq), max(0, until + 1 - room.first_seq)
        part = islice(self._tables.messages[room_id], first, last)
        return self._tables.current_messages(
            message for message in part if message.sender and message.sender.id == user_id
        )

    async def reports_filed(self, user_id: UserId, *, after: ReportId | None = None, limit: int) -> list[Report]:
        found = (
            row.report
            for row in self._tables.reports.values()
            if row.report.reporter.id == user_id and (after is None or row.report.id > after)
        )
        return [self._tables.current_report(report) for report in sorted(found, key=lambda report: report.id)[:limit]]

    async def reports_about(self, user_id: UserId, *, after: ReportId | None = None, limit: int) -> list[Report]:
        first: dict[tuple[RoomId, str, str], Report] = {}
        for _, row in sorted(self._tables.reports.items()):
            report = row.report
            if report.accused and report.accused.id == user_id:
                first.setdefault((report.room_id, report.message.id, report.message.content), report)
        found = [report for report in first.values() if after is None or report.id > after]
        return [self._tables.current_report(report) for report in found[:limit]]

    async def system_message_texts(self, message_ids: Sequence[MessageId]) -> dict[MessageId, str]:
        found = (self._tables.message(message_id) for message_id in message_ids)
        return {message.id: message.content for message in found if message and message.sender is None}

    async def audit_entries(
        self, user_id: UserId, *, after: AuditEntryId | None = None, limit: int
    ) -> list[AuditDraft]:
        found = (
            act
            for acts in self._tables.audit_log.values()
            for act in acts.values()
            if user_id in {act.actor_id, act.target_id} and (after is None or act.id > after)
        )
        return sorted(found, key=lambda act: act.id)[:limit]
