"""PostgreSQL storage: second factors."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

from domain.accounts import SecondFactor
from domain.base import UserId
from storage.base import SecondFactorStore
from storage.postgres.repository import PostgresRepository
from storage.rows.accounts import SECOND_FACTOR, second_factor_of


class PostgresSecondFactors(PostgresRepository, SecondFactorStore):
    """`SecondFactorStore` in PostgreSQL."""

    async def second_factor(self, user_id: UserId) -> SecondFactor | None:
        row = await self._database.fetch_one(
            f"SELECT {SECOND_FACTOR} FROM second_factors WHERE user_id = %s::uuid", user_id
        )
        return second_factor_of(row) if row else None

    async def set_second_factor(self, factor: SecondFactor, *, expected_version: str | None) -> bool:
        values = factor.version, factor.secret, factor.confirmed, factor.last_step, " ".join(factor.recovery)
        if expected_version is None:  # a conflicting row is another caller's, or this factor from an earlier attempt
            kept = await self._database.fetch_one(
                "INSERT INTO second_factors (version, secret, confirmed, last_step, recovery, user_id)"
                " SELECT %s::uuid, %s, %s, %s, %s, id FROM users WHERE id = %s::uuid AND NOT deleted FOR SHARE"
                " ON CONFLICT (user_id) DO UPDATE SET version = excluded.version"
                " WHERE second_factors.version = excluded.version RETURNING user_id",
                *(*values, factor.user_id),
            )
        else:
            kept = await self._database.fetch_one(
                "UPDATE second_factors"
                " SET version = %s::uuid, secret = %s, confirmed = %s, last_step = %s, recovery = %s"
                " WHERE user_id = %s::uuid AND version IN (%s::uuid, %s::uuid) RETURNING user_id",
                *(*values, factor.user_id, expected_version, factor.version),
            )
        return kept is not None

    async def delete_second_factor(self, user_id: UserId) -> bool:
        deleted = await self._database.fetch_one(
            "DELETE FROM second_factors WHERE user_id = %s::uuid RETURNING user_id", user_id
        )
        return deleted is not None
