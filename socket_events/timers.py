"""Events of clients: changes of timers."""

from domain.accounts import Caller
from domain.study.timer import SetTimer, TimerView
from services.container import Services
from socket_events.routing import Ack


class SetTimerAck(Ack, kw_only=True, frozen=True):
    """The timer after the change."""

    timer: TimerView


async def set_timer(services: Services, caller: Caller, payload: SetTimer) -> SetTimerAck:
    """Start, pause, resume, skip, stop, configure or extend the timer of a room."""
    return SetTimerAck(timer=await services.timers.change(payload.room_id, payload, caller.user))
