"""Rules of tasks: changes, sharing, and the order of a user's tasks."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from domain.base import RoomId, TaskId, Timestamp
from domain.errors.base import InvalidInput
from domain.errors.fields import FieldError
from domain.errors.moderation import Muted
from domain.errors.rooms import NotAMember
from domain.errors.study import TaskNotFound, TooManyTasks
from domain.rooms import Member
from domain.study.tasks import MAX_OPEN_TASKS, Task, TaskDraft
from storage.rules.rooms import mute_at

STEP = 2**20
"""Distance between neighbouring positions: 20 moves in a row into the same gap, and 8 billion new tasks in a row, fit
into the integers that JavaScript represents exactly."""


class Place(NamedTuple):
    """Position of a task in its owner's order."""

    id: TaskId
    position: int


class Placement(NamedTuple):
    """Position of a moved task, and new positions of other tasks, if the gap was too small."""

    position: int
    moved: dict[TaskId, int]


def place_last(places: Sequence[Place]) -> int:
    """Return the position of a new task, after all open ones, given in their order."""
    return places[-1].position + STEP if places else 0


def place_after(places: Sequence[Place], task_id: TaskId, after: TaskId | None) -> Placement:
    """Return the position of a task that moves behind another one. A move behind itself changes nothing.

    Args:
        places: the owner's open tasks in their order, with or without the moved one.
        task_id: the moved task.
        after: the task before it; None moves it to the top.

    Raises:
        TaskNotFound: `after` is not among the open tasks.
    """
    if after == task_id:
        after = _before(places, task_id)
    others = [place for place in places if place.id != task_id]
    index = 0 if after is None else _index_of(others, after) + 1
    if not others:
        return Placement(0, {})
    if index == 0:
        return Placement(others[0].position - STEP, {})
    if index == len(others):
        return Placement(others[-1].position + STEP, {})
    low, high = others[index - 1].position, others[index].position
    if high - low > 1:
        return Placement((low + high) // 2, {})
    spread = {place.id: STEP * (number + (number >= index)) for number, place in enumerate(others)}
    moved = {place.id: spread[place.id] for place in others if spread[place.id] != place.position}
    return Placement(STEP * index, moved)


def _before(places: Sequence[Place], task_id: TaskId) -> TaskId | None:
    index = _index_of(places, task_id)
    return places[index - 1].id if index else None


def _index_of(places: Iterable[Place], task_id: TaskId) -> int:
    for index, place in enumerate(places):
        if place.id == task_id:
            return index
    raise TaskNotFound


def check_count(open_tasks: int) -> None:
    """Raise `TooManyTasks` if a user with this number of open tasks may not have another one."""
    if open_tasks >= MAX_OPEN_TASKS:
        raise TooManyTasks


def task_from_draft(draft: TaskDraft, position: int) -> Task:
    """Return the task of a draft.

    Raises:
        InvalidInput: a task without a room is to be shared.
    """
    _require_room_if_shared(draft.room_id, shared=draft.shared)
    return Task(
        id=draft.id,
        title=draft.title,
        notes=draft.notes,
        room_id=draft.room_id,
        due_on=draft.due_on,
        estimate_rounds=draft.estimate_rounds,
        position=position,
        shared=draft.shared,
    )


def changed_task(task: Task, changes: Mapping[str, Any], at: Timestamp) -> Task:
    """Return the task with changes, without a new position.

    A task that moves to another room, or to none, is not shared any more, unless the changes share it again: what one
    room was shown, another one is not shown unasked.

    Args:
        task: the task as it is stored.
        changes: new values of some fields; `done` is True or False.
        at: time of the change.

    Raises:
        InvalidInput: a task without a room is to be shared.
    """
    fields = {name: value for name, value in changes.items() if name not in {"after", "done"}}
    if fields.get("room_id", task.room_id) != task.room_id:
        fields.setdefault("shared", False)
    if "done" in changes:
        done = changes["done"]
        fields |= {"done": done, "done_at": (task.done_at or at) if done else None}
    changed = msgspec.structs.replace(task, **fields)
    _require_room_if_shared(changed.room_id, shared=changed.shared)
    return changed


def _require_room_if_shared(room_id: RoomId | None, *, shared: bool) -> None:
    """Raise `InvalidInput` if a task is to be shared, and belongs to no room."""
    if shared and room_id is None:
        raise InvalidInput([FieldError("roomId", "required", "is required")])


def check_room(before: Task | None, after: Task, member: Member | None, at: Timestamp) -> None:
    """Return if the owner may make this change in the task's room.

    Only what others see is restricted: a muted or former member may still edit notes, and may
    unshare and delete.

    Args:
        before: the task as it is stored, None for a new one.
        after: the task with the change.
        member: membership of the owner in the room of `after`, with a mute in force; None without one.
        at: time of the change.

    Raises:
        NotAMember: the task is new in a room, or changes there for others, and the owner is not a member.
        Muted: others would see the change, and the owner is muted.
    """
    enters = after.room_id is not None and (before is None or before.room_id != after.room_id)
    is_seen = after.shared and (before is None or enters or before.shown != after.shown)
    if (enters or is_seen) and member is None:
        raise NotAMember
    if is_seen and member is not None and (until := mute_at(member.muted_until, at)):
        raise Muted(until)
