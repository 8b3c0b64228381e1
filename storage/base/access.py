"""The contract of a storage: who may come into a room, who may not, and what was done there.

What storage/base/__init__.py says of all methods holds for these, too.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from models import (
    Act,
    ActId,
    AuditEntry,
    Ban,
    Invite,
    InviteId,
    Member,
    Report,
    ReportDraft,
    ReportId,
    ReportStatus,
    RoomId,
    Timestamp,
    UserId,
)


class Invites(ABC):
    """Invitations into rooms. One that is over or used up may be deleted at any time."""

    @abstractmethod
    async def add_invite(self, invite: Invite, most: int, act: Act) -> None:
        """Keep a new invitation.

        Raises:
            RoomNotFound: there is no such room.
            Forbidden: the act is not allowed.
            TooManyInvites: the room has `most` that still work.
        """

    @abstractmethod
    async def invites(self, room_id: RoomId, at: Timestamp) -> list[Invite]:
        """Return the room's invitations that work at this moment, newest (largest id) first.

        Left out are those whose maker may not invite now (`Standing.keeps_order`).
        """

    @abstractmethod
    async def invite_by_code(self, code: str) -> Invite | None:
        """Return the invitation with exactly this code, whether it works or not; None where there is none.

        None, too, if its maker may not invite into the room now.
        """

    @abstractmethod
    async def use_invite(self, invite: Invite, user_id: UserId, act: Act) -> tuple[Member, bool]:
        """Make the user a member, as `add_member` does, and return their place and whether it is a new one.

        A new place uses the invitation up by one, exactly under any number of callers; only then the act is kept.
        A place in a private room by an invitation of the user's own is `Member.by_role`: only an admin, who may do so
        by that role, has one without being a member.

        Raises:
            InviteNotFound: there is no such invitation any more, it does not work at `act.timestamp`, its maker may not
                invite into the room now, or the room is private and the user was removed or banned
                when the invitation was there already. Another account of the same email counts as the user.
            NotSignedIn: the user is gone, or disabled.
            RoomNotFound, Banned, RoomFull: as for `add_member`.
        """

    @abstractmethod
    async def was_removed_since(self, room_id: RoomId, user_id: UserId, at: Timestamp) -> bool:
        """Return True if the user was removed or banned as a member at this moment or later.

        Known as long as an invitation of that moment could readmit them; also of another account of the same email.
        """

    @abstractmethod
    async def delete_invite(self, room_id: RoomId, invite_id: InviteId, act: Act) -> bool:
        """Delete an invitation into this room and say whether there was one.

        Raises:
            Forbidden: the act is not allowed.
        """


class Bans(ABC):
    """Who may not become a member."""

    @abstractmethod
    async def add_ban(self, room_id: RoomId, user_id: UserId, reason: str, act: Act) -> bool:
        """Keep the user out of the room from now on, and end their membership as `remove_member` does.

        Says whether they were a member. For somebody who is banned already the reason, the actor and the time change.

        Raises:
            RoomNotFound: there is no such room.
            Forbidden: the act is not allowed.
            UserNotFound: the user is gone.
        """

    @abstractmethod
    async def delete_ban(self, room_id: RoomId, user_id: UserId, act: Act) -> bool:
        """Let the user join again and say whether they were banned.

        Raises:
            Forbidden: the act is not allowed.
        """

    @abstractmethod
    async def is_banned(self, room_id: RoomId, user_id: UserId) -> bool:
        """Return True if the user is banned from the room and not an admin."""

    @abstractmethod
    async def bans(self, room_id: RoomId, limit: int) -> list[Ban]:
        """Return up to `limit` of those banned from the room, the latest first; at equal times the larger id first."""


class AuditLog(ABC):
    """What was done in rooms by virtue of a role. Entries are written with the acts; see there."""

    @abstractmethod
    async def audit_log(self, room_id: RoomId, *, before: ActId | None = None, limit: int) -> list[AuditEntry]:
        """Return up to `limit` entries of the room's log, newest (largest id) first; with `before`, those below it."""


class Reports(ABC):
    """Reports of messages, users and rooms. A report outlives its message, its room and the accounts in it.

    The accused never reads a report. Others read it after `ranks.readers`, asked for the accused's role when the report
    was made and for the role now; the narrower answer counts. Reports of rooms and of messages of the room itself that
    accuse no one user are for admins, and so are those of deleted rooms. A disabled account is no admin.
    """

    @abstractmethod
    async def add_report(self, draft: ReportDraft) -> Report:
        """Store a report, open, with the reported text as it stands, and return it.

        If the same user has reported the same message before, that report is returned as it is (`result.id` tells), and
        nothing is stored, also when both come at once. The same for a user or a room with a report that is open.

        Raises:
            NotSignedIn: the reporter's account is disabled or deleted (ranks.check_reporter).
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
    async def open_reports(self, room_id: RoomId | None, reader: UserId) -> int:
        """Return how many reports of the room, or of all rooms if it is None, are open and the reader may read."""

    @abstractmethod
    async def open_reports_in(self, room_ids: Sequence[RoomId], reader: UserId) -> dict[RoomId, int]:
        """Return how many reports of each of these rooms are open and the reader may read; others are missing."""

    @abstractmethod
    async def report_readers(self, report_id: ReportId) -> list[UserId]:
        """Return the users who may read the report, by id, without disabled ones; none if it is missing."""

    @abstractmethod
    async def set_report_status(self, report_id: ReportId, status: ReportStatus, act: Act) -> Report | None:
        """Resolve a report of the act's room, by its actor at its time, or open it again, and return it.

        None if the room has no such report that the actor may read. A report that has the status keeps who resolved it
        and when, and the act is not stored. Nor is it if the owner of the room may not read the report.

        Raises:
            Forbidden: the act is not allowed.
        """
