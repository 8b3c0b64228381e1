"""Storage contract: second factors.

The rules in storage/base/__init__.py apply to all methods.
"""

from abc import abstractmethod

from domain.accounts import (
    SecondFactor,
)
from domain.base import UserId
from storage.base.store import Store, changes, read


class SecondFactorStore(Store):
    """Second factors of accounts. Each user has at most one."""

    @read
    @abstractmethod
    async def second_factor(self, user_id: UserId) -> SecondFactor | None:
        """Return the user's second factor, confirmed or not; None if there is none."""

    @changes()
    @abstractmethod
    async def set_second_factor(self, factor: SecondFactor, *, expected_version: str | None) -> bool:
        """Store a factor if the user's stored one has `expected_version` (None: no factor); return True if stored.

        Compare-and-set: False if another version is stored now, or if the user is missing or deleted. A retry returns
        True again. Of concurrent callers that replace the same version, each with a new version of its own, exactly
        one wins.
        """

    @changes()
    @abstractmethod
    async def delete_second_factor(self, user_id: UserId) -> bool:
        """Delete the user's second factor; return True if there was one."""
