"""Schedules of rooms: dates for studying together, and the members going to them."""

import logging
from collections.abc import Awaitable
from datetime import date
from typing import TypeVar

from domain.accounts import User
from domain.base import RoomId, ScheduledSessionId, UserId
from domain.clock import from_milliseconds, seconds_between, to_milliseconds
from domain.errors.base import AppError, Forbidden, RateLimited
from domain.errors.moderation import Muted
from domain.errors.study import ScheduledSessionNotFound
from domain.moderation import Action, AuditDraft
from domain.permissions import Authority
from domain.study import scheduling
from domain.study.events import ScheduleChange, ScheduleUpdated
from domain.study.schedule import (
    REMINDER_LEAD,
    NewScheduledSession,
    ScheduledSession,
    ScheduledSessionChange,
    ScheduledSessionView,
    UpcomingSession,
    listed_occurrences,
    occurrences,
    to_utc,
)
from domain.study.timer import PlanChange
from services.access import RoomAccess
from services.context import ServiceContext
from services.study.clock import StudyClock
from services.study.scheduled_timers import ScheduledTimers
from storage.base.study.schedule import Planned

log = logging.getLogger(__name__)

T = TypeVar("T")

MAX_OPEN = 200
"""Limit of a room's sessions that are not over."""
MAX_ATTEMPTS = 5
"""Attempts to store a change while others change the same session."""


class Schedules:
    """The schedules of all rooms.

    Members plan dates, change their own, and say whether they are going. The owner, moderators and admins change and
    delete all; that is in the room's audit log. The storage checks the membership, the mute and the role again in the
    transaction of the change.
    """

    def __init__(self, ctx: ServiceContext, access: RoomAccess, clock: StudyClock, timers: ScheduledTimers) -> None:
        self._storage = ctx.storage
        self._lookups = ctx.lookups
        self._publisher = ctx.publisher
        self._limiter = ctx.limiter
        self._new_id = ctx.new_id
        self._access = access
        self._clock = clock
        self._timers = timers

    async def list_for_room(self, room_id: RoomId, user: User) -> list[ScheduledSessionView]:
        """Return the sessions of a room that are not over, the next one first.

        Raises:
            RoomNotFound, NotAMember: as for `RoomAccess.require_viewer`.
        """
        await self._access.require_viewer(room_id, user)
        planned = await self._storage.scheduled_sessions(room_id, MAX_OPEN)
        await self._access.require_viewer(room_id, user)  # a user removed meanwhile receives nothing
        now = self._clock.now()
        return [_view(one, now) for one in planned]

    async def upcoming(self, user_id: UserId, within: int, limit: int) -> list[UpcomingSession]:
        """Return up to `limit` next occurrences in the rooms of a user that start within seconds from now.

        Those that the user is going to come first, each by start.
        """
        now, found = self._clock.now(), []
        last = now + within * 1000
        due_by = from_milliseconds(last - REMINDER_LEAD)
        for session, is_going in await self._storage.upcoming_sessions(user_id, due_by, limit):
            room, occurrence = await self._lookups.room(session.room_id), next(occurrences(session, now), None)
            if room is not None and occurrence is not None and to_milliseconds(occurrence.starts_at) <= last:
                found.append(
                    UpcomingSession(
                        id=session.id,
                        room_id=room.id,
                        room_name=room.name,
                        title=session.title,
                        starts_at=occurrence.starts_at,
                        ends_at=occurrence.ends_at,
                        is_going=is_going,
                    )
                )
        return sorted(found, key=lambda one: (not one.is_going, one.starts_at, one.id))

    async def create(self, room_id: RoomId, new: NewScheduledSession, user: User) -> ScheduledSessionView:
        """Plan a session, to which its creator is going, and return it. Idempotent by `clientId`.

        Raises:
            RoomNotFound, NotAMember: as for `RoomAccess.require_member`.
            Muted: the user is muted.
            Forbidden: there is a plan, and the user may not change the room's timer.
            InvalidInput: the dates are invalid (domain/study/scheduling.py).
            TooManyScheduledSessions: the room has `MAX_OPEN` sessions that are not over.
        """
        self._access.require_verified(user)
        await self._access.require_member(room_id, user)
        await self._limiter.hit("schedule", user.id)
        if new.plan is not None:
            await self._require_timer(room_id, user.id)
        session = scheduling.plan(new, self._new_id(), room_id, user.id, self._clock.now())
        stored = await self._changed(room_id, user, self._storage.add_scheduled_session(session, MAX_OPEN))
        return await self._publish_saved(stored)

    async def change(
        self,
        room_id: RoomId,
        session_id: ScheduledSessionId,
        first: date | None,
        changed: ScheduledSessionChange,
        user: User,
    ) -> ScheduledSessionView:
        """Change a session, or its dates from `first` on, and return the result: in the second case a new session.

        Raises:
            RoomNotFound, NotAMember: as for `RoomAccess.require_viewer`.
            ScheduledSessionNotFound: the room has no such session.
            Forbidden: the user neither created it nor moderates the room; or there is a new plan, and the creator may
                not change the room's timer.
            Muted, InvalidInput, TooManyScheduledSessions: as for `create`.
        """
        for _ in range(MAX_ATTEMPTS):
            session = await self._require_changeable(room_id, session_id, user)
            if isinstance(changed.plan, PlanChange):
                await self._require_timer(room_id, session.created_by)
            now, rest = self._clock.now(), None
            if first is None:
                before = scheduling.change(session, changed, now)
            else:
                before, rest = scheduling.split(session, first, self._new_id(), changed, now)
            if await self._store(before, session, user, rest):
                if rest is None or first is None:
                    return await self._publish_saved(before)
                await self._hand_over_timer(session, first, rest.id)
                await self._publish_saved(before)
                return await self._publish_saved(rest)
        raise RateLimited(1.0)

    async def _hand_over_timer(self, session: ScheduledSession, first: date, rest_id: ScheduledSessionId) -> None:
        try:
            await self._timers.hand_over(session, first, rest_id)
        except AppError as failure:  # the split is stored: a retry would find nothing to split
            log.warning("the timer of the split session %s goes on after its end: %s", session.id, failure)

    async def delete(self, room_id: RoomId, session_id: ScheduledSessionId, first: date | None, user: User) -> None:
        """Delete a session, or its dates from `first` on.

        Raises:
            RoomNotFound, NotAMember, ScheduledSessionNotFound, Forbidden, Muted: as for `change`.
        """
        for _ in range(MAX_ATTEMPTS):
            session = await self._require_changeable(room_id, session_id, user)
            now = self._clock.now()
            left = None if first is None else scheduling.truncate(session, first, now)
            if left == session:
                return
            if left is not None:
                if await self._store(left, session, user):
                    await self._publish_saved(left)
                    return
                continue
            audit = self._audit("scheduled-session-deleted", session, user)
            deletion = self._storage.delete_scheduled_session(
                room_id, session_id, user.id, from_milliseconds(now), audit
            )
            if await self._changed(room_id, user, deletion):
                self._publisher.publish(ScheduleUpdated(room_id, session_id, "deleted"))
            return
        raise RateLimited(1.0)

    async def set_going(self, room_id: RoomId, session_id: ScheduledSessionId, user: User, *, going: bool) -> None:
        """Store whether the user is going to a session. Idempotent.

        Raises:
            RoomNotFound, NotAMember: as for `RoomAccess.require_member`.
            ScheduledSessionNotFound: the room has no such session, or it is over.
            Muted: the user is muted, and would be going.
        """
        await self._access.require_member(room_id, user)
        await self._limiter.hit("schedule", user.id)
        at = self._clock.timestamp()
        setting = self._storage.set_going(room_id, session_id, user.id, at, going=going)
        if await self._changed(room_id, user, setting):
            change: ScheduleChange = "going" if going else "cancelled"
            self._publisher.publish(ScheduleUpdated(room_id, session_id, change, user_id=user.id))

    async def _require_changeable(
        self, room_id: RoomId, session_id: ScheduledSessionId, user: User
    ) -> ScheduledSession:
        self._access.require_verified(user)
        await self._access.require_viewer(room_id, user)
        await self._limiter.hit("schedule", user.id)
        planned = await self._storage.scheduled_session(room_id, session_id)
        if planned is None:
            raise ScheduledSessionNotFound
        if planned.session.created_by != user.id:
            await self._access.require_moderator(room_id, user)
        return planned.session

    async def _require_timer(self, room_id: RoomId, user_id: UserId) -> None:
        """Raise `Forbidden` if the creator of a session may not start the room's timer; it is checked at the start."""
        room, member = await self._lookups.room(room_id), await self._lookups.member(room_id, user_id)
        user = await self._lookups.user(user_id)
        authority = Authority(member.role if member else None, is_admin=user is not None and user.is_admin)
        may_start = room is not None and (room.timer_control == "members" or authority.can_moderate)
        if member is None or not may_start:
            raise Forbidden("The member who plans this date may not start the timer of this room.")

    async def _store(
        self, changed: ScheduledSession, session: ScheduledSession, user: User, rest: ScheduledSession | None = None
    ) -> bool:
        """Store a change; return False if another one was stored meanwhile."""
        return await self._changed(
            session.room_id,
            user,
            self._storage.change_scheduled_session(
                changed,
                user.id,
                self._clock.timestamp(),
                MAX_OPEN,
                rest=rest,
                audit=self._audit("scheduled-session-changed", session, user),
            ),
        )

    async def _changed(self, room_id: RoomId, user: User, operation: Awaitable[T]) -> T:
        """Await a write that the storage authorises; a mute gets the seconds until its end."""
        try:
            return await self._access.run_authorized(room_id, user, operation)
        except Muted as failure:
            left = seconds_between(self._clock.timestamp(), failure.until)
            raise Muted(failure.until, max(0.0, left)) from None

    def _audit(self, action: Action, session: ScheduledSession, user: User) -> AuditDraft | None:
        """Return the audit entry for a change of another user's session, None for one of their own."""
        if session.created_by == user.id:
            return None
        details = {"scheduledSessionId": session.id, "title": session.title}
        return self._access.audit_draft(session.room_id, action, user, **details)

    async def _publish_saved(self, session: ScheduledSession) -> ScheduledSessionView:
        """Publish a stored session in its room, and return it as shown."""
        planned = await self._storage.scheduled_session(session.room_id, session.id)
        view = _view(planned or Planned(session, ()), self._clock.now())
        if planned is not None:
            self._publisher.publish(ScheduleUpdated(session.room_id, session.id, "saved", session=view))
        return view


def _view(planned: Planned, now: int) -> ScheduledSessionView:
    session = planned.session
    return ScheduledSessionView(
        id=session.id,
        room_id=session.room_id,
        title=session.title,
        starts_at=from_milliseconds(to_utc(session.start, session.time_zone)),
        local_start=session.local_start,
        minutes=session.minutes,
        time_zone=session.time_zone,
        repeat=session.repeat,
        days=session.days,
        until=session.until,
        excluded=session.excluded,
        plan=session.plan,
        created_by=session.created_by,
        created_at=session.created_at,
        occurrences=listed_occurrences(session, now),
        going=planned.going,
    )
