"""Storage contract: personal data in rooms, read by the data export of an account.

The rules in storage/base/__init__.py apply to all methods.
"""

from abc import abstractmethod
from collections.abc import Sequence

from domain.base import AuditEntryId, MessageId, ReportId, RoomId, UserId
from domain.messages import Message
from domain.moderation import AuditDraft, Report
from storage.base.store import Store, read


class PersonalDataStore(Store):
    """Personal data of one user. Each call reads a bounded part, so that an export uses little memory."""

    @read
    @abstractmethod
    async def rooms_ever_joined(self, user_id: UserId, *, after: RoomId | None = None, limit: int) -> list[RoomId]:
        """Return up to `limit` ids of rooms that the user is or was a member of, ordered; with `after`, larger ids.

        Deleted rooms are left out. Nothing is returned for a deleted account.
        """

    @read
    @abstractmethod
    async def messages_sent(self, user_id: UserId, room_id: RoomId, after: int, until: int) -> list[Message]:
        """Return the messages that the user sent in the room with `after` < seq <= `until`, oldest first."""

    @read
    @abstractmethod
    async def audit_entries(
        self, user_id: UserId, *, after: AuditEntryId | None = None, limit: int
    ) -> list[AuditDraft]:
        """Return up to `limit` actions in rooms' audit logs with the user as actor or target, ordered by id.

        With `after`, only larger ids.
        """

    @read
    @abstractmethod
    async def reports_filed(self, user_id: UserId, *, after: ReportId | None = None, limit: int) -> list[Report]:
        """Return up to `limit` reports that the user filed, ordered by id; with `after`, only larger ids."""

    @read
    @abstractmethod
    async def reports_about(self, user_id: UserId, *, after: ReportId | None = None, limit: int) -> list[Report]:
        """Return up to `limit` reports that accuse the user, ordered by id; with `after`, only larger ids.

        Of several reports with the same text of the same message, user or room, only the first is returned.
        """

    @read
    @abstractmethod
    async def system_message_texts(self, message_ids: Sequence[MessageId]) -> dict[MessageId, str]:
        """Return the contents of the stored system messages (messages without a sender) among these ids."""
