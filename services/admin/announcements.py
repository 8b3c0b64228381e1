"""Announcements by admins to all users, cached in memory: reading them needs no query."""

from domain.accounts import User
from domain.admin import Announcement, NewAnnouncement
from domain.base import AnnouncementId
from domain.connections import Connection
from domain.errors.admin import AnnouncementNotFound
from domain.events import AnnouncementEnded, AnnouncementPublished
from runtime.logs import log_security_event
from services.access import RoomAccess
from services.context import ServiceContext

LIFETIME = 24 * 3600
"""Default duration of an announcement in seconds."""
MAX_ACTIVE = 5
"""Limit of announcements that are active at once."""


class Announcements:
    """The announcements of the server. Call `load` once the storage is open."""

    def __init__(self, ctx: ServiceContext, access: RoomAccess) -> None:
        self._storage = ctx.storage
        self._access = access
        self._publisher = ctx.publisher
        self._limiter = ctx.limiter
        self._clock = ctx.clock
        self._new_id = ctx.new_id
        self._active: list[Announcement] = []

    async def load(self) -> None:
        """Read the announcements from storage."""
        self._active = await self._storage.announcements(self._clock.now())

    def current(self) -> list[Announcement]:
        """Return the announcements that have not ended, newest first."""
        if self._active:
            now = self._clock.now()
            self._active = [notice for notice in self._active if notice.ends_at > now]
        return self._active

    def send_current(self, connection: Connection) -> None:
        """Send the announcements that have not ended to a new connection."""
        for notice in reversed(self.current()):
            self._publisher.send(connection, AnnouncementPublished(notice))

    async def publish(self, new: NewAnnouncement, admin: User) -> Announcement:
        """Store an announcement and push it to every connected user.

        Raises:
            Forbidden: `admin` is not an admin.
            TooManyAnnouncements: `MAX_ACTIVE` are active.
            RateLimited: too many by this admin.
        """
        await self._access.require_admin(admin, "announcements")
        await self._limiter.hit("announcements", admin.id)
        ends_at = self._clock.later(new.ends_in or LIFETIME)
        notice = Announcement(self._new_id(), new.content, self._clock.now(), ends_at)
        await self._access.run_authorized_admin(admin, self._storage.add_announcement(notice, admin.id, MAX_ACTIVE))
        self._active = [notice, *self.current()]
        self._publisher.push_to_all(AnnouncementPublished(notice))
        log_security_event("announced", user=admin.id, announcement=notice.id)
        return notice

    async def end(self, announcement_id: AnnouncementId, admin: User) -> None:
        """End an announcement at once.

        Raises:
            Forbidden: `admin` is not an admin.
            AnnouncementNotFound: there is no such announcement.
        """
        await self._access.require_admin(admin, "announcements")
        ending = self._storage.delete_announcement(announcement_id, admin.id)
        if not await self._access.run_authorized_admin(admin, ending):
            raise AnnouncementNotFound
        self._active = [notice for notice in self._active if notice.id != announcement_id]
        self._publisher.push_to_all(AnnouncementEnded(announcement_id))
        log_security_event("announcement_ended", user=admin.id, announcement=announcement_id)
