"""PostgreSQL storage: password resets."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

from domain.accounts import PasswordResetToken
from domain.base import Timestamp, UserId
from domain.errors.accounts import UserNotFound
from storage.base import PasswordResetStore
from storage.postgres.repository import PostgresRepository
from storage.postgres.study.calendars import DELETE_CALENDAR
from storage.postgres.transaction import Transaction
from storage.rows.accounts import PASSWORD_RESET, password_reset_of


class PostgresPasswordResets(PostgresRepository, PasswordResetStore):
    """`PasswordResetStore` in PostgreSQL."""

    async def add_password_reset(self, reset: PasswordResetToken) -> None:
        found = await self._database.fetch_one(
            "WITH owner AS (SELECT id FROM users WHERE id = %s::uuid AND NOT deleted FOR SHARE),"
            f" kept AS (INSERT INTO resets ({PASSWORD_RESET})"
            " SELECT id, %s, %s::timestamptz, %s FROM owner ON CONFLICT (user_id) DO UPDATE"
            " SET token_hash = excluded.token_hash, expires_at = excluded.expires_at, mailed = excluded.mailed)"
            " SELECT id FROM owner",
            *(reset.user_id, reset.token_hash, reset.expires_at, reset.mailed),
        )
        if not found:
            raise UserNotFound

    async def password_reset(self, token_hash: str) -> PasswordResetToken | None:
        row = await self._database.fetch_one(f"SELECT {PASSWORD_RESET} FROM resets WHERE token_hash = %s", token_hash)
        return password_reset_of(row) if row else None

    async def use_password_reset(self, token_hash: str, password_hash: str, now: Timestamp) -> UserId | None:
        async def work(transaction: Transaction) -> UserId | None:
            # Lock the user's row first, in the same order as the deletion of a user.
            owner = await transaction.fetch_one(
                "SELECT u.id FROM users u JOIN resets r ON r.user_id = u.id WHERE r.token_hash = %s AND NOT u.deleted"
                " FOR NO KEY UPDATE OF u",
                token_hash,
            )
            used = owner and await transaction.fetch_one(
                "DELETE FROM resets WHERE token_hash = %s AND expires_at > %s::timestamptz RETURNING user_id, mailed",
                *(token_hash, now),
            )
            if not used:
                return None
            user_id, mailed = used
            await transaction.finish(
                "UPDATE users SET password_hash = %s, verified_at = coalesce(verified_at, %s::timestamptz)"
                " WHERE id = %s::uuid;"
                " UPDATE sign_ins SET revoked = true WHERE user_id = %s::uuid AND NOT revoked;"
                f" {DELETE_CALENDAR}",
                *(password_hash, now if mailed else None, user_id, user_id, user_id),
            )
            return str(user_id)

        return await self._database.transaction(work)
