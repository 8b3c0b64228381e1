"""Sign-ins, in memory."""

from itertools import islice

from domain.accounts import Renewal, SignIn
from domain.base import SignInId, Timestamp, UserId
from domain.errors.accounts import UserNotFound
from storage.base import SignIns
from storage.memory.tables import Tables, replace


class MemorySignIns(SignIns):
    """The sign-ins' part of the storage."""

    _tables: Tables

    async def add_sign_in(self, sign_in: SignIn) -> None:
        if self._tables.accounts.get(sign_in.user_id) is None:
            raise UserNotFound
        self._tables.sign_ins.setdefault(sign_in.id, sign_in)

    async def sign_in(self, sign_in_id: SignInId) -> SignIn | None:
        return self._tables.sign_ins.get(sign_in_id)

    async def sign_ins_of(self, user_id: UserId, now: Timestamp, limit: int) -> list[SignIn]:
        found = [
            kept
            for kept in self._tables.sign_ins.values()
            if kept.user_id == user_id and not kept.revoked and kept.expires_at > now
        ]
        return sorted(found, key=lambda kept: kept.id, reverse=True)[:limit]

    async def rotate_sign_in(
        self, sign_in_id: SignInId, used_hash: str, renewal: Renewal, *, retry_since: Timestamp
    ) -> SignIn | None:
        kept = self._tables.sign_ins.get(sign_in_id)
        if kept is None:
            return None
        rotated = kept.renewed(used_hash, renewal, retry_since)
        self._tables.sign_ins[sign_in_id] = rotated or replace(kept, revoked=True)
        return rotated

    async def revoke_sign_in(self, sign_in_id: SignInId) -> None:
        if kept := self._tables.sign_ins.get(sign_in_id):
            self._tables.sign_ins[sign_in_id] = replace(kept, revoked=True)

    async def revoke_sign_ins(self, user_id: UserId, *, keep: SignInId | None = None) -> list[SignInId]:
        return self._tables.revoke_sign_ins(user_id, keep)

    async def purge_sign_ins(self, before: Timestamp, limit: int) -> int:
        over = (kept.id for kept in self._tables.sign_ins.values() if kept.revoked or kept.expires_at <= before)
        purged = list(islice(over, limit))
        for sign_in_id in purged:
            del self._tables.sign_ins[sign_in_id]
        return len(purged)
