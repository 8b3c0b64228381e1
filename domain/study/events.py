"""Server-to-client events of studying together."""

from typing import Literal, TypeAlias

from msgspec import UNSET, UnsetType

from domain.accounts import UserSummary
from domain.base import FocusSessionId, RoomId, ScheduledSessionId, TaskId, Timestamp, UserId
from domain.connections import CHAT, PERSONAL
from domain.event_types import RoomEvent, ServerEvent, UserEvent
from domain.study.focus import FocusCheck, FocusSession
from domain.study.schedule import ScheduledSessionView
from domain.study.tasks import SharedTask, Task
from domain.study.timer import TimerView

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


class TasksUpdated(UserEvent, frozen=True):
    """Tasks of the user were added, changed or deleted, on this or another device.

    `tasks` are as they are now, `deleted` are ids. With `reload`, more changed than is sent: read the tasks again.
    """

    EVENT = "tasks-updated"
    tasks: tuple[Task, ...] = ()
    deleted: tuple[TaskId, ...] = ()
    reload: bool = False


class RoomTasksUpdated(RoomEvent, frozen=True):
    """Shared tasks of a member were added, changed or removed from the room's checklists.

    `tasks` are as they are now, `removed` are ids. With `reload`, more changed than is sent: read the tasks again.
    """

    EVENT = "room-tasks-updated"
    DEFERRABLE = True
    room_id: RoomId
    user: UserSummary
    tasks: tuple[SharedTask, ...] = ()
    removed: tuple[TaskId, ...] = ()
    reload: bool = False


class TimerUpdated(RoomEvent, UserEvent, frozen=True):
    """The timer of a room changed, or its phase ended; on `/`, the user's own timer changed."""

    EVENT = "timer-updated"
    NAMESPACES = (CHAT, PERSONAL)
    RECIPIENTS = "all connections in the room; of a timer without a room, all connections of the user on `/`"
    room_id: RoomId | None  # type: ignore[assignment]  # None on `/`, where it is not published to a room
    timer: TimerView


class FocusUpdated(UserEvent, frozen=True):
    """The user's focus session began, changed or ended, on this or another device.

    It has the fields of `FocusState`. Nothing is sent when a phase of a timer begins or ends: `timer-updated` tells
    all clients in the room.
    """

    EVENT = "focus-updated"
    session: FocusSession | None
    check: FocusCheck | None
    ended: FocusSession | None
    server_time: Timestamp


class FocusChecked(UserEvent, frozen=True):
    """The user has done nothing for two hours: `confirm-focus` until `respondBy`, or the session ended now.

    `id` is the session's.
    """

    EVENT = "focus-check"
    id: FocusSessionId
    respond_by: Timestamp


STUDY_EVENTS: list[type[ServerEvent]] = [
    found for found in list(vars().values()) if isinstance(found, type) and "EVENT" in vars(found)
]
"""Every event of studying together, in the order of the table in docs/protocol.md."""
