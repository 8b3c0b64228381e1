"""Storage contract: reports.

The rules in storage/base/__init__.py apply to all methods.
"""

from abc import abstractmethod
from collections.abc import Sequence

from domain.base import ReportId, RoomId, UserId
from domain.moderation import AuditDraft, Report, ReportDraft, ReportStatus
from storage.base.store import Store, changes, read


class ReportStore(Store):
    """Reports of messages, users and rooms. A report outlives its message, its room and the accounts in it.

    The accused never reads a report. Other users read it by `permissions.report_audience`, evaluated with the accused's
    role when the report was filed and with the current role; the narrower result counts. Only admins read reports of
    rooms, of system messages that accuse no single user, and of deleted rooms. A disabled account is not an admin.
    """

    @changes()
    @abstractmethod
    async def add_report(self, draft: ReportDraft) -> Report:
        """Store a report with status open and the reported text as it is now, and return it.

        Idempotent: a second report of the same message by the same user returns the first one (`result.id` shows it)
        and stores nothing, also under concurrency. The same holds for a user or a room that has an open report by
        this reporter.

        Raises:
            NotSignedIn: the reporter's account is disabled or deleted (`permissions.check_reporter`).
            NotAMember: the reporter is not a member of the room and reports something in it.
            MessageNotFound: the room has no such message, or the reporter is a member who may not read it
                (`Member.visible_from`).
            RoomNotFound: the reported room is missing, or private and the reporter neither a member nor an admin.
            UserNotFound: the reported user is not and never was a member of the room.
        """

    @read
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
        """Return up to `limit` reports that the reader may read, newest (largest id) first.

        The reported text is as stored at the time of the report. Users have their current names.

        Args:
            room_id: only reports of this room; None for all rooms.
            status: only reports with this status; None for all.
            reader: the reading user.
            before: only reports with a smaller id, to continue a list.
        """

    @read
    @abstractmethod
    async def report(self, report_id: ReportId, reader: UserId) -> Report | None:
        """Return a report; None if it is missing or the reader may not read it."""

    @read
    @abstractmethod
    async def open_report_count(self, room_id: RoomId | None, reader: UserId) -> int:
        """Return the number of open reports of the room (None: all rooms) that the reader may read."""

    @read
    @abstractmethod
    async def open_report_counts(self, room_ids: Sequence[RoomId], reader: UserId) -> dict[RoomId, int]:
        """Return the number of open reports that the reader may read, per room; rooms without any are left out."""

    @read
    @abstractmethod
    async def report_readers(self, report_id: ReportId) -> list[UserId]:
        """Return the ids of the enabled users with access to the report, ordered; [] if it is missing."""

    @changes()
    @abstractmethod
    async def set_report_status(self, report_id: ReportId, status: ReportStatus, audit: AuditDraft) -> Report | None:
        """Resolve a report in the action's room, with the action's actor and time, or reopen it; return the report.

        Returns None if the room has no such report that the actor may read. If the report has this status already,
        resolver and time stay and the action is not stored. The action is not stored either if the owner of the room
        may not read the report.

        Raises:
            Forbidden: the action is not allowed.
        """
