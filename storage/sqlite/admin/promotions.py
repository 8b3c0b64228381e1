"""SQLite storage: promotions, proposals to make users admins."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

import sqlite3

import msgspec

from domain import permissions
from domain.accounts import User, UserSummary, full_name
from domain.admin import ListedPromotion, Promotion
from domain.base import Timestamp, UserId
from domain.errors.base import Forbidden
from storage.base import PromotionStore
from storage.sqlite.accounts import users
from storage.sqlite.database import SqliteDatabase

_IS_ADMIN = "role = 'admin' AND NOT disabled AND NOT deleted"
_PROMOTION = "SELECT user_id, proposed_by, created_at, expires_at FROM promotions WHERE user_id = ?"
_LISTED = f"""
    SELECT p.user_id, p.proposed_by, proposer.first_name, proposer.last_name, proposer.avatar,
           p.created_at, p.expires_at
    FROM promotions p
    JOIN users proposed ON proposed.id = p.user_id JOIN users proposer ON proposer.id = p.proposed_by
    WHERE p.expires_at > ? AND proposed.role <> 'admin' AND NOT proposed.disabled
          AND p.proposed_by IN (SELECT id FROM users WHERE {_IS_ADMIN})
    ORDER BY p.created_at DESC, p.user_id DESC LIMIT ?
"""


class SqlitePromotions(PromotionStore):
    """`PromotionStore` in SQLite."""

    _database: SqliteDatabase

    async def add_promotion(self, promotion: Promotion, *, verified_only: bool) -> None:
        def add(connection: sqlite3.Connection) -> None:
            user, current = _user(connection, promotion.user_id), _promotion(connection, promotion.user_id)
            permissions.check_proposal(promotion, user, _admins(connection), current, verified_only=verified_only)
            connection.execute("DELETE FROM promotions WHERE expires_at <= ?", (promotion.created_at,))
            connection.execute(
                "REPLACE INTO promotions (user_id, proposed_by, created_at, expires_at) VALUES (?, ?, ?, ?)",
                msgspec.structs.astuple(promotion),
            )

        await self._database.write(add)

    async def promotions(self, now: Timestamp, limit: int) -> list[ListedPromotion]:
        rows = await self._database.read(_LISTED, now, limit)
        if not rows:
            return []
        some = ", ".join("?" * len(rows))
        accounts = await self._database.read(f"{users.ACCOUNTS} WHERE id IN ({some})", *(row[0] for row in rows))
        found = {account.user.id: account.user for account in map(users.account_of, accounts)}
        return [
            ListedPromotion(
                found[user_id],
                UserSummary(proposed_by, full_name(first_name, last_name), avatar),
                created_at,
                expires_at,
            )
            for user_id, proposed_by, first_name, last_name, avatar, created_at, expires_at in rows
            if user_id in found
        ]

    async def confirm_promotion(
        self, user_id: UserId, admin_id: UserId, now: Timestamp, *, verified_only: bool
    ) -> User:
        def confirm(connection: sqlite3.Connection) -> User:
            user, promotion = _user(connection, user_id), _promotion(connection, user_id)
            permissions.check_confirmation(
                promotion, user, _admins(connection), admin_id, now, verified_only=verified_only
            )
            connection.execute("UPDATE users SET role = 'admin', pending = 0 WHERE id = ?", (user_id,))
            connection.execute("DELETE FROM promotions WHERE user_id = ?", (user_id,))
            return users.account_of(connection.execute(users.ACCOUNTS + "WHERE id = ?", (user_id,)).fetchone()).user

        return await self._database.write(confirm)

    async def delete_promotion(self, user_id: UserId, admin_id: UserId) -> bool:
        def delete(connection: sqlite3.Connection) -> bool:
            if admin_id not in _admins(connection):
                raise Forbidden(permissions.ADMINS_ONLY_MESSAGE)
            return connection.execute("DELETE FROM promotions WHERE user_id = ?", (user_id,)).rowcount > 0

        return await self._database.write(delete)

    async def admins(self, limit: int) -> list[User]:
        rows = await self._database.read(f"{users.ACCOUNTS} WHERE {_IS_ADMIN} ORDER BY id LIMIT ?", limit)
        return [users.account_of(row).user for row in rows]


def _admins(connection: sqlite3.Connection) -> set[UserId]:
    return {user_id for (user_id,) in connection.execute(f"SELECT id FROM users WHERE {_IS_ADMIN}")}


def _user(connection: sqlite3.Connection, user_id: UserId) -> User | None:
    row = connection.execute(users.ACCOUNTS + "WHERE id = ? AND NOT deleted", (user_id,)).fetchone()
    return users.account_of(row).user if row else None


def _promotion(connection: sqlite3.Connection, user_id: UserId) -> Promotion | None:
    row = connection.execute(_PROMOTION, (user_id,)).fetchone()
    return Promotion(*row) if row else None
