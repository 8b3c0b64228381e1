"""In-memory storage: reports."""

from collections.abc import Sequence

from domain import permissions
from domain.base import ReportId, RoomId, UserId
from domain.errors.messages import MessageNotFound
from domain.moderation import AuditDraft, Report, ReportAudience, ReportDraft, ReportedMessage, ReportStatus
from storage.base import ReportStore
from storage.memory.tables import ReportRow, Tables, replace
from storage.rules.moderation import ReportTarget, audience_of_report, report_of_message, report_of_room, report_of_user


class MemoryReports(ReportStore):
    """`ReportStore` in memory."""

    _tables: Tables

    async def add_report(self, draft: ReportDraft) -> Report:
        for row in self._tables.reports.values():
            if row.report.id == draft.id or _is_duplicate(row.report, draft):
                return self._tables.current_report(row.report)
        if room := self._tables.rooms.get(draft.room_id):
            reporter = self._tables.authority_of(draft.room_id, draft.reporter_id)
            is_private = room.visibility == "private"
            permissions.check_reporter(reporter, of_room=draft.kind == "room", is_private=is_private)
        target = self._load_target(draft)
        accused = target.accused_id
        report = Report(
            id=draft.id,
            kind=draft.kind,
            room_id=draft.room_id,
            room_name="",
            message=ReportedMessage(
                draft.target_id,
                target.seq,
                target.content,
                target.timestamp,
                self._tables.user_summary(target.sender_id) if target.sender_id else None,
            ),
            accused=self._tables.user_summary(accused) if accused else None,
            reporter=self._tables.user_summary(draft.reporter_id),
            reason=draft.reason,
            status="open",
            created_at=draft.created_at,
        )
        ranked = self._tables.authority_of(draft.room_id, target.ranked_id) if target.ranked_id else None
        readers = audience_of_report(ranked)
        self._tables.reports[draft.id] = ReportRow(report, readers, target.names)
        return self._tables.current_report(report)

    async def reports(
        self,
        room_id: RoomId | None,
        status: ReportStatus | None,
        reader: UserId,
        *,
        before: ReportId | None = None,
        limit: int,
    ) -> list[Report]:
        found = [
            row.report
            for row in self._tables.reports.values()
            if room_id in (None, row.report.room_id)
            and status in (None, row.report.status)
            and (before is None or row.report.id < before)
            and self._is_readable(row, reader)
        ]
        found.sort(key=lambda report: report.id, reverse=True)
        return [self._tables.current_report(report) for report in found[:limit]]

    async def report(self, report_id: ReportId, reader: UserId) -> Report | None:
        row = self._tables.reports.get(report_id)
        return self._tables.current_report(row.report) if row and self._is_readable(row, reader) else None

    async def open_report_count(self, room_id: RoomId | None, reader: UserId) -> int:
        return sum(
            row.report.status == "open" and room_id in (None, row.report.room_id) and self._is_readable(row, reader)
            for row in self._tables.reports.values()
        )

    async def open_report_counts(self, room_ids: Sequence[RoomId], reader: UserId) -> dict[RoomId, int]:
        counted = {room_id: await self.open_report_count(room_id, reader) for room_id in room_ids}
        return {room_id: number for room_id, number in counted.items() if number}

    async def report_readers(self, report_id: ReportId) -> list[UserId]:
        row = self._tables.reports.get(report_id)
        return sorted(
            account.user.id
            for account in self._tables.accounts.values()
            if row and account and not account.user.disabled and self._is_readable(row, account.user.id)
        )

    async def set_report_status(self, report_id: ReportId, status: ReportStatus, audit: AuditDraft) -> Report | None:
        is_new = self._tables.authorize_once(audit)
        row = self._tables.reports.get(report_id)
        if row is None or row.report.room_id != audit.room_id or not self._is_readable(row, audit.actor_id):
            return None
        if is_new and row.report.status != status:
            by, at = (
                (self._tables.user_summary(audit.actor_id), audit.timestamp) if status == "resolved" else (None, None)
            )
            row = row._replace(report=replace(row.report, status=status, resolved_by=by, resolved_at=at))
            self._tables.reports[report_id] = row
            owners = [one for one in self._tables.members.get(audit.room_id, {}).values() if one.role == "owner"]
            if owners and self._is_readable(row, owners[0].user_id):
                self._tables.record_audit(audit)
        return self._tables.current_report(row.report)

    def _load_target(self, draft: ReportDraft) -> ReportTarget:
        if draft.kind == "message":
            message = self._tables.message(draft.target_id)
            if message is None or message.room_id != draft.room_id:
                raise MessageNotFound
            reporter = self._tables.member(draft.room_id, draft.reporter_id)
            if reporter and message not in self._tables.visible_messages(draft.room_id, reporter.visible_from):
                raise MessageNotFound
            names = {who: said[message.id] for who, said in self._tables.named.items() if message.id in said}
            posters = [
                act.actor_id
                for act in self._tables.audit_log[draft.room_id].values()
                if act.action == "system-message-posted" and act.details.get("messageId") == message.id
            ]
            return report_of_message(
                message.seq,
                message.content,
                message.timestamp,
                message.sender.id if message.sender else None,
                poster_id=posters[0] if posters else None,
                names=names,
            )
        room = self._tables.rooms.get(draft.room_id)
        if draft.kind == "room":
            owners = [
                one.user_id for one in self._tables.members.get(draft.room_id, {}).values() if one.role == "owner"
            ]
            return report_of_room(draft, room, owners[0] if owners else None)
        account = self._tables.accounts.get(draft.target_id)
        was_member = draft.room_id in self._tables.past_members.get(draft.target_id, set())
        member = self._tables.member(draft.room_id, draft.target_id)
        return report_of_user(
            draft,
            account.user if account else None,
            is_or_was_member=room is not None and (was_member or member is not None),
            activity=member.activity if member else None,
        )

    def _readers(self, room_id: RoomId, accused: UserId) -> ReportAudience:
        return permissions.report_audience(self._tables.authority_of(room_id, accused))

    def _is_readable(self, row: ReportRow, reader: UserId) -> bool:
        """Return True if the user may read the report."""
        accused = row.report.accused
        if accused and accused.id == reader:
            return False
        if self._tables.is_admin(reader):
            return True
        if accused is None or row.report.room_id not in self._tables.rooms:
            return False
        member = self._tables.member(row.report.room_id, reader)
        both = {row.readers, self._readers(row.report.room_id, accused.id)}
        if member is None or "admins" in both:
            return False
        is_earlier = row.report.kind == "message" and row.report.message.seq < member.visible_from
        may_be_accused = self._tables.accounts[accused.id] is None and member.joined_at > row.report.created_at
        if is_earlier or may_be_accused:
            return False
        return member.role == "owner" or (member.role == "moderator" and both == {"moderators"})


def _is_duplicate(report: Report, draft: ReportDraft) -> bool:
    """Return True if the draft repeats this report: the same reporter, kind and target, and still open or a message."""
    return (report.kind, report.room_id, report.message.id, report.reporter.id) == (
        draft.kind,
        draft.room_id,
        draft.target_id,
        draft.reporter_id,
    ) and (draft.kind == "message" or report.status == "open")
