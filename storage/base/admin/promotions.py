"""The contract of a storage: proposals to make users admins.

What storage/base/__init__.py says of all methods holds for these, too.
"""

from abc import ABC, abstractmethod

from domain.accounts import (
    User,
)
from domain.admin import ListedPromotion, Promotion
from domain.base import Timestamp, UserId


class PromotionStore(ABC):
    """Proposals to make users admins. A user has one at most.

    The rules are `permissions.check_proposal` and `permissions.check_confirmation`.
    `set_access` deletes those by and about a user who is no admin after it; `delete_user` does so, too.
    """

    @abstractmethod
    async def add_promotion(self, promotion: Promotion, *, verified_only: bool) -> None:
        """Store a promotion in place of one that is over or by the same admin, and delete all that are over.

        Raises:
            Forbidden, UserNotFound, AlreadyAdmin, SecondAdminNeeded, UserNotVerified, PromotionExists: as
                `permissions.check_proposal`, with what is stored then.
        """

    @abstractmethod
    async def promotions(self, now: Timestamp, limit: int) -> list[ListedPromotion]:
        """Return up to `limit` promotions that can be confirmed after `now`, newest first."""

    @abstractmethod
    async def confirm_promotion(
        self, user_id: UserId, admin_id: UserId, now: Timestamp, *, verified_only: bool
    ) -> User:
        """Make the user an admin, delete the promotion and return the user; of many callers at once, one wins.

        Raises:
            Forbidden, AlreadyAdmin, PromotionNotFound, OwnPromotion, UserNotVerified: as
                `permissions.check_confirmation`, with what is stored then.
        """

    @abstractmethod
    async def delete_promotion(self, user_id: UserId, admin_id: UserId) -> bool:
        """Delete the promotion of a user and return True if there was one.

        Raises:
            Forbidden: `admin_id` is no admin.
        """

    @abstractmethod
    async def admins(self, limit: int) -> list[User]:
        """Return up to `limit` admins who are not disabled, oldest first."""
