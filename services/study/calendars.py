"""Calendars: a link for calendar programs to the dates to which a user is going."""

import hashlib

from domain.accounts import User
from domain.base import UserId
from domain.errors.study import CalendarNotFound
from domain.ids import new_link_secret
from domain.study.calendar import CalendarLink, CalendarState
from runtime.logs import log_security_event
from services.context import ServiceContext
from services.study.clock import StudyClock
from services.study.ics import Entry, calendar_of

SECRET_BYTES = 18
"""144 bits."""
MAX_SESSIONS = 500
"""Limit of sessions in one calendar, the oldest first."""
NAME = "Studyhall"


class Calendars:
    """The calendar of each user, in the format iCalendar, for clients with its link.

    The secret of the link is in the path, because calendar programs send nothing else (docs/decisions.md). It is stored
    hashed and shown once. All wrong links have the same answer.
    """

    def __init__(self, ctx: ServiceContext, clock: StudyClock) -> None:
        self._storage = ctx.storage
        self._lookups = ctx.lookups
        self._limiter = ctx.limiter
        self._base_url = ctx.config.server.base_url
        self._clock = clock

    async def state(self, user: User) -> CalendarState:
        """Return whether the user has a link, and since when."""
        return CalendarState(await self._storage.calendar_created_at(user.id))

    async def create(self, user: User) -> CalendarLink:
        """Return a new link of the user's calendar; an earlier one ends.

        Raises:
            NotSignedIn: the account was deleted or disabled meanwhile.
        """
        await self._limiter.hit("schedule", user.id)
        secret, at = new_link_secret(SECRET_BYTES), self._clock.timestamp()
        await self._storage.set_calendar(user.id, _hash(secret), at)
        log_security_event("calendar_link_created", user=user.id)
        return CalendarLink(at, f"{self._base_url}/calendar/{secret}.ics")

    async def revoke(self, user_id: UserId) -> None:
        """Delete the link of a user, if there is one."""
        if await self._storage.delete_calendar(user_id):
            log_security_event("calendar_link_revoked", user=user_id)

    async def file(self, secret: str, address: str) -> bytes:
        """Return the calendar of a link as an iCalendar file. `address` is the client's.

        Raises:
            CalendarNotFound: there is no such link.
            RateLimited: the link is read too often, or too many links from this address.
        """
        hashed = _hash(secret)
        await self._limiter.hit("calendars", hashed, address=address)
        user_id = await self._storage.user_of_calendar(hashed)
        user = None if user_id is None else await self._lookups.user(user_id)
        if user is None or user.disabled or user.pending:
            raise CalendarNotFound
        return calendar_of(await self._entries(user.id), NAME)

    async def _entries(self, user_id: UserId) -> list[Entry]:
        sessions = await self._storage.sessions_going_to(user_id, limit=MAX_SESSIONS)
        rooms = {session.room_id: await self._lookups.room(session.room_id) for session in sessions}
        return [
            Entry(session, room.name, f"{self._base_url}/rooms/{room.id}")
            for session in sessions
            if (room := rooms[session.room_id])
        ]


def _hash(secret: str) -> str:
    """Return the hash of a secret, as stored. For 144 random bits, a fast hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()
