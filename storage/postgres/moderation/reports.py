"""PostgreSQL storage: reports."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

from collections.abc import Sequence

from domain import permissions
from domain.base import ReportId, RoomId, UserId
from domain.errors.messages import MessageNotFound
from domain.moderation import AuditDraft, Report, ReportDraft, ReportStatus
from storage.base import ReportStore
from storage.postgres.moderation import audit_log
from storage.postgres.repository import PostgresRepository
from storage.postgres.rooms.members import LOCK_ROOM
from storage.postgres.rooms.rooms import ROOM_BY_ID
from storage.postgres.transaction import Transaction
from storage.rows.accounts import USER, user_of
from storage.rows.messages import visible
from storage.rows.moderation import REPORT_READERS, REPORTS, audit_draft_row, readable_report, report_of
from storage.rows.rooms import room_of
from storage.rules.moderation import ReportTarget, audience_of_report, report_of_message, report_of_room, report_of_user

_READABLE = readable_report("%s::uuid")
_READERS = f"{REPORT_READERS} AND p.id = %s::uuid ORDER BY u.id"
_DUPLICATE = (
    " WHERE p.id = %s::uuid OR (p.room_id = %s::uuid AND p.kind = %s AND p.target_id = %s::uuid"
    " AND p.reporter_id = %s::uuid AND (p.kind = 'message' OR p.status = 'open'))"
)
_ADD = (
    "INSERT INTO reports (id, room_id, kind, target_id, seq, content, timestamp, sender_id, accused_id, readers,"
    " reporter_id, reason, status, created_at) VALUES (%s::uuid, %s::uuid, %s, %s::uuid, %s, %s, %s::timestamptz,"
    " %s::uuid, %s::uuid, %s, %s::uuid, %s, 'open', %s::timestamptz);"
    " INSERT INTO reported_names (user_id, report_id, name) SELECT named.id, %s::uuid, named.name"
    " FROM unnest(%s::uuid[], %s::text[]) AS named (id, name)"
)
_MESSAGE = (
    "SELECT seq, content, timestamp, sender_id FROM messages m JOIN rooms r ON r.id = m.room_id AND NOT r.deleted"
    " WHERE m.id = %s::uuid AND m.room_id = %s::uuid AND "
    + visible("m.seq", "coalesce((SELECT visible_from FROM members WHERE room_id = r.id AND user_id = %s::uuid), 1)")
)
_NAMED = (
    "SELECT user_id, name FROM named WHERE room_id = %s::uuid AND seq = %s"
    " UNION ALL SELECT actor_id, NULL FROM audit_log WHERE room_id = %s::uuid AND action = 'system-message-posted'"
    " AND details::json ->> 'messageId' = %s"
)
_OWNER = "SELECT user_id FROM members WHERE room_id = %s::uuid AND role = 'owner'"
_TRACES_OF_MEMBER = (
    "SELECT EXISTS (SELECT 1 FROM members WHERE room_id = %s::uuid AND user_id = %s::uuid)"
    " OR EXISTS (SELECT 1 FROM past_members WHERE room_id = %s::uuid AND user_id = %s::uuid),"
    " (SELECT activity FROM members WHERE room_id = %s::uuid AND user_id = %s::uuid)"
)


class PostgresReports(PostgresRepository, ReportStore):
    """`ReportStore` in PostgreSQL."""

    async def add_report(self, draft: ReportDraft) -> Report:
        async def work(transaction: Transaction) -> Report:
            # The room's row is locked: no duplicate report, and the name of a room that is being deleted is copied.
            same = (draft.id, draft.room_id, draft.kind, draft.target_id, draft.reporter_id)
            row = await transaction.fetch_one(f"{LOCK_ROOM} {REPORTS} {_DUPLICATE}", draft.room_id, *same)
            if row is None:
                room = await transaction.fetch_one(
                    "SELECT visibility = 'private' FROM rooms WHERE id = %s::uuid AND NOT deleted", draft.room_id
                )
                if room:
                    reporter = await audit_log.authority_of(transaction, draft.room_id, draft.reporter_id)
                    permissions.check_reporter(reporter, of_room=draft.kind == "room", is_private=room[0])
                target = await _load_target(transaction, draft)
                ranked = None
                if target.ranked_id is not None:
                    ranked = await audit_log.authority_of(transaction, draft.room_id, target.ranked_id)
                row = await transaction.fetch_one(
                    f"{_ADD}; {REPORTS} WHERE p.id = %s::uuid",
                    *(draft.id, draft.room_id, draft.kind, draft.target_id, *target[:5]),
                    *(audience_of_report(ranked), draft.reporter_id, draft.reason, draft.created_at),
                    *(draft.id, list(target.names), list(target.names.values()), draft.id),
                )
            assert row is not None  # noqa: S101 - it was added or found
            return report_of(row)

        return await self._database.transaction(work)

    async def reports(
        self,
        room_id: RoomId | None,
        status: ReportStatus | None,
        reader: UserId,
        *,
        before: ReportId | None = None,
        limit: int,
    ) -> list[Report]:
        rows = await self._database.fetch(
            f"{REPORTS} WHERE (%s::uuid IS NULL OR p.room_id = %s::uuid) AND (%s::uuid IS NULL OR p.id < %s::uuid)"
            f" AND p.status = coalesce(%s, p.status) AND {_READABLE} ORDER BY p.id DESC LIMIT %s",
            *(room_id, room_id, before, before, status, *[reader] * 3, limit),
        )
        return [report_of(row) for row in rows]

    async def report(self, report_id: ReportId, reader: UserId) -> Report | None:
        row = await self._database.fetch_one(
            f"{REPORTS} WHERE p.id = %s::uuid AND {_READABLE}", report_id, *[reader] * 3
        )
        return report_of(row) if row else None

    async def open_report_count(self, room_id: RoomId | None, reader: UserId) -> int:
        row = await self._database.fetch_one(
            "SELECT count(*) FROM reports p WHERE (%s::uuid IS NULL OR p.room_id = %s::uuid) AND p.status = 'open'"
            f" AND {_READABLE}",
            *(room_id, room_id, *[reader] * 3),
        )
        return int(row[0]) if row else 0

    async def open_report_counts(self, room_ids: Sequence[RoomId], reader: UserId) -> dict[RoomId, int]:
        rows = await self._database.fetch(
            "SELECT p.room_id, count(*) FROM reports p WHERE p.room_id = ANY(%s::uuid[]) AND p.status = 'open'"
            f" AND {_READABLE} GROUP BY p.room_id",
            *(list(room_ids), *[reader] * 3),
        )
        return {str(room_id): int(number) for room_id, number in rows}

    async def report_readers(self, report_id: ReportId) -> list[UserId]:
        return [user_id for (user_id,) in await self._database.fetch(_READERS, report_id)]

    async def set_report_status(self, report_id: ReportId, status: ReportStatus, audit: AuditDraft) -> Report | None:
        by, at = (audit.actor_id, audit.timestamp) if status == "resolved" else (None, None)
        one = f"{REPORTS} WHERE p.id = %s::uuid AND p.room_id = %s::uuid"
        readable = f"{one} AND {_READABLE}"
        which = (report_id, audit.room_id)

        async def work(transaction: Transaction) -> Report | None:
            # The report's row is locked, too, because a deleted room has no row to lock.
            row = await transaction.fetch_one(
                f"{LOCK_ROOM} SELECT 1 FROM reports WHERE id = %s::uuid FOR NO KEY UPDATE; {readable}",
                *(audit.room_id, report_id, *which, *[audit.actor_id] * 3),
            )
            is_new = await audit_log.authorize_once(transaction, audit)
            report = report_of(row) if row else None
            if report is None or not is_new or report.status == status:
                return report
            owner = await transaction.fetch_one(_OWNER, audit.room_id)
            row = await transaction.fetch_one(
                "UPDATE reports SET status = %s, resolved_by = %s::uuid, resolved_at = %s::timestamptz"
                f" WHERE id = %s::uuid; {one}",
                *(status, by, at, report_id, *which),
            )
            if owner and await transaction.fetch_one(readable, *which, *owner * 3):
                await transaction.fetch(audit_log.INSERT_AUDIT, *audit_draft_row(audit))
            return report_of(row) if row else None

        return await self._database.transaction(work)


async def _load_target(transaction: Transaction, draft: ReportDraft) -> ReportTarget:
    if draft.kind == "message":
        row = await transaction.fetch_one(_MESSAGE, draft.target_id, draft.room_id, draft.reporter_id)
        if row is None:
            raise MessageNotFound
        if row[3] is not None:
            return report_of_message(*row)
        rows = await transaction.fetch(_NAMED, draft.room_id, row[0], draft.room_id, draft.target_id)
        names = {user_id: name for user_id, name in rows if name is not None}
        poster = next((user_id for user_id, name in rows if name is None), None)
        return report_of_message(*row, poster_id=poster, names=names)
    room = await transaction.fetch_one(ROOM_BY_ID, draft.room_id)
    if draft.kind == "room":
        owner = await transaction.fetch_one(_OWNER, draft.room_id)
        return report_of_room(draft, room_of(room) if room else None, owner[0] if owner else None)
    user = await transaction.fetch_one(f"SELECT {USER} FROM users WHERE id = %s::uuid AND NOT deleted", draft.target_id)
    [(ever, activity)] = await transaction.fetch(_TRACES_OF_MEMBER, *[draft.room_id, draft.target_id] * 3)
    return report_of_user(
        draft, user_of(user) if user else None, is_or_was_member=bool(room and ever), activity=activity
    )
