"""Announcements by admins to all users, held in memory: to ask for them costs no query."""

from domain.accounts import User
from domain.admin import NewAnnouncement, PublicNotice
from domain.base import NoticeId
from domain.clock import Clock
from domain.connections import Connection
from domain.errors.admin import AnnouncementNotFound
from domain.ids import NewId
from publisher.broadcast import Broadcast
from runtime.logs import security
from runtime.rate_limits import Limiter
from services.access import Access
from storage.base import Storage

LIFETIME = 24 * 3600
"""Seconds for which an announcement is shown if no other time is given."""
MAX_RUNNING = 5
"""Announcements that are shown at once."""


class PublicNotices:
    """The announcements of the server. Call `load` once the storage is open."""

    def __init__(
        self, storage: Storage, access: Access, broadcast: Broadcast, limiter: Limiter, clock: Clock, new_id: NewId
    ) -> None:
        self._storage = storage
        self._access = access
        self._broadcast = broadcast
        self._limiter = limiter
        self._clock = clock
        self._new_id = new_id
        self._held: list[PublicNotice] = []

    async def load(self) -> None:
        """Read the announcements from storage."""
        self._held = await self._storage.public_notices(self._clock.now())

    def current(self) -> list[PublicNotice]:
        """Return the announcements that have not ended, newest first."""
        if self._held:
            now = self._clock.now()
            self._held = [notice for notice in self._held if notice.ends_at > now]
        return self._held

    def greet(self, connection: Connection) -> None:
        """Send the announcements that have not ended to a new connection."""
        for notice in reversed(self.current()):
            self._broadcast.announcement_to(connection, notice)

    async def announce(self, new: NewAnnouncement, admin: User) -> PublicNotice:
        """Store an announcement and push it to every connected user.

        Raises:
            Forbidden: `admin` is none.
            TooManyAnnouncements: `MAX_RUNNING` have not ended.
            RateLimited: too many by this admin.
        """
        await self._access.of_admin(admin, "announcements")
        await self._limiter.hit("announcements", admin.id)
        ends_at = self._clock.later(new.ends_in or LIFETIME)
        notice = PublicNotice(self._new_id(), new.content, self._clock.now(), ends_at)
        await self._access.authorised_admin(admin, self._storage.add_public_notice(notice, admin.id, MAX_RUNNING))
        self._held = [notice, *self.current()]
        self._broadcast.announcement(notice)
        security("announced", user=admin.id, announcement=notice.id)
        return notice

    async def end(self, notice_id: NoticeId, admin: User) -> None:
        """End an announcement at once.

        Raises:
            Forbidden: `admin` is none.
            AnnouncementNotFound: there is no such announcement.
        """
        await self._access.of_admin(admin, "announcements")
        ending = self._storage.end_public_notice(notice_id, admin.id)
        if not await self._access.authorised_admin(admin, ending):
            raise AnnouncementNotFound
        self._held = [notice for notice in self._held if notice.id != notice_id]
        self._broadcast.announcement_ended(notice_id)
        security("announcement_ended", user=admin.id, announcement=notice_id)
