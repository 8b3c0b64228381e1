"""Links that verify emails, in memory."""

from domain.accounts import User, Verification
from domain.base import Timestamp, UserId
from domain.errors.accounts import UserNotFound
from storage.base import Verifications
from storage.memory.tables import Tables


class MemoryVerifications(Verifications):
    """The verifications' part of the storage."""

    _tables: Tables

    async def add_verification(self, verification: Verification) -> None:
        if self._tables.accounts.get(verification.user_id) is None:
            raise UserNotFound
        self._tables.verifications[verification.user_id] = verification

    async def use_verification(self, token_hash: str, user_id: UserId, now: Timestamp) -> User | None:
        kept = self._tables.verifications.get(user_id)
        if kept is None or kept.token_hash != token_hash or kept.expires_at <= now:
            return None
        del self._tables.verifications[user_id]
        return self._tables.verify(user_id, now)
