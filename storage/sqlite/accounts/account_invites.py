"""SQLite storage: invitations to create an account."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

import sqlite3

import msgspec

from domain.accounts import AccountInvite, ListedAccountInvite, User, UserSummary
from domain.base import InviteId, Timestamp, UserId
from domain.errors.rooms import InviteNotFound, TooManyInvites
from storage.base import AccountInviteStore
from storage.rows.accounts import (
    ACCOUNT_INVITE,
    IS_ADMIN,
    LISTED_ACCOUNT_INVITE,
    account_invite_of,
    listed_account_invite_of,
    user_summary,
    user_summary_of,
)
from storage.sqlite.accounts import users
from storage.sqlite.database import SqliteDatabase

_FIELDS = AccountInvite.__struct_fields__
_OPEN = "NOT i.revoked AND i.expires_at > ? AND (i.uses IS NULL OR i.used < i.uses)"
_WORKING = f"""
    SELECT {ACCOUNT_INVITE} FROM account_invites i JOIN users u ON u.id = i.created_by
    WHERE i.code_hash = ? AND {_OPEN} AND {IS_ADMIN}
"""
_LISTED = f"""
    SELECT {LISTED_ACCOUNT_INVITE} FROM account_invites i JOIN users u ON u.id = i.created_by ORDER BY i.id DESC LIMIT ?
"""
_USED_BY = f"""
    SELECT used.invite_id, {user_summary("u")} FROM account_invite_uses used JOIN users u ON u.id = used.user_id
    WHERE used.invite_id IN (SELECT id FROM account_invites ORDER BY id DESC LIMIT ?) ORDER BY u.id
"""
_OF_USER = f"""
    SELECT {ACCOUNT_INVITE} FROM account_invites i
    WHERE i.created_by = ? OR i.id IN (SELECT invite_id FROM account_invite_uses WHERE user_id = ?) ORDER BY i.id
"""


class SqliteAccountInvites(AccountInviteStore):
    """`AccountInviteStore` in SQLite."""

    _database: SqliteDatabase

    async def add_account_invite(self, invite: AccountInvite, max_active: int) -> None:
        def add(connection: sqlite3.Connection) -> None:
            users.require_admin(connection, invite.created_by)
            if connection.execute("SELECT 1 FROM account_invites WHERE id = ?", (invite.id,)).fetchone():
                return
            count = f"SELECT count(*) FROM account_invites i WHERE {_OPEN}"
            [(open_invites,)] = connection.execute(count, (invite.created_at,))
            if open_invites >= max_active:
                raise TooManyInvites
            connection.execute(
                f"INSERT INTO account_invites ({', '.join(_FIELDS)}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                msgspec.structs.astuple(invite),
            )

        await self._database.write(add)

    async def account_invites(self, limit: int) -> list[ListedAccountInvite]:
        used_by: dict[str, list[UserSummary]] = {}
        for invite_id, *person in await self._database.read(_USED_BY, limit):
            used_by.setdefault(invite_id, []).append(user_summary_of(person))
        return [
            listed_account_invite_of(row, tuple(used_by.get(row[0], ())))
            for row in await self._database.read(_LISTED, limit)
        ]

    async def account_invites_of(self, user_id: UserId) -> list[AccountInvite]:
        return [account_invite_of(row) for row in await self._database.read(_OF_USER, user_id, user_id)]

    async def account_invite(self, code_hash: str, at: Timestamp) -> AccountInvite | None:
        row = await self._database.read_one(_WORKING, code_hash, at)
        return account_invite_of(row) if row else None

    async def add_invited_user(self, user: User, password_hash: str, code_hash: str) -> None:
        def add(connection: sqlite3.Connection) -> None:
            if connection.execute("SELECT 1 FROM users WHERE id = ?", (user.id,)).fetchone():
                return
            row = connection.execute(_WORKING, (code_hash, user.created_at)).fetchone()
            if row is None:
                raise InviteNotFound
            users.insert_user(connection, user, password_hash)
            invite_id = account_invite_of(row).id
            connection.execute("UPDATE account_invites SET used = used + 1 WHERE id = ?", (invite_id,))
            connection.execute("INSERT INTO account_invite_uses VALUES (?, ?)", (invite_id, user.id))

        await self._database.write(add)

    async def revoke_account_invite(self, invite_id: InviteId, admin_id: UserId) -> bool:
        def revoke(connection: sqlite3.Connection) -> bool:
            users.require_admin(connection, admin_id)
            revoked = connection.execute("UPDATE account_invites SET revoked = 1 WHERE id = ?", (invite_id,))
            return revoked.rowcount > 0

        return await self._database.write(revoke)

    async def purge_account_invites(self, before: Timestamp, limit: int) -> int:
        def forget(connection: sqlite3.Connection) -> int:
            over = "SELECT id FROM account_invites WHERE expires_at <= ? LIMIT ?"
            deleted = connection.execute(f"DELETE FROM account_invites WHERE id IN ({over})", (before, limit))
            return deleted.rowcount

        return await self._database.write(forget)
