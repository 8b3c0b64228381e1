"""Who belongs to which room, in PostgreSQL.

Whatever changes who is a member holds the room's row: `total_members` and `capacity` are exact, and nobody writes into
a room that they are being removed from. A user's row is taken before a room's, rooms in the order of their ids.
"""
# ruff: noqa: S608 - what is put into statements are constants of this package; values are parameters

from functools import cached_property
from typing import Any

import msgspec

from domain.base import RoomId, Timestamp, UserId
from domain.errors.accounts import NotSignedIn, UserNotFound
from domain.errors.base import Forbidden
from domain.errors.moderation import Banned
from domain.errors.rooms import NotAMember, OwnerCannotLeave, RoomFull, RoomNotFound
from domain.moderation import Act
from domain.rooms import Member, MemberProfile, MemberRole
from storage.base import Members
from storage.postgres.accounts.users import SENDER, sender
from storage.postgres.batch_loader import Together
from storage.postgres.database import Transaction
from storage.postgres.moderation import audit_log
from storage.postgres.repository import Noun

LOCK_ROOM = "SELECT 1 FROM rooms WHERE id = %s::uuid AND NOT deleted FOR NO KEY UPDATE;"
LOCK_USER = "SELECT 1 FROM users WHERE id = %s::uuid FOR SHARE;"
_PLACE = ", ".join(Member.__struct_fields__)
MUTED_UNTIL = f"CASE WHEN {audit_log.IS_ADMIN} THEN NULL ELSE m.muted_until END"
"""When a mute ends that holds, of `members m` with their `users u`: none does for an admin."""
_SHOWN = (
    f"m.room_id, m.user_id, m.role, m.joined_at, m.last_read, {MUTED_UNTIL}, m.visible_from, m.by_role"
    " FROM members m JOIN users u ON u.id = m.user_id"
)

ADMIT = (
    f"INSERT INTO members ({_PLACE}) SELECT %s::uuid, %s::uuid, %s, %s::timestamptz, %s,"
    " (SELECT until FROM mutes WHERE room_id = %s::uuid AND user_id = %s::uuid AND until > %s::timestamptz), %s, %s;"
    " UPDATE rooms SET total_members = total_members + 1 WHERE id = %s::uuid"
)
END = (
    "WITH ended AS (DELETE FROM members WHERE room_id = %s::uuid AND user_id = %s::uuid RETURNING room_id, user_id),"
    " past AS (INSERT INTO past_members (room_id, user_id) SELECT * FROM ended ON CONFLICT DO NOTHING)"
    " UPDATE rooms SET total_members = total_members - 1 FROM ended WHERE rooms.id = ended.room_id;"
    " DELETE FROM invites WHERE room_id = %s::uuid AND created_by = %s::uuid"
)
"""Ends a membership, where there is one, with the invitations made by virtue of it."""

REMOVE = (
    "INSERT INTO removals (room_id, user_id, removed_at, until)"
    " SELECT m.room_id, m.user_id, %s::timestamptz, max(i.expires_at)"
    " FROM members m JOIN invites i ON i.room_id = m.room_id AND i.expires_at > %s::timestamptz"
    " WHERE m.room_id = %s::uuid AND m.user_id = %s::uuid GROUP BY m.room_id, m.user_id"
    " ON CONFLICT (room_id, user_id) DO UPDATE SET removed_at = excluded.removed_at, until = excluded.until;"
    f" {END}"
)
"""Does as `END` for a user who is removed, and stores that as long as an invitation of that time could readmit them."""


class PostgresMembers(Noun, Members):
    """See storage/base/."""

    async def add_member(
        self, room_id: RoomId, user_id: UserId, at: Timestamp, *, only_public: bool = False, by_role: Act | None = None
    ) -> Member:
        async def work(transaction: Transaction) -> Member:
            member, is_new = await admitted(transaction, room_id, user_id, at, only_public=only_public)
            if is_new and member.by_role and by_role:
                await transaction.finish(f"{ADMIT}; {audit_log.KEEP}", *admission(member), *audit_log.kept(by_role))
            elif is_new:
                await transaction.finish(ADMIT, *admission(member))
            return member

        return await self._database.transaction(work)

    async def remove_member(self, room_id: RoomId, user_id: UserId, act: Act | None = None) -> bool:
        async def work(transaction: Transaction) -> bool:
            row = await transaction.fetch_one(
                LOCK_ROOM + " SELECT m.role, u.disabled FROM members m JOIN users u ON u.id = m.user_id"
                " WHERE m.room_id = %s::uuid AND m.user_id = %s::uuid",
                *(room_id, room_id, user_id),
            )
            if not await audit_log.permits(transaction, act):
                return True
            if row is None:
                return False
            if row[0] == "owner":
                raise OwnerCannotLeave
            if act is None:
                if row[1]:
                    raise NotSignedIn
                await transaction.finish(END, *ending(room_id, user_id))
            else:
                await transaction.finish(
                    f"{REMOVE}; {audit_log.KEEP}", *removing(room_id, user_id, act), *audit_log.kept(act)
                )
            return True

        return await self._database.transaction(work)

    async def set_role(self, room_id: RoomId, user_id: UserId, role: MemberRole, act: Act) -> Member:
        async def work(transaction: Transaction) -> Member:
            member = await _locked(transaction, room_id, user_id)
            is_first = await audit_log.permits(transaction, act)
            if member is None:
                raise NotAMember
            if not is_first or member.role == role:
                return member
            await transaction.finish(
                "UPDATE members SET role = %s, by_role = false WHERE room_id = %s::uuid AND user_id = %s::uuid;"
                " DELETE FROM invites WHERE room_id = %s::uuid AND created_by = %s::uuid AND %s = 'member'; "
                + audit_log.KEEP,
                *(role, room_id, user_id, room_id, user_id, role, *audit_log.kept(act)),
            )
            return msgspec.structs.replace(member, role=role, by_role=False)

        return await self._database.transaction(work)

    async def mute_member(self, room_id: RoomId, user_id: UserId, until: Timestamp, act: Act) -> Member:
        async def work(transaction: Transaction) -> Member:
            member = await _locked(transaction, room_id, user_id)
            is_first = await audit_log.permits(transaction, act)
            if member is None:
                raise NotAMember
            if not is_first:
                return member
            await transaction.finish(
                "DELETE FROM mutes WHERE room_id = %s::uuid AND (user_id = %s::uuid OR until <= %s::timestamptz);"
                " INSERT INTO mutes (room_id, user_id, until) VALUES (%s::uuid, %s::uuid, %s::timestamptz);"
                " UPDATE members SET muted_until = %s::timestamptz WHERE room_id = %s::uuid AND user_id = %s::uuid; "
                + audit_log.KEEP,
                *(room_id, user_id, act.timestamp, room_id, user_id, until),
                *(until, room_id, user_id, *audit_log.kept(act)),
            )
            return msgspec.structs.replace(member, muted_until=until)

        return await self._database.transaction(work)

    async def unmute_member(self, room_id: RoomId, user_id: UserId, act: Act) -> bool:
        async def work(transaction: Transaction) -> bool:
            row = await transaction.fetch_one(
                LOCK_ROOM
                + " SELECT until > %s::timestamptz FROM mutes WHERE room_id = %s::uuid AND user_id = %s::uuid",
                *(room_id, act.timestamp, room_id, user_id),
            )
            if not await audit_log.permits(transaction, act):
                return True
            if row is None or not row[0]:
                return False
            await transaction.finish(
                "DELETE FROM mutes WHERE room_id = %s::uuid AND user_id = %s::uuid;"
                " UPDATE members SET muted_until = NULL WHERE room_id = %s::uuid AND user_id = %s::uuid; "
                + audit_log.KEEP,
                *(room_id, user_id, room_id, user_id, *audit_log.kept(act)),
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
            f"SELECT {_SHOWN} WHERE (m.room_id, m.user_id) IN (SELECT * FROM unnest(%s::uuid[], %s::uuid[]))",
            *(rooms, users),
        )
        return {row[:2]: Member(*row) for row in rows}

    async def was_member(self, room_id: RoomId, user_id: UserId) -> bool:
        return bool(
            await self._database.fetch(
                "SELECT 1 FROM past_members p JOIN rooms r ON r.id = p.room_id"
                " WHERE p.room_id = %s::uuid AND p.user_id = %s::uuid AND NOT r.deleted",
                *(room_id, user_id),
            )
        )

    async def members(self, room_id: RoomId, limit: int) -> list[MemberProfile]:
        rows = await self._database.fetch(
            f"SELECT m.role, m.joined_at, {MUTED_UNTIL}, {audit_log.IS_ADMIN}, {SENDER}"
            " FROM members m JOIN users u ON u.id = m.user_id"
            " WHERE m.room_id = %s::uuid"
            " ORDER BY array_position(ARRAY['owner', 'moderator', 'member'], m.role), m.joined_at, u.id LIMIT %s",
            *(room_id, limit),
        )
        people = [(sender(tuple(row[4:])), *row[:4]) for row in rows]
        return [MemberProfile(who.id, who.name, who.avatar, *place) for who, *place in people]

    async def member_ids(self, room_id: RoomId) -> frozenset[UserId]:
        rows = await self._database.fetch("SELECT user_id FROM members WHERE room_id = %s::uuid", room_id)
        return frozenset(row[0] for row in rows)

    async def transfer_room(self, room_id: RoomId, owner: UserId, heir: UserId, act: Act | None = None) -> None:
        if owner == heir:
            return

        async def work(transaction: Transaction) -> None:
            roles: dict[UserId, MemberRole] = dict(
                await transaction.fetch(
                    LOCK_ROOM + " SELECT user_id, role FROM members"
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
            if not await audit_log.permits(transaction, act):
                return
            await transaction.fetch(
                "UPDATE members SET role = 'moderator' WHERE room_id = %s::uuid AND user_id = %s::uuid;"
                " UPDATE members SET role = 'owner', by_role = false WHERE room_id = %s::uuid AND user_id = %s::uuid",
                *(room_id, owner, room_id, heir),
            )
            if act is not None:
                await transaction.finish(audit_log.KEEP, *audit_log.kept(act))

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


async def admitted(
    transaction: Transaction,
    room_id: RoomId,
    user_id: UserId,
    at: Timestamp,
    *,
    only_public: bool = False,
    is_own: bool = False,
) -> tuple[Member, bool]:
    """Return the place that the user has (and False), or is to get with `ADMIT`; raise as `Members.add_member`.

    With `is_own` the user uses an invitation of their own, which only an admin can have who is no member.
    """
    row = await transaction.fetch_one(
        f"{LOCK_USER} {LOCK_ROOM} SELECT r.last_seq, r.history_from, r.total_members >= r.capacity,"
        " r.visibility = 'private', u.id,"
        " EXISTS (SELECT FROM bans b WHERE b.room_id = r.id AND b.user_id = u.id),"
        f" CASE WHEN {audit_log.IS_ADMIN} THEN NULL ELSE"
        " (SELECT until FROM mutes WHERE mutes.room_id = r.id AND mutes.user_id = u.id AND until > %s::timestamptz)"
        " END,"
        f" {audit_log.IS_ADMIN}, NOT u.disabled, m.role, m.joined_at, m.last_read, {MUTED_UNTIL}, m.visible_from,"
        " m.by_role FROM rooms r LEFT JOIN users u ON u.id = %s::uuid AND NOT u.deleted"
        " LEFT JOIN members m ON m.room_id = r.id AND m.user_id = u.id WHERE r.id = %s::uuid AND NOT r.deleted",
        *(user_id, room_id, at, user_id, room_id),
    )
    if row is None:
        raise RoomNotFound
    last_seq, history_from, full, private, found, banned, muted_until, is_admin, is_active, *place = row
    if place[0] is not None:
        return Member(room_id, user_id, *place), False
    if found is None or not is_active:
        raise UserNotFound
    if private and only_public and not is_admin:
        raise RoomNotFound
    if banned and not is_admin:
        raise Banned
    if full:
        raise RoomFull
    is_by_role = bool(banned or (private and (only_public or is_own)))
    return Member(room_id, user_id, "member", at, last_seq, muted_until, history_from, is_by_role), True


def admission(member: Member) -> tuple[Any, ...]:
    """Return the parameters of `ADMIT`."""
    place = member.room_id, member.user_id
    return (
        *place,
        member.role,
        member.joined_at,
        member.last_read,
        *place,
        member.joined_at,
        member.visible_from,
        member.by_role,
        member.room_id,
    )


def ending(room_id: RoomId, user_id: UserId) -> tuple[Any, ...]:
    """Return the parameters of `END`."""
    return room_id, user_id, room_id, user_id


def removing(room_id: RoomId, user_id: UserId, act: Act) -> tuple[Any, ...]:
    """Return the parameters of `REMOVE`."""
    return act.timestamp, act.timestamp, room_id, user_id, *ending(room_id, user_id)


async def _locked(transaction: Transaction, room_id: RoomId, user_id: UserId) -> Member | None:
    """Hold the room's row and return the user's place."""
    row = await transaction.fetch_one(
        f"{LOCK_ROOM} SELECT {_SHOWN} WHERE m.room_id = %s::uuid AND m.user_id = %s::uuid",
        *(room_id, room_id, user_id),
    )
    return Member(*row) if row else None
