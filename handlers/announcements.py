"""Announcements to all users."""

from typing import Annotated

from aiohttp import web

from domain.admin import Announcement, NewAnnouncement
from domain.base import AnnouncementId
from domain.errors.admin import AnnouncementNotFound
from handlers.keys import CALLER, SERVICES
from handlers.routing import InPath
from text import normalise

AnnouncementInPath = Annotated[AnnouncementId, InPath("id", normalise.uuid, AnnouncementNotFound)]


async def show_all(request: web.Request) -> list[Announcement]:
    """List the active announcements, newest first."""
    return request.app[SERVICES].announcements.current()


async def create(request: web.Request, new: NewAnnouncement) -> Announcement:
    """Publish an announcement to all users."""
    return await request.app[SERVICES].announcements.publish(new, request[CALLER].user)


async def end(request: web.Request, announcement_id: AnnouncementInPath) -> None:
    """End an announcement at once."""
    await request.app[SERVICES].announcements.end(announcement_id, request[CALLER].user)
