"""In-memory storage: expiry of messages and purges of old data."""

from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile

from domain.base import RoomId, Timestamp
from domain.rooms import Room
from storage.base import RetentionStore
from storage.memory.tables import ExpiredMessage, Tables, replace
from storage.rules.messages import idempotency_key


class MemoryRetention(RetentionStore):
    """`RetentionStore` in memory."""

    _tables: Tables

    async def rooms_with_expired(
        self, now: Timestamp, max_retention_days: int | None, *, after: RoomId | None = None, limit: int
    ) -> list[RoomId]:
        found = (
            room.id
            for room in self._tables.rooms.values()
            if (after is None or room.id > after)
            and (messages := self._tables.messages[room.id])
            and messages[0].timestamp < _expiry_cutoff(room, now, max_retention_days)
        )
        return sorted(found)[:limit]

    async def expire_messages(self, room_id: RoomId, now: Timestamp, max_retention_days: int | None, limit: int) -> int:
        room = self._tables.rooms.get(room_id)
        if room is None:
            return 0
        kept, oldest = self._tables.messages[room_id], _expiry_cutoff(room, now, max_retention_days)
        gone = list(takewhile(lambda message: message.timestamp < oldest, islice(kept, limit)))
        for message in gone:
            self._tables.drop_from_indexes(message)
            if key := idempotency_key(message):
                self._tables.expired_by_key[key] = ExpiredMessage(replace(message, content=""), now)
        del kept[: len(gone)]
        self._tables.rooms[room_id] = replace(room, first_seq=room.first_seq + len(gone))
        return len(gone)

    async def purge_idempotency_keys(self, before: Timestamp, limit: int) -> int:
        expired = self._tables.expired_by_key
        gone = [key for key, one in expired.items() if one.at < before][:limit]
        for key in gone:
            del expired[key]
        return len(gone)

    async def purge_rooms(self, limit: int) -> bool:  # noqa: ARG002  # they went with their rooms
        return False

    async def purge_reports(self, made_before: Timestamp, resolved_before: Timestamp, limit: int) -> int:
        old = [
            row.report
            for row in self._tables.reports.values()
            if row.report.created_at < made_before
            or (row.report.resolved_at is not None and row.report.resolved_at < resolved_before)
        ][:limit]
        for report in old:
            del self._tables.reports[report.id]
        return len(old)

    async def purge_former_accounts(self, now: Timestamp, limit: int) -> int:
        former = self._tables.former_accounts
        for mutes in self._tables.mutes.values():
            for user_id in former.keys() & mutes.keys():
                if mutes[user_id] <= now:
                    del mutes[user_id]
        removals = self._tables.removals
        for room_id, removed in removals.items():
            removals[room_id] = {user_id: one for user_id, one in removed.items() if one.until > now}
        gone = [user_id for user_id in former if not self._tables.has_sanctions(user_id)][:limit]
        for user_id in gone:
            del former[user_id]
        return len(gone)

    async def compact(self) -> None:
        """Do nothing: the garbage collector frees deleted data."""


def _expiry_cutoff(room: Room, now: Timestamp, max_retention_days: int | None) -> Timestamp:
    """Return the time before which the room's messages have expired; "" sorts before all timestamps."""
    expired_before = room.expired_before or Timestamp("")
    days = room.retention(max_retention_days)
    if days is None:
        return expired_before
    then = datetime.fromisoformat(now).astimezone(UTC) - timedelta(days=days)
    return max(expired_before, Timestamp(f"{then:%Y-%m-%dT%H:%M:%S}.{then.microsecond // 1000:03d}Z"))
