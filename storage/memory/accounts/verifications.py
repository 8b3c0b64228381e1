"""In-memory storage: tokens that verify emails."""

from domain.accounts import EmailVerificationToken, User
from domain.base import Timestamp, UserId
from domain.errors.accounts import UserNotFound
from storage.base import VerificationStore
from storage.memory.tables import Tables


class MemoryVerifications(VerificationStore):
    """`VerificationStore` in memory."""

    _tables: Tables

    async def add_verification(self, verification: EmailVerificationToken) -> None:
        if self._tables.accounts.get(verification.user_id) is None:
            raise UserNotFound
        self._tables.verifications[verification.user_id] = verification

    async def use_verification(self, token_hash: str, user_id: UserId, now: Timestamp) -> User | None:
        kept = self._tables.verifications.get(user_id)
        if kept is None or kept.token_hash != token_hash or kept.expires_at <= now:
            return None
        del self._tables.verifications[user_id]
        return self._tables.mark_verified(user_id, now)
