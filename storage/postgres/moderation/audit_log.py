"""PostgreSQL storage: the audit log of rooms.

Audited actions and changes of roles lock the room's row: the roles that `authorize_once` reads cannot change until the
commit.
"""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

from domain.base import AuditEntryId, RoomId, UserId
from domain.moderation import AuditDraft, AuditEntry
from domain.permissions import Authority
from storage.base import AuditLogStore
from storage.postgres.repository import PostgresRepository
from storage.postgres.transaction import Transaction
from storage.rows.moderation import AUDIT_DRAFT, AUDIT_ENTRIES, audit_entry_of
from storage.rows.rooms import authorities, authorities_of
from storage.rules import moderation as moderation_rules

_AUTHORITIES = authorities("%s::uuid")
INSERT_AUDIT = (
    f"INSERT INTO audit_log ({AUDIT_DRAFT}) VALUES (%s::uuid, %s::uuid, %s, %s::uuid, %s::uuid, %s, %s::timestamptz)"
)


class PostgresAuditLog(PostgresRepository, AuditLogStore):
    """`AuditLogStore` in PostgreSQL."""

    async def audit_log(self, room_id: RoomId, *, before: AuditEntryId | None = None, limit: int) -> list[AuditEntry]:
        rows = await self._database.fetch(
            f"{AUDIT_ENTRIES}"
            " WHERE a.room_id = %s::uuid AND (%s::uuid IS NULL OR a.id < %s::uuid) ORDER BY a.id DESC LIMIT %s",
            *(room_id, before, before, limit),
        )
        return [audit_entry_of(row) for row in rows]


async def authorize_once(transaction: Transaction, audit: AuditDraft | None) -> bool:
    """Return True if the action is new, or None; False for a retry. Raises as the rule does.

    The caller must hold the lock of the room's row.
    """
    if audit is None:
        return True
    rows = await transaction.fetch(
        f"{_AUTHORITIES} WHERE u.id IN (%s::uuid, %s::uuid)"
        " UNION ALL SELECT NULL, NULL, NULL, NULL FROM audit_log WHERE id = %s::uuid",
        *(audit.room_id, audit.actor_id, audit.target_id, audit.id),
    )
    found = authorities_of(rows)
    return moderation_rules.authorize_once(audit, found, is_recorded=None in found)


async def authority_of(transaction: Transaction, room_id: RoomId, user_id: UserId) -> Authority:
    """Return the user's current roles. The caller must hold the lock of the room's row."""
    rows = await transaction.fetch(f"{_AUTHORITIES} WHERE u.id = %s::uuid", room_id, user_id)
    return authorities_of(rows).get(user_id, moderation_rules.GONE)
