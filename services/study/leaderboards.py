"""Leaderboards of rooms."""

from domain.accounts import User
from domain.base import RoomId
from domain.study.leaderboard import Leaderboard, Period, make_leaderboard, running_period
from services.access import RoomAccess
from services.context import ServiceContext
from services.study.clock import StudyClock
from services.study.focus import FocusSessions


class Leaderboards:
    """Answers about the study time of members in a room, for its members."""

    def __init__(self, ctx: ServiceContext, clock: StudyClock, access: RoomAccess, focus: FocusSessions) -> None:
        self._storage = ctx.storage
        self._clock = clock
        self._access = access
        self._focus = focus

    async def show(self, room_id: RoomId, name: Period, user: User) -> Leaderboard:
        """Return the leaderboard of the current period. Admins without membership see no study time.

        Raises:
            RoomNotFound, NotAMember: as for `RoomAccess.require_member`.
        """
        room, _ = await self._access.require_member(room_id, user)
        await self._focus.flush()
        period = running_period(name, room.time_zone, self._clock.now())
        totals = await self._storage.room_totals(room_id, period.key, user.id)
        room, _ = await self._access.require_member(room_id, user)  # a user evicted meanwhile receives nothing
        running = self._focus.started_in(room_id)
        return make_leaderboard(totals, running, period, user.summary, is_on=room.leaderboard == "on")
