"""PostgreSQL storage: the audit log of rooms.

Audited actions and changes of roles lock the room's row: the roles that `authorize_once` reads cannot change until the
commit.
"""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

from domain import permissions
from domain.base import AuditEntryId, RoomId, UserId
from domain.moderation import AuditDraft, AuditEntry
from domain.permissions import NO_AUTHORITY, Authority
from storage.base import AuditLogStore
from storage.postgres.repository import PostgresRepository
from storage.postgres.transaction import Transaction
from storage.rows.accounts import IS_ADMIN
from storage.rows.moderation import AUDIT_DRAFT, AUDIT_ENTRY, audit_entry_of

_AUTHORITY = (
    f"SELECT u.id, m.role, {IS_ADMIN}, NOT u.disabled AND NOT u.deleted"
    " FROM users u LEFT JOIN members m ON m.room_id = %s::uuid AND m.user_id = u.id"
)
INSERT_AUDIT = (
    f"INSERT INTO audit_log ({AUDIT_DRAFT}) VALUES (%s::uuid, %s::uuid, %s, %s::uuid, %s::uuid, %s, %s::timestamptz)"
)


class PostgresAuditLog(PostgresRepository, AuditLogStore):
    """`AuditLogStore` in PostgreSQL."""

    async def audit_log(self, room_id: RoomId, *, before: AuditEntryId | None = None, limit: int) -> list[AuditEntry]:
        rows = await self._database.fetch(
            f"SELECT {AUDIT_ENTRY} FROM audit_log a"
            " JOIN users u ON u.id = a.actor_id LEFT JOIN users t ON t.id = a.target_id"
            " WHERE a.room_id = %s::uuid AND (%s::uuid IS NULL OR a.id < %s::uuid) ORDER BY a.id DESC LIMIT %s",
            *(room_id, before, before, limit),
        )
        return [audit_entry_of(row) for row in rows]


async def authorize_once(transaction: Transaction, audit: AuditDraft | None) -> bool:
    """Return True if the action is new, or None; False for a retry. Raises as `permissions.authorize`.

    The caller must hold the lock of the room's row.
    """
    if audit is None:
        return True
    rows = await transaction.fetch(
        f"{_AUTHORITY} WHERE u.id IN (%s::uuid, %s::uuid)"
        " UNION ALL SELECT NULL, NULL, NULL, NULL FROM audit_log WHERE id = %s::uuid",
        *(audit.room_id, audit.actor_id, audit.target_id, audit.id),
    )
    found: dict[UserId | None, Authority] = {row[0]: Authority(*row[1:]) for row in rows}
    if None in found:
        return False
    gone = Authority(is_active=False)
    permissions.authorize(
        audit, found.get(audit.actor_id, gone), found.get(audit.target_id, gone) if audit.target_id else NO_AUTHORITY
    )
    return True


async def authority_of(transaction: Transaction, room_id: RoomId, user_id: UserId) -> Authority:
    """Return the user's current roles. The caller must hold the lock of the room's row."""
    row = await transaction.fetch_one(f"{_AUTHORITY} WHERE u.id = %s::uuid", room_id, user_id)
    return Authority(*row[1:]) if row else Authority(is_active=False)
