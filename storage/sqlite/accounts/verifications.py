"""SQLite storage: tokens that verify emails."""

import sqlite3

import msgspec

from domain.accounts import EmailVerificationToken, User
from domain.base import Timestamp, UserId
from domain.errors.accounts import UserNotFound
from storage.base import VerificationStore
from storage.rows.accounts import user_of
from storage.sqlite.accounts import users
from storage.sqlite.database import SqliteDatabase


class SqliteVerifications(VerificationStore):
    """`VerificationStore` in SQLite."""

    _database: SqliteDatabase

    async def add_verification(self, verification: EmailVerificationToken) -> None:
        def add(connection: sqlite3.Connection) -> None:
            if not users.exists(connection, verification.user_id):
                raise UserNotFound
            connection.execute(
                "REPLACE INTO verifications (user_id, token_hash, expires_at) VALUES (?, ?, ?)",
                msgspec.structs.astuple(verification),
            )

        await self._database.write(add)

    async def use_verification(self, token_hash: str, user_id: UserId, now: Timestamp) -> User | None:
        def use(connection: sqlite3.Connection) -> User | None:
            used = connection.execute(
                "DELETE FROM verifications WHERE user_id = ? AND token_hash = ? AND expires_at > ?",
                (user_id, token_hash, now),
            )
            if not used.rowcount:
                return None
            connection.execute(users.VERIFY, (now, user_id))
            return user_of(connection.execute(users.USERS + "WHERE id = ?", (user_id,)).fetchone())

        return await self._database.write(use)
