"""Storage contract: tasks.

The rules in storage/base/__init__.py apply to all methods. A task of another user is missing, except for methods that
name a room. When a membership ends, the user's tasks in the room are not shared any more; when a room is deleted, its
tasks become personal. Both happen in the same transaction. `Task.spent_seconds` is the sum of the owner's focus
sessions with this task, read with the task.
"""

from abc import abstractmethod
from collections.abc import Collection, Mapping
from typing import Any

from domain.base import RoomId, TaskId, Timestamp, UserId
from domain.moderation import AuditDraft
from domain.study.tasks import CalendarDate, Checklist, Task, TaskDraft, TaskUpdate
from storage.base.changes import TasksChanged
from storage.base.store import Store, changes, read


class TaskStore(Store):
    """Tasks of users."""

    @changes(lambda draft: [TasksChanged(draft.user_id)])
    @abstractmethod
    async def add_task(self, draft: TaskDraft) -> Task:
        """Add a task behind the user's open ones, and return it.

        If the user has added a task with this `client_id` before, that task is returned as it is now, until
        `purge_task_keys` deletes the key.

        Raises:
            NotSignedIn: the account is missing, deleted or disabled.
            TaskNotFound: the task with this `client_id` was deleted.
            TooManyTasks: the user has `MAX_OPEN_TASKS` open tasks; exact under concurrency.
            InvalidInput: the task has no room, and is to be shared.
            NotAMember, Muted: as `storage.rules.tasks.check_room`.
        """

    @changes(lambda user_id: [TasksChanged(user_id)])
    @abstractmethod
    async def change_task(
        self, user_id: UserId, task_id: TaskId, changes: Mapping[str, Any], at: Timestamp
    ) -> TaskUpdate:
        """Change a task as `storage.rules.tasks.changed_task` does; with `after`, move it (`place_after`).

        Changes to one list are applied one after the other: two moves at the same time both hold.

        Args:
            user_id: the owner.
            task_id: the task.
            changes: new values by the names of fields, and `after`, the id of an open task or None.
            at: time of the change.

        Raises:
            NotSignedIn: the account is missing, deleted or disabled.
            TaskNotFound: the user has no such task, or no such open one as `after`.
            InvalidInput: the task has no room, and is to be shared.
            TooManyTasks: a done task is opened again, and the user has `MAX_OPEN_TASKS` open ones.
            NotAMember, Muted: as `storage.rules.tasks.check_room`.
        """

    @changes(lambda user_id: [TasksChanged(user_id)])
    @abstractmethod
    async def delete_task(self, user_id: UserId, task_id: TaskId) -> Task | None:
        """Delete the user's task and return it as it was; None if there is none."""

    @changes(lambda audit: [TasksChanged(audit.target_id)])
    @abstractmethod
    async def clear_task(self, task_id: TaskId, audit: AuditDraft) -> Task | None:
        """Unshare a task of another user in a room, and return it; None if the room has no such shared task.

        Args:
            task_id: the task.
            audit: the action; its room is that of the task, its target the owner.

        Raises:
            Forbidden, NotAMember: the action is not allowed.
        """

    @read
    @abstractmethod
    async def task(self, user_id: UserId, task_id: TaskId) -> Task | None:
        """Return the user's task; None if there is none."""

    @read
    @abstractmethod
    async def task_titles(self, user_id: UserId, task_ids: Collection[TaskId]) -> dict[TaskId, str]:
        """Return the titles of the user's own among these tasks, by id."""

    @read
    @abstractmethod
    async def shared_task_owner(self, room_id: RoomId, task_id: TaskId) -> UserId | None:
        """Return the owner of a shared task of the room; None if the room has no such shared task."""

    @read
    @abstractmethod
    async def open_tasks(self, user_id: UserId, limit: int) -> list[Task]:
        """Return up to `limit` open tasks of the user, by position, then id."""

    @read
    @abstractmethod
    async def done_tasks(self, user_id: UserId, *, before: TaskId | None = None, limit: int) -> list[Task]:
        """Return up to `limit` done tasks of the user, latest first; at equal times the larger id first.

        Args:
            user_id: the owner.
            before: a done task of the user; the list begins with the one that was done before it.
            limit: maximum number of tasks.

        Raises:
            TaskNotFound: `before` is not a done task of the user.
        """

    @read
    @abstractmethod
    async def due_tasks(self, user_id: UserId, until: CalendarDate, limit: int) -> list[Task]:
        """Return up to `limit` open tasks that are due on `until` or earlier, by date, then position, then id."""

    @read
    @abstractmethod
    async def tasks_of(self, user_id: UserId, *, after: TaskId | None = None, limit: int) -> list[Task]:
        """Return up to `limit` tasks of the user, open and done, by id, with larger ids than `after`."""

    @read
    @abstractmethod
    async def shared_tasks(self, room_id: RoomId, done_since: Timestamp, limit: int) -> list[Checklist]:
        """Return up to `limit` shared tasks of the room, in checklists by the id of their owner.

        Args:
            room_id: the room.
            done_since: a task that was done earlier is left out.
            limit: maximum number of tasks in all checklists.
        """

    @changes()
    @abstractmethod
    async def purge_task_keys(self, before: Timestamp, limit: int) -> int:
        """Delete up to `limit` keys (`client_id`) of tasks that were added before, and return their number."""
