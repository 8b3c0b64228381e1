"""Who belongs to which room, in PostgreSQL.

Whatever changes who is a member holds the room's row: `total_members` and `capacity` are exact, and nobody writes into
a room that they are being removed from. A user's row is taken before a room's, rooms in the order of their ids.
"""
# ruff: noqa: S608 - what is put into statements are constants of this package; values are parameters

from functools import cached_property

from errors import Forbidden, NotAMember, OwnerCannotLeave, RoomFull, RoomNotFound, UserNotFound
from models import Member, MemberProfile, MemberRole, RoomId, Timestamp, UserId
from storage.base import Members
from storage.postgres.database import Transaction
from storage.postgres.noun import Noun
from storage.postgres.together import Together
from storage.postgres.users import SENDER, sender

_LOCK_ROOM = "SELECT 1 FROM rooms WHERE id = %s::uuid FOR NO KEY UPDATE;"


class PostgresMembers(Noun, Members):
    """See storage/base.py."""

    async def add_member(self, room_id: RoomId, user_id: UserId, at: Timestamp) -> Member:
        async def work(transaction: Transaction) -> Member:
            row = await transaction.fetch_one(
                "SELECT 1 FROM users WHERE id = %s::uuid FOR SHARE; "
                + _LOCK_ROOM
                + " SELECT r.last_seq, r.total_members >= r.capacity, u.id, m.role, m.joined_at, m.last_read"
                " FROM rooms r LEFT JOIN users u ON u.id = %s::uuid AND NOT u.deleted"
                " LEFT JOIN members m ON m.room_id = r.id AND m.user_id = u.id WHERE r.id = %s::uuid AND NOT r.deleted",
                *(user_id, room_id, user_id, room_id),
            )
            if row is None:
                raise RoomNotFound
            last_seq, full, found, role, joined_at, last_read = row
            if role is not None:
                return Member(room_id, user_id, role, joined_at, last_read)
            if full:
                raise RoomFull
            if found is None:
                raise UserNotFound
            await transaction.finish(
                "INSERT INTO members (room_id, user_id, role, joined_at, last_read)"
                " VALUES (%s::uuid, %s::uuid, 'member', %s::timestamptz, %s);"
                " UPDATE rooms SET total_members = total_members + 1 WHERE id = %s::uuid",
                *(room_id, user_id, at, last_seq, room_id),
            )
            return Member(room_id, user_id, "member", at, last_seq)

        return await self._database.transaction(work)

    async def remove_member(self, room_id: RoomId, user_id: UserId) -> bool:
        async def work(transaction: Transaction) -> bool:
            row = await transaction.fetch_one(
                _LOCK_ROOM + " SELECT role FROM members WHERE room_id = %s::uuid AND user_id = %s::uuid",
                *(room_id, room_id, user_id),
            )
            if row is None:
                return False
            if row[0] == "owner":
                raise OwnerCannotLeave
            await transaction.finish(
                "DELETE FROM members WHERE room_id = %s::uuid AND user_id = %s::uuid;"
                " UPDATE rooms SET total_members = total_members - 1 WHERE id = %s::uuid",
                *(room_id, user_id, room_id),
            )
            return True

        return await self._database.transaction(work)

    async def member(self, room_id: RoomId, user_id: UserId) -> Member | None:
        return await self._places.get((room_id, user_id))

    @cached_property
    def _places(self) -> Together[tuple[RoomId, UserId], Member]:
        return Together(self._read_places)

    async def _read_places(self, places: list[tuple[RoomId, UserId]]) -> dict[tuple[RoomId, UserId], Member]:
        rooms, users = map(list, zip(*places, strict=True))
        rows = await self._database.fetch(
            "SELECT room_id, user_id, role, joined_at, last_read FROM members"
            " WHERE (room_id, user_id) IN (SELECT * FROM unnest(%s::uuid[], %s::uuid[]))",
            *(rooms, users),
        )
        return {row[:2]: Member(*row) for row in rows}

    async def members(self, room_id: RoomId, limit: int) -> list[MemberProfile]:
        rows = await self._database.fetch(
            f"SELECT m.role, m.joined_at, {SENDER} FROM members m JOIN users u ON u.id = m.user_id"
            " WHERE m.room_id = %s::uuid"
            " ORDER BY array_position(ARRAY['owner', 'moderator', 'member'], m.role), m.joined_at, u.id LIMIT %s",
            *(room_id, limit),
        )
        people = [(role, joined_at, sender(tuple(row))) for role, joined_at, *row in rows]
        return [MemberProfile(who.id, who.name, who.avatar, role, joined_at) for role, joined_at, who in people]

    async def transfer_room(self, room_id: RoomId, owner: UserId, heir: UserId) -> None:
        if owner == heir:
            return

        async def work(transaction: Transaction) -> None:
            roles: dict[UserId, MemberRole] = dict(
                await transaction.fetch(
                    _LOCK_ROOM + " SELECT user_id, role FROM members"
                    " WHERE room_id = %s::uuid AND user_id IN (%s::uuid, %s::uuid)",
                    *(room_id, room_id, owner, heir),
                )
            )
            if heir not in roles:
                raise NotAMember
            if roles[heir] == "owner" and roles.get(owner) == "moderator":
                return  # an earlier run of this did it
            if roles.get(owner) != "owner":
                raise Forbidden
            await transaction.finish(
                "UPDATE members SET role = 'moderator' WHERE room_id = %s::uuid AND user_id = %s::uuid;"
                " UPDATE members SET role = 'owner' WHERE room_id = %s::uuid AND user_id = %s::uuid",
                *(room_id, owner, room_id, heir),
            )

        await self._database.transaction(work)

    async def mark_read(self, room_id: RoomId, user_id: UserId, seq: int) -> int:
        row = await self._database.fetch_one(
            "UPDATE members m SET last_read = greatest(m.last_read, least(%s, r.last_seq)) FROM rooms r"
            " WHERE m.room_id = %s::uuid AND m.user_id = %s::uuid AND r.id = m.room_id"
            " RETURNING greatest(0, r.last_seq - greatest(m.last_read, r.first_seq - 1))",
            *(seq, room_id, user_id),
        )
        if row is None:
            raise NotAMember
        return int(row[0])
