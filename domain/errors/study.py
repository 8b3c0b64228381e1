"""Errors of timers, focus sessions, tasks and the schedule."""

from typing import TYPE_CHECKING

from domain.errors.base import AppError

if TYPE_CHECKING:
    from domain.study.timer import TimerView


class ScheduledSessionNotFound(AppError):
    """There is no such date in the schedule of this room."""

    status, code = 404, "scheduled_session_not_found"


class TooManyScheduledSessions(AppError):
    """The schedule of this room is full: delete a date first."""

    status, code = 409, "too_many_scheduled_sessions"


class CalendarNotFound(AppError):
    """There is no such calendar, or not any more."""

    status, code = 404, "calendar_not_found"


class TaskNotFound(AppError):
    """There is no such task, or not any more."""

    status, code = 404, "task_not_found"


class TooManyTasks(AppError):
    """You have 1,000 open tasks, the most that are possible: finish or delete one first."""

    status, code = 409, "too_many_tasks"


class TimerChanged(AppError):
    """The timer has changed meanwhile.

    Args:
        timer: the timer as it is now, which is sent with the error.
    """

    status, code = 409, "timer_changed"

    def __init__(self, timer: "TimerView") -> None:
        self.timer = timer
        super().__init__("The timer has changed meanwhile.")


class TimerStateConflict(AppError):
    """The timer is not in a state for this."""

    status, code = 409, "timer_state"


class FocusSessionNotFound(AppError):
    """There is no such focus session of yours."""

    status, code = 404, "focus_session_not_found"


class FocusOverlap(AppError):
    """You have another focus session in this time."""

    status, code = 409, "focus_overlap"


class FocusSessionRuns(AppError):
    """The focus session is running: stop it first."""

    status, code = 409, "focus_session_runs"


class ResumeTooLate(AppError):
    """The focus session ended more than 5 minutes ago."""

    status, code = 409, "resume_too_late"
