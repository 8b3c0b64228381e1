"""Timers of rooms, and the caller's own."""

from domain.accounts import Caller
from domain.study.timer import TimerChange, TimerView
from handlers.routing import RoomInPath
from services.container import Services


async def show(services: Services, caller: Caller, room_id: RoomInPath) -> TimerView:
    """Get the timer of a room."""
    return await services.timers.show(room_id, caller.user)


async def change(services: Services, caller: Caller, room_id: RoomInPath, payload: TimerChange) -> TimerView:
    """Start, pause, resume, skip, stop, configure or extend the timer of a room."""
    return await services.timers.change(room_id, payload, caller.user)


async def show_own(services: Services, caller: Caller) -> TimerView:
    """Get the caller's own timer, without a room."""
    return await services.personal_timers.show(caller.user)


async def change_own(services: Services, caller: Caller, payload: TimerChange) -> TimerView:
    """Start, pause, resume, skip, stop, configure or extend the caller's own timer."""
    return await services.personal_timers.change(payload, caller.user)
