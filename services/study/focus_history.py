"""Stored focus sessions: lists, manual ones, changes and deletions."""

from typing import Any

import msgspec

from domain.accounts import User
from domain.base import FocusSessionId, Timestamp
from domain.clock import from_milliseconds, to_milliseconds
from domain.errors.accounts import NotSignedIn, UserNotFound
from domain.errors.base import InvalidInput
from domain.errors.fields import FieldError
from domain.errors.study import FocusSessionNotFound
from domain.study.focus import (
    MAX_MANUAL_AGE_DAYS,
    MAX_MANUAL_SECONDS,
    MIN_SECONDS,
    FocusChange,
    FocusSession,
    FocusSessionPage,
    FocusSessionsQuery,
    NewManualSession,
    StoredFocusSession,
)
from services.access import RoomAccess
from services.context import ServiceContext
from services.paging import read_page
from services.study.clock import StudyClock
from services.study.focus import FocusSessions
from services.study.room_focus import RoomFocus
from text.violations import ErrorParams

DAY = 24 * 3600 * 1000
"""Milliseconds."""
KEY_DAYS = 30
"""Days for which the idempotency keys of sessions are stored."""
KEY_BATCH = 1000


class FocusHistory:
    """Sessions of the user that have ended."""

    def __init__(
        self, ctx: ServiceContext, clock: StudyClock, access: RoomAccess, focus: FocusSessions, shown: RoomFocus
    ) -> None:
        self._storage = ctx.storage
        self._new_id = ctx.new_id
        self._clock = clock
        self._access = access
        self._focus = focus
        self._shown = shown

    async def list(self, query: FocusSessionsQuery, user: User) -> FocusSessionPage:
        """Return a page of the user's sessions, the latest first; the open one is among them."""
        rows, has_more = await read_page(
            lambda limit: self._storage.focus_sessions(user.id, before=query.before, limit=limit), query.limit
        )
        return FocusSessionPage([row.shown for row in rows], has_more)

    async def add_manual(self, new: NewManualSession, user: User) -> FocusSession:
        """Add a session that the user enters afterwards.

        Raises:
            InvalidInput: it ends in the future, began over 31 days ago, or is shorter than a minute or longer than
                12 hours.
            FocusOverlap: the user has another session in this time.
            RoomNotFound, NotAMember: as for `RoomAccess.require_member`.
            TaskNotFound: the user has no such task.
        """
        now = self._clock.now()
        if errors := _period_errors(new, now):
            raise InvalidInput(errors)
        if new.room_id is not None:
            await self._access.require_member(new.room_id, user)
        await self._focus.require_task(new.task_id, user.id)
        await self._focus.flush(checkpoint=True)
        session = StoredFocusSession(
            id=self._new_id(),
            user_id=user.id,
            room_id=new.room_id,
            task_id=new.task_id,
            activity=new.activity or "",
            source="manual",
            started_at=Timestamp(new.started_at),
            ended_at=Timestamp(new.ended_at),
            seconds=_seconds(new),
            client_id=new.client_id,
            created_at=from_milliseconds(now),
        )
        try:
            stored = await self._storage.add_manual_session(session)
        except UserNotFound:  # the account was deleted meanwhile
            raise NotSignedIn from None
        self._focus.push_state(user.id)
        await self._shown.recount(user.id)
        return stored.shown

    async def change(self, session_id: FocusSessionId, change: FocusChange, user: User) -> FocusSession:
        """Shorten a session, or change its activity and task; of the open one only these.

        Raises:
            FocusSessionNotFound: the user has no such session.
            FocusSessionRuns: the times of an open session do not change.
            InvalidInput: the new times are not within the old ones, or leave less than a minute.
        """
        await self._focus.require_task(change.task_id, user.id)
        if (changed := await self._focus.change_open(session_id, change, user)) is not None:
            return changed
        await self._focus.flush()
        changes: dict[str, Any] = {
            name: value
            for name, value in msgspec.structs.asdict(change).items()
            if value is not msgspec.UNSET and (value is not None or name == "task_id")
        }
        stored = await self._storage.change_focus_session(user.id, session_id, changes)
        self._focus.push_state(user.id)
        await self._shown.recount(user.id)
        return stored.shown

    async def delete(self, session_id: FocusSessionId, user: User) -> None:
        """Delete a session that has ended.

        Raises:
            FocusSessionNotFound: the user has no such session.
            FocusSessionRuns: it is open.
        """
        await self._focus.flush()
        if not await self._storage.delete_focus_session(user.id, session_id):
            raise FocusSessionNotFound
        self._focus.push_state(user.id)
        await self._shown.recount(user.id)

    async def forget_keys(self) -> None:
        """Remove idempotency keys after 30 days."""
        before = from_milliseconds(self._clock.now() - KEY_DAYS * DAY)
        while await self._storage.forget_focus_keys(before, KEY_BATCH) == KEY_BATCH:
            pass


def _period_errors(new: NewManualSession, now: int) -> list[FieldError]:
    start, end = to_milliseconds(Timestamp(new.started_at)), to_milliseconds(Timestamp(new.ended_at))
    if end > now:
        return [FieldError("endedAt", "in_future", "must not be in the future")]
    if start < now - MAX_MANUAL_AGE_DAYS * DAY:
        days = MAX_MANUAL_AGE_DAYS
        return [FieldError("startedAt", "too_old", f"must be in the last {days} days", ErrorParams(max=days))]
    if end <= start:
        params = ErrorParams(fields=("startedAt", "endedAt"))
        return [FieldError("endedAt", "not_later", "must be later than startedAt", params)]
    if _seconds(new) < MIN_SECONDS:
        params = ErrorParams(min=MIN_SECONDS)
        return [FieldError("endedAt", "period_too_short", f"must leave at least {MIN_SECONDS} seconds", params)]
    if end - start > MAX_MANUAL_SECONDS * 1000:
        hours = MAX_MANUAL_SECONDS // 3600
        params = ErrorParams(max=hours)
        return [FieldError("endedAt", "period_too_long", f"must be at most {hours} hours after startedAt", params)]
    return []


def _seconds(new: NewManualSession) -> int:
    return (to_milliseconds(Timestamp(new.ended_at)) - to_milliseconds(Timestamp(new.started_at))) // 1000
