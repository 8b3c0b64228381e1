"""Dashboard of the admins: totals of the server."""

from domain.accounts import User
from domain.base import Record, Timestamp
from services.access import RoomAccess
from services.context import ServiceContext
from services.presence.presence import Presence

SIGN_UP_DAYS = 30
"""Days for which registrations are counted, including today."""
TTL = 5
"""Seconds for which counts are cached."""
_DAY = 24 * 3600


class SignUps(Record, frozen=True):
    """Number of accounts created on a day, in UTC."""

    date: str
    count: int


class AdminDashboard(Record, frozen=True):
    """Counts for admins. `online_now` is the number of users present in a room, `sockets` of connections.

    `sign_ups` has the last 30 days, oldest first.
    """

    users: int
    rooms: int
    messages: int
    sockets: int
    online_now: int
    open_reports: int
    """Open reports of all rooms, except reports about the caller."""
    sign_ups: list[SignUps]


class AdminDashboards:
    """Counts of the server, only for admins."""

    def __init__(self, ctx: ServiceContext, access: RoomAccess, presence: Presence) -> None:
        self._storage = ctx.storage
        self._cache = ctx.cache
        self._clock = ctx.clock
        self._gauges = ctx.gauges
        self._access = access
        self._presence = presence

    async def show(self, admin: User) -> AdminDashboard:
        """Return the counts; counts from storage may be `TTL` seconds old.

        Raises:
            Forbidden: `admin` is not an admin.
        """
        await self._access.require_admin(admin, "dashboard")
        days = [self._clock.later(-_DAY * ago)[:10] for ago in range(SIGN_UP_DAYS)][::-1]
        totals = await self._cache.get_or_fetch(
            f"totals:{days[0]}", lambda: self._storage.counts(Timestamp(f"{days[0]}T00:00:00.000Z")), TTL
        )
        open_reports = await self._cache.get_or_fetch(
            f"open-reports:{admin.id}", lambda: self._storage.open_report_count(None, admin.id), TTL
        )
        return AdminDashboard(
            users=totals.users,
            rooms=totals.rooms,
            messages=totals.messages,
            sockets=self._gauges["connections"](),
            online_now=self._presence.user_count,
            open_reports=open_reports,
            sign_ups=[SignUps(day, totals.sign_ups.get(day, 0)) for day in days],
        )
