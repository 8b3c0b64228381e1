"""SQLite storage: password resets."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

import sqlite3

import msgspec

from domain.accounts import PasswordResetToken
from domain.base import Timestamp, UserId
from domain.errors.accounts import UserNotFound
from storage.base import PasswordResetStore
from storage.rows.accounts import PASSWORD_RESET, password_reset_of
from storage.sqlite.accounts import users
from storage.sqlite.database import SqliteDatabase
from storage.sqlite.study import calendars

_RESETS = f"SELECT {PASSWORD_RESET} FROM resets WHERE token_hash = ?"


class SqlitePasswordResets(PasswordResetStore):
    """`PasswordResetStore` in SQLite."""

    _database: SqliteDatabase

    async def add_password_reset(self, reset: PasswordResetToken) -> None:
        def add(connection: sqlite3.Connection) -> None:
            if not users.exists(connection, reset.user_id):
                raise UserNotFound
            connection.execute("REPLACE INTO resets VALUES (?, ?, ?, ?)", msgspec.structs.astuple(reset))

        await self._database.write(add)

    async def password_reset(self, token_hash: str) -> PasswordResetToken | None:
        row = await self._database.read_one(_RESETS, token_hash)
        return password_reset_of(row) if row else None

    async def use_password_reset(self, token_hash: str, password_hash: str, now: Timestamp) -> UserId | None:
        def use(connection: sqlite3.Connection) -> UserId | None:
            used = "DELETE FROM resets WHERE token_hash = ? AND expires_at > ? RETURNING user_id, mailed"
            rows = connection.execute(used, (token_hash, now)).fetchall()
            if not rows:
                return None
            [(user_id, mailed)] = rows
            connection.execute("UPDATE users SET password_hash = ? WHERE id = ?", (password_hash, user_id))
            if mailed:
                connection.execute(users.VERIFY, (now, user_id))
            connection.execute("UPDATE sign_ins SET revoked = 1 WHERE user_id = ?", (user_id,))
            calendars.delete_calendar(connection, user_id)
            return str(user_id)

        return await self._database.write(use)
