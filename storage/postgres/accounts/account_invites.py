"""PostgreSQL storage: invitations to create an account."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

import msgspec

from domain.accounts import AccountInvite, ListedAccountInvite, User
from domain.base import InviteId, Timestamp, UserId
from domain.errors.rooms import InviteNotFound, TooManyInvites
from storage.base import AccountInviteStore
from storage.postgres.accounts.users import insert_user, require_admin
from storage.postgres.repository import PostgresRepository
from storage.postgres.transaction import Transaction
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

_FIELDS = columns(AccountInvite.__struct_fields__)
_OPEN = open_account_invite("%s::timestamptz")
_WORKING = f"{ACCOUNT_INVITES} WHERE i.code_hash = %s AND {_OPEN} AND {IS_ADMIN}"
_INVITED_USERS = (
    f"{INVITED_USERS} WHERE used.invite_id IN (SELECT id FROM account_invites ORDER BY id DESC LIMIT %s) ORDER BY u.id"
)
_ADVISORY_LOCK = "SELECT pg_advisory_xact_lock(hashtext('studyhall account invites'))"
"""Serialises callers that create invitations, because they count the existing ones."""


class PostgresAccountInvites(PostgresRepository, AccountInviteStore):
    """`AccountInviteStore` in PostgreSQL."""

    async def add_account_invite(self, invite: AccountInvite, max_active: int) -> None:
        async def work(transaction: Transaction) -> None:
            await transaction.fetch(_ADVISORY_LOCK)
            await require_admin(transaction, invite.created_by)
            if await transaction.fetch("SELECT 1 FROM account_invites WHERE id = %s::uuid", invite.id):
                return
            [(open_invites,)] = await transaction.fetch(
                f"SELECT count(*) FROM account_invites i WHERE {_OPEN}", invite.created_at
            )
            if open_invites >= max_active:
                raise TooManyInvites
            await transaction.finish(
                f"INSERT INTO account_invites ({_FIELDS}) VALUES"
                " (%s::uuid, %s, %s::uuid, %s::timestamptz, %s::timestamptz, %s, %s, %s, %s)",
                *msgspec.structs.astuple(invite),
            )

        await self._database.transaction(work)

    async def account_invites(self, limit: int) -> list[ListedAccountInvite]:
        users = await self._database.fetch(_INVITED_USERS, limit)
        invites = await self._database.fetch(f"{LISTED_ACCOUNT_INVITES} ORDER BY i.id DESC LIMIT %s", limit)
        return listed_account_invites_of(invites, users)

    async def account_invites_of(self, user_id: UserId) -> list[AccountInvite]:
        rows = await self._database.fetch(
            f"{ACCOUNT_INVITES} WHERE i.created_by = %s::uuid"
            " OR i.id IN (SELECT invite_id FROM account_invite_uses WHERE user_id = %s::uuid) ORDER BY i.id",
            *(user_id, user_id),
        )
        return [account_invite_of(row) for row in rows]

    async def account_invite(self, code_hash: str, at: Timestamp) -> AccountInvite | None:
        row = await self._database.fetch_one(_WORKING, code_hash, at)
        return account_invite_of(row) if row else None

    async def add_invited_user(self, user: User, password_hash: str, code_hash: str) -> None:
        async def work(transaction: Transaction) -> None:
            if await transaction.fetch("SELECT 1 FROM users WHERE id = %s::uuid", user.id):
                return
            # The creator's row is locked, too: the creator stays an admin until the commit.
            row = await transaction.fetch_one(
                f"{_WORKING} FOR NO KEY UPDATE OF i FOR SHARE OF u", code_hash, user.created_at
            )
            if row is None:
                raise InviteNotFound
            await insert_user(transaction, user, password_hash)
            await transaction.finish(
                "UPDATE account_invites SET used = used + 1 WHERE id = %s::uuid;"
                " INSERT INTO account_invite_uses (invite_id, user_id) VALUES (%s::uuid, %s::uuid)",
                *(row[0], row[0], user.id),
            )

        await self._database.transaction(work)

    async def revoke_account_invite(self, invite_id: InviteId, admin_id: UserId) -> bool:
        async def work(transaction: Transaction) -> bool:
            await require_admin(transaction, admin_id)
            revoked = await transaction.fetch(
                "UPDATE account_invites SET revoked = true WHERE id = %s::uuid RETURNING id", invite_id
            )
            return bool(revoked)

        return await self._database.transaction(work)

    async def purge_account_invites(self, before: Timestamp, limit: int) -> int:
        deleted = await self._database.fetch(
            "DELETE FROM account_invites WHERE id IN"
            " (SELECT id FROM account_invites WHERE expires_at <= %s::timestamptz LIMIT %s) RETURNING id",
            *(before, limit),
        )
        return len(deleted)
