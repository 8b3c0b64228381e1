"""Reports of messages, for those who keep order in a room."""

from bodies import ReportsQuery
from broadcast import Broadcast
from clock import Clock
from errors import ReportNotFound
from ids import NewId
from models import Action, MessageId, Record, Report, ReportDraft, ReportId, ReportStatus, RoomId, User
from services.access import Access
from services.limits import Limiter
from services.room_views import RoomViews
from services.rooms import MOST_MEMBERS
from storage.base import Storage


class Reported(Record, frozen=True):
    """A page of a room's reports, newest first.

    `has_more` says that there are older ones, `total_open` how many of the room's are open, whichever were asked for.
    """

    reports: list[Report]
    has_more: bool
    total_open: int


class Reports:
    """What people say of messages."""

    def __init__(
        self,
        storage: Storage,
        access: Access,
        views: RoomViews,
        broadcast: Broadcast,
        limiter: Limiter,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self._storage = storage
        self._access = access
        self._views = views
        self._broadcast = broadcast
        self._limiter = limiter
        self._clock = clock
        self._new_id = new_id

    async def report(
        self, room_id: RoomId, message_id: MessageId, reason: str, user: User, address: str = ""
    ) -> Report:
        """Report a message to those who keep order in the room, and tell them; again is no error, and says nothing.

        Raises:
            RoomNotFound, NotAMember: as for `Access.of_member`.
            MessageNotFound: there is none, or nobody wrote it.
            RateLimited: they report too much.
        """
        room, _ = await self._access.of_member(room_id, user)
        await self._limiter.hit("reports", user.id, address=address)
        draft = ReportDraft(
            id=self._new_id(),
            room_id=room_id,
            message_id=message_id,
            reporter_id=user.id,
            reason=reason,
            created_at=self._clock.now(),
        )
        report = await self._storage.add_report(draft)
        if report.id == draft.id:
            for member in await self._storage.members(room_id, MOST_MEMBERS):
                if member.role != "member" and member.id != user.id:
                    info = self._views.info(room)
                    self._broadcast.notification(member.id, "message-reported", info, draft.created_at, by=user.sender)
        return report

    async def of_room(self, room_id: RoomId, query: ReportsQuery, user: User) -> Reported:
        """Return a page of the room's reports, newest first.

        Raises:
            RoomNotFound, Forbidden: as for `Access.of_moderator`.
        """
        await self._access.of_moderator(room_id, user)
        found = await self._storage.reports(room_id, query.status, before=query.before, limit=query.limit + 1)
        return Reported(found[: query.limit], len(found) > query.limit, await self._storage.open_reports(room_id))

    async def set_status(self, room_id: RoomId, report_id: ReportId, status: ReportStatus, user: User) -> Report:
        """Resolve a report, or open it again, and return it.

        Raises:
            RoomNotFound, Forbidden: as for `Access.of_moderator`.
            ReportNotFound: the room has none such.
        """
        await self._access.of_moderator(room_id, user)
        await self._limiter.hit("moderation", user.id)
        action: Action = "report-resolved" if status == "resolved" else "report-reopened"
        act = self._access.act(room_id, action, user, reportId=report_id)
        report = await self._storage.set_report_status(report_id, status, act)
        if report is None:
            raise ReportNotFound
        return report
