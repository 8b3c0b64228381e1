"""The contract of a storage: the audit log of rooms.

What storage/base/__init__.py says of all methods holds for these, too.
"""

from abc import ABC, abstractmethod

from domain.base import AuditEntryId, RoomId
from domain.moderation import AuditEntry


class AuditLogStore(ABC):
    """What was done in rooms by virtue of a role. Entries are written with the acts; see there."""

    @abstractmethod
    async def audit_log(self, room_id: RoomId, *, before: AuditEntryId | None = None, limit: int) -> list[AuditEntry]:
        """Return up to `limit` entries of the room's log, newest (largest id) first; with `before`, those below it."""
