"""SQLite storage: second factors."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

import sqlite3

from domain.accounts import SecondFactor
from domain.base import UserId
from storage.base import SecondFactorStore
from storage.rows.accounts import SECOND_FACTOR, second_factor_of
from storage.sqlite.accounts import users
from storage.sqlite.database import SqliteDatabase

_FACTOR = f"SELECT {SECOND_FACTOR} FROM second_factors WHERE user_id = ?"


class SqliteSecondFactors(SecondFactorStore):
    """`SecondFactorStore` in SQLite."""

    _database: SqliteDatabase

    async def second_factor(self, user_id: UserId) -> SecondFactor | None:
        row = await self._database.read_one(_FACTOR, user_id)
        return second_factor_of(row) if row else None

    async def set_second_factor(self, factor: SecondFactor, *, expected_version: str | None) -> bool:
        def keep(connection: sqlite3.Connection) -> bool:
            kept = connection.execute("SELECT version FROM second_factors WHERE user_id = ?", (factor.user_id,))
            version = next((version for (version,) in kept), None)
            if version not in {expected_version, factor.version} or not users.exists(connection, factor.user_id):
                return False
            connection.execute(
                f"REPLACE INTO second_factors ({SECOND_FACTOR}) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    factor.user_id,
                    factor.version,
                    factor.secret,
                    factor.confirmed,
                    factor.last_step,
                    " ".join(factor.recovery),
                ),
            )
            return True

        return await self._database.write(keep)

    async def delete_second_factor(self, user_id: UserId) -> bool:
        def delete(connection: sqlite3.Connection) -> bool:
            return connection.execute("DELETE FROM second_factors WHERE user_id = ?", (user_id,)).rowcount > 0

        return await self._database.write(delete)
