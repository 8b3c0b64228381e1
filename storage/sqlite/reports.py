"""What people say of messages, in SQLite."""
# ruff: noqa: S608 - statements are put together from constants alone; values are parameters

import sqlite3

from errors import MessageNotFound
from models import Act, Report, ReportDraft, ReportedMessage, ReportId, ReportStatus, RoomId, Sender
from storage.base import Reports
from storage.sqlite import audit_log
from storage.sqlite.database import Database, Row
from storage.sqlite.messages import VISIBLE

_AFTER_EVERY_ID = "\U0010ffff"
REPORTS = """
    SELECT report.id, room_id, message_id, seq, content, timestamp, reason, status, report.created_at, resolved_at,
           sender.id, sender.name, sender.avatar, reporter.id, reporter.name, reporter.avatar,
           resolver.id, resolver.name, resolver.avatar
    FROM reports report JOIN users sender ON sender.id = sender_id JOIN users reporter ON reporter.id = reporter_id
    LEFT JOIN users resolver ON resolver.id = resolved_by
"""
_ADD = f"""
    INSERT INTO reports (room_id, id, message_id, seq, content, timestamp, sender_id, reporter_id, reason, status,
                         created_at)
    SELECT room_id, ?, messages.id, seq, content, timestamp, sender_id, ?, ?, 'open', ?
    FROM messages JOIN rooms ON rooms.id = room_id
    WHERE messages.id = ? AND room_id = ? AND sender_id IS NOT NULL AND NOT deleted
      AND {VISIBLE.format("coalesce((SELECT visible_from FROM members WHERE room_id = rooms.id AND user_id = ?), 1)")}
"""


class SqliteReports(Reports):
    """The reports' part of the storage."""

    _database: Database

    async def add_report(self, draft: ReportDraft) -> Report:
        def add(connection: sqlite3.Connection) -> Report:
            kept = connection.execute(
                REPORTS + "WHERE report.id = ? OR (room_id = ? AND message_id = ? AND reporter_id = ?)",
                (draft.id, draft.room_id, draft.message_id, draft.reporter_id),
            ).fetchone()
            if kept:
                return report_of(kept)
            added = connection.execute(
                _ADD,
                (
                    draft.id,
                    draft.reporter_id,
                    draft.reason,
                    draft.created_at,
                    draft.message_id,
                    draft.room_id,
                    draft.reporter_id,
                ),
            )
            if not added.rowcount:
                raise MessageNotFound
            return report_of(connection.execute(REPORTS + "WHERE report.id = ?", (draft.id,)).fetchone())

        return await self._database.write(add)

    async def reports(
        self, room_id: RoomId, status: ReportStatus | None, *, before: ReportId | None = None, limit: int
    ) -> list[Report]:
        rows = await self._database.read(
            REPORTS + "WHERE room_id = ? AND report.id < ? AND status = coalesce(?, status)"
            " ORDER BY report.id DESC LIMIT ?",
            room_id,
            before or _AFTER_EVERY_ID,
            status,
            limit,
        )
        return [report_of(row) for row in rows]

    async def open_reports(self, room_id: RoomId) -> int:
        [(number,)] = await self._database.read(
            "SELECT count(*) FROM reports WHERE room_id = ? AND status = 'open'", room_id
        )
        return int(number)

    async def set_report_status(self, report_id: ReportId, status: ReportStatus, act: Act) -> Report | None:
        def change(connection: sqlite3.Connection) -> Report | None:
            if audit_log.permits(connection, act):
                by, at = (act.actor_id, act.timestamp) if status == "resolved" else (None, None)
                changed = connection.execute(
                    """
                    UPDATE reports SET status = ?, resolved_by = ?, resolved_at = ?
                    WHERE room_id = ? AND id = ? AND status <> ?
                    """,
                    (status, by, at, act.room_id, report_id, status),
                )
                if changed.rowcount:
                    audit_log.keep(connection, act)
            row = connection.execute(REPORTS + "WHERE room_id = ? AND report.id = ?", (act.room_id, report_id))
            return report_of(found) if (found := row.fetchone()) else None

        return await self._database.write(change)


def report_of(row: Row) -> Report:
    """Return the report of a row of `REPORTS`."""
    report_id, room_id, message_id, seq, content, timestamp, reason, status, created_at, resolved_at, *people = row
    return Report(
        id=report_id,
        room_id=room_id,
        message=ReportedMessage(message_id, seq, content, timestamp, Sender(*people[:3])),
        reporter=Sender(*people[3:6]),
        reason=reason,
        status=status,
        created_at=created_at,
        resolved_by=Sender(*people[6:]) if people[6] else None,
        resolved_at=resolved_at,
    )
