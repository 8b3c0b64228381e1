"""PostgreSQL storage: sessions, families of refresh tokens."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

from functools import cached_property

from domain.accounts import Session, SessionRenewal
from domain.base import SessionId, Timestamp, UserId
from domain.errors.accounts import UserNotFound
from storage.base import SessionStore
from storage.postgres.batch_loader import BatchLoader
from storage.postgres.repository import PostgresRepository
from storage.rows.accounts import SESSION, session_of


class PostgresSessions(PostgresRepository, SessionStore):
    """`SessionStore` in PostgreSQL."""

    async def add_session(self, session: Session) -> None:
        found = await self._database.fetch_one(
            "WITH owner AS (SELECT id FROM users WHERE id = %s::uuid AND NOT deleted FOR SHARE),"
            f" kept AS (INSERT INTO sign_ins ({SESSION})"
            " SELECT %s::uuid, id, %s::timestamptz, %s, %s::timestamptz, %s::timestamptz, %s, %s, %s, %s FROM owner"
            " ON CONFLICT DO NOTHING)"
            " SELECT id FROM owner",
            *(session.user_id, session.id, session.created_at, session.refresh_hash, session.expires_at),
            *(session.last_used, session.client, session.address, session.previous_hash, session.revoked),
        )
        if not found:
            raise UserNotFound

    async def session(self, session_id: SessionId) -> Session | None:
        return await self._session_loader.get(session_id)

    @cached_property
    def _session_loader(self) -> BatchLoader[SessionId, Session]:
        return BatchLoader(self._read_sessions)

    async def _read_sessions(self, ids: list[SessionId]) -> dict[SessionId, Session]:
        rows = await self._database.fetch(f"SELECT {SESSION} FROM sign_ins WHERE id = ANY(%s::uuid[])", ids)
        return {row[0]: session_of(row) for row in rows}

    async def sessions_of(self, user_id: UserId, now: Timestamp, limit: int) -> list[Session]:
        rows = await self._database.fetch(
            f"SELECT {SESSION} FROM sign_ins WHERE user_id = %s::uuid AND NOT revoked AND expires_at > %s::timestamptz"
            " ORDER BY id DESC LIMIT %s",
            *(user_id, now, limit),
        )
        return [session_of(row) for row in rows]

    async def rotate_session(
        self, session_id: SessionId, used_hash: str, renewal: SessionRenewal, *, retry_since: Timestamp
    ) -> Session | None:
        # The rule of `Session.renewed`, evaluated on the row after its lock is acquired.
        first = "NOT revoked AND refresh_hash = used"
        good = f"({first} OR NOT revoked AND previous_hash = used AND last_used >= retry_since)"
        row = await self._database.fetch_one(
            "WITH given (used, new_hash, new_end, new_use, new_client, new_address, retry_since) AS"
            " (VALUES (%s, %s, %s::timestamptz, %s::timestamptz, %s, %s, %s::timestamptz))"
            f" UPDATE sign_ins SET revoked = NOT {good},"
            f" previous_hash = CASE WHEN {first} THEN used ELSE previous_hash END,"
            f" last_used = CASE WHEN {first} THEN new_use ELSE last_used END,"
            f" refresh_hash = CASE WHEN {good} THEN new_hash ELSE refresh_hash END,"
            f" expires_at = CASE WHEN {good} THEN new_end ELSE expires_at END,"
            f" client = CASE WHEN {good} THEN new_client ELSE client END,"
            f" address = CASE WHEN {good} THEN new_address ELSE address END"
            f" FROM given WHERE id = %s::uuid RETURNING {SESSION}",
            *(used_hash, renewal.refresh_hash, renewal.expires_at, renewal.last_used, renewal.client, renewal.address),
            *(retry_since, session_id),
        )
        sign_in = session_of(row) if row else None
        return sign_in if sign_in and not sign_in.revoked else None

    async def revoke_session(self, session_id: SessionId) -> None:
        await self._database.fetch("UPDATE sign_ins SET revoked = true WHERE id = %s::uuid", session_id)

    async def revoke_sessions(self, user_id: UserId, *, keep: SessionId | None = None) -> list[SessionId]:
        rows = await self._database.fetch(
            "WITH ended AS (UPDATE sign_ins SET revoked = true WHERE user_id = %s::uuid AND NOT revoked"
            " AND id IS DISTINCT FROM %s::uuid RETURNING id) SELECT id FROM ended ORDER BY id",
            *(user_id, keep),
        )
        return [sign_in_id for (sign_in_id,) in rows]

    async def purge_sessions(self, before: Timestamp, limit: int) -> int:
        row = await self._database.fetch_one(
            "WITH over AS (SELECT id FROM sign_ins WHERE revoked OR expires_at <= %s::timestamptz LIMIT %s"
            " FOR UPDATE SKIP LOCKED),"
            " gone AS (DELETE FROM sign_ins USING over WHERE sign_ins.id = over.id RETURNING 1)"
            " SELECT count(*) FROM gone",
            *(before, limit),
        )
        return int(row[0]) if row else 0
