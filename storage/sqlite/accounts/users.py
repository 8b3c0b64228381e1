"""SQLite storage: users and their passwords."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

import sqlite3
from collections.abc import Mapping
from itertools import groupby
from typing import Any

import msgspec

from domain import permissions
from domain.accounts import DELETED_NAME, Account, PasswordResetToken, User, UserRole
from domain.base import Timestamp, UserId
from domain.errors.accounts import EmailTaken, InvalidAdminLink, NotSignedIn, UserNotFound
from domain.errors.admin import LastAdmin
from domain.errors.base import Forbidden
from domain.errors.rooms import OwnerCannotLeave
from domain.messages import redacted
from domain.study.progress import DayChanges
from storage.base import UserStore
from storage.rows import set_clause
from storage.rows.accounts import ACCOUNT, CHANGEABLE_OF_USER, NEW_ACCOUNT, USER, account_of, new_account_row, user_of
from storage.sqlite.accounts import former_accounts
from storage.sqlite.database import SqliteDatabase
from storage.sqlite.rooms import members
from storage.sqlite.study import calendars
from storage.sqlite.study.focus_days import store_day_changes
from storage.tables import CLEARED_USER, delete_user_rows, user_deletions
from text import normalise

_ACCOUNTS = f"SELECT {ACCOUNT} FROM users "
USERS = f"SELECT {USER} FROM users "
VERIFY = "UPDATE users SET verified_at = coalesce(verified_at, ?) WHERE id = ?"
_ANOTHER_ADMIN = "SELECT 1 FROM users WHERE role = 'admin' AND NOT disabled AND NOT deleted AND id <> ?"
_IS_ADMIN = "SELECT 1 FROM users WHERE id = ? AND role = 'admin' AND NOT disabled AND NOT deleted"
_NAMED_TOGETHER = """
    SELECT messages.room_id, messages.seq, content, named.name, other.name
    FROM named JOIN named other USING (room_id, seq) JOIN messages USING (room_id, seq)
    WHERE named.user_id = ? ORDER BY messages.room_id, messages.seq
"""
_REPORTED_TOGETHER = """
    SELECT reports.id, content, name.name, other.name
    FROM reported_names name JOIN reported_names other USING (report_id) JOIN reports ON reports.id = report_id
    WHERE name.user_id = ? ORDER BY reports.id
"""
_DELETIONS = user_deletions("?1")
_DELETE_PROMOTIONS = delete_user_rows("promotions", "?1")
_DELETE_INVITES_AS_ADMIN = """
    DELETE FROM invites WHERE created_by = ?
    AND room_id NOT IN (SELECT room_id FROM members WHERE user_id = ? AND role <> 'member')
"""
_OWNS_A_ROOM = "SELECT 1 FROM members WHERE user_id = ? AND role = 'owner' LIMIT 1"


class SqliteUsers(UserStore):
    """`UserStore` in SQLite."""

    _database: SqliteDatabase

    async def add_user(self, user: User, password_hash: str) -> None:
        await self._database.write(lambda connection: insert_user(connection, user, password_hash))

    async def has_admin(self) -> bool:
        return bool(await self._database.read(_ANOTHER_ADMIN, ""))

    async def add_first_admin(self, user: User, password_hash: str) -> None:
        def add_first(connection: sqlite3.Connection) -> None:
            _require_no_other_admin(connection, user.id)
            insert_user(connection, user, password_hash)

        await self._database.write(add_first)

    async def make_first_admin(self, user_id: UserId) -> User:
        def make(connection: sqlite3.Connection) -> User:
            _require_no_other_admin(connection, user_id)
            user = find_user(connection, user_id)
            if user is None or user.disabled:
                raise UserNotFound
            connection.execute("UPDATE users SET role = 'admin', pending = 0 WHERE id = ?", (user_id,))
            return user.with_access("admin", disabled=None)

        return await self._database.write(make)

    async def user(self, user_id: UserId) -> User | None:
        row = await self._database.read_one(USERS + "WHERE id = ? AND NOT deleted", user_id)
        return user_of(row) if row else None

    async def account(self, user_id: UserId) -> Account | None:
        row = await self._database.read_one(_ACCOUNTS + "WHERE id = ? AND NOT deleted", user_id)
        return account_of(row) if row else None

    async def account_by_email(self, email: str) -> Account | None:
        any_spelling = "WHERE email_key = ? ORDER BY email = ? DESC, id LIMIT 1"
        row = await self._database.read_one(_ACCOUNTS + any_spelling, normalise.email_key(email), email)
        return account_of(row) if row else None

    async def change_user(
        self, user_id: UserId, changes: Mapping[str, Any], days: DayChanges | None = None
    ) -> User | None:
        def change(connection: sqlite3.Connection) -> User | None:
            user = find_user(connection, user_id)
            if user is None or user.disabled:
                return None
            changed = msgspec.structs.replace(user, **changes)
            if changes:
                assignments, values = set_clause(changes, CHANGEABLE_OF_USER, "?")
                connection.execute(
                    f"UPDATE users SET {assignments}, search_text = ? WHERE id = ?",
                    (*values, changed.search_key, user_id),
                )
            if days is not None:
                store_day_changes(connection, user_id, days, (user.daily_goal, changed.daily_goal))
            return changed

        return await self._database.write(change)

    async def set_access(
        self,
        user_id: UserId,
        *,
        role: UserRole | None = None,
        disabled: bool | None = None,
        actor_id: UserId | None = None,
    ) -> User | None:
        def change(connection: sqlite3.Connection) -> User | None:
            before = find_user(connection, user_id)
            if before is None:
                return None
            if actor_id is not None and not connection.execute(_IS_ADMIN, (actor_id,)).fetchone():
                raise Forbidden(permissions.ADMINS_ONLY_MESSAGE)
            user = before.with_access(role, disabled=disabled)
            if before.is_admin and not user.is_admin and not connection.execute(_ANOTHER_ADMIN, (user_id,)).fetchone():
                raise LastAdmin
            connection.execute(
                "UPDATE users SET role = ?, disabled = ?, pending = ? WHERE id = ?",
                (user.role, user.disabled, user.pending, user_id),
            )
            if user.disabled:
                connection.execute("UPDATE sign_ins SET revoked = 1 WHERE user_id = ?", (user_id,))
                calendars.delete_calendar(connection, user_id)
            if not user.is_admin:
                connection.execute(_DELETE_PROMOTIONS, (user_id,))
            if user.role != "admin":
                members.revoke_role_memberships(connection, user_id)
                connection.execute(_DELETE_INVITES_AS_ADMIN, (user_id, user_id))
            return user

        return await self._database.write(change)

    async def reclaim_account(self, reset: PasswordResetToken, password_hash: str) -> User | None:
        def reclaim(connection: sqlite3.Connection) -> User | None:
            user_id = reset.user_id
            changed = connection.execute(
                "UPDATE users SET role = 'admin', disabled = 0, pending = 0, password_hash = ?"
                " WHERE id = ? AND NOT deleted",
                (password_hash, user_id),
            )
            if not changed.rowcount:
                return None
            connection.execute("DELETE FROM second_factors WHERE user_id = ?", (user_id,))
            connection.execute("UPDATE sign_ins SET revoked = 1 WHERE user_id = ?", (user_id,))
            calendars.delete_calendar(connection, user_id)
            connection.execute("REPLACE INTO resets VALUES (?, ?, ?, ?)", msgspec.structs.astuple(reset))
            connection.execute(
                "INSERT INTO command_changes SELECT coalesce(max(number), 0) + 1, ? FROM command_changes", (user_id,)
            )
            return user_of(connection.execute(USERS + "WHERE id = ?", (user_id,)).fetchone())

        return await self._database.write(reclaim)

    async def command_changes(self, after: int | None) -> tuple[int, list[UserId]]:
        if after is None:
            [(newest,)] = await self._database.read("SELECT coalesce(max(number), 0) FROM command_changes")
            return newest, []
        rows = await self._database.read(
            "SELECT number, user_id FROM command_changes WHERE number > ? ORDER BY number", after
        )
        return (rows[-1][0] if rows else after), [user_id for _, user_id in rows]

    async def set_password(self, user_id: UserId, password_hash: str, *, expected_hash: str) -> bool:
        def replace(connection: sqlite3.Connection) -> bool:
            replaced = connection.execute(
                "UPDATE users SET password_hash = ? WHERE id = ? AND NOT deleted AND password_hash IN (?, ?)",
                (password_hash, user_id, expected_hash, password_hash),
            )
            return replaced.rowcount > 0

        return await self._database.write(replace)

    async def record_login(self, user_id: UserId, at: Timestamp) -> None:
        def record(connection: sqlite3.Connection) -> None:
            connection.execute("UPDATE users SET last_login = ? WHERE id = ? AND NOT deleted", (at, user_id))

        await self._database.write(record)

    async def delete_user(self, user_id: UserId) -> bool:
        def delete(connection: sqlite3.Connection) -> bool:
            if connection.execute(
                "SELECT 1 FROM users WHERE id = ? AND disabled AND NOT deleted", (user_id,)
            ).fetchone():
                raise NotSignedIn
            return _delete(connection, user_id)

        return await self._database.write(delete)

    async def approve_user(self, user_id: UserId, admin_id: UserId) -> User | None:
        def approve(connection: sqlite3.Connection) -> User | None:
            require_admin(connection, admin_id)
            connection.execute("UPDATE users SET pending = 0 WHERE id = ? AND NOT deleted", (user_id,))
            return find_user(connection, user_id)

        return await self._database.write(approve)

    async def reject_user(self, user_id: UserId, admin_id: UserId) -> bool:
        def refuse(connection: sqlite3.Connection) -> bool:
            require_admin(connection, admin_id)
            waits = connection.execute("SELECT 1 FROM users WHERE id = ? AND pending AND NOT deleted", (user_id,))
            return waits.fetchone() is not None and _delete(connection, user_id)

        return await self._database.write(refuse)

    async def is_empty(self) -> bool:
        return not await self._database.read("SELECT 1 FROM users LIMIT 1")


def _delete(connection: sqlite3.Connection, user_id: UserId) -> bool:
    if connection.execute(_OWNS_A_ROOM, (user_id,)).fetchone():
        raise OwnerCannotLeave
    email = connection.execute("SELECT email_key FROM users WHERE id = ?", (user_id,)).fetchone()
    anonymised = connection.execute(
        f"UPDATE users SET {CLEARED_USER}, first_name = ?, password_hash = NULL WHERE id = ? AND NOT deleted",
        (DELETED_NAME, user_id),
    )
    if not anonymised.rowcount:
        return False
    _redact(connection, user_id)
    for deletion in _DELETIONS:
        connection.execute(deletion, (user_id,))
    former_accounts.insert(connection, user_id, email[0])
    return True


def require_admin(connection: sqlite3.Connection, user_id: UserId) -> None:
    """Raise `Forbidden` if the user is not an admin."""
    if not connection.execute(_IS_ADMIN, (user_id,)).fetchone():
        raise Forbidden


def _redact(connection: sqlite3.Connection, user_id: UserId) -> None:
    """Replace the user's name by `DELETED_NAME` in messages that mention it and in reports."""
    named = connection.execute(_NAMED_TOGETHER, (user_id,)).fetchall()
    for (room_id, seq, content, name), rows in groupby(named, key=lambda row: row[:4]):
        connection.execute(
            "UPDATE messages SET content = ? WHERE room_id = ? AND seq = ?",
            (redacted(content, {name}, [other for *_, other in rows]), room_id, seq),
        )
    reported = connection.execute(_REPORTED_TOGETHER, (user_id,)).fetchall()
    for (report_id, content, name), rows in groupby(reported, key=lambda row: row[:3]):
        connection.execute(
            "UPDATE reports SET content = ? WHERE id = ?",
            (redacted(content, {name}, [other for *_, other in rows]), report_id),
        )


def insert_user(connection: sqlite3.Connection, user: User, password_hash: str) -> None:
    """Add a new user as `UserStore.add_user` does."""
    taken = "SELECT 1 FROM users WHERE email_key = ? AND id <> ?"
    if connection.execute(taken, (user.email_key, user.id)).fetchone():
        raise EmailTaken
    added = connection.execute(
        f"""
        INSERT INTO users ({NEW_ACCOUNT}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO NOTHING
        """,
        new_account_row(user, password_hash),
    )
    if added.rowcount:
        former_accounts.restore_sanctions(connection, user.id, user.email_key)


def _require_no_other_admin(connection: sqlite3.Connection, user_id: UserId) -> None:
    if connection.execute(_ANOTHER_ADMIN, (user_id,)).fetchone():
        raise InvalidAdminLink


def find_user(connection: sqlite3.Connection, user_id: UserId) -> User | None:
    """Return the user, None if there is none or the account is deleted."""
    row = connection.execute(USERS + "WHERE id = ? AND NOT deleted", (user_id,)).fetchone()
    return user_of(row) if row else None


def exists(connection: sqlite3.Connection, user_id: UserId) -> bool:
    """Return True if the user exists and is not deleted."""
    return connection.execute("SELECT 1 FROM users WHERE id = ? AND NOT deleted", (user_id,)).fetchone() is not None
