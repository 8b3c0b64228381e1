"""Timers of users alone: the same record without a room, on all of the user's devices."""

from domain.accounts import User
from domain.errors.study import TimerChanged
from domain.study.events import TimerUpdated
from domain.study.timer import Timer, TimerChange, TimerView
from domain.study.timer_actions import apply
from domain.study.timer_phases import timer_at, view_at
from services.context import ServiceContext
from services.study.clock import StudyClock


class PersonalTimers:
    """The timers of users alone. Clients calculate the phases; the server stores changes and pushes them."""

    def __init__(self, ctx: ServiceContext, clock: StudyClock) -> None:
        self._storage = ctx.storage
        self._publisher = ctx.publisher
        self._limiter = ctx.limiter
        self._clock = clock

    async def show(self, user: User) -> TimerView:
        """Return the user's timer."""
        return view_at(await self._stored(user), self._clock.now())

    async def change(self, change: TimerChange, user: User) -> TimerView:
        """Change the user's timer, push it to their devices, and return it.

        Raises:
            RateLimited: too many changes by the user.
            NotSignedIn: the account was deleted or disabled meanwhile.
            TimerChanged: the version is not that of the timer; the error has the timer.
            TimerStateConflict: as for `domain.study.timer_actions.apply`.
        """
        await self._limiter.hit("timers", user.id)
        stored, now = await self._stored(user), self._clock.now()
        if change.version != timer_at(stored, now).version:
            raise TimerChanged(view_at(stored, now))
        changed = apply(stored, change, now, user.id, is_empty=True)
        if changed is stored:
            return view_at(stored, now)
        if not await self._storage.set_user_timer(user.id, changed, stored.version):
            raise TimerChanged(view_at(await self._stored(user), self._clock.now()))
        view = view_at(changed, self._clock.now())
        self._publisher.push(user.id, TimerUpdated(None, view))
        return view

    async def _stored(self, user: User) -> Timer:
        return await self._storage.user_timer(user.id) or Timer(room_id=None)
