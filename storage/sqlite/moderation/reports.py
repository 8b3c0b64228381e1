"""SQLite storage: reports."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

import json
import sqlite3
from collections.abc import Sequence

from domain import permissions
from domain.base import ReportId, RoomId, UserId
from domain.errors.messages import MessageNotFound
from domain.moderation import AuditDraft, Report, ReportDraft, ReportStatus
from storage.base import ReportStore
from storage.rows.messages import visible
from storage.rows.moderation import REPORT_READERS, REPORTS, readable_report, report_of
from storage.rows.rooms import room_of
from storage.rules.moderation import ReportTarget, audience_of_report, report_of_message, report_of_room, report_of_user
from storage.sqlite.accounts import users
from storage.sqlite.database import MAX_ID, SqliteDatabase
from storage.sqlite.moderation import audit_log
from storage.sqlite.rooms.rooms import ROOM_BY_ID

_READABLE = readable_report("?")
_READERS = f"{REPORT_READERS} AND p.id = ? ORDER BY u.id"
_ADD = """
    INSERT INTO reports (room_id, id, kind, target_id, seq, content, timestamp, sender_id, accused_id, readers,
                         reporter_id, reason, status, created_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?)
"""
_DUPLICATE = """
    WHERE p.id = ?
       OR (p.room_id = ? AND kind = ? AND target_id = ? AND reporter_id = ?
           AND (kind = 'message' OR status = 'open'))
"""
_MESSAGE = f"""
    SELECT seq, content, timestamp, sender_id FROM messages JOIN rooms ON rooms.id = room_id
    WHERE messages.id = ? AND room_id = ? AND NOT deleted
      AND {visible("seq", "coalesce((SELECT visible_from FROM members WHERE room_id = rooms.id AND user_id = ?), 1)")}
"""
_POSTER = """
    SELECT actor_id FROM audit_log
    WHERE room_id = ? AND action = 'system-message-posted' AND json_extract(details, '$.messageId') = ?
"""
_NAMED = "SELECT user_id, name FROM named WHERE room_id = ? AND seq = ?"
_OWNER = "SELECT user_id FROM members WHERE room_id = ? AND role = 'owner'"
_TRACES_OF_MEMBER = """
    SELECT EXISTS (SELECT 1 FROM members WHERE room_id = :room AND user_id = :user)
        OR EXISTS (SELECT 1 FROM past_members WHERE room_id = :room AND user_id = :user),
        (SELECT activity FROM members WHERE room_id = :room AND user_id = :user)
"""


class SqliteReports(ReportStore):
    """`ReportStore` in SQLite."""

    _database: SqliteDatabase

    async def add_report(self, draft: ReportDraft) -> Report:
        def add(connection: sqlite3.Connection) -> Report:
            same = (draft.id, draft.room_id, draft.kind, draft.target_id, draft.reporter_id)
            if kept := connection.execute(REPORTS + _DUPLICATE, same).fetchone():
                return report_of(kept)
            if rooms := connection.execute(ROOM_BY_ID, (draft.room_id,)).fetchall():
                reporter = audit_log.authority_of(connection, draft.room_id, draft.reporter_id)
                is_private = room_of(rooms[0]).visibility == "private"
                permissions.check_reporter(reporter, of_room=draft.kind == "room", is_private=is_private)
            target = _load_target(connection, draft)
            ranked = None
            if target.ranked_id is not None:
                ranked = audit_log.authority_of(connection, draft.room_id, target.ranked_id)
            connection.execute(
                _ADD,
                (
                    draft.room_id,
                    draft.id,
                    draft.kind,
                    draft.target_id,
                    *target[:5],
                    audience_of_report(ranked),
                    draft.reporter_id,
                    draft.reason,
                    draft.created_at,
                ),
            )
            connection.executemany(
                "INSERT INTO reported_names (user_id, report_id, name) VALUES (?, ?, ?)",
                [(user_id, draft.id, name) for user_id, name in target.names.items()],
            )
            return report_of(connection.execute(REPORTS + "WHERE p.id = ?", (draft.id,)).fetchone())

        return await self._database.write(add)

    async def reports(
        self,
        room_id: RoomId | None,
        status: ReportStatus | None,
        reader: UserId,
        *,
        before: ReportId | None = None,
        limit: int,
    ) -> list[Report]:
        of_room = "p.room_id = ? AND " if room_id else ""
        rows = await self._database.read(
            f"{REPORTS} WHERE {of_room}p.id < ? AND status = coalesce(?, status) AND {_READABLE}"
            " ORDER BY p.id DESC LIMIT ?",
            *([room_id] if room_id else []),
            before or MAX_ID,
            status,
            *[reader] * 3,
            limit,
        )
        return [report_of(row) for row in rows]

    async def report(self, report_id: ReportId, reader: UserId) -> Report | None:
        row = await self._database.read_one(f"{REPORTS} WHERE p.id = ? AND {_READABLE}", report_id, *[reader] * 3)
        return report_of(row) if row else None

    async def open_report_count(self, room_id: RoomId | None, reader: UserId) -> int:
        of_room = "room_id = ? AND " if room_id else ""
        [(number,)] = await self._database.read(
            f"SELECT count(*) FROM reports p WHERE {of_room}status = 'open' AND {_READABLE}",
            *([room_id] if room_id else []),
            *[reader] * 3,
        )
        return int(number)

    async def open_report_counts(self, room_ids: Sequence[RoomId], reader: UserId) -> dict[RoomId, int]:
        rows = await self._database.read(
            "SELECT room_id, count(*) FROM reports p WHERE room_id IN (SELECT value FROM json_each(?))"
            f" AND status = 'open' AND {_READABLE} GROUP BY room_id",
            json.dumps(room_ids),
            *[reader] * 3,
        )
        return dict(rows)

    async def report_readers(self, report_id: ReportId) -> list[UserId]:
        return [user_id for (user_id,) in await self._database.read(_READERS, report_id)]

    async def set_report_status(self, report_id: ReportId, status: ReportStatus, audit: AuditDraft) -> Report | None:
        def change(connection: sqlite3.Connection) -> Report | None:
            is_new = audit_log.authorize_once(connection, audit)
            one = (report_id, audit.room_id)
            readable = f"{REPORTS} WHERE p.id = ? AND p.room_id = ? AND {_READABLE}"
            found = connection.execute(readable, (*one, *[audit.actor_id] * 3)).fetchone()
            if found is None:
                return None
            if not is_new or report_of(found).status == status:
                return report_of(found)
            by, at = (audit.actor_id, audit.timestamp) if status == "resolved" else (None, None)
            connection.execute(
                "UPDATE reports SET status = ?, resolved_by = ?, resolved_at = ? WHERE id = ?",
                (status, by, at, report_id),
            )
            owner = connection.execute(_OWNER, (audit.room_id,)).fetchone()
            if owner and connection.execute(readable, (*one, *owner * 3)).fetchone():
                audit_log.record_audit(connection, audit)
            return report_of(connection.execute(REPORTS + "WHERE p.id = ?", (report_id,)).fetchone())

        return await self._database.write(change)


def _load_target(connection: sqlite3.Connection, draft: ReportDraft) -> ReportTarget:
    if draft.kind == "message":
        row = connection.execute(_MESSAGE, (draft.target_id, draft.room_id, draft.reporter_id)).fetchone()
        if row is None:
            raise MessageNotFound
        if row[3] is not None:
            return report_of_message(*row)
        names = dict(connection.execute(_NAMED, (draft.room_id, row[0])).fetchall())
        poster = connection.execute(_POSTER, (draft.room_id, draft.target_id)).fetchone()
        return report_of_message(*row, poster_id=poster and poster[0], names=names)
    room = connection.execute(ROOM_BY_ID, (draft.room_id,)).fetchone()
    if draft.kind == "room":
        owner = connection.execute(_OWNER, (draft.room_id,)).fetchone()
        return report_of_room(draft, room and room_of(room), owner and owner[0])
    user = users.find_user(connection, draft.target_id)
    place = {"room": draft.room_id, "user": draft.target_id}
    is_or_was_member, activity = connection.execute(_TRACES_OF_MEMBER, place).fetchone()
    return report_of_user(draft, user, is_or_was_member=bool(room and is_or_was_member), activity=activity)
