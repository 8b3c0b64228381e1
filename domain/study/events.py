"""Server-to-client events of studying together."""

from typing import Literal, TypeAlias

from msgspec import UNSET, UnsetType

from domain.base import RoomId, ScheduledSessionId, UserId
from domain.event_types import RoomEvent, ServerEvent
from domain.study.schedule import ScheduledSessionView

ScheduleChange: TypeAlias = Literal["saved", "deleted", "going", "cancelled"]


class ScheduleUpdated(RoomEvent, frozen=True):
    """A date in the room's schedule was planned, changed or deleted, or a member is going, or not any more.

    `session` is only sent if it was `saved`, `user_id` with `going` and `cancelled`.
    """

    EVENT = "schedule-updated"
    DEFERRABLE = True
    room_id: RoomId
    scheduled_session_id: ScheduledSessionId
    change: ScheduleChange
    session: ScheduledSessionView | UnsetType = UNSET
    user_id: UserId | UnsetType = UNSET


STUDY_EVENTS: list[type[ServerEvent]] = [
    found for found in list(vars().values()) if isinstance(found, type) and "EVENT" in vars(found)
]
"""Every event of studying together, in the order of the table in docs/protocol.md."""
