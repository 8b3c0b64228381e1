"""PostgreSQL storage: users and their passwords."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

from collections.abc import Mapping
from functools import cached_property
from typing import Any

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
from storage.postgres.accounts import former_accounts
from storage.postgres.batch_loader import BatchLoader
from storage.postgres.messages.holds import DELETE_OF_ENDED
from storage.postgres.repository import PostgresRepository
from storage.postgres.study.calendars import DELETE_CALENDAR
from storage.postgres.study.focus_days import store_day_changes
from storage.postgres.transaction import Transaction
from storage.rows import set_clause
from storage.rows.accounts import ACCOUNT, CHANGEABLE_OF_USER, NEW_ACCOUNT, USER, account_of, new_account_row, user_of
from storage.tables import CLEARED_USER, delete_user_rows, user_deletions
from text import normalise

_INSERT_USER = (
    f"WITH kept AS (INSERT INTO users ({NEW_ACCOUNT})"
    " SELECT %s::uuid, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::timestamptz, %s::timestamptz, %s::timestamptz,"
    " %s, %s, %s, %s, key"
    " FROM (SELECT %s AS key) AS new WHERE NOT EXISTS (SELECT FROM users WHERE email_key = key)"
    " ON CONFLICT DO NOTHING RETURNING id)"
    " SELECT id FROM kept UNION ALL SELECT id FROM users WHERE id = %s::uuid"
)
"""Adds a user and returns the id. The last SELECT finds a user added by an earlier attempt.

Of two concurrent inserts with one email, the unique index rejects one.
"""

_ANOTHER_ADMIN = (
    "SELECT 1 FROM users WHERE role = 'admin' AND NOT disabled AND NOT deleted AND id IS DISTINCT FROM %s::uuid LIMIT 1"
)
_FIRST_ADMIN_LOCK = "SELECT pg_advisory_xact_lock(hashtext('studyhall first admin'))"
"""Serialises callers that would each add the first admin."""

_LOCK_ROOMS_BY_ROLE = (
    "SELECT 1 FROM rooms WHERE id IN (SELECT room_id FROM members WHERE user_id = %s::uuid AND by_role) ORDER BY id"
    " FOR NO KEY UPDATE"
)
_REVOKE_ROLE_MEMBERSHIPS = (
    "WITH ended AS (DELETE FROM members m USING rooms r WHERE r.id = m.room_id AND m.user_id = %s::uuid AND m.by_role"
    " AND (r.visibility = 'private' OR EXISTS (SELECT FROM bans b WHERE b.room_id = r.id AND b.user_id = m.user_id))"
    " RETURNING m.room_id, m.user_id),"
    " past AS (INSERT INTO past_members (room_id, user_id) SELECT * FROM ended ON CONFLICT DO NOTHING),"
    " away AS (DELETE FROM going g USING ended WHERE g.room_id = ended.room_id AND g.user_id = ended.user_id),"
    f" held AS ({DELETE_OF_ENDED})"
    " UPDATE rooms SET total_members = total_members - 1 FROM ended WHERE rooms.id = ended.room_id;"
    " UPDATE members SET by_role = false WHERE user_id = %s::uuid AND by_role;"
    " UPDATE tasks SET shared = false WHERE user_id = %s::uuid AND shared AND NOT EXISTS"
    " (SELECT FROM members m WHERE m.room_id = tasks.room_id AND m.user_id = tasks.user_id);"
)
"""Ends the memberships that a former admin had only by that role, and unshares tasks there."""


_LOCK_GOAL = "SELECT daily_goal FROM users WHERE id = %s::uuid AND NOT deleted AND NOT disabled FOR NO KEY UPDATE"

_DELETE_PROMOTIONS = delete_user_rows("promotions", "%s::uuid")
_DELETIONS = "; ".join(user_deletions("%s::uuid"))


async def lock_admins(transaction: Transaction) -> list[UserId]:
    """Lock and return the enabled admins; the locks last until the transaction ends."""
    rows = await transaction.fetch(
        "SELECT id FROM users WHERE role = 'admin' AND NOT disabled AND NOT deleted ORDER BY id FOR NO KEY UPDATE"
    )
    return [str(user_id) for (user_id,) in rows]


class PostgresUsers(PostgresRepository, UserStore):
    """`UserStore` in PostgreSQL."""

    async def add_user(self, user: User, password_hash: str) -> None:
        await self._database.transaction(lambda transaction: insert_user(transaction, user, password_hash))

    async def has_admin(self) -> bool:
        return await self._database.fetch_one(_ANOTHER_ADMIN, None) is not None

    async def add_first_admin(self, user: User, password_hash: str) -> None:
        async def work(transaction: Transaction) -> None:
            await _require_no_other_admin(transaction, user.id)
            await insert_user(transaction, user, password_hash)

        await self._database.transaction(work)

    async def make_first_admin(self, user_id: UserId) -> User:
        async def work(transaction: Transaction) -> User:
            await _require_no_other_admin(transaction, user_id)
            row = await transaction.fetch_one(
                "UPDATE users SET role = 'admin', pending = false WHERE id = %s::uuid AND NOT deleted AND NOT disabled"
                f" RETURNING {USER}",
                user_id,
            )
            if row is None:
                raise UserNotFound
            return user_of(row)

        return await self._database.transaction(work)

    async def user(self, user_id: UserId) -> User | None:
        return await self._user_loader.get(user_id)

    @cached_property
    def _user_loader(self) -> BatchLoader[UserId, User]:
        return BatchLoader(self._read_users)

    async def _read_users(self, user_ids: list[UserId]) -> dict[UserId, User]:
        rows = await self._database.fetch(
            f"SELECT {USER} FROM users WHERE id = ANY(%s::uuid[]) AND NOT deleted", user_ids
        )
        return {row[0]: user_of(row) for row in rows}

    async def account(self, user_id: UserId) -> Account | None:
        row = await self._database.fetch_one(
            f"SELECT {ACCOUNT} FROM users WHERE id = %s::uuid AND NOT deleted LIMIT 1", user_id
        )
        return account_of(row) if row else None

    async def account_by_email(self, email: str) -> Account | None:
        row = await self._database.fetch_one(
            f"SELECT {ACCOUNT} FROM users WHERE email_key = %s AND email_key <> ''"  # as in the index
            " ORDER BY email = %s DESC, id LIMIT 1",
            *(normalise.email_key(email), email),
        )
        return account_of(row) if row else None

    async def change_user(
        self, user_id: UserId, changes: Mapping[str, Any], days: DayChanges | None = None
    ) -> User | None:
        if not changes:
            return await self.user(user_id)
        fields, values = set_clause(changes, CHANGEABLE_OF_USER, "%s")

        async def work(transaction: Transaction) -> User | None:
            if days is not None:
                before = await transaction.fetch_one(_LOCK_GOAL, user_id)
                if before is not None:
                    goals = (before[0], changes.get("daily_goal", before[0]))
                    await store_day_changes(transaction, user_id, days, goals)
            row = await transaction.fetch_one(
                f"UPDATE users SET {fields} WHERE id = %s::uuid AND NOT deleted AND NOT disabled RETURNING {USER}",
                *(*values, user_id),
            )
            if row is None:
                return None
            changed = user_of(row)
            await transaction.finish(
                "UPDATE users SET search_text = %s WHERE id = %s::uuid", changed.search_key, user_id
            )
            return changed

        return await self._database.transaction(work)

    async def set_access(
        self,
        user_id: UserId,
        *,
        role: UserRole | None = None,
        disabled: bool | None = None,
        actor_id: UserId | None = None,
    ) -> User | None:
        async def work(transaction: Transaction) -> User | None:
            # Admins who change each other concurrently wait here; the second one finds fewer admins.
            admins = await lock_admins(transaction)
            if actor_id is not None and actor_id not in admins:
                raise Forbidden(permissions.ADMINS_ONLY_MESSAGE)
            row = await transaction.fetch_one(
                "UPDATE users SET role = coalesce(%s, role), disabled = coalesce(%s, disabled),"
                " pending = pending AND coalesce(%s, role) <> 'admin'"
                f" WHERE id = %s::uuid AND NOT deleted RETURNING {USER}",
                *(role, disabled, role, user_id),
            )
            user = user_of(row) if row else None
            if user and not user.is_admin and admins == [user_id]:
                raise LastAdmin
            if user and user.disabled:
                await transaction.fetch(
                    f"UPDATE sign_ins SET revoked = true WHERE user_id = %s::uuid AND NOT revoked; {DELETE_CALENDAR}",
                    *(user_id, user_id),
                )
            if user and not user.is_admin:
                await transaction.fetch(_DELETE_PROMOTIONS, user_id, user_id)
            if user and user.role != "admin":
                await transaction.fetch(_LOCK_ROOMS_BY_ROLE, user_id)
                await transaction.fetch(
                    _REVOKE_ROLE_MEMBERSHIPS + " DELETE FROM invites WHERE created_by = %s::uuid AND room_id NOT IN"
                    " (SELECT room_id FROM members WHERE user_id = %s::uuid AND role <> 'member')",
                    *[user_id] * 5,
                )
            return user

        return await self._database.transaction(work)

    async def reclaim_account(self, reset: PasswordResetToken, password_hash: str) -> User | None:
        async def work(transaction: Transaction) -> User | None:
            # Lock the user's row first, in the same order as the deletion of a user.
            row = await transaction.fetch_one(
                "UPDATE users SET role = 'admin', disabled = false, pending = false, password_hash = %s"
                f" WHERE id = %s::uuid AND NOT deleted RETURNING {USER}",
                *(password_hash, reset.user_id),
            )
            if row is None:
                return None
            await transaction.finish(
                "DELETE FROM second_factors WHERE user_id = %s::uuid;"
                " UPDATE sign_ins SET revoked = true WHERE user_id = %s::uuid AND NOT revoked;"
                f" {DELETE_CALENDAR};"
                " INSERT INTO resets (user_id, token_hash, expires_at, mailed)"
                " VALUES (%s::uuid, %s, %s::timestamptz, false)"
                " ON CONFLICT (user_id) DO UPDATE SET token_hash = excluded.token_hash,"
                " expires_at = excluded.expires_at, mailed = false;"
                " LOCK TABLE command_changes IN EXCLUSIVE MODE;"  # numbers become visible in their order
                " INSERT INTO command_changes SELECT coalesce(max(number), 0) + 1, %s::uuid FROM command_changes",
                *(
                    reset.user_id,
                    reset.user_id,
                    reset.user_id,
                    reset.user_id,
                    reset.token_hash,
                    reset.expires_at,
                    reset.user_id,
                ),
            )
            return user_of(row)

        return await self._database.transaction(work)

    async def command_changes(self, after: int | None) -> tuple[int, list[UserId]]:
        if after is None:
            row = await self._database.fetch_one("SELECT coalesce(max(number), 0) FROM command_changes LIMIT 1")
            return (int(row[0]) if row else 0), []
        rows = await self._database.fetch(
            "SELECT number, user_id FROM command_changes WHERE number > %s ORDER BY number", after
        )
        return (int(rows[-1][0]) if rows else after), [user_id for _, user_id in rows]

    async def set_password(self, user_id: UserId, password_hash: str, *, expected_hash: str) -> bool:
        replaced = await self._database.fetch_one(
            "UPDATE users SET password_hash = %s WHERE id = %s::uuid AND NOT deleted AND password_hash IN (%s, %s)"
            " RETURNING id",
            *(password_hash, user_id, expected_hash, password_hash),
        )
        return replaced is not None

    async def record_login(self, user_id: UserId, at: Timestamp) -> None:
        await self._database.fetch(
            "UPDATE users SET last_login = %s::timestamptz WHERE id = %s::uuid AND NOT deleted", at, user_id
        )

    async def delete_user(self, user_id: UserId) -> bool:
        return await self._database.transaction(lambda transaction: _delete(transaction, user_id))

    async def approve_user(self, user_id: UserId, admin_id: UserId) -> User | None:
        async def work(transaction: Transaction) -> User | None:
            await require_admin(transaction, admin_id)
            row = await transaction.fetch_one(
                f"UPDATE users SET pending = false WHERE id = %s::uuid AND NOT deleted RETURNING {USER}", user_id
            )
            return user_of(row) if row else None

        return await self._database.transaction(work)

    async def reject_user(self, user_id: UserId, admin_id: UserId) -> bool:
        async def work(transaction: Transaction) -> bool:
            await require_admin(transaction, admin_id)
            waits = await transaction.fetch(
                "SELECT 1 FROM users WHERE id = %s::uuid AND pending AND NOT deleted FOR NO KEY UPDATE", user_id
            )
            return bool(waits) and await _delete(transaction, user_id, even_disabled=True)

        return await self._database.transaction(work)

    async def is_empty(self) -> bool:
        return not await self._database.fetch_one("SELECT 1 FROM users LIMIT 1")


async def insert_user(transaction: Transaction, user: User, password_hash: str) -> None:
    """Add a new user as `UserStore.add_user` does."""
    if not await transaction.fetch(_INSERT_USER, *new_account_row(user, password_hash), user.id):
        raise EmailTaken
    await former_accounts.restore_sanctions(transaction, user.id, user.email_key)


async def _require_no_other_admin(transaction: Transaction, user_id: UserId) -> None:
    await transaction.fetch(_FIRST_ADMIN_LOCK)
    if await transaction.fetch(_ANOTHER_ADMIN, user_id):  # after the lock, to see what was committed meanwhile
        raise InvalidAdminLink


async def _delete(transaction: Transaction, user_id: UserId, *, even_disabled: bool = False) -> bool:
    # Lock the user's row first: from here on, the user cannot join a room or sign in.
    email = await transaction.fetch_one(
        "SELECT email_key FROM users WHERE id = %s::uuid AND NOT deleted FOR UPDATE", user_id
    )
    found = email and await transaction.fetch_one(
        f"UPDATE users SET {CLEARED_USER}, first_name = %s, password_hash = ''"
        " WHERE id = %s::uuid AND NOT deleted RETURNING disabled",
        *(DELETED_NAME, user_id),
    )
    if not email or not found:
        return False
    if found[0] and not even_disabled:
        raise NotSignedIn
    # Transfers of ownership hold the room's row: after locking the rooms, ownership cannot change.
    owned = await transaction.fetch(
        "SELECT 1 FROM rooms WHERE id IN (SELECT room_id FROM members WHERE user_id = %s::uuid)"
        " ORDER BY id FOR NO KEY UPDATE;"
        " SELECT 1 FROM members WHERE user_id = %s::uuid AND role = 'owner' LIMIT 1",
        *(user_id, user_id),
    )
    if owned:
        raise OwnerCannotLeave
    await _redact(transaction, user_id)
    await former_accounts.insert(transaction, user_id, email[0])
    await transaction.finish(_DELETIONS, *[user_id] * _DELETIONS.count("%s"))
    return True


async def require_admin(transaction: Transaction, user_id: UserId) -> None:
    """Raise `Forbidden` if the user is not an admin; the row is locked, so the role lasts until the commit."""
    if not await transaction.fetch(
        "SELECT 1 FROM users WHERE id = %s::uuid AND role = 'admin' AND NOT disabled AND NOT deleted FOR SHARE", user_id
    ):
        raise Forbidden


async def _redact(transaction: Transaction, user_id: UserId) -> None:
    """Replace the user's name by `DELETED_NAME` in messages that mention it and in reports."""
    named = await transaction.fetch(
        "SELECT m.room_id, m.seq, m.content, named.name,"
        " (SELECT array_agg(name) FROM named other WHERE other.room_id = m.room_id AND other.seq = m.seq)"
        " FROM named JOIN messages m ON m.room_id = named.room_id AND m.seq = named.seq"
        " WHERE named.user_id = %s::uuid ORDER BY m.room_id, m.seq FOR NO KEY UPDATE OF m",
        user_id,
    )
    if named:
        await transaction.fetch(
            "UPDATE messages SET content = plain.content"
            " FROM unnest(%s::uuid[], %s::bigint[], %s::text[]) AS plain (room_id, seq, content)"
            " WHERE messages.room_id = plain.room_id AND messages.seq = plain.seq",
            [room_id for room_id, *_ in named],
            [seq for _, seq, *_ in named],
            [redacted(content, {name}, names) for *_, content, name, names in named],
        )
    reported = await transaction.fetch(
        "SELECT p.id, p.content, named.name,"
        " (SELECT array_agg(name) FROM reported_names other WHERE other.report_id = p.id)"
        " FROM reported_names named JOIN reports p ON p.id = named.report_id"
        " WHERE named.user_id = %s::uuid ORDER BY p.id FOR NO KEY UPDATE OF p",
        user_id,
    )
    if reported:
        await transaction.fetch(
            "UPDATE reports SET content = plain.content FROM unnest(%s::uuid[], %s::text[]) AS plain (id, content)"
            " WHERE reports.id = plain.id",
            [report_id for report_id, *_ in reported],
            [redacted(content, {name}, names) for _, content, name, names in reported],
        )
