"""PostgreSQL storage: presence."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

from collections.abc import Mapping, Sequence

from domain.base import RoomId
from domain.presence import PresenceRecord
from storage.base import PresenceStore
from storage.postgres.repository import PostgresRepository
from storage.postgres.transaction import Transaction
from storage.rows.presence import PRESENCE, presence_of


class PostgresPresence(PostgresRepository, PresenceStore):
    """`PresenceStore` in PostgreSQL."""

    async def save_presence(self, rooms: Mapping[RoomId, Sequence[PresenceRecord]]) -> None:
        if not rooms:
            return
        present = [(room_id, person) for room_id, people in rooms.items() for person in people]

        async def work(transaction: Transaction) -> None:
            await transaction.fetch(
                "SELECT 1 FROM rooms WHERE id = ANY(%s::uuid[]) ORDER BY id FOR NO KEY UPDATE;"
                " DELETE FROM presence WHERE room_id = ANY(%s::uuid[])",
                *(list(rooms), list(rooms)),
            )
            await transaction.finish(
                "WITH kept AS (INSERT INTO presence (room_id, user_id, status, last_active)"
                " SELECT here.room_id, here.user_id, here.status, here.last_active"
                " FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::timestamptz[])"
                " AS here (room_id, user_id, status, last_active)"
                " JOIN rooms ON rooms.id = here.room_id AND NOT rooms.deleted"
                " JOIN users ON users.id = here.user_id AND NOT users.deleted"
                " RETURNING room_id, last_active)"
                " UPDATE rooms SET last_active = greatest(rooms.last_active, latest.last_active)"
                " FROM (SELECT room_id, max(last_active) AS last_active FROM kept GROUP BY room_id) latest"
                " WHERE rooms.id = latest.room_id",
                [room_id for room_id, _ in present],
                [person.user_id for _, person in present],
                [person.status for _, person in present],
                [person.last_active for _, person in present],
            )

        await self._database.transaction(work)

    async def presence(self, room_id: RoomId) -> list[PresenceRecord]:
        rows = await self._database.fetch(
            f"SELECT {PRESENCE} FROM presence p JOIN users u ON u.id = p.user_id"
            " WHERE p.room_id = %s::uuid AND NOT u.deleted ORDER BY p.user_id",
            room_id,
        )
        return [presence_of(row) for row in rows]

    async def clear_presence(self) -> int:
        row = await self._database.fetch_one(
            "WITH gone AS (DELETE FROM presence RETURNING 1) SELECT count(*) FROM gone"
        )
        return int(row[0]) if row else 0
