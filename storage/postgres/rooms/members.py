"""PostgreSQL storage: members of rooms.

Every change of memberships locks the room's row: `total_members` and `capacity` are exact, and a user cannot post in a
room while being removed from it. Lock order: the user's row before rooms, rooms in the order of their ids.
"""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple

import msgspec

from domain.base import RoomId, Timestamp, UserId
from domain.errors.accounts import NotSignedIn
from domain.errors.rooms import NotAMember
from domain.moderation import AuditDraft
from domain.rooms import Member, MemberProfile, MemberRole
from storage.base import MemberStore
from storage.postgres.batch_loader import BatchLoader
from storage.postgres.messages.holds import DELETE_OF_ENDED
from storage.postgres.moderation import audit_log
from storage.postgres.repository import PostgresRepository
from storage.postgres.transaction import Transaction
from storage.rows import columns, set_clause
from storage.rows.accounts import IS_ACTIVE
from storage.rows.moderation import audit_draft_row
from storage.rows.rooms import (
    AUTHORITY,
    BY_RANK,
    MEMBER,
    MEMBER_PROFILES,
    MEMBERS,
    MEMBERSHIP_SETTINGS,
    admission,
    admission_facts_of,
    authority_of,
    member_of,
    member_profile_of,
)
from storage.rules.moderation import GONE
from storage.rules.rooms import admit, change_presence, check_end_of_membership, check_transfer, effective_member

LOCK_ROOM = "SELECT 1 FROM rooms WHERE id = %s::uuid AND NOT deleted FOR NO KEY UPDATE;"
LOCK_USER = "SELECT 1 FROM users WHERE id = %s::uuid FOR SHARE;"
_MEMBER_FIELDS = Member.__struct_fields__

INSERT_MEMBER = (
    f"INSERT INTO members ({columns(_MEMBER_FIELDS)})"
    " VALUES (%s::uuid, %s::uuid, %s, %s::timestamptz, %s, %s::timestamptz, %s, %s, %s, %s, %s, %s);"
    " UPDATE rooms SET total_members = total_members + 1 WHERE id = %s::uuid"
)
DELETE_MEMBER = (
    "WITH ended AS (DELETE FROM members WHERE room_id = %s::uuid AND user_id = %s::uuid RETURNING room_id, user_id),"
    " past AS (INSERT INTO past_members (room_id, user_id) SELECT * FROM ended ON CONFLICT DO NOTHING),"
    f" held AS ({DELETE_OF_ENDED})"
    " UPDATE rooms SET total_members = total_members - 1 FROM ended WHERE rooms.id = ended.room_id;"
    " DELETE FROM invites WHERE room_id = %s::uuid AND created_by = %s::uuid;"
    " DELETE FROM going WHERE room_id = %s::uuid AND user_id = %s::uuid;"
    " UPDATE tasks SET shared = false WHERE room_id = %s::uuid AND user_id = %s::uuid AND shared"
)
"""Ends a membership, if there is one, with the user's held messages, invitations and dates in the room.

Unshares the user's tasks there.
"""

REMOVE_MEMBER = (
    "INSERT INTO removals (room_id, user_id, removed_at, until)"
    " SELECT m.room_id, m.user_id, %s::timestamptz, max(i.expires_at)"
    " FROM members m JOIN invites i ON i.room_id = m.room_id AND i.expires_at > %s::timestamptz"
    " WHERE m.room_id = %s::uuid AND m.user_id = %s::uuid GROUP BY m.room_id, m.user_id"
    " ON CONFLICT (room_id, user_id) DO UPDATE SET removed_at = excluded.removed_at, until = excluded.until;"
    f" {DELETE_MEMBER}"
)
"""`DELETE_MEMBER` for a removed user; the removal is stored as long as an older invitation could readmit them."""


class PostgresMembers(PostgresRepository, MemberStore):
    """`MemberStore` in PostgreSQL."""

    async def add_member(
        self,
        room_id: RoomId,
        user_id: UserId,
        at: Timestamp,
        *,
        only_public: bool = False,
        admin_audit: AuditDraft | None = None,
    ) -> Member:
        async def work(transaction: Transaction) -> Member:
            admission = await check_admission(transaction, room_id, user_id, at, only_public=only_public)
            if admission.stored and admission.stored.by_role and admin_audit:
                await transaction.finish(
                    f"{INSERT_MEMBER}; {audit_log.INSERT_AUDIT}",
                    *member_params(admission.stored),
                    *audit_draft_row(admin_audit),
                )
            elif admission.stored:
                await transaction.finish(INSERT_MEMBER, *member_params(admission.stored))
            return admission.member

        return await self._database.transaction(work)

    async def remove_member(self, room_id: RoomId, user_id: UserId, audit: AuditDraft | None = None) -> bool:
        async def work(transaction: Transaction) -> bool:
            row = await transaction.fetch_one(
                f"{LOCK_ROOM} SELECT {AUTHORITY} FROM members m JOIN users u ON u.id = m.user_id"
                " WHERE m.room_id = %s::uuid AND m.user_id = %s::uuid",
                *(room_id, room_id, user_id),
            )
            if not await audit_log.authorize_once(transaction, audit):
                return True
            user = authority_of(row) if row else GONE
            if not check_end_of_membership(user, is_removed=audit is not None):
                return False
            if audit is None:
                await transaction.finish(DELETE_MEMBER, *delete_member_params(room_id, user_id))
            else:
                await transaction.finish(
                    f"{REMOVE_MEMBER}; {audit_log.INSERT_AUDIT}",
                    *remove_member_params(room_id, user_id, audit),
                    *audit_draft_row(audit),
                )
            return True

        return await self._database.transaction(work)

    async def set_role(self, room_id: RoomId, user_id: UserId, role: MemberRole, audit: AuditDraft) -> Member:
        async def work(transaction: Transaction) -> Member:
            member = await _lock_member(transaction, room_id, user_id)
            is_first = await audit_log.authorize_once(transaction, audit)
            if member is None:
                raise NotAMember
            if not is_first or member.role == role:
                return member
            await transaction.finish(
                "UPDATE members SET role = %s, by_role = false WHERE room_id = %s::uuid AND user_id = %s::uuid;"
                " DELETE FROM invites WHERE room_id = %s::uuid AND created_by = %s::uuid AND %s = 'member'; "
                + audit_log.INSERT_AUDIT,
                *(role, room_id, user_id, room_id, user_id, role, *audit_draft_row(audit)),
            )
            return msgspec.structs.replace(member, role=role, by_role=False)

        return await self._database.transaction(work)

    async def mute_member(self, room_id: RoomId, user_id: UserId, until: Timestamp, audit: AuditDraft) -> Member:
        async def work(transaction: Transaction) -> Member:
            member = await _lock_member(transaction, room_id, user_id)
            is_first = await audit_log.authorize_once(transaction, audit)
            if member is None:
                raise NotAMember
            if not is_first:
                return member
            await transaction.finish(
                "DELETE FROM mutes WHERE room_id = %s::uuid AND (user_id = %s::uuid OR until <= %s::timestamptz);"
                " INSERT INTO mutes (room_id, user_id, until) VALUES (%s::uuid, %s::uuid, %s::timestamptz);"
                " UPDATE members SET muted_until = %s::timestamptz WHERE room_id = %s::uuid AND user_id = %s::uuid; "
                + audit_log.INSERT_AUDIT,
                *(room_id, user_id, audit.timestamp, room_id, user_id, until),
                *(until, room_id, user_id, *audit_draft_row(audit)),
            )
            return msgspec.structs.replace(member, muted_until=until)

        return await self._database.transaction(work)

    async def unmute_member(self, room_id: RoomId, user_id: UserId, audit: AuditDraft) -> bool:
        async def work(transaction: Transaction) -> bool:
            row = await transaction.fetch_one(
                LOCK_ROOM
                + " SELECT until > %s::timestamptz FROM mutes WHERE room_id = %s::uuid AND user_id = %s::uuid",
                *(room_id, audit.timestamp, room_id, user_id),
            )
            if not await audit_log.authorize_once(transaction, audit):
                return True
            if row is None or not row[0]:
                return False
            await transaction.finish(
                "DELETE FROM mutes WHERE room_id = %s::uuid AND user_id = %s::uuid;"
                " UPDATE members SET muted_until = NULL WHERE room_id = %s::uuid AND user_id = %s::uuid; "
                + audit_log.INSERT_AUDIT,
                *(room_id, user_id, room_id, user_id, *audit_draft_row(audit)),
            )
            return True

        return await self._database.transaction(work)

    async def set_presence(self, room_id: RoomId, user_id: UserId, fields: Mapping[str, Any], at: Timestamp) -> Member:
        async def work(transaction: Transaction) -> Member:
            row = await transaction.fetch_one(
                f"SELECT {MEMBER}, {IS_ACTIVE} FROM members m JOIN users u ON u.id = m.user_id"
                " WHERE m.room_id = %s::uuid AND m.user_id = %s::uuid FOR NO KEY UPDATE OF m",
                *(room_id, user_id),
            )
            member = change_presence(member_of(row[:-1]) if row else None, fields, at, is_active=bool(row and row[-1]))
            await transaction.finish(
                "UPDATE members SET chosen_status = %s, activity = %s WHERE room_id = %s::uuid AND user_id = %s::uuid",
                *(member.chosen_status, member.activity, room_id, user_id),
            )
            return member

        return await self._database.transaction(work)

    async def set_membership(self, room_id: RoomId, user_id: UserId, settings: Mapping[str, bool]) -> Member:
        _, values = set_clause(settings, MEMBERSHIP_SETTINGS, "%s")
        assignments = ", ".join(f"{name} = CASE WHEN {IS_ACTIVE} THEN %s ELSE {name} END" for name in settings)
        row = await self._database.fetch_one(
            f"WITH changed AS (UPDATE members m SET {assignments}"
            " FROM users u WHERE u.id = m.user_id AND m.room_id = %s::uuid AND m.user_id = %s::uuid RETURNING m.*)"
            f" SELECT {MEMBER}, {IS_ACTIVE} FROM changed m JOIN users u ON u.id = m.user_id",
            *(*values, room_id, user_id),
        )
        if row is None:
            raise NotAMember
        if not row[-1]:
            raise NotSignedIn
        return member_of(row[:-1])

    async def clear_activity(self, room_id: RoomId, user_id: UserId, audit: AuditDraft) -> bool:
        async def work(transaction: Transaction) -> bool:
            member = await _lock_member(transaction, room_id, user_id)
            if not await audit_log.authorize_once(transaction, audit):
                return True
            if member is None or member.activity is None:
                return False
            await transaction.finish(
                "UPDATE members SET activity = NULL WHERE room_id = %s::uuid AND user_id = %s::uuid; "
                + audit_log.INSERT_AUDIT,
                *(room_id, user_id, *audit_draft_row(audit)),
            )
            return True

        return await self._database.transaction(work)

    async def member(self, room_id: RoomId, user_id: UserId) -> Member | None:
        return await self._member_loader.get((room_id, user_id))

    @cached_property
    def _member_loader(self) -> BatchLoader[tuple[RoomId, UserId], Member]:
        return BatchLoader(self._read_members)

    async def _read_members(self, places: list[tuple[RoomId, UserId]]) -> dict[tuple[RoomId, UserId], Member]:
        rooms, users = map(list, zip(*places, strict=True))
        rows = await self._database.fetch(
            f"{MEMBERS} WHERE (m.room_id, m.user_id) IN (SELECT * FROM unnest(%s::uuid[], %s::uuid[]))",
            *(rooms, users),
        )
        return {row[:2]: member_of(row) for row in rows}

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
            f"{MEMBER_PROFILES} WHERE m.room_id = %s::uuid ORDER BY {BY_RANK} LIMIT %s", room_id, limit
        )
        return [member_profile_of(row) for row in rows]

    async def member_ids(self, room_id: RoomId) -> frozenset[UserId]:
        rows = await self._database.fetch("SELECT user_id FROM members WHERE room_id = %s::uuid", room_id)
        return frozenset(row[0] for row in rows)

    async def transfer_room(
        self, room_id: RoomId, owner: UserId, new_owner: UserId, audit: AuditDraft | None = None
    ) -> None:
        if owner == new_owner:
            return

        async def work(transaction: Transaction) -> None:
            roles: dict[UserId, MemberRole] = dict(
                await transaction.fetch(
                    LOCK_ROOM + " SELECT user_id, role FROM members"
                    " WHERE room_id = %s::uuid AND user_id IN (%s::uuid, %s::uuid)",
                    *(room_id, room_id, owner, new_owner),
                )
            )
            if not check_transfer(roles.get(owner), roles.get(new_owner)):
                return
            if not await audit_log.authorize_once(transaction, audit):
                return
            await transaction.fetch(
                "UPDATE members SET role = 'moderator' WHERE room_id = %s::uuid AND user_id = %s::uuid;"
                " UPDATE members SET role = 'owner', by_role = false WHERE room_id = %s::uuid AND user_id = %s::uuid",
                *(room_id, owner, room_id, new_owner),
            )
            if audit is not None:
                await transaction.finish(audit_log.INSERT_AUDIT, *audit_draft_row(audit))

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


class Admission(NamedTuple):
    """A membership as it is returned, and the new row to store with `INSERT_MEMBER`, None if it exists already."""

    member: Member
    stored: Member | None


async def check_admission(
    transaction: Transaction,
    room_id: RoomId,
    user_id: UserId,
    at: Timestamp,
    *,
    only_public: bool = False,
    is_own: bool = False,
) -> Admission:
    """Return the existing or the new membership. Arguments and errors as `admit`; locks the user and the room."""
    row = await transaction.fetch_one(
        f"{LOCK_USER} {LOCK_ROOM} SELECT u.id, {AUTHORITY}, {MEMBER}, {admission('u.id')}"
        " FROM rooms r LEFT JOIN users u ON u.id = %s::uuid"
        " LEFT JOIN members m ON m.room_id = r.id AND m.user_id = u.id WHERE r.id = %s::uuid AND NOT r.deleted",
        *(user_id, room_id, user_id, room_id),
    )
    user = authority_of(row[1:4]) if row and row[0] is not None else GONE
    if row and user.role:
        return Admission(member_of(row[4 : 4 + len(_MEMBER_FIELDS)]), None)
    facts = admission_facts_of(row[4 + len(_MEMBER_FIELDS) :], user) if row else None
    member = admit(room_id, user_id, at, facts, only_public=only_public, is_own=is_own)
    return Admission(effective_member(member, is_admin=user.is_admin), member)


def member_params(member: Member) -> tuple[Any, ...]:
    """Return the parameters of `INSERT_MEMBER`."""
    return *msgspec.structs.astuple(member), member.room_id


def delete_member_params(room_id: RoomId, user_id: UserId) -> tuple[Any, ...]:
    """Return the parameters of `DELETE_MEMBER`."""
    return (room_id, user_id) * 4


def remove_member_params(room_id: RoomId, user_id: UserId, audit: AuditDraft) -> tuple[Any, ...]:
    """Return the parameters of `REMOVE_MEMBER`."""
    return audit.timestamp, audit.timestamp, room_id, user_id, *delete_member_params(room_id, user_id)


async def _lock_member(transaction: Transaction, room_id: RoomId, user_id: UserId) -> Member | None:
    """Lock the room's row and return the user's membership, None if there is none."""
    row = await transaction.fetch_one(
        f"{LOCK_ROOM} {MEMBERS} WHERE m.room_id = %s::uuid AND m.user_id = %s::uuid",
        *(room_id, room_id, user_id),
    )
    return member_of(row) if row else None
