"""PostgreSQL storage: bans, mutes and removals of deleted accounts."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

from domain.base import Timestamp, UserId
from storage.email_hashes import email_hash
from storage.postgres.transaction import Transaction
from storage.tables import HAS_SANCTION, SANCTION_TABLES

_INSERT = (
    "INSERT INTO former_accounts SELECT id, %s FROM users u"
    f" WHERE id = %s::uuid AND ({HAS_SANCTION}) ON CONFLICT DO NOTHING"
)
_MOVE = "; ".join(
    f"UPDATE {table} SET user_id = %s::uuid WHERE user_id = %s::uuid"
    f" AND room_id NOT IN (SELECT room_id FROM {table} WHERE user_id = %s::uuid);"
    f" DELETE FROM {table} WHERE user_id = %s::uuid"
    for table in SANCTION_TABLES
)
_PURGE = (
    "DELETE FROM mutes WHERE until <= %s::timestamptz AND user_id IN (SELECT user_id FROM former_accounts);"
    " DELETE FROM removals WHERE until <= %s::timestamptz;"
    " DELETE FROM former_accounts WHERE user_id IN (SELECT user_id FROM former_accounts JOIN users u ON u.id = user_id"
    f" WHERE NOT ({HAS_SANCTION}) ORDER BY user_id LIMIT %s) RETURNING user_id"
)
"""Deletes up to a number of hashes without a restriction in force at a time, and returns the users' ids."""


async def insert(transaction: Transaction, user_id: UserId, email_key: str) -> None:
    """Store the email hash of a user during deletion, if the user has rows in `SANCTION_TABLES`."""
    await transaction.fetch(_INSERT, await _hash(transaction, email_key), user_id)


async def restore_sanctions(transaction: Transaction, user_id: UserId, email_key: str) -> None:
    """Move the rows of deleted accounts with this email to a new account.

    Runs after the statement that added the account, to see a deletion that this statement waited for.
    """
    former = await transaction.fetch(
        "DELETE FROM former_accounts WHERE email_hash = %s RETURNING user_id", await _hash(transaction, email_key)
    )
    for (former_id,) in former:
        await transaction.fetch(_MOVE, *[user_id, former_id, user_id, former_id] * len(SANCTION_TABLES))


async def purge(transaction: Transaction, now: Timestamp, limit: int) -> int:
    """Delete hashes without a ban, mute or removal in force at `now` (`RetentionStore.purge_former_accounts`)."""
    return len(await transaction.fetch(_PURGE, now, now, limit))


async def _hash(transaction: Transaction, email_key: str) -> str:
    [(key,)] = await transaction.fetch("SELECT email_hash_key FROM meta")
    return email_hash(key, email_key)
