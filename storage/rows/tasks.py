"""Columns and mappers of tasks."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

from collections.abc import Iterable
from itertools import groupby

from domain.base import UserId
from domain.study.tasks import Checklist, SharedTask, Task
from storage.rows import Row, columns
from storage.rows.accounts import user_summary, user_summary_of

_STORED = (
    *("id", "title", "notes", "room_id", "due_on", "done_at"),
    *("estimate_rounds", "position", "shared"),
)

_SPENT = "(SELECT coalesce(sum(f.seconds), 0) FROM focus_sessions f WHERE f.task_id = t.id AND f.user_id = t.user_id)"
TASK = f"{columns(_STORED, 't')}, {_SPENT}"
"""Columns of `tasks t` for `task_of`."""

TASKS = f"SELECT {TASK} FROM tasks t"
"""Query of `tasks t`; its rows are read by `task_of`."""


def task_of(row: Row) -> Task:
    """Return the task from a row of `TASK`."""
    task_id, title, notes, room_id, due_on, done_at, estimate_rounds, position, shared, spent_seconds = row
    return Task(
        id=task_id,
        title=title,
        notes=notes,
        room_id=room_id,
        due_on=due_on,
        done=done_at is not None,
        done_at=done_at,
        estimate_rounds=estimate_rounds,
        spent_seconds=int(spent_seconds),
        position=position,
        shared=bool(shared),
    )


NEW_TASK = columns((*_STORED, "user_id"))
"""Columns of the table `tasks` for `new_task_row`."""


def new_task_row(task: Task, user_id: UserId) -> tuple[object, ...]:
    """Return the row of `NEW_TASK` to store for a new task."""
    texts = task.id, task.title, task.notes, task.room_id, task.due_on, task.done_at
    return *texts, task.estimate_rounds, task.position, task.shared, user_id


CHANGED = ("title", "notes", "room_id", "due_on", "done_at", "estimate_rounds", "position", "shared")
"""Columns that `TaskStore.change_task` sets, for `changed_row`."""


def changed_row(task: Task) -> tuple[object, ...]:
    """Return the values of `CHANGED` to store for a changed task."""
    return tuple(getattr(task, name) for name in CHANGED)


SHARED_TASKS = (
    f"SELECT {user_summary('u')}, t.id, t.title, t.due_on, t.done_at IS NOT NULL, t.estimate_rounds, t.position"
    " FROM tasks t JOIN users u ON u.id = t.user_id"
)
"""Query of `tasks t` and their owners, `users u`; its rows are read by `checklists_of`."""


def checklists_of(rows: Iterable[Row]) -> list[Checklist]:
    """Return the checklists from rows of `SHARED_TASKS` in the order of their owners."""
    return [
        Checklist(user_summary_of(list(owned[0][:3])), [_shared_task_of(row[3:]) for row in owned])
        for owned in (list(rows) for _, rows in groupby(rows, lambda row: row[0]))
    ]


def _shared_task_of(row: Row) -> SharedTask:
    task_id, title, due_on, done, estimate_rounds, position = row
    return SharedTask(task_id, title, due_on, bool(done), estimate_rounds, position)
