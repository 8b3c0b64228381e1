"""The contract of a storage: reports.

What storage/base/__init__.py says of all methods holds for these, too.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from domain.base import ReportId, RoomId, UserId
from domain.moderation import AuditDraft, Report, ReportDraft, ReportStatus


class ReportStore(ABC):
    """Reports of messages, users and rooms. A report outlives its message, its room and the accounts in it.

    The accused never reads a report. Others read it after `permissions.report_audience`, asked for the accused's role
    when the report was made and for the role now; the narrower answer counts. Reports of rooms and of messages of the
    room itself that accuse no one user are for admins, and so are those of deleted rooms. A disabled account is no
    admin.
    """

    @abstractmethod
    async def add_report(self, draft: ReportDraft) -> Report:
        """Store a report, open, with the reported text as it stands, and return it.

        If the same user has reported the same message before, that report is returned as it is (`result.id` tells), and
        nothing is stored, also when both come at once. The same for a user or a room with a report that is open.

        Raises:
            NotSignedIn: the reporter's account is disabled or deleted (permissions.check_reporter).
            NotAMember: the reporter is no member of the room and reports something in it.
            MessageNotFound: the room has no such message, or the reporter is a member who may not read it
                (`Member.visible_from`).
            RoomNotFound: the reported room is missing, or private and the reporter neither a member nor an admin.
            UserNotFound: the reported user is not and never was a member of the room.
        """

    @abstractmethod
    async def reports(
        self,
        room_id: RoomId | None,
        status: ReportStatus | None,
        reader: UserId,
        *,
        before: ReportId | None = None,
        limit: int,
    ) -> list[Report]:
        """Return up to `limit` reports that the reader may read, newest (largest id) first; with `before`, older ones.

        Of the room, or of all rooms if it is None. With a status, only those that have it. Reported text reads as it
        stood then; users have the names of today.
        """

    @abstractmethod
    async def report(self, report_id: ReportId, reader: UserId) -> Report | None:
        """Return a report; None if it is missing or the reader may not read it."""

    @abstractmethod
    async def open_report_count(self, room_id: RoomId | None, reader: UserId) -> int:
        """Return how many reports of the room, or of all rooms if it is None, are open and the reader may read."""

    @abstractmethod
    async def open_report_counts(self, room_ids: Sequence[RoomId], reader: UserId) -> dict[RoomId, int]:
        """Return how many reports of each of these rooms are open and the reader may read; others are missing."""

    @abstractmethod
    async def report_readers(self, report_id: ReportId) -> list[UserId]:
        """Return the users who may read the report, by id, without disabled ones; none if it is missing."""

    @abstractmethod
    async def set_report_status(self, report_id: ReportId, status: ReportStatus, audit: AuditDraft) -> Report | None:
        """Resolve a report of the act's room, by its actor at its time, or open it again, and return it.

        None if the room has no such report that the actor may read. A report that has the status keeps who resolved it
        and when, and the act is not stored. Nor is it if the owner of the room may not read the report.

        Raises:
            Forbidden: the act is not allowed.
        """
