"""Events of clients: focus sessions."""

import msgspec

from domain.accounts import Caller
from domain.base import Timestamp
from domain.study.focus import FocusCheck, FocusCommand, FocusSession, FocusState, StartFocus
from services.container import Services
from socket_events.routing import Ack


class FocusAck(Ack, kw_only=True, frozen=True):
    """Focus of the user after the command, as `FocusState`."""

    session: FocusSession | None
    check: FocusCheck | None
    ended: FocusSession | None
    server_time: Timestamp


async def start(services: Services, caller: Caller, payload: StartFocus) -> FocusAck:
    """Start a focus session, or with `resume` continue one that has just ended. It ends the open one."""
    return _ack(await services.focus.begin(payload, caller.user))


async def stop(services: Services, caller: Caller, payload: FocusCommand) -> FocusAck:  # noqa: ARG001  # declares it
    """End the focus session; a timer that runs is not followed until its next phase."""
    return _ack(await services.focus.stop(caller.user))


async def confirm(services: Services, caller: Caller, payload: FocusCommand) -> FocusAck:  # noqa: ARG001  # declares it
    """Answer `focus-check`: the user still studies."""
    return _ack(await services.focus.confirm(caller.user))


def _ack(state: FocusState) -> FocusAck:
    return FocusAck(**msgspec.structs.asdict(state))
