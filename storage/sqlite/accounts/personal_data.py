"""What one person has left in rooms, in SQLite."""

import json
from collections.abc import Sequence

import msgspec

from domain.base import ActId, MessageId, ReportId, RoomId, UserId
from domain.messages import Message
from domain.moderation import Act, Report
from storage.base import Traces
from storage.sqlite.database import Database
from storage.sqlite.messages.messages import IN_ROOM, MESSAGES, message_of
from storage.sqlite.moderation.reports import REPORTS, report_of

_ROOMS_EVER = """
    SELECT id FROM rooms
    WHERE id > ? AND NOT deleted AND id IN (SELECT room_id FROM members WHERE user_id = ?
                                            UNION ALL SELECT room_id FROM past_members WHERE user_id = ?)
    ORDER BY id LIMIT ?
"""
_ACTS = """
    SELECT * FROM (SELECT id, room_id, action, actor_id, target_id, details, timestamp FROM audit_log
                   WHERE {} = ? AND id > ? ORDER BY id LIMIT ?)
"""
_ACTS_OF = f"{_ACTS.format('actor_id')} UNION {_ACTS.format('target_id')} ORDER BY id LIMIT ?"


_ABOUT = """
    WHERE accused_id = ? AND report.id > ? AND NOT EXISTS (
        SELECT 1 FROM reports earlier
        WHERE earlier.accused_id = report.accused_id AND earlier.id < report.id AND earlier.room_id = report.room_id
          AND earlier.target_id = report.target_id AND earlier.content = report.content
    ) ORDER BY report.id LIMIT ?
"""
_NOTICES = """
    SELECT messages.id, content FROM messages JOIN rooms ON rooms.id = room_id AND NOT deleted
    WHERE messages.id IN (SELECT value FROM json_each(?)) AND sender_id IS NULL
"""


class SqliteTraces(Traces):
    """The traces' part of the storage."""

    _database: Database

    async def rooms_ever(self, user_id: UserId, *, after: RoomId | None = None, limit: int) -> list[RoomId]:
        rows = await self._database.read(_ROOMS_EVER, after or "", user_id, user_id, limit)
        return [room_id for (room_id,) in rows]

    async def messages_by(self, user_id: UserId, room_id: RoomId, after: int, until: int) -> list[Message]:
        rows = await self._database.read(
            # +: the index by client would be taken for the sender, and does not have all messages
            MESSAGES + IN_ROOM + "AND seq > ? AND seq <= ? AND +sender_id = ? ORDER BY seq",
            *(room_id, after, until, user_id),
        )
        return [message_of(row) for row in rows]

    async def reports_by(self, user_id: UserId, *, after: ReportId | None = None, limit: int) -> list[Report]:
        rows = await self._database.read(
            REPORTS + "WHERE reporter_id = ? AND report.id > ? ORDER BY report.id LIMIT ?", user_id, after or "", limit
        )
        return [report_of(row) for row in rows]

    async def reports_about(self, user_id: UserId, *, after: ReportId | None = None, limit: int) -> list[Report]:
        rows = await self._database.read(REPORTS + _ABOUT, user_id, after or "", limit)
        return [report_of(row) for row in rows]

    async def notices(self, message_ids: Sequence[MessageId]) -> dict[MessageId, str]:
        return dict(await self._database.read(_NOTICES, json.dumps(message_ids)))

    async def acts_of(self, user_id: UserId, *, after: ActId | None = None, limit: int) -> list[Act]:
        rows = await self._database.read(_ACTS_OF, *[user_id, after or "", limit] * 2, limit)
        return [
            Act(
                id=act_id,
                room_id=room_id,
                action=action,
                actor_id=actor_id,
                target_id=target_id,
                details=msgspec.json.decode(details),
                timestamp=timestamp,
            )
            for act_id, room_id, action, actor_id, target_id, details, timestamp in rows
        ]
