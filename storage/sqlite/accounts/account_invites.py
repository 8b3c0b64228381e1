"""SQLite storage: invitations to create an account."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

import sqlite3

import msgspec

from domain.accounts import AccountInvite, ListedAccountInvite, User
from domain.base import InviteId, Timestamp, UserId
from domain.errors.rooms import InviteNotFound, TooManyInvites
from storage.base import AccountInviteStore
from storage.rows import columns
from storage.rows.accounts import (
    ACCOUNT_INVITES,
    INVITED_USERS,
    IS_ADMIN,
    LISTED_ACCOUNT_INVITES,
    account_invite_of,
    listed_account_invites_of,
    open_account_invite,
)
from storage.sqlite.accounts import users
from storage.sqlite.database import SqliteDatabase

_FIELDS = columns(AccountInvite.__struct_fields__)
_OPEN = open_account_invite("?")
_WORKING = f"{ACCOUNT_INVITES} WHERE i.code_hash = ? AND {_OPEN} AND {IS_ADMIN}"
_LISTED = f"{LISTED_ACCOUNT_INVITES} ORDER BY i.id DESC LIMIT ?"
_INVITED_USERS = f"""
    {INVITED_USERS}
    WHERE used.invite_id IN (SELECT id FROM account_invites ORDER BY id DESC LIMIT ?) ORDER BY u.id
"""
_OF_USER = f"""
    {ACCOUNT_INVITES}
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
                f"INSERT INTO account_invites ({_FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                msgspec.structs.astuple(invite),
            )

        await self._database.write(add)

    async def account_invites(self, limit: int) -> list[ListedAccountInvite]:
        invited = await self._database.read(_INVITED_USERS, limit)
        return listed_account_invites_of(await self._database.read(_LISTED, limit), invited)

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
