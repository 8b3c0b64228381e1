"""SQLite storage: bans, mutes and removals of deleted accounts."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

import sqlite3

from domain.base import Timestamp, UserId
from storage.email_hashes import email_hash
from storage.tables import HAS_SANCTION, SANCTION_TABLES

_INSERT = f"INSERT OR REPLACE INTO former_accounts SELECT id, ? FROM users u WHERE id = ? AND ({HAS_SANCTION})"
_PURGE = f"""
    DELETE FROM former_accounts WHERE user_id IN (
        SELECT user_id FROM former_accounts JOIN users u ON u.id = user_id WHERE NOT ({HAS_SANCTION}) LIMIT ?
    )
"""


def insert(connection: sqlite3.Connection, user_id: UserId, email_key: str) -> None:
    """Store the email hash of a user during deletion, if the user has rows in `SANCTION_TABLES`."""
    connection.execute(_INSERT, (_hash(connection, email_key), user_id))


def restore_sanctions(connection: sqlite3.Connection, user_id: UserId, email_key: str) -> None:
    """Move the rows of deleted accounts with this email to a new account."""
    hashed = _hash(connection, email_key)
    former = connection.execute("SELECT user_id FROM former_accounts WHERE email_hash = ?", (hashed,)).fetchall()
    for (former_id,) in former:
        for table in SANCTION_TABLES:
            connection.execute(f"UPDATE OR IGNORE {table} SET user_id = ? WHERE user_id = ?", (user_id, former_id))
            connection.execute(f"DELETE FROM {table} WHERE user_id = ?", (former_id,))
    connection.execute("DELETE FROM former_accounts WHERE email_hash = ?", (hashed,))


def purge(connection: sqlite3.Connection, now: Timestamp, limit: int) -> int:
    """Delete hashes without a ban, mute or removal in force at `now` (`RetentionStore.purge_former_accounts`)."""
    connection.execute(
        "DELETE FROM mutes WHERE until <= ? AND user_id IN (SELECT user_id FROM former_accounts)", (now,)
    )
    connection.execute("DELETE FROM removals WHERE until <= ?", (now,))
    return connection.execute(_PURGE, (limit,)).rowcount


def _hash(connection: sqlite3.Connection, email_key: str) -> str:
    [(key,)] = connection.execute("SELECT value FROM meta WHERE name = 'email_hash_key'")
    return email_hash(key, email_key)
