"""In-memory storage: tasks."""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from domain.base import RoomId, TaskId, Timestamp, UserId
from domain.errors.accounts import NotSignedIn
from domain.errors.study import TaskNotFound
from domain.moderation import AuditDraft
from domain.study.tasks import CalendarDate, Checklist, Task, TaskDraft, TaskUpdate
from storage.base import TaskStore
from storage.memory.tables import Tables, TaskKey, replace
from storage.rules import tasks as rules


class MemoryTasks(TaskStore):
    """`TaskStore` in memory."""

    _tables: Tables

    async def add_task(self, draft: TaskDraft) -> Task:
        tasks = self._active_tasks(draft.user_id)
        key = self._tables.task_keys.get(draft.user_id, {}).get(draft.client_id or "")
        if key or draft.id in tasks:
            if (task := tasks.get(key.task_id if key else draft.id)) is None:
                raise TaskNotFound
            return task
        places = self._places(tasks)
        rules.check_count(len(places))
        task = rules.task_from_draft(draft, rules.place_last(places))
        self._check_room(draft.user_id, None, task, draft.created_at)
        self._tables.tasks.setdefault(draft.user_id, {})[task.id] = task
        if draft.client_id is not None:
            keys = self._tables.task_keys.setdefault(draft.user_id, {})
            keys[draft.client_id] = TaskKey(task.id, draft.created_at)
        return task

    async def change_task(
        self, user_id: UserId, task_id: TaskId, changes: Mapping[str, Any], at: Timestamp
    ) -> TaskUpdate:
        tasks = self._active_tasks(user_id)
        task = tasks.get(task_id)
        if task is None:
            raise TaskNotFound
        changed = rules.changed_task(task, changes, at)
        places = self._places(tasks)
        if task.done and not changed.done:
            rules.check_count(len(places))
        moved: dict[TaskId, int] = {}
        if "after" in changes:
            position, moved = rules.place_after(places, task_id, changes["after"])
            changed = replace(changed, position=position)
        self._check_room(user_id, task, changed, at)
        others = {key: replace(tasks[key], position=position) for key, position in moved.items()}
        self._tables.tasks[user_id] |= others | {task_id: changed}
        return TaskUpdate(task, changed, tuple(others.values()))

    async def delete_task(self, user_id: UserId, task_id: TaskId) -> Task | None:
        task = self._tasks_of(user_id).get(task_id)
        self._tables.tasks.get(user_id, {}).pop(task_id, None)
        return task

    async def clear_task(self, task_id: TaskId, audit: AuditDraft) -> Task | None:
        is_new = self._tables.authorize_once(audit)
        task = self._tasks_of(audit.target_id or "").get(task_id)
        if task is None or task.room_id != audit.room_id or (is_new and not task.shared):
            return None
        if is_new:
            task = replace(task, shared=False)
            self._tables.tasks[audit.target_id or ""][task_id] = task
            self._tables.record_audit(audit)
        return task

    async def task(self, user_id: UserId, task_id: TaskId) -> Task | None:
        return self._tasks_of(user_id).get(task_id)

    async def task_titles(self, user_id: UserId, task_ids: Collection[TaskId]) -> dict[TaskId, str]:
        tasks = self._tables.tasks.get(user_id, {})
        return {task_id: tasks[task_id].title for task_id in task_ids if task_id in tasks}

    async def shared_task_owner(self, room_id: RoomId, task_id: TaskId) -> UserId | None:
        for user_id, tasks in self._tables.tasks.items():
            if (task := tasks.get(task_id)) and task.shared and task.room_id == room_id:
                return user_id
        return None

    async def open_tasks(self, user_id: UserId, limit: int) -> list[Task]:
        return self._open(self._tasks_of(user_id))[:limit]

    async def done_tasks(self, user_id: UserId, *, before: TaskId | None = None, limit: int) -> list[Task]:
        done = [task for task in self._tasks_of(user_id).values() if task.done]
        done.sort(key=lambda task: (task.done_at or "", task.id), reverse=True)
        if before is None:
            return done[:limit]
        ids = [task.id for task in done]
        if before not in ids:
            raise TaskNotFound
        first = ids.index(before) + 1
        return done[first : first + limit]

    async def due_tasks(self, user_id: UserId, until: CalendarDate, limit: int) -> list[Task]:
        tasks = self._open(self._tasks_of(user_id))
        due = [task for task in tasks if task.due_on is not None and task.due_on <= until]
        return sorted(due, key=lambda task: task.due_on or "")[:limit]

    async def tasks_of(self, user_id: UserId, *, after: TaskId | None = None, limit: int) -> list[Task]:
        tasks = self._tasks_of(user_id)
        return [tasks[key] for key in sorted(tasks) if after is None or key > after][:limit]

    async def shared_tasks(self, room_id: RoomId, done_since: Timestamp, limit: int) -> list[Checklist]:
        found = []
        for user_id in sorted(self._tables.tasks):
            tasks = [
                task
                for task in self._tables.tasks[user_id].values()
                if task.shared and task.room_id == room_id and (task.done_at is None or task.done_at >= done_since)
            ]
            shown = [task.shown for task in sorted(tasks, key=lambda task: (task.position, task.id))]
            listed = [task for task in shown if task][:limit]
            limit -= len(listed)
            if listed:
                found.append(Checklist(self._tables.user_summary(user_id), listed))
        return found

    async def purge_task_keys(self, before: Timestamp, limit: int) -> int:
        old = [
            (user_id, key)
            for user_id, keys in self._tables.task_keys.items()
            for key, made in keys.items()
            if made.created_at < before
        ]
        for user_id, key in old[:limit]:
            del self._tables.task_keys[user_id][key]
        return len(old[:limit])

    def _active_tasks(self, user_id: UserId) -> dict[TaskId, Task]:
        account = self._tables.accounts.get(user_id)
        if account is None or account.user.disabled:
            raise NotSignedIn
        return self._tasks_of(user_id)

    def _tasks_of(self, user_id: UserId) -> dict[TaskId, Task]:
        """Return the user's tasks with the time of their focus sessions."""
        spent: Counter[TaskId | None] = Counter()
        for row in self._tables.focus.values():
            if row.session.user_id == user_id:
                spent[row.session.task_id] += row.session.seconds
        tasks = self._tables.tasks.get(user_id, {})
        return {key: replace(task, spent_seconds=spent[key]) for key, task in tasks.items()}

    def _open(self, tasks: Mapping[TaskId, Task]) -> list[Task]:
        found = [task for task in tasks.values() if not task.done]
        return sorted(found, key=lambda task: (task.position, task.id))

    def _places(self, tasks: Mapping[TaskId, Task]) -> list[rules.Place]:
        return [rules.Place(task.id, task.position) for task in self._open(tasks)]

    def _check_room(self, user_id: UserId, before: Task | None, after: Task, at: Timestamp) -> None:
        member = self._tables.member(after.room_id, user_id) if after.room_id else None
        rules.check_room(before, after, member and self._tables.effective_member(member), at)
