"""Storage contract: promotions, proposals to make users admins.

The rules in storage/base/__init__.py apply to all methods.
"""

from abc import abstractmethod

from domain.accounts import (
    User,
)
from domain.admin import ListedPromotion, Promotion
from domain.base import Timestamp, UserId
from storage.base.changes import RoleChanged
from storage.base.store import Store, changes, read


class PromotionStore(Store):
    """Proposals to make users admins. A user has at most one.

    The rules are `permissions.check_proposal` and `permissions.check_confirmation`.
    `set_access` deletes the promotions by and about a user that is not an enabled admin
    afterwards; so does `delete_user`.
    """

    @changes()
    @abstractmethod
    async def add_promotion(self, promotion: Promotion, *, verified_only: bool) -> None:
        """Store a promotion, replacing one that is expired or by the same admin, and delete all expired ones.

        Raises:
            Forbidden, UserNotFound, AlreadyAdmin, SecondAdminNeeded, UserNotVerified, PromotionExists: as
                `permissions.check_proposal` decides from the stored state at this time.
        """

    @read
    @abstractmethod
    async def promotions(self, now: Timestamp, limit: int) -> list[ListedPromotion]:
        """Return up to `limit` promotions that can be confirmed after `now`, newest first."""

    @changes(lambda user_id: [RoleChanged(user_id)])
    @abstractmethod
    async def confirm_promotion(
        self, user_id: UserId, admin_id: UserId, now: Timestamp, *, verified_only: bool
    ) -> User:
        """Promote the user to admin, delete the promotion and return the user; of concurrent callers, one wins.

        Raises:
            Forbidden, AlreadyAdmin, PromotionNotFound, OwnPromotion, UserNotVerified: as
                `permissions.check_confirmation` decides from the stored state at this time.
        """

    @changes()
    @abstractmethod
    async def delete_promotion(self, user_id: UserId, admin_id: UserId) -> bool:
        """Delete the promotion of a user; return True if there was one.

        Raises:
            Forbidden: `admin_id` is not an admin.
        """

    @read
    @abstractmethod
    async def admins(self, limit: int) -> list[User]:
        """Return up to `limit` enabled admins, oldest (smallest id) first."""
