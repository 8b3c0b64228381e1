"""Announcements to all users."""

from typing import Annotated

from domain.accounts import Caller
from domain.admin import Announcement, NewAnnouncement
from domain.base import AnnouncementId
from domain.errors.admin import AnnouncementNotFound
from handlers.routing import InPath
from services.container import Services
from text import normalise

AnnouncementInPath = Annotated[AnnouncementId, InPath("id", normalise.uuid, AnnouncementNotFound)]


async def show_all(services: Services) -> list[Announcement]:
    """List the active announcements, newest first."""
    return services.announcements.current()


async def create(services: Services, caller: Caller, new: NewAnnouncement) -> Announcement:
    """Publish an announcement to all users (admins only)."""
    return await services.announcements.publish(new, caller.user)


async def end(services: Services, caller: Caller, announcement_id: AnnouncementInPath) -> None:
    """End an announcement at once (admins only)."""
    await services.announcements.end(announcement_id, caller.user)
