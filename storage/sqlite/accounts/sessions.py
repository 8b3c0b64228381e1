"""SQLite storage: sessions, families of refresh tokens."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

import sqlite3

import msgspec

from domain.accounts import Session, SessionRenewal
from domain.base import SessionId, Timestamp, UserId
from domain.errors.accounts import UserNotFound
from storage.base import SessionStore
from storage.rows.accounts import SESSION, session_of
from storage.sqlite.accounts import users
from storage.sqlite.database import SqliteDatabase

_SESSIONS = f"SELECT {SESSION} FROM sign_ins "


class SqliteSessions(SessionStore):
    """`SessionStore` in SQLite."""

    _database: SqliteDatabase

    async def add_session(self, session: Session) -> None:
        def add(connection: sqlite3.Connection) -> None:
            if not users.exists(connection, session.user_id):
                raise UserNotFound
            connection.execute(
                f"""
                INSERT INTO sign_ins ({SESSION})
                VALUES
                    (:id, :user_id, :created_at, :refresh_hash, :expires_at, :last_used, :client, :address,
                     :previous_hash, :revoked)
                ON CONFLICT (id) DO NOTHING
                """,
                msgspec.structs.asdict(session),
            )

        await self._database.write(add)

    async def session(self, session_id: SessionId) -> Session | None:
        row = await self._database.read_one(_SESSIONS + "WHERE id = ?", session_id)
        return session_of(row) if row else None

    async def sessions_of(self, user_id: UserId, now: Timestamp, limit: int) -> list[Session]:
        theirs = "WHERE user_id = ? AND NOT revoked AND expires_at > ? ORDER BY id DESC LIMIT ?"
        return [session_of(row) for row in await self._database.read(_SESSIONS + theirs, user_id, now, limit)]

    async def rotate_session(
        self, session_id: SessionId, used_hash: str, renewal: SessionRenewal, *, retry_since: Timestamp
    ) -> Session | None:
        def rotate(connection: sqlite3.Connection) -> Session | None:
            row = connection.execute(_SESSIONS + "WHERE id = ?", (session_id,)).fetchone()
            if row is None:
                return None
            rotated = session_of(row).renewed(used_hash, renewal, retry_since)
            if rotated is None:
                connection.execute("UPDATE sign_ins SET revoked = 1 WHERE id = ?", (session_id,))
                return None
            connection.execute(
                """
                UPDATE sign_ins SET refresh_hash = :refresh_hash, expires_at = :expires_at, last_used = :last_used,
                    client = :client, address = :address, previous_hash = :previous_hash
                WHERE id = :id
                """,
                msgspec.structs.asdict(rotated),
            )
            return rotated

        return await self._database.write(rotate)

    async def revoke_session(self, session_id: SessionId) -> None:
        def revoke(connection: sqlite3.Connection) -> None:
            connection.execute("UPDATE sign_ins SET revoked = 1 WHERE id = ?", (session_id,))

        await self._database.write(revoke)

    async def revoke_sessions(self, user_id: UserId, *, keep: SessionId | None = None) -> list[SessionId]:
        def revoke(connection: sqlite3.Connection) -> list[SessionId]:
            ids = "SELECT id FROM sign_ins WHERE user_id = ? AND NOT revoked AND id IS NOT ? ORDER BY id"
            revoked = [sign_in_id for (sign_in_id,) in connection.execute(ids, (user_id, keep))]
            connection.executemany("UPDATE sign_ins SET revoked = 1 WHERE id = ?", [(one,) for one in revoked])
            return revoked

        return await self._database.write(revoke)

    async def purge_sessions(self, before: Timestamp, limit: int) -> int:
        def purge(connection: sqlite3.Connection) -> int:
            return connection.execute(
                """
                DELETE FROM sign_ins WHERE id IN (SELECT id FROM sign_ins WHERE revoked OR expires_at <= ? LIMIT ?)
                """,
                (before, limit),
            ).rowcount

        return await self._database.write(purge)
