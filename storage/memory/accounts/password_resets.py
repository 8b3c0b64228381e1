"""In-memory storage: password resets."""

from domain.accounts import PasswordResetToken
from domain.base import Timestamp, UserId
from domain.errors.accounts import UserNotFound
from storage.base import PasswordResetStore
from storage.memory.tables import Tables, replace


class MemoryPasswordResets(PasswordResetStore):
    """`PasswordResetStore` in memory."""

    _tables: Tables

    async def add_password_reset(self, reset: PasswordResetToken) -> None:
        if self._tables.accounts.get(reset.user_id) is None:
            raise UserNotFound
        self._tables.resets[reset.user_id] = reset

    async def password_reset(self, token_hash: str) -> PasswordResetToken | None:
        return next((kept for kept in self._tables.resets.values() if kept.token_hash == token_hash), None)

    async def use_password_reset(self, token_hash: str, password_hash: str, now: Timestamp) -> UserId | None:
        kept = await self.password_reset(token_hash)
        account = self._tables.accounts.get(kept.user_id) if kept else None
        if kept is None or account is None or kept.expires_at <= now:
            return None
        del self._tables.resets[kept.user_id]
        self._tables.accounts[kept.user_id] = replace(account, password_hash=password_hash)
        if kept.mailed:
            self._tables.mark_verified(kept.user_id, now)
        self._tables.revoke_sessions(kept.user_id)
        self._tables.calendars.pop(kept.user_id, None)
        return kept.user_id
