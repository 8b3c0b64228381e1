"""The contract of a storage: second factors.

What storage/base/__init__.py says of all methods holds for these, too.
"""

from abc import ABC, abstractmethod

from domain.accounts import (
    SecondFactor,
)
from domain.base import UserId


class SecondFactorStore(ABC):
    """Second factors. Everybody has one at most."""

    @abstractmethod
    async def second_factor(self, user_id: UserId) -> SecondFactor | None:
        """Return what the user has, confirmed or not; None where there is none."""

    @abstractmethod
    async def set_second_factor(self, factor: SecondFactor, *, expected_version: str | None) -> bool:
        """Keep a user's factor in place of the one with this version, None for none, and say whether it is kept.

        It is not where something else is kept by now, or the user is gone: of many callers who replace the same
        version, each by a version of its own, one wins.
        """

    @abstractmethod
    async def delete_second_factor(self, user_id: UserId) -> bool:
        """Forget the user's factor and say whether there was one."""
