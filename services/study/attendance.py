"""Attendance: the members who studied in a room during an occurrence of a scheduled session, and how long."""

from heapq import nlargest
from itertools import chain, islice

from domain.accounts import User
from domain.base import RoomId, ScheduledSessionId, Timestamp
from domain.clock import from_milliseconds, to_milliseconds
from domain.errors.study import ScheduledSessionNotFound
from domain.study.attendance import (
    MAX_SESSION,
    STORED_DAYS,
    Attendance,
    RoomFocus,
    attendance,
    last_begun,
    occurrence_at,
)
from domain.study.schedule import Occurrence, PastOccurrence, past_occurrences
from services.access import RoomAccess
from services.context import ServiceContext
from services.study.clock import StudyClock
from services.study.focus import FocusSessions
from services.study.schedule import MAX_OPEN

MAX_PAST = 20
"""Occurrences that are listed."""
DAY = 24 * 3600 * 1000
"""Milliseconds."""


class Attendances:
    """Attendance of occurrences, for members of the room.

    The owner and moderators see the study time of all members. Other members see their own, and shown study time
    (`show_on_leaderboard`). Admins of the server see nothing: study time belongs to its users.
    """

    def __init__(self, ctx: ServiceContext, access: RoomAccess, clock: StudyClock, focus: FocusSessions) -> None:
        self._storage = ctx.storage
        self._access = access
        self._clock = clock
        self._focus = focus

    async def past(self, room_id: RoomId, user: User) -> list[PastOccurrence]:
        """Return the last `MAX_PAST` occurrences in a room that are over, for members, the last one first.

        Raises:
            RoomNotFound, NotAMember: as for `RoomAccess.require_member`.
        """
        await self._access.require_member(room_id, user)
        now = self._clock.now()
        since = now - STORED_DAYS * DAY
        sessions = await self._storage.begun_sessions(room_id, from_milliseconds(since), MAX_OPEN + MAX_PAST)
        await self._access.require_member(room_id, user)  # a user removed meanwhile receives nothing
        by_session = [
            [
                PastOccurrence(session.id, session.title, one.starts_at, one.ends_at)
                for one in islice(past_occurrences(session, since, now), MAX_PAST)
            ]
            for session in sessions
        ]
        return nlargest(MAX_PAST, chain.from_iterable(by_session), key=lambda one: (one.starts_at, one.title))

    async def of_occurrence(
        self, room_id: RoomId, session_id: ScheduledSessionId, at: Timestamp | None, user: User
    ) -> list[Attendance]:
        """Return the attendance of the occurrence that starts at `at`, the longest first.

        Without `at` it is that of the last occurrence that has begun; empty if none has.

        Raises:
            RoomNotFound, NotAMember: as for `RoomAccess.require_member`.
            ScheduledSessionNotFound: the room has no such session, it has no occurrence at this time, or that ended
                over `STORED_DAYS` ago.
        """
        await self._access.require_member(room_id, user)
        now = self._clock.now()
        occurrence = await self._occurrence(room_id, session_id, at, now)
        sessions = [] if occurrence is None else await self._sessions(room_id, occurrence)
        _, member = await self._access.require_member(room_id, user)  # as it is after the reads
        if occurrence is None:
            return []
        is_moderator = member.role != "member"
        seen = [one for one in sessions if is_moderator or one.is_shown or one.user_id == user.id]
        return attendance(seen, to_milliseconds(occurrence.starts_at), to_milliseconds(occurrence.ends_at), now)

    async def _occurrence(
        self, room_id: RoomId, session_id: ScheduledSessionId, at: Timestamp | None, now: int
    ) -> Occurrence | None:
        """Return the occurrence at a time; without one the last that has begun, None if none has."""
        planned = await self._storage.scheduled_session(room_id, session_id)
        if planned is None:
            raise ScheduledSessionNotFound
        since = now - STORED_DAYS * DAY
        if at is None:
            return last_begun(planned.session, since, now)
        occurrence = occurrence_at(planned.session, at)
        if occurrence is None or to_milliseconds(occurrence.ends_at) < since:
            raise ScheduledSessionNotFound
        return occurrence

    async def _sessions(self, room_id: RoomId, occurrence: Occurrence) -> list[RoomFocus]:
        await self._focus.flush()
        since = from_milliseconds(to_milliseconds(occurrence.starts_at) - MAX_SESSION)
        return await self._storage.room_focus(room_id, since, occurrence.ends_at)
