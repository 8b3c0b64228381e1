"""Tasks: a user's list of things to do, and the checklists that members share with their rooms."""

from collections.abc import Awaitable
from typing import TypeVar

from domain.accounts import User, UserSummary
from domain.base import RoomId, TaskId
from domain.clock import seconds_between
from domain.errors.accounts import EmailNotVerified
from domain.errors.moderation import Muted
from domain.errors.study import TaskNotFound
from domain.events import Notification
from domain.study.events import RoomTasksUpdated, TasksUpdated
from domain.study.tasks import (
    MAX_OPEN_TASKS,
    NewTask,
    RoomTasks,
    SharedTask,
    Task,
    TaskDraft,
    TaskEdit,
    TaskList,
    TasksQuery,
    TaskUpdate,
)
from runtime.key_locks import KeyLocks
from services.access import RoomAccess
from services.context import ServiceContext
from services.paging import read_page

T = TypeVar("T")

MAX_SHARED_TASKS = 1_000
"""Limit of listed shared tasks of one room, in all checklists."""
SHOWN_AFTER_DONE = 7 * 24 * 3600
"""Seconds for which a done task stays in the checklist of its room."""
MAX_PUSHED_TASKS = 50
"""Limit of tasks in one `tasks-updated`; of more, the client is told to read all."""
TASK_KEY_TTL = 30 * 24 * 3600
"""Seconds for which the retry of a request that added a task is recognised (`clientId`)."""
BATCH_SIZE = 500


class Tasks:
    """Adds, changes, orders and deletes tasks, and tells the owner's devices and the room about it.

    A task that is not shared is for its owner only: admins do not see it either.
    """

    def __init__(self, ctx: ServiceContext, access: RoomAccess) -> None:
        self._storage = ctx.storage
        self._lookups = ctx.lookups
        self._publisher = ctx.publisher
        self._limiter = ctx.limiter
        self._clock = ctx.clock
        self._new_id = ctx.new_id
        self._access = access
        self._locks = KeyLocks()  # events of one list leave in the order of its writes

    async def list_own(self, query: TasksQuery, user: User) -> TaskList:
        """Return all open tasks of the user, or a page of the done ones.

        Raises:
            TaskNotFound: `query.before` is not a done task of the user.
        """
        if query.status == "open":
            return TaskList(await self._storage.open_tasks(user.id, MAX_OPEN_TASKS), has_more=False)
        page, has_more = await read_page(
            lambda limit: self._storage.done_tasks(user.id, before=query.before, limit=limit), query.limit
        )
        return TaskList(page, has_more)

    async def add(self, new: NewTask, user: User, address: str = "") -> Task:
        """Add a task behind the user's open ones and return it; a retry with the same `clientId` adds nothing.

        Raises:
            InvalidInput: a task without a room is to be shared.
            EmailNotVerified: it is to be shared, and that requires a verified email.
            RoomNotFound, NotAMember: the user is not a member of the room.
            Muted: it is to be shared, and the user is muted.
            TaskNotFound: the task with this `clientId` was deleted.
            TooManyTasks: the user has too many open tasks.
        """
        if new.shared:
            self._access.require_verified(user)
        await self._limiter.hit("tasks", user.id, address=address)
        draft = TaskDraft(
            id=self._new_id(),
            user_id=user.id,
            title=new.title,
            notes=new.notes or "",
            room_id=new.room_id,
            due_on=new.due_on,
            estimate_rounds=new.estimate_rounds,
            shared=bool(new.shared),
            client_id=new.client_id,
            created_at=self._clock.now(),
        )
        async with self._locks.of(user.id):
            task = await self._run(user, self._storage.add_task(draft), new.room_id)
            if task.id == draft.id:
                self._publish(user.summary, TaskUpdate(None, task))
        return task

    async def change(self, task_id: TaskId, edit: TaskEdit, user: User, address: str = "") -> Task:
        """Change a task of the user, move it in the order, or mark it as done, and return it.

        Raises:
            TaskNotFound: the user has no such task, or no such open one as `edit.after`.
            InvalidInput, RoomNotFound, NotAMember, Muted, TooManyTasks: as for `add`.
            EmailNotVerified: others would see the change, and that requires a verified email.
        """
        await self._require_verified_if_seen(task_id, edit, user)
        await self._limiter.hit("tasks", user.id, address=address)
        async with self._locks.of(user.id):
            changing = self._storage.change_task(user.id, task_id, edit.changes(), self._clock.now())
            update = await self._run(user, changing, edit.room_id or None)
            self._publish(user.summary, update)
        return update.task

    async def delete(self, task_id: TaskId, user: User) -> None:
        """Delete a task of the user; muted members may, too.

        Raises:
            TaskNotFound: the user has no such task.
        """
        async with self._locks.of(user.id):
            task = await self._storage.delete_task(user.id, task_id)
            if task is None:
                raise TaskNotFound
            self._publisher.push(user.id, TasksUpdated(deleted=(task_id,)))
            if task.shared and task.room_id:
                self._publisher.publish(RoomTasksUpdated(task.room_id, user.summary, removed=(task_id,)))

    async def list_for_room(self, room_id: RoomId, user: User) -> RoomTasks:
        """Return the checklists that members share with the room, by their names, for a member.

        Raises:
            RoomNotFound, NotAMember: as for `RoomAccess.require_member`.
        """
        await self._access.require_member(room_id, user)
        since = self._clock.later(-SHOWN_AFTER_DONE)
        found = await self._storage.shared_tasks(room_id, since, MAX_SHARED_TASKS + 1)
        await self._access.require_member(room_id, user)  # a user removed meanwhile receives nothing
        has_more = sum(len(one.tasks) for one in found) > MAX_SHARED_TASKS
        if has_more:
            found[-1].tasks.pop()
        shown = [one for one in found if one.tasks]
        return RoomTasks(sorted(shown, key=lambda one: (one.user.name.casefold(), one.user.id)), has_more)

    async def clear(self, room_id: RoomId, task_id: TaskId, user: User) -> None:
        """Take a member's task out of the room's checklists, as a moderator; it stays in the list of its owner.

        The owner is notified.

        Raises:
            RoomNotFound, Forbidden, EmailNotVerified: as for `RoomAccess.require_moderator`.
            TaskNotFound: the room has no such shared task.
        """
        room, _ = await self._access.require_moderator(room_id, user)
        await self._limiter.hit("moderation", user.id)
        owner_id = await self._storage.shared_task_owner(room_id, task_id)
        owner = await self._lookups.user(owner_id) if owner_id else None
        if owner is None:
            raise TaskNotFound
        act = self._access.audit_draft(room_id, "task-cleared", user, owner.id, taskId=task_id)
        async with self._locks.of(owner.id):
            task = await self._access.run_authorized(room_id, user, self._storage.clear_task(task_id, act))
            if task is None:
                raise TaskNotFound
            self._publisher.push(owner.id, TasksUpdated((task,)))
            self._publisher.publish(RoomTasksUpdated(room_id, owner.summary, removed=(task_id,)))
            notification = Notification.of_task("task-cleared", room_id, room.name, self._clock.now(), title=task.title)
            self._publisher.push(owner.id, notification)

    async def purge_keys(self) -> None:
        """Delete keys of requests that added a task so long ago that they are not retried any more."""
        while await self._storage.purge_task_keys(self._clock.later(-TASK_KEY_TTL), BATCH_SIZE):
            pass

    async def _require_verified_if_seen(self, task_id: TaskId, edit: TaskEdit, user: User) -> None:
        """Raise `EmailNotVerified` if the user would change what others see without a verified email that it needs."""
        try:
            self._access.require_verified(user)
        except EmailNotVerified:
            task = await self._storage.task(user.id, task_id)
            if edit.shared or (edit.shared is None and task is not None and task.shared):
                raise

    async def _run(self, user: User, operation: Awaitable[T], room_id: RoomId | None) -> T:
        """Await a write to a task that goes into this room, if any, and return its result."""
        try:
            return await (self._access.run_authorized(room_id, user, operation) if room_id else operation)
        except Muted as failure:
            raise Muted(failure.until, max(0.0, seconds_between(self._clock.now(), failure.until))) from None

    def _publish(self, owner: UserSummary, update: TaskUpdate) -> None:
        """Push the change to the owner's devices, and publish what others see of it."""
        tasks = (update.task, *update.moved)
        is_long = len(tasks) > MAX_PUSHED_TASKS
        self._publisher.push(owner.id, TasksUpdated(reload=True) if is_long else TasksUpdated(tasks))
        for event in room_events(owner, update):
            self._publisher.publish(event)


def room_events(owner: UserSummary, update: TaskUpdate) -> list[RoomTasksUpdated]:
    """Return the events about a change of tasks: for the room that a task leaves, then for rooms that see it."""
    before, after = update.before, update.task
    is_moved = before is not None and before.room_id != after.room_id
    changed: dict[RoomId, list[SharedTask]] = {}
    is_same = before is not None and not is_moved and before.shown == after.shown
    for task in (*(() if is_same else (after,)), *update.moved):
        if task.shown and task.room_id:
            changed.setdefault(task.room_id, []).append(task.shown)
    events = []
    if before and before.shared and before.room_id and (is_moved or not after.shared):
        events.append(RoomTasksUpdated(before.room_id, owner, removed=(before.id,)))
    for room_id, tasks in changed.items():
        is_long = len(tasks) > MAX_PUSHED_TASKS
        events.append(RoomTasksUpdated(room_id, owner, () if is_long else tuple(tasks), reload=is_long))
    return events
