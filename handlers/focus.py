"""Focus sessions of the caller."""

from typing import Annotated

from domain.accounts import Caller
from domain.base import FocusSessionId
from domain.errors.study import FocusSessionNotFound
from domain.study.focus import (
    FocusChange,
    FocusSession,
    FocusSessionPage,
    FocusSessionsQuery,
    FocusState,
    NewManualSession,
    StartFocus,
)
from handlers.routing import InPath
from services.container import Services
from text import normalise

FocusInPath = Annotated[FocusSessionId, InPath("id", normalise.uuid, FocusSessionNotFound)]


async def current(services: Services, caller: Caller) -> FocusState:
    """Get the open focus session, and the check that waits for an answer."""
    return services.focus.current(caller.user)


async def start(services: Services, caller: Caller, payload: StartFocus) -> FocusState:
    """Start a focus session, or with `resume` continue one that has just ended. It ends the open one."""
    return await services.focus.begin(payload, caller.user)


async def stop(services: Services, caller: Caller) -> FocusState:
    """End the focus session; a timer that runs is not followed until its next phase."""
    return await services.focus.stop(caller.user)


async def confirm(services: Services, caller: Caller) -> FocusState:
    """Answer a check: the caller still studies."""
    return await services.focus.confirm(caller.user)


async def sessions(services: Services, caller: Caller, query: FocusSessionsQuery) -> FocusSessionPage:
    """List the caller's focus sessions, the latest start first."""
    return await services.focus_history.list(query, caller.user)


async def add_manual(services: Services, caller: Caller, new: NewManualSession) -> FocusSession:
    """Add a focus session that was not counted."""
    return await services.focus_history.add_manual(new, caller.user)


async def change(services: Services, caller: Caller, session_id: FocusInPath, payload: FocusChange) -> FocusSession:
    """Shorten a focus session, or change its activity and task."""
    return await services.focus_history.change(session_id, payload, caller.user)


async def delete(services: Services, caller: Caller, session_id: FocusInPath) -> None:
    """Delete a focus session."""
    await services.focus_history.delete(session_id, caller.user)
