"""Schedules of rooms."""

from typing import Annotated

from domain.accounts import Caller
from domain.base import ScheduledSessionId
from domain.errors.study import ScheduledSessionNotFound
from domain.study.attendance import Attendance, AttendanceQuery
from domain.study.schedule import (
    FromQuery,
    NewScheduledSession,
    PastOccurrence,
    ScheduledSessionChange,
    ScheduledSessionView,
)
from handlers.routing import InPath, RoomInPath
from services.container import Services
from text import normalise

SessionInPath = Annotated[ScheduledSessionId, InPath("sessionId", normalise.uuid, ScheduledSessionNotFound)]


async def of_room(services: Services, caller: Caller, room_id: RoomInPath) -> list[ScheduledSessionView]:
    """List the dates in a room's schedule that are not over, the next one first."""
    return await services.schedules.list_for_room(room_id, caller.user)


async def past(services: Services, caller: Caller, room_id: RoomInPath) -> list[PastOccurrence]:
    """List the last 20 dates of a room that are over, the last one first."""
    return await services.attendances.past(room_id, caller.user)


async def create(
    services: Services, caller: Caller, room_id: RoomInPath, new: NewScheduledSession
) -> ScheduledSessionView:
    """Plan a date, once or weekly. The caller is going."""
    return await services.schedules.create(room_id, new, caller.user)


async def change(
    services: Services,
    caller: Caller,
    room_id: RoomInPath,
    session_id: SessionInPath,
    query: FromQuery,
    changed: ScheduledSessionChange,
) -> ScheduledSessionView:
    """Change a planned date. With `from`, the dates from then on become a new one, which is returned."""
    return await services.schedules.change(room_id, session_id, query.first, changed, caller.user)


async def delete(
    services: Services, caller: Caller, room_id: RoomInPath, session_id: SessionInPath, query: FromQuery
) -> None:
    """Delete a planned date; with `from`, only the dates from then on."""
    await services.schedules.delete(room_id, session_id, query.first, caller.user)


async def attendance(
    services: Services, caller: Caller, room_id: RoomInPath, session_id: SessionInPath, query: AttendanceQuery
) -> list[Attendance]:
    """List the members who studied in the room during one date, and how long."""
    return await services.attendances.of_occurrence(room_id, session_id, query.at, caller.user)


async def go(services: Services, caller: Caller, room_id: RoomInPath, session_id: SessionInPath) -> None:
    """Store that the caller is going. Idempotent."""
    await services.schedules.set_going(room_id, session_id, caller.user, going=True)


async def stay_away(services: Services, caller: Caller, room_id: RoomInPath, session_id: SessionInPath) -> None:
    """Store that the caller is not going. Idempotent."""
    await services.schedules.set_going(room_id, session_id, caller.user, going=False)
