"""In-memory storage: sessions."""

from itertools import islice

from domain.accounts import Session, SessionRenewal
from domain.base import SessionId, Timestamp, UserId
from domain.errors.accounts import UserNotFound
from storage.base import SessionStore
from storage.memory.tables import Tables, replace


class MemorySessions(SessionStore):
    """`SessionStore` in memory."""

    _tables: Tables

    async def add_session(self, session: Session) -> None:
        if self._tables.accounts.get(session.user_id) is None:
            raise UserNotFound
        self._tables.sign_ins.setdefault(session.id, session)

    async def session(self, session_id: SessionId) -> Session | None:
        return self._tables.sign_ins.get(session_id)

    async def sessions_of(self, user_id: UserId, now: Timestamp, limit: int) -> list[Session]:
        found = [
            kept
            for kept in self._tables.sign_ins.values()
            if kept.user_id == user_id and not kept.revoked and kept.expires_at > now
        ]
        return sorted(found, key=lambda kept: kept.id, reverse=True)[:limit]

    async def rotate_session(
        self, session_id: SessionId, used_hash: str, renewal: SessionRenewal, *, retry_since: Timestamp
    ) -> Session | None:
        kept = self._tables.sign_ins.get(session_id)
        if kept is None:
            return None
        rotated = kept.renewed(used_hash, renewal, retry_since)
        self._tables.sign_ins[session_id] = rotated or replace(kept, revoked=True)
        return rotated

    async def revoke_session(self, session_id: SessionId) -> None:
        if kept := self._tables.sign_ins.get(session_id):
            self._tables.sign_ins[session_id] = replace(kept, revoked=True)

    async def revoke_sessions(self, user_id: UserId, *, keep: SessionId | None = None) -> list[SessionId]:
        return self._tables.revoke_sessions(user_id, keep)

    async def purge_sessions(self, before: Timestamp, limit: int) -> int:
        over = (kept.id for kept in self._tables.sign_ins.values() if kept.revoked or kept.expires_at <= before)
        purged = list(islice(over, limit))
        for sign_in_id in purged:
            del self._tables.sign_ins[sign_in_id]
        return len(purged)
