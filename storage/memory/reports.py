"""What people say of messages, in memory."""

from errors import MessageNotFound
from models import Act, Report, ReportDraft, ReportedMessage, ReportId, ReportStatus, RoomId
from storage.base import Reports
from storage.memory.tables import Tables, replace


class MemoryReports(Reports):
    """The reports' part of the storage."""

    _tables: Tables

    async def add_report(self, draft: ReportDraft) -> Report:
        reports = self._tables.reports.get(draft.room_id, {})
        for kept in reports.values():
            if kept.id == draft.id or (kept.message.id, kept.reporter.id) == (draft.message_id, draft.reporter_id):
                return self._tables.shown_report(kept)
        message = self._tables.messages_by_id.get(draft.message_id)
        if message is None or message.room_id != draft.room_id or message.sender is None:
            raise MessageNotFound
        member = self._tables.member(draft.room_id, draft.reporter_id)
        if member and message not in self._tables.visible(draft.room_id, member.visible_from):
            raise MessageNotFound
        reports[draft.id] = report = Report(
            id=draft.id,
            room_id=draft.room_id,
            message=ReportedMessage(message.id, message.seq, message.content, message.timestamp, message.sender),
            reporter=self._tables.sender(draft.reporter_id),
            reason=draft.reason,
            status="open",
            created_at=draft.created_at,
        )
        return self._tables.shown_report(report)

    async def reports(
        self, room_id: RoomId, status: ReportStatus | None, *, before: ReportId | None = None, limit: int
    ) -> list[Report]:
        found = [
            report
            for report in self._tables.reports.get(room_id, {}).values()
            if status in (None, report.status) and (before is None or report.id < before)
        ]
        found.sort(key=lambda report: report.id, reverse=True)
        return [self._tables.shown_report(report) for report in found[:limit]]

    async def open_reports(self, room_id: RoomId) -> int:
        return sum(report.status == "open" for report in self._tables.reports.get(room_id, {}).values())

    async def set_report_status(self, report_id: ReportId, status: ReportStatus, act: Act) -> Report | None:
        is_new = self._tables.permits(act)
        reports = self._tables.reports.get(act.room_id, {})
        report = reports.get(report_id)
        if report is None:
            return None
        if is_new and report.status != status:
            by, at = (self._tables.sender(act.actor_id), act.timestamp) if status == "resolved" else (None, None)
            reports[report_id] = report = replace(report, status=status, resolved_by=by, resolved_at=at)
            self._tables.keep(act)
        return self._tables.shown_report(report)
