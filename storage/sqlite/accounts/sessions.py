"""Families of refresh tokens, in SQLite."""

import sqlite3

import msgspec

from domain.accounts import Renewal, SignIn
from domain.base import SignInId, Timestamp, UserId
from domain.errors.accounts import UserNotFound
from storage.base import SignIns
from storage.sqlite.accounts import users
from storage.sqlite.database import Database, Row

_SIGN_INS = (
    "SELECT id, user_id, created_at, refresh_hash, expires_at, last_used, client, address, previous_hash, revoked"
    " FROM sign_ins "
)


class SqliteSignIns(SignIns):
    """The sign-ins' part of the storage."""

    _database: Database

    async def add_sign_in(self, sign_in: SignIn) -> None:
        def add(connection: sqlite3.Connection) -> None:
            if not users.exists(connection, sign_in.user_id):
                raise UserNotFound
            connection.execute(
                """
                INSERT INTO sign_ins
                    (id, user_id, created_at, refresh_hash, expires_at, last_used, client, address, previous_hash,
                     revoked)
                VALUES
                    (:id, :user_id, :created_at, :refresh_hash, :expires_at, :last_used, :client, :address,
                     :previous_hash, :revoked)
                ON CONFLICT (id) DO NOTHING
                """,
                msgspec.structs.asdict(sign_in),
            )

        await self._database.write(add)

    async def sign_in(self, sign_in_id: SignInId) -> SignIn | None:
        return _one_sign_in(await self._database.read(_SIGN_INS + "WHERE id = ?", sign_in_id))

    async def sign_ins_of(self, user_id: UserId, now: Timestamp, limit: int) -> list[SignIn]:
        theirs = "WHERE user_id = ? AND NOT revoked AND expires_at > ? ORDER BY id DESC LIMIT ?"
        return _sign_ins(await self._database.read(_SIGN_INS + theirs, user_id, now, limit))

    async def rotate_sign_in(
        self, sign_in_id: SignInId, used_hash: str, renewal: Renewal, *, retry_since: Timestamp
    ) -> SignIn | None:
        def rotate(connection: sqlite3.Connection) -> SignIn | None:
            kept = _one_sign_in(connection.execute(_SIGN_INS + "WHERE id = ?", (sign_in_id,)).fetchall())
            if kept is None:
                return None
            rotated = kept.renewed(used_hash, renewal, retry_since)
            if rotated is None:
                connection.execute("UPDATE sign_ins SET revoked = 1 WHERE id = ?", (sign_in_id,))
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

    async def revoke_sign_in(self, sign_in_id: SignInId) -> None:
        def revoke(connection: sqlite3.Connection) -> None:
            connection.execute("UPDATE sign_ins SET revoked = 1 WHERE id = ?", (sign_in_id,))

        await self._database.write(revoke)

    async def revoke_sign_ins(self, user_id: UserId, *, keep: SignInId | None = None) -> list[SignInId]:
        def revoke(connection: sqlite3.Connection) -> list[SignInId]:
            ids = "SELECT id FROM sign_ins WHERE user_id = ? AND NOT revoked AND id IS NOT ? ORDER BY id"
            revoked = [sign_in_id for (sign_in_id,) in connection.execute(ids, (user_id, keep))]
            connection.executemany("UPDATE sign_ins SET revoked = 1 WHERE id = ?", [(one,) for one in revoked])
            return revoked

        return await self._database.write(revoke)

    async def purge_sign_ins(self, before: Timestamp, limit: int) -> int:
        def purge(connection: sqlite3.Connection) -> int:
            return connection.execute(
                """
                DELETE FROM sign_ins WHERE id IN (SELECT id FROM sign_ins WHERE revoked OR expires_at <= ? LIMIT ?)
                """,
                (before, limit),
            ).rowcount

        return await self._database.write(purge)


def _sign_ins(rows: list[Row]) -> list[SignIn]:
    return [
        SignIn(
            id=sign_in_id,
            user_id=user_id,
            created_at=created_at,
            refresh_hash=refresh_hash,
            expires_at=expires_at,
            last_used=last_used,
            client=client,
            address=address,
            previous_hash=previous_hash,
            revoked=bool(revoked),
        )
        for (
            sign_in_id,
            user_id,
            created_at,
            refresh_hash,
            expires_at,
            last_used,
            client,
            address,
            previous_hash,
            revoked,
        ) in rows
    ]


def _one_sign_in(rows: list[Row]) -> SignIn | None:
    return next(iter(_sign_ins(rows)), None)
