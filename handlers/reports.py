"""Reports of messages, users and rooms."""

from typing import Annotated

from domain.accounts import Caller
from domain.base import ReportId
from domain.errors.moderation import ReportNotFound
from domain.moderation import AllReportsQuery, NewReport, Report, ReportChange, ReportsQuery
from handlers.routing import InPath, MemberInPath, MessageInPath, RoomInPath
from services.container import Services
from services.moderation.reports import ReportPage
from text import normalise

ReportOfServer = Annotated[ReportId, InPath("id", normalise.uuid, ReportNotFound)]
ReportInPath = Annotated[ReportId, InPath("reportId", normalise.uuid, ReportNotFound)]


async def report(
    services: Services, caller: Caller, room_id: RoomInPath, message_id: MessageInPath, new: NewReport
) -> Report:
    """Report a message, with its current text."""
    return await services.reports.report_message(room_id, message_id, new.reason or "", caller.user, caller.address)


async def report_user(
    services: Services, caller: Caller, room_id: RoomInPath, user_id: MemberInPath, new: NewReport
) -> Report:
    """Report the name, the picture or the activity of a member of a room, or of a former one."""
    return await services.reports.report_user(room_id, user_id, new.reason or "", caller.user, caller.address)


async def report_room(services: Services, caller: Caller, room_id: RoomInPath, new: NewReport) -> Report:
    """Report the name, the description or the picture of a room to the admins."""
    return await services.reports.report_room(room_id, new.reason or "", caller.user, caller.address)


async def of_server(services: Services, caller: Caller, query: AllReportsQuery) -> ReportPage:
    """List the reports of all rooms, newest first, except reports about the caller (admins only)."""
    return await services.reports.list_all(query, caller.user)


async def settle(services: Services, caller: Caller, report_id: ReportOfServer, payload: ReportChange) -> Report:
    """Resolve or reopen a report of any room (admins only)."""
    return await services.reports.set_status_by_admin(report_id, payload.status, caller.user)


async def of_room(services: Services, caller: Caller, room_id: RoomInPath, query: ReportsQuery) -> ReportPage:
    """List the reports of a room that the caller may read, newest first."""
    return await services.reports.list_for_room(room_id, query, caller.user)


async def set_status(
    services: Services, caller: Caller, room_id: RoomInPath, report_id: ReportInPath, payload: ReportChange
) -> Report:
    """Resolve or reopen a report."""
    return await services.reports.set_status(room_id, report_id, payload.status, caller.user)
