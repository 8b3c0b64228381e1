"""The contract of a storage: what one person has left in rooms, for their own copy of it.

What storage/base/__init__.py says of all methods holds for these, too.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from domain.base import AuditEntryId, MessageId, ReportId, RoomId, UserId
from domain.messages import Message
from domain.moderation import AuditDraft, Report


class PersonalDataStore(ABC):
    """What one person has left. Each call reads a bounded part, so that all of it needs no memory."""

    @abstractmethod
    async def rooms_ever_joined(self, user_id: UserId, *, after: RoomId | None = None, limit: int) -> list[RoomId]:
        """Return up to `limit` rooms that the user is or was a member of, by id; with `after`, those with a larger one.

        Rooms that are gone are left out; of somebody who deleted their account none is known.
        """

    @abstractmethod
    async def messages_sent(self, user_id: UserId, room_id: RoomId, after: int, until: int) -> list[Message]:
        """Return what the user wrote in the room under the numbers above `after` up to `until`, oldest first."""

    @abstractmethod
    async def audit_entries(
        self, user_id: UserId, *, after: AuditEntryId | None = None, limit: int
    ) -> list[AuditDraft]:
        """Return up to `limit` acts in rooms' audit logs that the user did or that were done to them, by id.

        With `after`, those with a larger one.
        """

    @abstractmethod
    async def reports_filed(self, user_id: UserId, *, after: ReportId | None = None, limit: int) -> list[Report]:
        """Return up to `limit` reports that the user made, by id; with `after`, those with a larger one."""

    @abstractmethod
    async def reports_about(self, user_id: UserId, *, after: ReportId | None = None, limit: int) -> list[Report]:
        """Return up to `limit` reports that accuse the user, by id; with `after`, only larger ids.

        Of several with the same text of the same message, user or room only the first.
        """

    @abstractmethod
    async def system_message_texts(self, message_ids: Sequence[MessageId]) -> dict[MessageId, str]:
        """Return the text of these messages that are stored and have no sender."""
