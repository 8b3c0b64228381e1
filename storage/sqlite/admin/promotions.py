"""SQLite storage: promotions, proposals to make users admins."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

import sqlite3

import msgspec

from domain import permissions
from domain.accounts import User
from domain.admin import ListedPromotion, Promotion
from domain.base import Timestamp, UserId
from domain.errors.base import Forbidden
from storage.base import PromotionStore
from storage.rows.accounts import user_of
from storage.rows.admin import LISTED_PROMOTIONS, PROMOTION, listed_promotion_of, promotion_of
from storage.sqlite.accounts import users
from storage.sqlite.database import SqliteDatabase

_IS_ADMIN = "role = 'admin' AND NOT disabled AND NOT deleted"
_PROMOTION = f"SELECT {PROMOTION} FROM promotions WHERE user_id = ?"
_LISTED = f"{LISTED_PROMOTIONS} AND p.expires_at > ? ORDER BY p.created_at DESC, p.user_id DESC LIMIT ?"


class SqlitePromotions(PromotionStore):
    """`PromotionStore` in SQLite."""

    _database: SqliteDatabase

    async def add_promotion(self, promotion: Promotion, *, verified_only: bool) -> None:
        def add(connection: sqlite3.Connection) -> None:
            user, current = users.find_user(connection, promotion.user_id), _promotion(connection, promotion.user_id)
            permissions.check_proposal(promotion, user, _admins(connection), current, verified_only=verified_only)
            connection.execute("DELETE FROM promotions WHERE expires_at <= ?", (promotion.created_at,))
            connection.execute(
                f"REPLACE INTO promotions ({PROMOTION}) VALUES (?, ?, ?, ?)",
                msgspec.structs.astuple(promotion),
            )

        await self._database.write(add)

    async def promotions(self, now: Timestamp, limit: int) -> list[ListedPromotion]:
        rows = await self._database.read(_LISTED, now, limit)
        if not rows:
            return []
        some = ", ".join("?" * len(rows))
        proposed = await self._database.read(f"{users.USERS} WHERE id IN ({some})", *(row[0] for row in rows))
        found = {user.id: user for user in map(user_of, proposed)}
        return [listed_promotion_of(row, found[row[0]]) for row in rows if row[0] in found]

    async def confirm_promotion(
        self, user_id: UserId, admin_id: UserId, now: Timestamp, *, verified_only: bool
    ) -> User:
        def confirm(connection: sqlite3.Connection) -> User:
            user, promotion = users.find_user(connection, user_id), _promotion(connection, user_id)
            permissions.check_confirmation(
                promotion, user, _admins(connection), admin_id, now, verified_only=verified_only
            )
            connection.execute("UPDATE users SET role = 'admin', pending = 0 WHERE id = ?", (user_id,))
            connection.execute("DELETE FROM promotions WHERE user_id = ?", (user_id,))
            return user_of(connection.execute(users.USERS + "WHERE id = ?", (user_id,)).fetchone())

        return await self._database.write(confirm)

    async def delete_promotion(self, user_id: UserId, admin_id: UserId) -> bool:
        def delete(connection: sqlite3.Connection) -> bool:
            if admin_id not in _admins(connection):
                raise Forbidden(permissions.ADMINS_ONLY_MESSAGE)
            return connection.execute("DELETE FROM promotions WHERE user_id = ?", (user_id,)).rowcount > 0

        return await self._database.write(delete)

    async def admins(self, limit: int) -> list[User]:
        rows = await self._database.read(f"{users.USERS} WHERE {_IS_ADMIN} ORDER BY id LIMIT ?", limit)
        return [user_of(row) for row in rows]


def _admins(connection: sqlite3.Connection) -> set[UserId]:
    return {user_id for (user_id,) in connection.execute(f"SELECT id FROM users WHERE {_IS_ADMIN}")}


def _promotion(connection: sqlite3.Connection, user_id: UserId) -> Promotion | None:
    row = connection.execute(_PROMOTION, (user_id,)).fetchone()
    return promotion_of(row) if row else None
