"""In-memory storage: promotions, proposals to make users admins."""

from domain import permissions
from domain.accounts import User
from domain.admin import ListedPromotion, Promotion
from domain.base import Timestamp, UserId
from domain.errors.base import Forbidden
from storage.base import PromotionStore
from storage.memory.tables import Tables, replace


class MemoryPromotions(PromotionStore):
    """`PromotionStore` in memory."""

    _tables: Tables

    async def add_promotion(self, promotion: Promotion, *, verified_only: bool) -> None:
        current = self._tables.promotions.get(promotion.user_id)
        user, admins = self._user(promotion.user_id), {admin.id for admin in self._admins()}
        permissions.check_proposal(promotion, user, admins, current, verified_only=verified_only)
        kept = self._tables.promotions.values()
        self._tables.promotions = {one.user_id: one for one in kept if one.expires_at > promotion.created_at}
        self._tables.promotions[promotion.user_id] = promotion

    async def promotions(self, now: Timestamp, limit: int) -> list[ListedPromotion]:
        found = [
            ListedPromotion(user.listed, self._tables.user_summary(one.proposed_by), one.created_at, one.expires_at)
            for one in self._tables.promotions.values()
            if one.expires_at > now
            and self._tables.is_admin(one.proposed_by)
            and (user := self._user(one.user_id))
            and not user.disabled
            and user.role != "admin"
        ]
        return sorted(found, key=lambda one: (one.created_at, one.user.id), reverse=True)[:limit]

    async def confirm_promotion(
        self, user_id: UserId, admin_id: UserId, now: Timestamp, *, verified_only: bool
    ) -> User:
        promotion, account = self._tables.promotions.get(user_id), self._tables.accounts.get(user_id)
        user, admins = self._user(user_id), {admin.id for admin in self._admins()}
        permissions.check_confirmation(promotion, user, admins, admin_id, now, verified_only=verified_only)
        assert account  # noqa: S101  # checked above
        promoted = account.user.with_access("admin", disabled=None)
        self._tables.accounts[user_id] = replace(account, user=promoted)
        del self._tables.promotions[user_id]
        return promoted

    async def delete_promotion(self, user_id: UserId, admin_id: UserId) -> bool:
        if not self._tables.is_admin(admin_id):
            raise Forbidden(permissions.ADMINS_ONLY_MESSAGE)
        return self._tables.promotions.pop(user_id, None) is not None

    async def admins(self, limit: int) -> list[User]:
        return sorted(self._admins(), key=lambda admin: admin.id)[:limit]

    def _user(self, user_id: UserId) -> User | None:
        account = self._tables.accounts.get(user_id)
        return account.user if account else None

    def _admins(self) -> list[User]:
        return [account.user for account in self._tables.accounts.values() if account and account.user.is_admin]
