"""SQLite storage: invitations into rooms."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

import sqlite3

import msgspec

from domain.base import InviteId, RoomId, Timestamp, UserId
from domain.errors.rooms import RoomNotFound, TooManyInvites
from domain.moderation import AuditDraft
from domain.rooms import Invite, Member
from storage.base import InviteStore
from storage.rows.rooms import CREATOR_CAN_MODERATE, INVITE, invite_facts, invite_facts_of, invite_of, usable_invite
from storage.rules.rooms import check_invite
from storage.sqlite.database import SqliteDatabase
from storage.sqlite.moderation import audit_log
from storage.sqlite.rooms import members

_INVITES = f"SELECT {INVITE} FROM invites "
_WAS_REMOVED_SINCE = "SELECT 1 FROM removals WHERE room_id = ? AND user_id = ? AND removed_at >= ?"
"""The rule is `storage.rules.rooms.was_removed_since`."""
_INVITE_FACTS = invite_facts("?", "?")
_IS_USABLE = usable_invite("?")


class SqliteInvites(InviteStore):
    """`InviteStore` in SQLite."""

    _database: SqliteDatabase

    async def add_invite(self, invite: Invite, max_active: int, audit: AuditDraft) -> None:
        def add(connection: sqlite3.Connection) -> None:
            if not connection.execute("SELECT 1 FROM rooms WHERE id = ? AND NOT deleted", (invite.room_id,)).fetchone():
                raise RoomNotFound
            if not audit_log.authorize_once(connection, audit):
                return
            connection.execute(
                f"DELETE FROM invites WHERE room_id = ? AND NOT ({_IS_USABLE})", (invite.room_id, audit.timestamp)
            )
            [(count,)] = connection.execute("SELECT count(*) FROM invites WHERE room_id = ?", (invite.room_id,))
            if count >= max_active:
                raise TooManyInvites
            connection.execute(
                f"INSERT INTO invites ({INVITE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                msgspec.structs.astuple(invite),
            )
            audit_log.record_audit(connection, audit)

        await self._database.write(add)

    async def invites(self, room_id: RoomId, at: Timestamp) -> list[Invite]:
        rows = await self._database.read(
            _INVITES + f"WHERE room_id = ? AND {_IS_USABLE} AND {CREATOR_CAN_MODERATE} ORDER BY id DESC", room_id, at
        )
        return [invite_of(row) for row in rows]

    async def invite_by_code(self, code: str) -> Invite | None:
        row = await self._database.read_one(_INVITES + f"WHERE code = ? AND {CREATOR_CAN_MODERATE}", code)
        return invite_of(row) if row else None

    async def use_invite(self, invite: Invite, user_id: UserId, audit: AuditDraft) -> tuple[Member, bool]:
        def use(connection: sqlite3.Connection) -> tuple[Member, bool]:
            is_first = audit_log.authorize_once(connection, audit)
            if is_first:
                row = connection.execute(_INVITE_FACTS, (user_id, user_id, invite.id)).fetchone()
                check_invite(invite_facts_of(row) if row else None, audit.timestamp)
            is_own = invite.created_by == user_id
            member, is_new = members.insert_member(connection, invite.room_id, user_id, audit.timestamp, is_own=is_own)
            if is_new:
                connection.execute("UPDATE invites SET used = used + 1 WHERE id = ?", (invite.id,))
                audit_log.record_audit(connection, audit)
            return member, is_new

        return await self._database.write(use)

    async def was_removed_since(self, room_id: RoomId, user_id: UserId, at: Timestamp) -> bool:
        return bool(await self._database.read(_WAS_REMOVED_SINCE, room_id, user_id, at))

    async def delete_invite(self, room_id: RoomId, invite_id: InviteId, audit: AuditDraft) -> bool:
        def delete(connection: sqlite3.Connection) -> bool:
            if not audit_log.authorize_once(connection, audit):
                return True
            deleted = connection.execute("DELETE FROM invites WHERE id = ? AND room_id = ?", (invite_id, room_id))
            if not deleted.rowcount:
                return False
            audit_log.record_audit(connection, audit)
            return True

        return await self._database.write(delete)
