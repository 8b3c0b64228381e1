"""Storage contract: the audit log of rooms.

The rules in storage/base/__init__.py apply to all methods.
"""

from abc import abstractmethod

from domain.base import AuditEntryId, RoomId
from domain.moderation import AuditEntry
from storage.base.store import Store, read


class AuditLogStore(Store):
    """Audited actions in rooms. Entries are written by the methods with an `audit` argument, in their transaction."""

    @read
    @abstractmethod
    async def audit_log(self, room_id: RoomId, *, before: AuditEntryId | None = None, limit: int) -> list[AuditEntry]:
        """Return up to `limit` entries of the room's log, newest (largest id) first; with `before`, smaller ids."""
