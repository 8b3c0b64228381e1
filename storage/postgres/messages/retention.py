"""PostgreSQL storage: expiry of messages and purges of old data."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

from domain.base import RoomId, Timestamp
from storage.base import RetentionStore
from storage.postgres.accounts import former_accounts
from storage.postgres.repository import PostgresRepository
from storage.postgres.transaction import Transaction

# least() and greatest() ignore NULL arguments; if all are NULL, the comparison is NULL and no row matches.
_EXPIRED = "timestamp < greatest(expired_before, %s::timestamptz - least(retention_days, %s) * interval '1 day')"


_LOCK_AND_EXPIRE = f"""
SELECT 1 FROM rooms WHERE id = %s::uuid FOR NO KEY UPDATE;
WITH room AS MATERIALIZED (
    SELECT id, retention_days, expired_before FROM rooms WHERE id = %s::uuid AND NOT deleted
), first AS MATERIALIZED (
    SELECT seq, {_EXPIRED} AS expired FROM room CROSS JOIN LATERAL
        (SELECT seq, timestamp FROM messages WHERE room_id = room.id ORDER BY seq LIMIT %s) message
), gone AS (
    DELETE FROM messages WHERE room_id = (SELECT id FROM room)
        AND seq <= (SELECT max(seq) FROM first WHERE expired)
        AND seq < coalesce((SELECT min(seq) FROM first WHERE expired IS NOT TRUE), %s)
    RETURNING *
), known AS (
    INSERT INTO expired_keys (room_id, sender_id, client_message_id, id, seq, timestamp, expired_at)
    SELECT room_id, sender_id, client_message_id, id, seq, timestamp, %s::timestamptz FROM gone
    WHERE client_message_id IS NOT NULL
    ON CONFLICT DO NOTHING
), moved AS (
    UPDATE rooms SET first_seq = last.seq + 1 FROM (SELECT max(seq) AS seq FROM gone) last
    WHERE id = (SELECT id FROM room) AND last.seq IS NOT NULL
)
SELECT count(*) FROM gone
"""


class PostgresRetention(PostgresRepository, RetentionStore):
    """`RetentionStore` in PostgreSQL."""

    async def rooms_with_expired(
        self, now: Timestamp, max_retention_days: int | None, *, after: RoomId | None = None, limit: int
    ) -> list[RoomId]:
        rows = await self._database.fetch(
            "SELECT r.id FROM rooms r CROSS JOIN LATERAL"
            " (SELECT timestamp FROM messages WHERE room_id = r.id ORDER BY seq LIMIT 1) first"
            f" WHERE NOT r.deleted AND (%s::uuid IS NULL OR r.id > %s::uuid) AND {_EXPIRED} ORDER BY r.id LIMIT %s",
            *(after, after, now, max_retention_days, limit),
        )
        return [room_id for (room_id,) in rows]

    async def expire_messages(self, room_id: RoomId, now: Timestamp, max_retention_days: int | None, limit: int) -> int:
        async def work(transaction: Transaction) -> int:
            # Locked by a statement of its own: the next one sees what the previous lock holder deleted.
            row = await transaction.fetch_one(
                _LOCK_AND_EXPIRE, room_id, room_id, now, max_retention_days, limit, 2**53, now
            )
            return int(row[0]) if row else 0

        return await self._database.transaction(work)

    async def purge_idempotency_keys(self, before: Timestamp, limit: int) -> int:
        gone = await self._database.fetch(
            "DELETE FROM expired_keys WHERE ctid = ANY(ARRAY("
            "SELECT ctid FROM expired_keys WHERE expired_at < %s::timestamptz LIMIT %s)) RETURNING 1",
            *(before, limit),
        )
        return len(gone)

    async def purge_rooms(self, limit: int) -> bool:
        room = await self._database.fetch_one("SELECT id FROM rooms WHERE deleted ORDER BY id LIMIT 1")
        if room is None:
            return False
        for table in ("messages", "expired_keys"):
            if await self._database.fetch(
                f"DELETE FROM {table} WHERE ctid = ANY(ARRAY("
                f"SELECT ctid FROM {table} WHERE room_id = %s::uuid LIMIT %s)) RETURNING 1",
                *(*room, limit),
            ):
                return True
        await self._database.fetch("DELETE FROM rooms WHERE id = %s::uuid AND deleted", *room)
        return True

    async def purge_reports(self, made_before: Timestamp, resolved_before: Timestamp, limit: int) -> int:
        gone = await self._database.fetch(
            "DELETE FROM reports WHERE ctid = ANY(ARRAY(SELECT ctid FROM reports"
            " WHERE created_at < %s::timestamptz OR resolved_at < %s::timestamptz LIMIT %s)) RETURNING 1",
            *(made_before, resolved_before, limit),
        )
        return len(gone)

    async def purge_former_accounts(self, now: Timestamp, limit: int) -> int:
        return await self._database.transaction(lambda transaction: former_accounts.purge(transaction, now, limit))

    async def compact(self) -> None:
        """Do nothing: autovacuum frees deleted rows."""
