"""In-memory storage: timers."""

from collections.abc import Mapping

from domain import permissions
from domain.base import RoomId, Timestamp, UserId
from domain.errors.accounts import NotSignedIn
from domain.errors.rooms import RoomNotFound
from domain.study.timer import Timer
from storage.base import TimerStore
from storage.memory.tables import Tables, replace
from storage.rules.study import is_current


class MemoryTimers(TimerStore):
    """`TimerStore` in memory."""

    _tables: Tables

    async def room_timer(self, room_id: RoomId) -> Timer | None:
        return self._tables.room_timers.get(room_id)

    async def user_timer(self, user_id: UserId) -> Timer | None:
        return self._tables.user_timers.get(user_id)

    async def active_timers(self, *, after: RoomId | None = None, limit: int) -> list[Timer]:
        timers = sorted(self._tables.room_timers.items())
        return [timer for room, timer in timers if timer.state != "idle" and (after is None or room > after)][:limit]

    async def timers_changed_by(self, user_id: UserId, *, after: RoomId | None = None, limit: int) -> list[Timer]:
        timers = sorted(self._tables.room_timers.items())
        return [one for room, one in timers if one.changed_by == user_id and (after is None or room > after)][:limit]

    async def latest_timer_time(self, until: Timestamp | None) -> Timestamp | None:
        timers = [*self._tables.room_timers.values(), *self._tables.user_timers.values()]
        times = [time for timer in timers if timer.state != "idle" for time in (timer.started_at, timer.empty_since)]
        return max((time for time in times if time is not None and (until is None or time <= until)), default=None)

    async def set_room_timer(
        self, room_id: RoomId, timer: Timer, expected_version: int, at: Timestamp, actor_id: UserId | None = None
    ) -> bool:
        room = self._tables.rooms.get(room_id)
        if room is None:
            raise RoomNotFound
        if actor_id is not None:
            authority, member = self._tables.authority_of(room_id, actor_id), self._tables.member(room_id, actor_id)
            permissions.check_timer(authority, room.timer_control, member.muted_until if member else None, at)
        stored = self._tables.room_timers.get(room_id)
        if is_current(stored, expected_version):
            self._tables.room_timers[room_id] = stored = timer
        return stored == timer

    async def set_user_timer(self, user_id: UserId, timer: Timer, expected_version: int) -> bool:
        account = self._tables.accounts.get(user_id)
        if account is None or account.user.disabled:
            raise NotSignedIn
        stored = self._tables.user_timers.get(user_id)
        if is_current(stored, expected_version):
            self._tables.user_timers[user_id] = stored = timer
        return stored == timer

    async def set_timers_empty(self, since: Mapping[RoomId, Timestamp | None]) -> None:
        for room_id, at in since.items():
            timer = self._tables.room_timers.get(room_id)
            if timer is not None and timer.state != "idle":
                self._tables.room_timers[room_id] = replace(timer, empty_since=at)

    async def mark_timers_empty(self, at: Timestamp) -> None:
        for room_id, timer in self._tables.room_timers.items():
            if timer.state != "idle" and timer.empty_since is None:
                self._tables.room_timers[room_id] = replace(timer, empty_since=at)
