"""PostgreSQL storage: promotions, proposals to make users admins."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

from domain import permissions
from domain.accounts import User
from domain.admin import ListedPromotion, Promotion
from domain.base import Timestamp, UserId
from domain.errors.base import Forbidden
from storage.base import PromotionStore
from storage.postgres.accounts.users import lock_admins
from storage.postgres.repository import PostgresRepository
from storage.postgres.transaction import Transaction
from storage.rows.accounts import USER, user_of
from storage.rows.admin import LISTED_PROMOTIONS, PROMOTION, listed_promotion_of, promotion_of

_LISTED = f"{LISTED_PROMOTIONS} AND p.expires_at > %s::timestamptz ORDER BY p.created_at DESC, p.user_id DESC LIMIT %s"


class PostgresPromotions(PostgresRepository, PromotionStore):
    """`PromotionStore` in PostgreSQL."""

    async def add_promotion(self, promotion: Promotion, *, verified_only: bool) -> None:
        async def work(transaction: Transaction) -> None:
            # Lock the admins first, as changes of roles do; then the user's row, against deletion.
            admins = await lock_admins(transaction)
            user = await _user(transaction, promotion.user_id)
            current = await _promotion(transaction, promotion.user_id)
            permissions.check_proposal(promotion, user, admins, current, verified_only=verified_only)
            await transaction.finish(
                "DELETE FROM promotions WHERE expires_at <= %s::timestamptz;"
                f" INSERT INTO promotions ({PROMOTION})"
                " VALUES (%s::uuid, %s::uuid, %s::timestamptz, %s::timestamptz) ON CONFLICT (user_id) DO UPDATE"
                " SET proposed_by = excluded.proposed_by, created_at = excluded.created_at,"
                " expires_at = excluded.expires_at",
                *(promotion.created_at, promotion.user_id, promotion.proposed_by),
                *(promotion.created_at, promotion.expires_at),
            )

        await self._database.transaction(work)

    async def promotions(self, now: Timestamp, limit: int) -> list[ListedPromotion]:
        rows = await self._database.fetch(_LISTED, now, limit)
        if not rows:
            return []
        found = await self._database.fetch(
            f"SELECT {USER} FROM users WHERE id = ANY(%s::uuid[]) AND NOT deleted", [row[0] for row in rows]
        )
        people = {user.id: user for user in map(user_of, found)}
        return [listed_promotion_of(row, people[row[0]]) for row in rows if row[0] in people]

    async def confirm_promotion(
        self, user_id: UserId, admin_id: UserId, now: Timestamp, *, verified_only: bool
    ) -> User:
        async def work(transaction: Transaction) -> User:
            admins = await lock_admins(transaction)
            user = await _user(transaction, user_id)
            promotion = await _promotion(transaction, user_id)
            permissions.check_confirmation(promotion, user, admins, admin_id, now, verified_only=verified_only)
            [row] = await transaction.fetch(
                f"UPDATE users SET role = 'admin', pending = false WHERE id = %s::uuid RETURNING {USER}", user_id
            )
            await transaction.finish("DELETE FROM promotions WHERE user_id = %s::uuid", user_id)
            return user_of(row)

        return await self._database.transaction(work)

    async def delete_promotion(self, user_id: UserId, admin_id: UserId) -> bool:
        async def work(transaction: Transaction) -> bool:
            if admin_id not in await lock_admins(transaction):
                raise Forbidden(permissions.ADMINS_ONLY_MESSAGE)
            deleted = await transaction.fetch(
                "DELETE FROM promotions WHERE user_id = %s::uuid RETURNING user_id", user_id
            )
            return bool(deleted)

        return await self._database.transaction(work)

    async def admins(self, limit: int) -> list[User]:
        rows = await self._database.fetch(
            f"SELECT {USER} FROM users WHERE role = 'admin' AND NOT disabled AND NOT deleted ORDER BY id LIMIT %s",
            limit,
        )
        return [user_of(row) for row in rows]


async def _user(transaction: Transaction, user_id: UserId) -> User | None:
    row = await transaction.fetch_one(
        f"SELECT {USER} FROM users WHERE id = %s::uuid AND NOT deleted FOR NO KEY UPDATE", user_id
    )
    return user_of(row) if row else None


async def _promotion(transaction: Transaction, user_id: UserId) -> Promotion | None:
    row = await transaction.fetch_one(f"SELECT {PROMOTION} FROM promotions WHERE user_id = %s::uuid LIMIT 1", user_id)
    return promotion_of(row) if row else None
