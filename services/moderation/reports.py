"""Reports of messages, users and rooms. Readers: `report_audience` in domain/permissions.py."""

import logging

import msgspec

from domain.accounts import User
from domain.base import MessageId, Record, ReportId, RoomId, UserId
from domain.errors.base import Forbidden
from domain.errors.moderation import ReportNotFound
from domain.errors.rooms import RoomNotFound
from domain.events import Notification, NotificationKind
from domain.moderation import Action, AllReportsQuery, Report, ReportDraft, ReportKind, ReportsQuery, ReportStatus
from domain.rooms import Room
from services.access import RoomAccess
from services.context import ServiceContext
from services.paging import read_page
from services.rooms.memberships import MAX_LISTED_MEMBERS
from services.rooms.views import RoomViews

log = logging.getLogger(__name__)


class ReportPage(Record, frozen=True):
    """A page of reports that the caller may read, newest first.

    `has_more` is true if there are older ones. `total_open` is the number of open reports of the room, or of all rooms,
    whatever status was requested.
    """

    reports: list[Report]
    has_more: bool
    total_open: int


class Reports:
    """Creates, lists and resolves reports."""

    def __init__(self, ctx: ServiceContext, access: RoomAccess, views: RoomViews) -> None:
        self._storage = ctx.storage
        self._lookups = ctx.lookups
        self._access = access
        self._views = views
        self._publisher = ctx.publisher
        self._limiter = ctx.limiter
        self._clock = ctx.clock
        self._new_id = ctx.new_id

    async def report_message(
        self, room_id: RoomId, message_id: MessageId, reason: str, user: User, address: str = ""
    ) -> Report:
        """Report a message of the room, and notify the readers of the report.

        Idempotent: a repeated report notifies no user.

        Raises:
            RoomNotFound, NotAMember: as for `RoomAccess.require_member`.
            MessageNotFound: the room has no such message.
            RateLimited: too many reports by the user.
        """
        room, _ = await self._access.require_member(room_id, user)
        report, is_new = await self._add("message", room, message_id, reason, user, address)
        return await self._notify_readers(report, room, "message-reported", user, is_new=is_new)

    async def report_user(self, room_id: RoomId, user_id: UserId, reason: str, user: User, address: str = "") -> Report:
        """Report the name, the picture or the activity of a member or former member, as `report_message` does.

        Raises:
            RoomNotFound: as for `RoomAccess.require_member`.
            NotAMember: as for `RoomAccess.require_member`.
            UserNotFound: the reported user is not and was not a member of the room.
            RateLimited: too many reports by the user.
        """
        room, _ = await self._access.require_member(room_id, user)
        report, is_new = await self._add("user", room, user_id, reason, user, address)
        return await self._notify_readers(report, room, "user-reported", user, is_new=is_new)

    async def report_room(self, room_id: RoomId, reason: str, user: User, address: str = "") -> Report:
        """Report the name, the description or the picture of a room to the admins, as `report_message` does.

        Raises:
            RoomNotFound: as for `RoomAccess.require_visible`.
            RateLimited: too many reports by the user.
        """
        room, _ = await self._access.require_visible(room_id, user)
        report, is_new = await self._add("room", room, room_id, reason, user, address)
        return await self._notify_readers(report, room, "room-reported", user, is_new=is_new)

    async def list_for_room(self, room_id: RoomId, query: ReportsQuery, user: User) -> ReportPage:
        """Return a page of the room's reports that the user may read, newest first.

        Raises:
            RoomNotFound, Forbidden: as for `RoomAccess.require_moderator`.
        """
        await self._access.require_moderator(room_id, user)
        page = await self._page(room_id, query, user)
        await self._access.require_moderator(room_id, user)  # the role may have been revoked meanwhile
        return page

    async def list_all(self, query: AllReportsQuery, admin: User) -> ReportPage:
        """Return a page of the reports of all rooms, or of one, deleted or not, newest first.

        Raises:
            Forbidden: the user is not an admin.
        """
        await self._access.require_admin(admin, "reports")
        page = await self._page(query.room_id, query, admin)
        await self._access.require_admin(admin, "reports")  # the role may have been revoked meanwhile
        return page

    async def set_status(self, room_id: RoomId, report_id: ReportId, status: ReportStatus, user: User) -> Report:
        """Resolve or reopen a report, and return it.

        Raises:
            RoomNotFound, Forbidden: as for `RoomAccess.require_moderator`.
            ReportNotFound: the room has no such report that the user may read.
        """
        await self._access.require_moderator(room_id, user)
        await self._limiter.hit("moderation", user.id)
        return await self._set_status(room_id, report_id, status, user)

    async def set_status_by_admin(self, report_id: ReportId, status: ReportStatus, admin: User) -> Report:
        """Resolve or reopen a report of any room, deleted or not, and return it.

        Raises:
            Forbidden: the user is not an admin.
            ReportNotFound: the report is missing, or it is about the admin.
        """
        await self._access.require_admin(admin, "reports")
        await self._limiter.hit("moderation", admin.id)
        report = await self._storage.report(report_id, admin.id)
        if report is None:
            raise ReportNotFound
        try:
            return await self._set_status(report.room_id, report_id, status, admin)
        except (Forbidden, RoomNotFound):  # the report or the role changed meanwhile
            await self._access.require_admin(admin, "reports")
            raise

    async def _add(
        self, kind: ReportKind, room: Room, target_id: str, reason: str, user: User, address: str
    ) -> tuple[Report, bool]:
        """Store a report. Return it, and True if it is new."""
        await self._limiter.hit("reports", user.id, address=address)
        draft = ReportDraft(
            id=self._new_id(),
            kind=kind,
            room_id=room.id,
            target_id=target_id,
            reporter_id=user.id,
            reason=reason,
            created_at=self._clock.now(),
        )
        report = await self._access.run_authorized(room.id, user, self._storage.add_report(draft))
        return report, report.id == draft.id

    async def _notify_readers(
        self, report: Report, room: Room, kind: NotificationKind, user: User, *, is_new: bool
    ) -> Report:
        """Notify readers of a new report, and return it as shown to its reporter.

        The room's owner and moderators are notified if they may read it; admins only if there is no such reader.
        """
        # Members do not learn the author of a system message.
        shown = msgspec.structs.replace(report, accused=report.message.sender)
        if not is_new:
            return shown
        readers = await self._storage.report_readers(report.id)
        if not readers:
            log.warning("report %s has no reader: make an admin whom it is not about (create-admin)", report.id)
        keepers = {one.id for one in await self._lookups.members(room.id, MAX_LISTED_MEMBERS) if one.role != "member"}
        for reader in keepers.intersection(readers) or readers:
            if reader != user.id:
                self._publisher.push(
                    reader, Notification.about_room(kind, self._views.info(room), report.created_at, by=user.summary)
                )
        return shown

    async def _page(self, room_id: RoomId | None, query: ReportsQuery | AllReportsQuery, user: User) -> ReportPage:
        shown, has_more = await read_page(
            lambda limit: self._storage.reports(room_id, query.status, user.id, before=query.before, limit=limit),
            query.limit,
        )
        number = await self._storage.open_report_count(room_id, user.id)
        return ReportPage(shown, has_more, number)

    async def _set_status(self, room_id: RoomId, report_id: ReportId, status: ReportStatus, user: User) -> Report:
        action: Action = "report-resolved" if status == "resolved" else "report-reopened"
        act = self._access.audit_draft(room_id, action, user, reportId=report_id)
        report = await self._access.run_authorized(
            room_id, user, self._storage.set_report_status(report_id, status, act)
        )
        if report is None:
            raise ReportNotFound
        return report
