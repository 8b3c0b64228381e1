"""In-memory storage: the audit log of rooms."""

from domain.base import AuditEntryId, RoomId
from domain.moderation import AuditEntry
from storage.base import AuditLogStore
from storage.memory.tables import Tables


class MemoryAuditLog(AuditLogStore):
    """`AuditLogStore` in memory."""

    _tables: Tables

    async def audit_log(self, room_id: RoomId, *, before: AuditEntryId | None = None, limit: int) -> list[AuditEntry]:
        acts = [act for act in self._tables.audit_log.get(room_id, {}).values() if before is None or act.id < before]
        acts.sort(key=lambda act: act.id, reverse=True)
        return [
            AuditEntry(
                act.id,
                act.action,
                self._tables.user_summary(act.actor_id),
                self._tables.user_summary(act.target_id) if act.target_id else None,
                act.details,
                act.timestamp,
            )
            for act in acts[:limit]
        ]
