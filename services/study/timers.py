"""Timers of rooms: changes by members, ends of phases, and the stop of timers in empty rooms.

Other services ask `Timers.phase_of` for the phase of a room, and subscribe to its changes with `Timers.subscribe`.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import TypeAlias

from domain.accounts import User
from domain.base import RoomId, UserId
from domain.clock import from_milliseconds, seconds_between
from domain.errors.base import AppError
from domain.errors.moderation import Muted
from domain.errors.rooms import RoomNotFound
from domain.errors.study import TimerChanged
from domain.permissions import Authority, check_timer
from domain.study.events import TimerUpdated
from domain.study.timer import Timer, TimerChange, TimerView
from domain.study.timer_actions import apply, shifted
from domain.study.timer_phases import TimerMoment, stored_at, timer_at, view_at
from runtime.bounded_dict import BoundedDict
from services.access import RoomAccess
from services.context import ServiceContext
from services.presence.presence import Presence
from services.study.active_timers import ActiveTimers
from services.study.clock import StudyClock
from services.study.empty_rooms import EmptyRooms
from storage.base.changes import Change, Outcome, RoomDeleted

log = logging.getLogger(__name__)

PhaseSubscriber: TypeAlias = Callable[[RoomId, TimerMoment, TimerMoment], None]
"""Function that is called with a room, and its timer before and after a change."""

BATCH_SIZE = 500
"""Timers that are read at a time at the start."""
MAX_KNOWN_VERSIONS = 10_000
"""Rooms with the last version in memory, so that an older read is not taken for news."""
RETRY_AFTER = 5.0
"""Seconds after which a stop is stored again if the storage did not answer."""


class Timers:
    """The timers of rooms.

    A timer in memory is the stored one; timers that are not idle are loaded at the start. Nothing is written at the end
    of a phase. Another process may change a timer: the write here is then rejected, and the timer is read again.
    """

    def __init__(self, ctx: ServiceContext, clock: StudyClock, access: RoomAccess, presence: Presence) -> None:
        self._storage = ctx.storage
        self._lookups = ctx.lookups
        self._publisher = ctx.publisher
        self._limiter = ctx.limiter
        self._wall_clock = ctx.clock
        self._clock = clock
        self._access = access
        self._presence = presence
        self._active = ActiveTimers(clock, self._tick)
        self._empty_rooms = EmptyRooms(ctx.storage)
        self._versions: BoundedDict[RoomId, int] = BoundedDict(MAX_KNOWN_VERSIONS)
        self._subscribers: list[PhaseSubscriber] = []
        self._stopping: dict[RoomId, asyncio.Task[None]] = {}
        ctx.storage.change_feed.subscribe(self._forget_deleted)

    def __len__(self) -> int:
        """Return the number of timers that are not idle."""
        return len(self._active)

    # For other services

    def phase_of(self, room_id: RoomId) -> TimerMoment | None:
        """Return the room's timer at this moment; None if it is idle. It reads memory only."""
        return self._active.moment(room_id, self._clock.now())

    def subscribe(self, on_phase_changed: PhaseSubscriber) -> None:
        """Call a function at each change of a timer from now on: by a member, at the end of a phase, at its stop.

        It is called with the room, the timer before and the timer after, at most 100 ms late and after
        `timer-updated` was published. It must neither wait nor raise. `before.version` is 0 if the timer was idle. A
        late call may skip phases: `after` is the phase of the present.
        """
        self._subscribers.append(on_phase_changed)

    async def stored(self, room_id: RoomId) -> Timer:
        """Return the timer of a room as it was at its last change."""
        return self._active.timer(room_id) or await self._lookups.room_timer(room_id) or Timer(room_id=room_id)

    async def store(self, stored: Timer, changed: Timer, actor_id: UserId | None) -> None:
        """Store and publish a change of a timer; of two at once, the one that is stored first counts.

        Raises:
            RoomNotFound: the room is missing.
            NotSignedIn, NotAMember, Forbidden, Muted: the actor may not change the timer (any more).
        """
        room_id = stored.room_id or ""
        at = self._wall_clock.now()
        if await self._storage.set_room_timer(room_id, changed, stored.version, at, actor_id):
            self._adopt(room_id, changed)
        else:
            await self._reload(room_id)

    # For clients

    async def show(self, room_id: RoomId, user: User) -> TimerView:
        """Return the timer of a room, for a member.

        Raises:
            RoomNotFound, NotAMember: as for `RoomAccess.require_member`.
        """
        await self._access.require_member(room_id, user)
        view = await self.view(room_id)
        await self._access.require_member(room_id, user)  # a user evicted meanwhile receives nothing
        return view

    async def view(self, room_id: RoomId) -> TimerView:
        """Return the timer of a room at this moment, without a check."""
        return view_at(await self.stored(room_id), self._clock.now())

    async def change(self, room_id: RoomId, change: TimerChange, user: User) -> TimerView:
        """Change the timer of a room, publish it, and return it.

        Raises:
            RoomNotFound, NotAMember: as for `RoomAccess.require_member`.
            EmailNotVerified: as for `RoomAccess.require_verified`.
            Forbidden: the room's timer is for moderators, and the user is none.
            Muted: the user is muted.
            RateLimited: too many changes by the user.
            TimerChanged: the version is not that of the timer; the error has the timer.
            TimerStateConflict: as for `domain.study.timer_actions.apply`.
        """
        self._access.require_verified(user)
        room, member = await self._access.require_member(room_id, user)
        await self._limiter.hit("timers", user.id)
        at = self._wall_clock.now()
        try:
            check_timer(Authority(member.role, user.is_admin), room.timer_control, member.muted_until, at)
            return await self._change(room_id, change, user)
        except Muted as failure:
            left = seconds_between(self._wall_clock.now(), failure.until)
            raise Muted(failure.until, max(0.0, left)) from None

    async def _change(self, room_id: RoomId, change: TimerChange, user: User) -> TimerView:
        stored = await self.stored(room_id)
        now = self._clock.now()
        if change.version != timer_at(stored, now).version:
            raise TimerChanged(view_at(stored, now))
        is_empty = self._presence.active_members(room_id) == 0
        changed = apply(stored, change, now, user.id, is_empty=is_empty)
        if changed is stored:
            return view_at(stored, now)
        at = self._wall_clock.now()
        write = self._storage.set_room_timer(room_id, changed, stored.version, at, user.id)
        if not await self._access.run_authorized(room_id, user, write):
            raise TimerChanged(await self._reload(room_id))
        self._adopt(room_id, changed)
        return view_at(changed, self._clock.now())

    # Presence

    def presence_changed(self, room_id: RoomId, active_members: int) -> None:
        """Set or clear the time since which the room is empty, if its timer is not idle."""
        timer = self._active.timer(room_id)
        if timer is None or (timer.empty_since is None) == (active_members > 0):
            return
        now = self._clock.now()
        moment = timer_at(timer, now)
        if moment.state == "idle":  # it has stopped by itself, and is about to be stored
            return
        marked = self._empty_rooms.mark(room_id, timer, None if active_members else from_milliseconds(now))
        self._active.set(room_id, marked, timer_at(marked, now))

    # Life cycle

    async def start(self) -> None:
        """Load the timers that are not idle. Rooms that were not empty are empty since the last checkpoint."""
        await self._storage.mark_timers_empty(await self._storage.last_checkpoint() or self._clock.timestamp())
        now, last = self._clock.now(), None
        while timers := await self._storage.active_timers(after=last, limit=BATCH_SIZE):
            for timer in timers:
                last = timer.room_id or ""
                self._versions[last] = timer.version
                self._active.set(last, timer, timer_at(timer, now))
        self._tick()

    def clock_moved(self, milliseconds: int) -> None:
        """Follow the study clock, which was moved together with the stored times.

        Subscribers are not called: no phase has changed. They follow the clock by themselves.
        """
        now = self._clock.now()
        for room_id in self._active.rooms():
            if timer := self._active.timer(room_id):
                moved = shifted(timer, milliseconds)
                self._versions[room_id] = moved.version
                self._active.set(room_id, moved, timer_at(moved, now))
                self._publisher.publish(TimerUpdated(room_id, view_at(moved, now)))
        self._tick()

    async def reload(self) -> None:
        """Read the timers that are not idle, in case that one was changed while all of them were moved."""
        last = None
        while timers := await self._storage.active_timers(after=last, limit=BATCH_SIZE):
            for timer in timers:
                last = timer.room_id or ""
                self._adopt(last, timer)

    async def close(self) -> None:
        """Stop the timers of the event loop, and finish writes."""
        self._active.close()
        for task in self._stopping.values():
            task.cancel()
        await self._empty_rooms.close()

    # Internals

    async def _reload(self, room_id: RoomId) -> TimerView:
        """Read the timer after another process or request has changed it."""
        stored = await self._storage.room_timer(room_id) or Timer(room_id=room_id)
        self._adopt(room_id, stored)
        return view_at(self._active.timer(room_id) or stored, self._clock.now())

    def _adopt(self, room_id: RoomId, timer: Timer) -> None:
        """Use a timer that was stored, and publish it; not if a newer one is known."""
        if timer.version <= self._versions.get(room_id, 0):
            return
        self._versions[room_id] = timer.version
        now = self._clock.now()
        before, after = self._active.known_moment(room_id), timer_at(timer, now)
        self._active.set(room_id, timer, after)
        self._announce(room_id, timer, before, after)
        self.presence_changed(room_id, self._presence.active_members(room_id))

    def _announce(self, room_id: RoomId, timer: Timer, before: TimerMoment | None, after: TimerMoment) -> None:
        self._publisher.publish(TimerUpdated(room_id, view_at(timer, self._clock.now())))
        self._notify(room_id, before, after)

    def _notify(self, room_id: RoomId, before: TimerMoment | None, after: TimerMoment) -> None:
        for on_phase_changed in self._subscribers:
            try:
                on_phase_changed(room_id, before or _idle(room_id), after)
            except Exception:
                log.exception("a subscriber failed on the timer of room %s", room_id)

    def _tick(self) -> None:
        """Publish the timers that have changed by themselves."""
        now = self._clock.now()
        for room_id in self._active.due(now):
            timer, before = self._active.timer(room_id), self._active.known_moment(room_id)
            if timer is None:
                continue
            after = timer_at(timer, now)
            if after.state != "idle":
                self._active.set(room_id, timer, after)
                self._announce(room_id, timer, before, after)
            elif room_id not in self._stopping:
                task = self._stopping[room_id] = asyncio.create_task(self._stop(room_id, timer))
                task.add_done_callback(lambda _, room=room_id: self._stopping.pop(room, None))  # type: ignore[misc]

    async def _stop(self, room_id: RoomId, timer: Timer) -> None:
        """Store the stop of a timer in an empty room. Of several processes, the one that stores it publishes it."""
        stopped = stored_at(timer, self._clock.now())
        try:
            if await self._storage.set_room_timer(room_id, stopped, timer.version, self._wall_clock.now()):
                self._adopt(room_id, stopped)
            else:
                await self._reload(room_id)
        except RoomNotFound:
            self._active.remove(room_id)
        except AppError as failure:
            log.warning("storing the stop of a timer is delayed: %s", failure)
            self._active.retry(RETRY_AFTER)

    def _forget_deleted(self, changes: Sequence[Change], _outcome: Outcome) -> None:
        for change in changes:
            if isinstance(change, RoomDeleted) and (before := self._active.remove(change.room_id)):
                self._notify(change.room_id, before, _idle(change.room_id))


def _idle(room_id: RoomId) -> TimerMoment:
    return timer_at(Timer(room_id=room_id), 0)
