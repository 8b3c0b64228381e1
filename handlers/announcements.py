"""Announcements to all users."""

from typing import Annotated

from aiohttp import web

from domain.admin import NewAnnouncement, PublicNotice
from domain.base import NoticeId
from domain.errors.admin import AnnouncementNotFound
from handlers.keys import CALLER, PUBLIC_NOTICES
from handlers.routing import InPath
from text import normalise

NoticeInPath = Annotated[NoticeId, InPath("id", normalise.uuid, AnnouncementNotFound)]


async def show_all(request: web.Request) -> list[PublicNotice]:
    """Show the announcements that have not ended, newest first."""
    return request.app[PUBLIC_NOTICES].current()


async def create(request: web.Request, new: NewAnnouncement) -> PublicNotice:
    """Announce something to all users."""
    return await request.app[PUBLIC_NOTICES].announce(new, request[CALLER].user)


async def end(request: web.Request, notice_id: NoticeInPath) -> None:
    """End an announcement at once."""
    await request.app[PUBLIC_NOTICES].end(notice_id, request[CALLER].user)
