"""Dashboard of a user: their rooms, present members, recent messages."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, TypeAlias

from domain.accounts import User
from domain.base import Record, RoomId, Timestamp, UserId
from domain.messages import Message
from domain.rooms import Membership
from domain.study.progress import FocusToday
from domain.study.tasks import Task
from services.context import ServiceContext
from services.presence.presence import Presence
from storage.lookups import dashboard_tags

MAX_ACTIVE_ROOMS = 5
MAX_RECENT_MESSAGES = 10
MAX_LISTED_ROOMS = 500
"""Limit of listed rooms of a user, most recently active first."""
MAX_DUE_TASKS = 10
DUE_SOON = 7 * 24 * 3600
"""Seconds until the last date, in UTC, of a task on the dashboard: clients know which date is today."""
TTL = 10
"""Seconds for which changes by *other* users may be missing; the user's own changes are visible at once."""


class ActiveRoom(Record, frozen=True):
    """A room on the dashboard."""

    id: RoomId
    name: str
    image: str | None
    active_members: int
    total_members: int
    last_active: Timestamp
    unread: int


class Dashboard(Record, frozen=True):
    """Dashboard of one user. `online_now` counts the users present in any of their rooms; `streak` is in days.

    `tasks_due` are open tasks that are late or due within a week, by date. The last three are lists that clients of the
    older backend read; they are empty.
    """

    active_rooms: list[ActiveRoom]
    online_now: int
    recent_messages: tuple[Message, ...]
    unread_total: int
    tasks_due: tuple[Task, ...]
    focus_today: FocusToday
    streak: int
    upcoming_events: tuple[Any, ...] = ()
    recent_resources: tuple[Any, ...] = ()
    notifications: tuple[Any, ...] = ()


class _StoredPart(NamedTuple):
    """Part of a dashboard that is read from storage and cached. The part from memory is always current."""

    rooms: tuple[Membership, ...]
    messages: tuple[Message, ...]
    tasks_due: tuple[Task, ...]


StudyToday: TypeAlias = Callable[[User], Awaitable[tuple[FocusToday, int]]]
"""Returns the study time of a user's current day, and the streak in days."""


class Dashboards:
    """Builds dashboards, and caches the part from storage."""

    def __init__(self, ctx: ServiceContext, presence: Presence, study_today: StudyToday) -> None:
        self._study_today = study_today
        self._storage = ctx.storage
        self._lookups = ctx.lookups
        self._presence = presence
        self._cache = ctx.cache
        self._clock = ctx.clock

    async def for_user(self, user: User) -> Dashboard:
        """Return the user's dashboard."""
        kept = await self._cache.get_or_fetch(
            f"dashboard:{user.id}", lambda: self._fetch(user.id), TTL, tags=dashboard_tags(user.id)
        )
        focus_today, streak = await self._study_today(user)
        return Dashboard(
            active_rooms=[self._active_room(membership) for membership in kept.rooms[:MAX_ACTIVE_ROOMS]],
            online_now=len(self._presence.users_in(membership.room.id for membership in kept.rooms)),
            recent_messages=kept.messages,
            unread_total=sum(membership.unread for membership in kept.rooms),
            tasks_due=kept.tasks_due,
            focus_today=focus_today,
            streak=streak,
        )

    async def _fetch(self, user_id: UserId) -> _StoredPart:
        return _StoredPart(
            tuple(await self._lookups.rooms_of(user_id, MAX_LISTED_ROOMS)),
            tuple(await self._storage.recent_messages(user_id, MAX_RECENT_MESSAGES)),
            tuple(await self._storage.due_tasks(user_id, self._clock.later(DUE_SOON)[:10], MAX_DUE_TASKS)),
        )

    def _active_room(self, membership: Membership) -> ActiveRoom:
        room = membership.room
        return ActiveRoom(
            id=room.id,
            name=room.name,
            image=room.image,
            active_members=self._presence.active_members(room.id),
            total_members=room.total_members,
            last_active=room.last_active,
            unread=membership.unread,
        )
