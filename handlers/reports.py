"""Reports of messages."""

from typing import Annotated

from aiohttp import web

import text
from app_keys import ADDRESS, CALLER, REPORTS
from bodies import NewReport, ReportChange, ReportsQuery
from errors import MessageNotFound, ReportNotFound
from handlers.routes import InPath, RoomInPath
from models import MessageId, Report, ReportId
from services.reports import Reported

MessageInPath = Annotated[MessageId, InPath("messageId", text.uuid, MessageNotFound)]
ReportInPath = Annotated[ReportId, InPath("reportId", text.uuid, ReportNotFound)]


async def report(request: web.Request, room_id: RoomInPath, message_id: MessageInPath, new: NewReport) -> Report:
    """Report a message to those who keep order in the room."""
    caller, where = request[CALLER].user, request[ADDRESS]
    return await request.app[REPORTS].report(room_id, message_id, new.reason or "", caller, where)


async def of_room(request: web.Request, room_id: RoomInPath, query: ReportsQuery) -> Reported:
    """Show what was reported, newest first."""
    return await request.app[REPORTS].of_room(room_id, query, request[CALLER].user)


async def set_status(
    request: web.Request, room_id: RoomInPath, report_id: ReportInPath, wanted: ReportChange
) -> Report:
    """Resolve a report, or open it again."""
    return await request.app[REPORTS].set_status(room_id, report_id, wanted.status, request[CALLER].user)
