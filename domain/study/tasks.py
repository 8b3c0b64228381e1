"""Records and request bodies of tasks: a user's list of things to do, some of them shared with a room."""

from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from domain.accounts import UserSummary
from domain.base import EXAMPLE_ROOM, Payload, QueryParams, Record, RoomId, TaskId, Timestamp, UserId
from text import normalise

CalendarDate: TypeAlias = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date"})]
"""Date without a zone, `2026-12-01`: text order is the order of dates."""

EstimateRounds: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=99)]
"""Estimated number of rounds of focus."""

MAX_OPEN_TASKS = 1_000
"""Limit of open tasks of one user: they are read and sent as one list."""


class Task(Record, kw_only=True, frozen=True):
    """A task, as its owner sees it.

    Attributes:
        room_id: the room that it belongs to, None for a personal task.
        due_on: date on which it is due, in the owner's own calendar.
        done_at: time when it was done, None while it is open.
        estimate_rounds: estimated rounds of focus.
        spent_seconds: sum of the focus sessions with this task that have ended, as it was when the task was read.
        position: place in the owner's order; smaller ones are first, equal ones in the order of their ids.
        shared: True if members of the room see the task.
    """

    id: TaskId
    title: str
    notes: str = ""
    room_id: RoomId | None = None
    due_on: CalendarDate | None = None
    done: bool = False
    done_at: Timestamp | None = None
    estimate_rounds: int | None = None
    spent_seconds: int = 0
    position: int = 0
    shared: bool = False

    @property
    def shown(self) -> "SharedTask | None":
        """The task as members of its room see it, None if it is not shared."""
        if not self.shared:
            return None
        return SharedTask(self.id, self.title, self.due_on, self.done, self.estimate_rounds, self.position)


class SharedTask(Record, frozen=True):
    """A task, as other members of its room see it: without notes and study time."""

    id: TaskId
    title: str
    due_on: CalendarDate | None
    done: bool
    estimate_rounds: int | None
    position: int


class TaskDraft(Record, kw_only=True, frozen=True):
    """A task before it is stored. `client_id` is its idempotency key among the tasks of its owner."""

    id: TaskId
    user_id: UserId
    title: str
    notes: str = ""
    room_id: RoomId | None = None
    due_on: CalendarDate | None = None
    estimate_rounds: int | None = None
    shared: bool = False
    client_id: str | None = None
    created_at: Timestamp


class TaskUpdate(Record, frozen=True):
    """Result of a write: the task before and after it, and other tasks of the owner that got another position."""

    before: Task | None
    task: Task
    moved: tuple[Task, ...] = ()


class TaskList(Record, frozen=True):
    """Tasks of one user. Open ones in the owner's order, done ones latest first; `has_more` is true if more follow."""

    tasks: list[Task]
    has_more: bool


class Checklist(Record, frozen=True):
    """Shared tasks of one member of a room, in the member's order."""

    user: UserSummary
    tasks: list[SharedTask]


class RoomTasks(Record, frozen=True):
    """Checklists of a room, by the names of their owners; `has_more` is true if there are more than are listed."""

    checklists: list[Checklist]
    has_more: bool


class NewTask(Payload, frozen=True):
    """POST /api/tasks."""

    title: str
    notes: str | None = None
    room_id: RoomId | None = None
    due_on: CalendarDate | None = None
    estimate_rounds: EstimateRounds | None = None
    shared: bool | None = None
    client_id: str | None = None
    RULES = {
        "title": normalise.title,
        "notes": normalise.paragraph,
        "room_id": normalise.uuid,
        "due_on": normalise.calendar_date,
        "client_id": normalise.opaque_token,
    }
    EXAMPLE = {"title": "Sheet 4, exercise 2", "roomId": EXAMPLE_ROOM, "dueOn": "2026-12-04", "estimateRounds": 2}


class TaskEdit(Payload, frozen=True):
    """PUT /api/tasks/:id. Null clears `roomId`, `dueOn` and `estimateRounds`; `after` null moves the task to the top.

    `after` is the id of the open task behind which this one moves.
    """

    title: str | None = None
    notes: str | None = None
    room_id: RoomId | UnsetType | None = UNSET
    due_on: CalendarDate | UnsetType | None = UNSET
    estimate_rounds: EstimateRounds | UnsetType | None = UNSET
    done: bool | None = None
    shared: bool | None = None
    after: TaskId | UnsetType | None = UNSET
    RULES = {
        "title": normalise.title,
        "notes": normalise.paragraph,
        "room_id": normalise.uuid,
        "due_on": normalise.calendar_date,
        "after": normalise.uuid,
    }
    EXAMPLE = {"done": True, "dueOn": None}

    def changes(self) -> dict[str, Any]:
        """Return the fields that were sent: null is a value only where it clears the field."""
        clearing = {"room_id", "due_on", "estimate_rounds", "after"}
        sent = msgspec.structs.asdict(self).items()
        return {name: value for name, value in sent if value is not UNSET and (value is not None or name in clearing)}


class TasksQuery(QueryParams, frozen=True):
    """GET /api/tasks?status=&before=&limit=. `before` and `limit` are for done tasks.

    `before` is the id of the last task of the previous page.
    """

    status: Literal["open", "done"] = "open"
    before: TaskId | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50
    RULES = {"before": normalise.uuid}
