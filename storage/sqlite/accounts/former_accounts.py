"""Bans, mutes and removals of deleted accounts, in SQLite."""
# ruff: noqa: S608 - statements are put together from constants alone; values are parameters

import sqlite3

from domain.base import Timestamp, UserId
from storage.email_hashes import email_hash

TABLES = ("bans", "mutes", "removals")
"""Tables whose rows hold for a new account of the same address. Each has `room_id` and `user_id` as its key."""

_ANY = " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {table}.user_id = users.id)" for table in TABLES)
_REMEMBER = f"INSERT OR REPLACE INTO former_accounts SELECT id, ? FROM users WHERE id = ? AND ({_ANY})"
_FORGET = f"""
    DELETE FROM former_accounts WHERE user_id IN (
        SELECT user_id FROM former_accounts JOIN users ON users.id = user_id WHERE NOT ({_ANY}) LIMIT ?
    )
"""


def remember(connection: sqlite3.Connection, user_id: UserId, email_key: str) -> None:
    """Store the hash of the email of a user who is being deleted, if a row of `TABLES` is left of them."""
    connection.execute(_REMEMBER, (_hash(connection, email_key), user_id))


def restore(connection: sqlite3.Connection, user_id: UserId, email_key: str) -> None:
    """Move the rows of deleted accounts with this email to a new account."""
    hashed = _hash(connection, email_key)
    former = connection.execute("SELECT user_id FROM former_accounts WHERE email_hash = ?", (hashed,)).fetchall()
    for (former_id,) in former:
        for table in TABLES:
            connection.execute(f"UPDATE OR IGNORE {table} SET user_id = ? WHERE user_id = ?", (user_id, former_id))
            connection.execute(f"DELETE FROM {table} WHERE user_id = ?", (former_id,))
    connection.execute("DELETE FROM former_accounts WHERE email_hash = ?", (hashed,))


def forget(connection: sqlite3.Connection, now: Timestamp, limit: int) -> int:
    """Delete hashes without a ban, mute or removal at `now`: see `Retention.forget_former_accounts`."""
    connection.execute(
        "DELETE FROM mutes WHERE until <= ? AND user_id IN (SELECT user_id FROM former_accounts)", (now,)
    )
    connection.execute("DELETE FROM removals WHERE until <= ?", (now,))
    return connection.execute(_FORGET, (limit,)).rowcount


def _hash(connection: sqlite3.Connection, email_key: str) -> str:
    [(key,)] = connection.execute("SELECT value FROM meta WHERE name = 'email_hash_key'")
    return email_hash(key, email_key)
