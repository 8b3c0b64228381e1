"""In-memory storage: second factors."""

from domain.accounts import SecondFactor
from domain.base import UserId
from storage.base import SecondFactorStore
from storage.memory.tables import Tables


class MemorySecondFactors(SecondFactorStore):
    """`SecondFactorStore` in memory."""

    _tables: Tables

    async def second_factor(self, user_id: UserId) -> SecondFactor | None:
        return self._tables.second_factors.get(user_id)

    async def set_second_factor(self, factor: SecondFactor, *, expected_version: str | None) -> bool:
        kept = self._tables.second_factors.get(factor.user_id)
        if self._tables.accounts.get(factor.user_id) is None:
            return False
        if (kept.version if kept else None) not in {expected_version, factor.version}:
            return False
        self._tables.second_factors[factor.user_id] = factor
        return True

    async def delete_second_factor(self, user_id: UserId) -> bool:
        return self._tables.second_factors.pop(user_id, None) is not None
