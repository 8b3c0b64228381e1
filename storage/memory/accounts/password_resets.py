"""Who may set a new password, in memory."""

from domain.accounts import Reset
from domain.base import Timestamp, UserId
from domain.errors.accounts import UserNotFound
from storage.base import Resets
from storage.memory.tables import Tables, replace


class MemoryResets(Resets):
    """The resets' part of the storage."""

    _tables: Tables

    async def add_reset(self, reset: Reset) -> None:
        if self._tables.accounts.get(reset.user_id) is None:
            raise UserNotFound
        self._tables.resets[reset.user_id] = reset

    async def reset(self, token_hash: str) -> Reset | None:
        return next((kept for kept in self._tables.resets.values() if kept.token_hash == token_hash), None)

    async def use_reset(self, token_hash: str, password_hash: str, now: Timestamp) -> UserId | None:
        kept = await self.reset(token_hash)
        account = self._tables.accounts.get(kept.user_id) if kept else None
        if kept is None or account is None or kept.expires_at <= now:
            return None
        del self._tables.resets[kept.user_id]
        self._tables.accounts[kept.user_id] = replace(account, password_hash=password_hash)
        if kept.mailed:
            self._tables.verify(kept.user_id, now)
        self._tables.revoke_sign_ins(kept.user_id)
        return kept.user_id
