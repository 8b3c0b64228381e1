"""Dashboard of a user: their rooms, study time and tasks, studying members, what comes next, recent messages."""

from typing import Any, NamedTuple

from domain.accounts import User
from domain.base import Record, RoomId, Timestamp, UserId
from domain.messages import Message
from domain.rooms import Membership
from domain.study.progress import FocusToday
from domain.study.schedule import UpcomingSession
from domain.study.studying import Place, StudyingNow, studying_places
from domain.study.tasks import Task
from services.context import ServiceContext
from services.presence.presence import Presence
from services.study.focus import FocusSessions
from services.study.progress import Progress
from services.study.schedule import Schedules
from storage.lookups import dashboard_tags

MAX_ACTIVE_ROOMS = 5
MAX_RECENT_MESSAGES = 10
MAX_LISTED_ROOMS = 500
"""Limit of listed rooms of a user, most recently active first."""
MAX_DUE_TASKS = 10
DUE_SOON = 7 * 24 * 3600
"""Seconds until the last date, in UTC, of a task on the dashboard: clients know which date is today."""
MAX_STUDYING = 20
MAX_UPCOMING = 5
UPCOMING_WITHIN = 7 * 24 * 3600
"""Seconds from now within which scheduled sessions are shown."""
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

    `tasks_due` are open tasks that are late or due within a week, by date. `studying_now` are up to `MAX_STUDYING`
    other members of their rooms, focusing members first; `upcoming_sessions` are up to `MAX_UPCOMING` next dates of
    their rooms within a week, by start. The last three are lists that clients of the older backend read; they are
    empty.
    """

    active_rooms: list[ActiveRoom]
    online_now: int
    recent_messages: tuple[Message, ...]
    unread_total: int
    tasks_due: tuple[Task, ...]
    focus_today: FocusToday
    streak: int
    studying_now: list[StudyingNow]
    upcoming_sessions: tuple[UpcomingSession, ...]
    upcoming_events: tuple[Any, ...] = ()
    recent_resources: tuple[Any, ...] = ()
    notifications: tuple[Any, ...] = ()


class _StoredPart(NamedTuple):
    """Part of a dashboard that is read from storage and cached. The part from memory is always current."""

    rooms: tuple[Membership, ...]
    messages: tuple[Message, ...]
    tasks_due: tuple[Task, ...]
    upcoming: tuple[UpcomingSession, ...]


class Dashboards:
    """Builds dashboards, and caches the part from storage."""

    def __init__(
        self, ctx: ServiceContext, presence: Presence, focus: FocusSessions, progress: Progress, schedules: Schedules
    ) -> None:
        self._storage = ctx.storage
        self._lookups = ctx.lookups
        self._presence = presence
        self._focus = focus
        self._progress = progress
        self._schedules = schedules
        self._cache = ctx.cache
        self._clock = ctx.clock

    async def for_user(self, user: User) -> Dashboard:
        """Return the user's dashboard."""
        focus_today, streak = await self._progress.today(user)
        # last: after the user left a room, or was removed, nobody in it is shown
        kept = await self._cache.get_or_fetch(
            f"dashboard:{user.id}", lambda: self._fetch(user.id), TTL, tags=dashboard_tags(user.id)
        )
        return Dashboard(
            active_rooms=[self._active_room(membership) for membership in kept.rooms[:MAX_ACTIVE_ROOMS]],
            online_now=len(self._presence.users_in(membership.room.id for membership in kept.rooms)),
            recent_messages=kept.messages,
            unread_total=sum(membership.unread for membership in kept.rooms),
            tasks_due=kept.tasks_due,
            focus_today=focus_today,
            streak=streak,
            studying_now=self._studying_now(kept.rooms, user.id),
            upcoming_sessions=kept.upcoming,
        )

    async def _fetch(self, user_id: UserId) -> _StoredPart:
        return _StoredPart(
            tuple(await self._lookups.rooms_of(user_id, MAX_LISTED_ROOMS)),
            tuple(await self._storage.recent_messages(user_id, MAX_RECENT_MESSAGES)),
            tuple(await self._storage.due_tasks(user_id, self._clock.later(DUE_SOON)[:10], MAX_DUE_TASKS)),
            await self._upcoming(user_id),
        )

    async def _upcoming(self, user_id: UserId) -> tuple[UpcomingSession, ...]:
        found = await self._schedules.upcoming(user_id, UPCOMING_WITHIN, MAX_UPCOMING)
        return tuple(sorted(found, key=lambda one: (one.starts_at, one.id)))

    def _studying_now(self, memberships: tuple[Membership, ...], user_id: UserId) -> list[StudyingNow]:
        names = {membership.room.id: membership.room.name for membership in memberships}
        places = (
            Place(room_id, member_id, status, activity, self._focus.is_focusing(member_id, room_id))
            for room_id in names
            for member_id, status, activity in self._presence.activities(room_id)
        )
        return [
            StudyingNow(
                room_id=place.room_id,
                room_name=names[place.room_id],
                user=self._presence.profile(place.user_id),
                status=place.status,
                activity=place.activity,
                focusing=place.focusing,
            )
            for place in studying_places(places, user_id, MAX_STUDYING)
        ]

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
