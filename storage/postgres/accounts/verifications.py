"""PostgreSQL storage: tokens that verify emails."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

from domain.accounts import EmailVerificationToken, User
from domain.base import Timestamp, UserId
from domain.errors.accounts import UserNotFound
from storage.base import VerificationStore
from storage.postgres.repository import PostgresRepository
from storage.postgres.transaction import Transaction
from storage.rows.accounts import USER, user_of


class PostgresVerifications(PostgresRepository, VerificationStore):
    """`VerificationStore` in PostgreSQL."""

    async def add_verification(self, verification: EmailVerificationToken) -> None:
        found = await self._database.fetch_one(
            "WITH owner AS (SELECT id FROM users WHERE id = %s::uuid AND NOT deleted FOR SHARE),"
            " kept AS (INSERT INTO verifications (user_id, token_hash, expires_at)"
            " SELECT id, %s, %s::timestamptz FROM owner ON CONFLICT (user_id)"
            " DO UPDATE SET token_hash = excluded.token_hash, expires_at = excluded.expires_at)"
            " SELECT id FROM owner",
            *(verification.user_id, verification.token_hash, verification.expires_at),
        )
        if not found:
            raise UserNotFound

    async def use_verification(self, token_hash: str, user_id: UserId, now: Timestamp) -> User | None:
        async def work(transaction: Transaction) -> User | None:
            # Lock the user's row first, in the same order as the deletion of a user.
            await transaction.fetch("SELECT 1 FROM users WHERE id = %s::uuid FOR NO KEY UPDATE", user_id)
            used = await transaction.fetch_one(
                "DELETE FROM verifications"
                " WHERE user_id = %s::uuid AND token_hash = %s AND expires_at > %s::timestamptz RETURNING user_id",
                *(user_id, token_hash, now),
            )
            if not used:
                return None
            row = await transaction.fetch_one(
                "UPDATE users SET verified_at = coalesce(verified_at, %s::timestamptz)"
                f" WHERE id = %s::uuid AND NOT deleted RETURNING {USER}",
                *(now, user_id),
            )
            return user_of(row) if row else None

        return await self._database.transaction(work)
