"""Errors of timers, focus sessions, tasks and the schedule."""

from domain.errors.base import AppError


class ScheduledSessionNotFound(AppError):
    """There is no such date in the schedule of this room."""

    status, code = 404, "scheduled_session_not_found"


class TooManyScheduledSessions(AppError):
    """The schedule of this room is full: delete a date first."""

    status, code = 409, "too_many_scheduled_sessions"


class TaskNotFound(AppError):
    """There is no such task, or not any more."""

    status, code = 404, "task_not_found"


class TooManyTasks(AppError):
    """You have 1,000 open tasks, the most that are possible: finish or delete one first."""

    status, code = 409, "too_many_tasks"
