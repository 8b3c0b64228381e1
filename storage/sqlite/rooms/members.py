"""SQLite storage: members of rooms."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

import sqlite3
from collections.abc import Mapping
from typing import Any

import msgspec

from domain.base import RoomId, Timestamp, UserId
from domain.errors.accounts import NotSignedIn
from domain.errors.rooms import NotAMember
from domain.moderation import AuditDraft
from domain.rooms import Member, MemberProfile, MemberRole
from storage.base import MemberStore
from storage.rows import set_clause
from storage.rows.accounts import IS_ACTIVE
from storage.rows.rooms import (
    BY_RANK,
    MEMBER,
    MEMBER_PROFILES,
    MEMBERS,
    MEMBERSHIP_SETTINGS,
    admission,
    admission_facts_of,
    member_of,
    member_profile_of,
)
from storage.rules.moderation import GONE
from storage.rules.rooms import admit, change_presence, check_end_of_membership, check_transfer, effective_member
from storage.sqlite.database import SqliteDatabase
from storage.sqlite.moderation import audit_log

_MEMBER = f"{MEMBERS} WHERE m.room_id = ? AND m.user_id = ?"
_MEMBER_AND_ACTIVE = (
    f"SELECT {MEMBER}, {IS_ACTIVE} FROM members m JOIN users u ON u.id = m.user_id"
    " WHERE m.room_id = ? AND m.user_id = ?"
)
_WAS_MEMBER = (
    "SELECT 1 FROM past_members JOIN rooms ON rooms.id = room_id WHERE room_id = ? AND user_id = ? AND NOT deleted"
)
_ADMISSION = f"SELECT {admission('?')} FROM rooms r WHERE r.id = ? AND NOT r.deleted"
_ROLES = "SELECT user_id, role FROM members WHERE room_id = ? AND user_id IN (?, ?)"
_SET_ROLE = "UPDATE members SET role = ?, by_role = 0 WHERE room_id = ? AND user_id = ?"
_SET_MUTE = "UPDATE members SET muted_until = ? WHERE room_id = ? AND user_id = ?"
_SET_PRESENCE = "UPDATE members SET chosen_status = ?, activity = ? WHERE room_id = ? AND user_id = ?"
_CLEAR_ACTIVITY = "UPDATE members SET activity = NULL WHERE room_id = ? AND user_id = ? AND activity IS NOT NULL"
_ROLE_ONLY_ROOMS = """
    SELECT room_id FROM members JOIN rooms ON rooms.id = room_id WHERE user_id = ? AND by_role AND (
        visibility = 'private'
        OR EXISTS (SELECT 1 FROM bans WHERE bans.room_id = rooms.id AND bans.user_id = members.user_id)
    )
"""
_DELETE_INVITES = "DELETE FROM invites WHERE room_id = ? AND created_by = ?"
_CANCEL_GOING = "DELETE FROM going WHERE room_id = ? AND user_id = ?"
_UNSHARE_TASKS = "UPDATE tasks SET shared = 0 WHERE room_id = ? AND user_id = ? AND shared"


class SqliteMembers(MemberStore):
    """`MemberStore` in SQLite."""

    _database: SqliteDatabase

    async def add_member(
        self,
        room_id: RoomId,
        user_id: UserId,
        at: Timestamp,
        *,
        only_public: bool = False,
        admin_audit: AuditDraft | None = None,
    ) -> Member:
        return await self._database.write(
            lambda connection: insert_member(
                connection, room_id, user_id, at, only_public=only_public, admin_audit=admin_audit
            )[0]
        )

    async def remove_member(self, room_id: RoomId, user_id: UserId, audit: AuditDraft | None = None) -> bool:
        def remove(connection: sqlite3.Connection) -> bool:
            if not audit_log.authorize_once(connection, audit):
                return True
            user = audit_log.authority_of(connection, room_id, user_id)
            if not check_end_of_membership(user, is_removed=audit is not None):
                return False
            delete_member(connection, room_id, user_id, audit)
            audit_log.record_audit(connection, audit)
            return True

        return await self._database.write(remove)

    async def set_role(self, room_id: RoomId, user_id: UserId, role: MemberRole, audit: AuditDraft) -> Member:
        def set_role(connection: sqlite3.Connection) -> Member:
            if audit_log.authorize_once(connection, audit) and _role(connection, room_id, user_id) != role:
                connection.execute(_SET_ROLE, (role, room_id, user_id))
                if role == "member":
                    connection.execute(_DELETE_INVITES, (room_id, user_id))
                audit_log.record_audit(connection, audit)
            return _require_member(connection, room_id, user_id)

        return await self._database.write(set_role)

    async def mute_member(self, room_id: RoomId, user_id: UserId, until: Timestamp, audit: AuditDraft) -> Member:
        def mute(connection: sqlite3.Connection) -> Member:
            if audit_log.authorize_once(connection, audit):
                connection.execute(
                    "DELETE FROM mutes WHERE room_id = ? AND (user_id = ? OR until <= ?)",
                    (room_id, user_id, audit.timestamp),
                )
                connection.execute(
                    "INSERT INTO mutes (room_id, user_id, until) VALUES (?, ?, ?)", (room_id, user_id, until)
                )
                connection.execute(_SET_MUTE, (until, room_id, user_id))
                audit_log.record_audit(connection, audit)
            return _require_member(connection, room_id, user_id)

        return await self._database.write(mute)

    async def unmute_member(self, room_id: RoomId, user_id: UserId, audit: AuditDraft) -> bool:
        def unmute(connection: sqlite3.Connection) -> bool:
            if not audit_log.authorize_once(connection, audit):
                return True
            ended = connection.execute(
                "DELETE FROM mutes WHERE room_id = ? AND user_id = ? AND until > ?", (room_id, user_id, audit.timestamp)
            )
            if not ended.rowcount:
                return False
            connection.execute(_SET_MUTE, (None, room_id, user_id))
            audit_log.record_audit(connection, audit)
            return True

        return await self._database.write(unmute)

    async def set_presence(self, room_id: RoomId, user_id: UserId, fields: Mapping[str, Any], at: Timestamp) -> Member:
        def set_presence(connection: sqlite3.Connection) -> Member:
            row = connection.execute(_MEMBER_AND_ACTIVE, (room_id, user_id)).fetchone()
            member = change_presence(member_of(row[:-1]) if row else None, fields, at, is_active=bool(row and row[-1]))
            connection.execute(_SET_PRESENCE, (member.chosen_status, member.activity, room_id, user_id))
            return member

        return await self._database.write(set_presence)

    async def set_membership(self, room_id: RoomId, user_id: UserId, settings: Mapping[str, bool]) -> Member:
        def set_membership(connection: sqlite3.Connection) -> Member:
            row = connection.execute(_MEMBER_AND_ACTIVE, (room_id, user_id)).fetchone()
            if row is None:
                raise NotAMember
            if not row[-1]:
                raise NotSignedIn
            assignments, values = set_clause(settings, MEMBERSHIP_SETTINGS, "?")
            connection.execute(
                f"UPDATE members SET {assignments} WHERE room_id = ? AND user_id = ?", (*values, room_id, user_id)
            )
            return msgspec.structs.replace(member_of(row[:-1]), **settings)

        return await self._database.write(set_membership)

    async def clear_activity(self, room_id: RoomId, user_id: UserId, audit: AuditDraft) -> bool:
        def clear(connection: sqlite3.Connection) -> bool:
            if not audit_log.authorize_once(connection, audit):
                return True
            if not connection.execute(_CLEAR_ACTIVITY, (room_id, user_id)).rowcount:
                return False
            audit_log.record_audit(connection, audit)
            return True

        return await self._database.write(clear)

    async def member(self, room_id: RoomId, user_id: UserId) -> Member | None:
        row = await self._database.read_one(_MEMBER, room_id, user_id)
        return member_of(row) if row else None

    async def was_member(self, room_id: RoomId, user_id: UserId) -> bool:
        return bool(await self._database.read(_WAS_MEMBER, room_id, user_id))

    async def members(self, room_id: RoomId, limit: int) -> list[MemberProfile]:
        rows = await self._database.read(
            f"{MEMBER_PROFILES} WHERE m.room_id = ? ORDER BY {BY_RANK} LIMIT ?", room_id, limit
        )
        return [member_profile_of(row) for row in rows]

    async def member_ids(self, room_id: RoomId) -> frozenset[UserId]:
        rows = await self._database.read("SELECT user_id FROM members WHERE room_id = ?", room_id)
        return frozenset(row[0] for row in rows)

    async def transfer_room(
        self, room_id: RoomId, owner: UserId, new_owner: UserId, audit: AuditDraft | None = None
    ) -> None:
        def transfer(connection: sqlite3.Connection) -> None:
            roles = dict(connection.execute(_ROLES, (room_id, owner, new_owner)).fetchall())
            if not check_transfer(roles.get(owner), roles.get(new_owner)):
                return
            if not audit_log.authorize_once(connection, audit):
                return
            connection.execute(_SET_ROLE, ("moderator", room_id, owner))
            connection.execute(_SET_ROLE, ("owner", room_id, new_owner))
            audit_log.record_audit(connection, audit)

        if owner != new_owner:
            await self._database.write(transfer)

    async def mark_read(self, room_id: RoomId, user_id: UserId, seq: int) -> int:
        def mark(connection: sqlite3.Connection) -> int:
            kept = connection.execute(
                """
                SELECT last_read, first_seq, last_seq FROM members JOIN rooms ON rooms.id = room_id
                WHERE room_id = ? AND user_id = ?
                """,
                (room_id, user_id),
            ).fetchone()
            if kept is None:
                raise NotAMember
            last_read, first_seq, last_seq = kept
            read = max(last_read, min(seq, last_seq))
            if read != last_read:
                connection.execute(
                    "UPDATE members SET last_read = ? WHERE room_id = ? AND user_id = ?", (read, room_id, user_id)
                )
            return max(0, int(last_seq - max(read, first_seq - 1)))

        return await self._database.write(mark)


def insert_member(
    connection: sqlite3.Connection,
    room_id: RoomId,
    user_id: UserId,
    at: Timestamp,
    *,
    only_public: bool = False,
    admin_audit: AuditDraft | None = None,
    is_own: bool = False,
) -> tuple[Member, bool]:
    """Add a member as `MemberStore.add_member` does; return the membership and True if it is new.

    Args:
        is_own: True if the user made the invitation, which only an admin can do without being a member.
    """
    if kept := connection.execute(_MEMBER, (room_id, user_id)).fetchone():
        return member_of(kept), False
    row = connection.execute(_ADMISSION, (user_id, user_id, room_id)).fetchone()
    user = audit_log.authority_of(connection, room_id, user_id) if row else GONE
    facts = admission_facts_of(row, user) if row else None
    member = admit(room_id, user_id, at, facts, only_public=only_public, is_own=is_own)
    connection.execute(
        """
        INSERT INTO members (room_id, user_id, role, joined_at, last_read, muted_until, visible_from, by_role)
        VALUES (:room_id, :user_id, :role, :joined_at, :last_read, :muted_until, :visible_from, :by_role)
        """,
        msgspec.structs.asdict(member),
    )
    if member.by_role:
        audit_log.record_audit(connection, admin_audit)
    connection.execute("UPDATE rooms SET total_members = total_members + 1 WHERE id = ?", (room_id,))
    return effective_member(member, is_admin=user.is_admin), True


def delete_member(
    connection: sqlite3.Connection, room_id: RoomId, user_id: UserId, audit: AuditDraft | None = None
) -> bool:
    """End a membership, with the user's held messages, invitations and dates in the room, and unshare tasks there.

    Returns True if there was a membership. With `audit` the user is removed. The removal is stored as long as an older
    invitation could readmit the user.
    """
    ended = connection.execute("DELETE FROM members WHERE room_id = ? AND user_id = ?", (room_id, user_id)).rowcount
    if ended and audit:
        connection.execute(
            """
            INSERT OR REPLACE INTO removals (room_id, user_id, removed_at, until)
            SELECT room_id, ?, ?, max(expires_at) FROM invites WHERE room_id = ? AND expires_at > ? GROUP BY room_id
            """,
            (user_id, audit.timestamp, room_id, audit.timestamp),
        )
    if ended:
        connection.execute("DELETE FROM held_messages WHERE room_id = ? AND sender_id = ?", (room_id, user_id))
        connection.execute("INSERT OR IGNORE INTO past_members (user_id, room_id) VALUES (?, ?)", (user_id, room_id))
    connection.execute("UPDATE rooms SET total_members = total_members - ? WHERE id = ?", (ended, room_id))
    connection.execute(_DELETE_INVITES, (room_id, user_id))
    connection.execute(_CANCEL_GOING, (room_id, user_id))
    connection.execute(_UNSHARE_TASKS, (room_id, user_id))
    return ended > 0


def revoke_role_memberships(connection: sqlite3.Connection, user_id: UserId) -> None:
    """End the memberships that a former admin had only by that role."""
    for (room_id,) in connection.execute(_ROLE_ONLY_ROOMS, (user_id,)).fetchall():
        delete_member(connection, room_id, user_id)
    connection.execute("UPDATE members SET by_role = 0 WHERE user_id = ? AND by_role", (user_id,))


def _require_member(connection: sqlite3.Connection, room_id: RoomId, user_id: UserId) -> Member:
    row = connection.execute(_MEMBER, (room_id, user_id)).fetchone()
    if row is None:
        raise NotAMember
    return member_of(row)


def _role(connection: sqlite3.Connection, room_id: RoomId, user_id: UserId) -> str | None:
    row = connection.execute(_MEMBER, (room_id, user_id)).fetchone()
    return member_of(row).role if row else None
