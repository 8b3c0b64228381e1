"""Tasks of the caller, and the checklists of a room."""

from typing import Annotated

from domain.accounts import Caller
from domain.base import TaskId
from domain.errors.study import TaskNotFound
from domain.study.tasks import NewTask, RoomTasks, Task, TaskEdit, TaskList, TasksQuery
from handlers.routing import InPath, RoomInPath
from services.container import Services
from text import normalise

OwnTaskInPath = Annotated[TaskId, InPath("id", normalise.uuid, TaskNotFound)]
SharedTaskInPath = Annotated[TaskId, InPath("taskId", normalise.uuid, TaskNotFound)]


async def show_all(services: Services, caller: Caller, query: TasksQuery) -> TaskList:
    """List the caller's open tasks in their order, or a page of the done ones, latest first."""
    return await services.tasks.list_own(query, caller.user)


async def create(services: Services, caller: Caller, new: NewTask) -> Task:
    """Add a task behind the caller's open ones."""
    return await services.tasks.add(new, caller.user, caller.address)


async def change(services: Services, caller: Caller, task_id: OwnTaskInPath, edit: TaskEdit) -> Task:
    """Change a task, move it in the order, or mark it as done."""
    return await services.tasks.change(task_id, edit, caller.user, caller.address)


async def delete(services: Services, caller: Caller, task_id: OwnTaskInPath) -> None:
    """Delete a task."""
    await services.tasks.delete(task_id, caller.user)


async def of_room(services: Services, caller: Caller, room_id: RoomInPath) -> RoomTasks:
    """List the tasks that members share with the room, as checklists."""
    return await services.tasks.list_for_room(room_id, caller.user)


async def clear(services: Services, caller: Caller, room_id: RoomInPath, task_id: SharedTaskInPath) -> None:
    """Take a task out of the room's checklists."""
    await services.tasks.clear(room_id, task_id, caller.user)
