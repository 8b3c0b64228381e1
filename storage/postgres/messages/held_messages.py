"""PostgreSQL storage: messages that quiet focus holds."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

from domain.base import RoomId, Timestamp, UserId
from domain.messages import HeldMessage, Message, Release
from storage.base import HeldMessageStore
from storage.postgres.messages import holds, messages
from storage.postgres.repository import PostgresRepository
from storage.postgres.transaction import Transaction
from storage.rows.messages import HELD_MESSAGES, message_of
from storage.rules.held_messages import draft_of_held, refused

_LOCKED_ROOM = "SELECT last_seq, quiet_focus FROM rooms WHERE id = %s::uuid AND NOT deleted FOR NO KEY UPDATE"
_IN_ORDER = f"{HELD_MESSAGES} WHERE h.room_id = %s::uuid ORDER BY h.position LIMIT %s"
_OF_SENDER = f"{HELD_MESSAGES} WHERE h.room_id = %s::uuid AND h.sender_id = %s::uuid ORDER BY h.position"
_CANCEL = (
    f"WITH h AS (DELETE FROM held_messages WHERE room_id = %s::uuid AND sender_id = %s::uuid AND client_message_id = %s"
    f" RETURNING *) {HELD_MESSAGES.replace('held_messages h', 'h')}"
)
_DELETE = "DELETE FROM held_messages WHERE id = ANY(%s::uuid[])"
_CLEAR = "UPDATE rooms SET has_held = false WHERE id = %s::uuid AND has_held"
_ROOMS = (
    "SELECT DISTINCT room_id FROM held_messages WHERE (%s::uuid IS NULL OR room_id > %s::uuid)"
    " ORDER BY room_id LIMIT %s"
)


class PostgresHeldMessages(PostgresRepository, HeldMessageStore):
    """`HeldMessageStore` in PostgreSQL."""

    async def release_held(self, room_id: RoomId, at: Timestamp, study_time: Timestamp, limit: int) -> Release:
        async def work(transaction: Transaction) -> Release:
            # A statement of its own: the next one sees what its previous lock holder held.
            room = await transaction.fetch_one(_LOCKED_ROOM, room_id)
            if room is None:
                return Release([], [], None, has_more=False)
            last_seq, quiet_focus = room
            if quiet_focus == "hold" and await holds.held_until(transaction, [room_id], study_time):
                return Release([], [], last_seq, has_more=False)
            held = [message_of(row) for row in await transaction.fetch(_IN_ORDER, room_id, limit)]
            if not held:
                await transaction.finish(_CLEAR, room_id)
                return Release([], [], last_seq, has_more=False)
            numbered = await messages.number(transaction, [draft_of_held(one, at) for one in held], None)
            statements, parameters = messages.insertion(numbered.accepted, moves_read_marks=False)
            statements, parameters = [*statements, _DELETE], [*parameters, [one.id for one in held]]
            has_more = len(held) == limit
            if not has_more:
                statements, parameters = [*statements, _CLEAR], [*parameters, room_id]
            await transaction.finish("; ".join(statements), *parameters)
            new = [message for _, message in numbered.accepted]
            return Release(new, refused(held, numbered.results), last_seq + len(new), has_more)

        return await self._database.transaction(work)

    async def cancel_held(self, room_id: RoomId, sender_id: UserId, client_message_id: str) -> Message | None:
        row = await self._database.fetch_one(_CANCEL, room_id, sender_id, client_message_id)
        return message_of(row) if row else None

    async def held_messages(self, room_id: RoomId, sender_id: UserId, study_time: Timestamp) -> list[HeldMessage]:
        rows = await self._database.fetch(_OF_SENDER, room_id, sender_id)
        timers = await self._database.fetch(holds.TIMERS, [room_id]) if rows else []
        until = holds.until_of(timers, study_time).get(room_id, study_time)
        return [HeldMessage(message=message_of(row), release_at=until) for row in rows]

    async def rooms_with_held(self, *, after: RoomId | None = None, limit: int) -> list[RoomId]:
        return [room_id for (room_id,) in await self._database.fetch(_ROOMS, after, after, limit)]
