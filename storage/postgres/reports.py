"""What people say of messages, in PostgreSQL."""
# ruff: noqa: S608 - what is put into statements are constants of this package; values are parameters

from errors import MessageNotFound
from models import Act, Report, ReportDraft, ReportedMessage, ReportId, ReportStatus, RoomId
from storage.base import Reports
from storage.postgres import audit_log
from storage.postgres.database import Row, Transaction
from storage.postgres.members import LOCK_ROOM
from storage.postgres.messages import VISIBLE
from storage.postgres.noun import Noun
from storage.postgres.users import SENDER, sender

_WIDTH = SENDER.count(",") + 1
_FIELDS = (
    "p.id, p.room_id, p.message_id, p.seq, p.content, p.timestamp, p.reason, p.status, p.created_at, p.resolved_at"
)
_WHO = ", ".join(SENDER.replace("u.", alias) for alias in ("s.", "t.", "v."))
REPORTS = (
    f"SELECT {_FIELDS}, {_WHO} FROM reports p JOIN users s ON s.id = p.sender_id JOIN users t ON t.id = p.reporter_id"
    " LEFT JOIN users v ON v.id = p.resolved_by"
)
_ADD = (
    "INSERT INTO reports (id, room_id, message_id, seq, content, timestamp, sender_id, reporter_id, reason, status,"
    " created_at) SELECT %s::uuid, m.room_id, m.id, m.seq, m.content, m.timestamp, m.sender_id, %s::uuid, %s, 'open',"
    " %s::timestamptz FROM messages m JOIN rooms r ON r.id = m.room_id AND NOT r.deleted"
    " WHERE m.id = %s::uuid AND m.room_id = %s::uuid AND m.sender_id IS NOT NULL AND "
    + VISIBLE.format("coalesce((SELECT visible_from FROM members WHERE room_id = r.id AND user_id = %s::uuid), 1)")
    + " ON CONFLICT DO NOTHING"
)


class PostgresReports(Noun, Reports):
    """See storage/base/access.py."""

    async def add_report(self, draft: ReportDraft) -> Report:
        async def work(transaction: Transaction) -> Report:
            # the room's row is held, so that a report neither comes twice nor outlives its room
            row = await transaction.fetch_one(
                f"{LOCK_ROOM} {_ADD}; {REPORTS} WHERE p.id = %s::uuid"
                " OR (p.room_id = %s::uuid AND p.message_id = %s::uuid AND p.reporter_id = %s::uuid)",
                *(draft.room_id, draft.id, draft.reporter_id, draft.reason, draft.created_at, draft.message_id),
                *(draft.room_id, draft.reporter_id, draft.id, draft.room_id, draft.message_id, draft.reporter_id),
            )
            if row is None:
                raise MessageNotFound
            return report_of(row)

        return await self._database.transaction(work)

    async def reports(
        self, room_id: RoomId, status: ReportStatus | None, *, before: ReportId | None = None, limit: int
    ) -> list[Report]:
        rows = await self._database.fetch(
            f"{REPORTS} WHERE p.room_id = %s::uuid AND (%s::uuid IS NULL OR p.id < %s::uuid)"
            " AND p.status = coalesce(%s, p.status) ORDER BY p.id DESC LIMIT %s",
            *(room_id, before, before, status, limit),
        )
        return [report_of(row) for row in rows]

    async def open_reports(self, room_id: RoomId) -> int:
        row = await self._database.fetch_one(
            "SELECT count(*) FROM reports WHERE room_id = %s::uuid AND status = 'open'", room_id
        )
        return int(row[0]) if row else 0

    async def set_report_status(self, report_id: ReportId, status: ReportStatus, act: Act) -> Report | None:
        by, at = (act.actor_id, act.timestamp) if status == "resolved" else (None, None)
        one = f"{REPORTS} WHERE p.room_id = %s::uuid AND p.id = %s::uuid"

        async def work(transaction: Transaction) -> Report | None:
            row = await transaction.fetch_one(f"{LOCK_ROOM} {one}", *(act.room_id, act.room_id, report_id))
            is_new = await audit_log.permits(transaction, act)
            report = report_of(row) if row else None
            if report is None or not is_new or report.status == status:
                return report
            await transaction.fetch(
                "UPDATE reports SET status = %s, resolved_by = %s::uuid, resolved_at = %s::timestamptz"
                f" WHERE id = %s::uuid; {audit_log.KEEP}",
                *(status, by, at, report_id, *audit_log.kept(act)),
            )
            row = await transaction.fetch_one(one, *(act.room_id, report_id))
            return report_of(row) if row else None

        return await self._database.transaction(work)


def report_of(row: Row) -> Report:
    """Return the report of a row of `REPORTS`."""
    report_id, room_id, message_id, seq, content, timestamp, reason, status, created_at, resolved_at, *people = row
    who, reporter, resolver = (tuple(people[start : start + _WIDTH]) for start in (0, _WIDTH, 2 * _WIDTH))
    return Report(
        id=report_id,
        room_id=room_id,
        message=ReportedMessage(message_id, seq, content, timestamp, sender(who)),
        reporter=sender(reporter),
        reason=reason,
        status=status,
        created_at=created_at,
        resolved_by=None if resolver[0] is None else sender(resolver),
        resolved_at=resolved_at,
    )
