"""Attendance: the study time of each user in a room during one occurrence of a scheduled session."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from domain.base import QueryParams, Record, Timestamp, UserId
from domain.clock import from_milliseconds, to_milliseconds
from domain.study.schedule import Occurrence, ScheduledSession, occurrences, past_occurrences
from text import normalise

STORED_DAYS = 90
"""Days after the end of an occurrence for which its attendance can be read."""
MAX_SESSION = 24 * 3600 * 1000
"""Milliseconds before an occurrence: focus sessions that began earlier do not count, as no user studies that long."""


class RoomFocus(NamedTuple):
    """A focus session of a member in a room.

    `ended_at` is None while it is open. `is_shown` is true if other members may see the member's study time.
    """

    user_id: UserId
    name: str
    started_at: Timestamp
    ended_at: Timestamp | None
    is_shown: bool


class Attendance(Record, frozen=True):
    """Study time of a member in the room during an occurrence.

    `seconds` is that of focus sessions that have ended. `runningSince` is the start, within the occurrence, of the
    session that is open; null if none is.
    """

    user_id: UserId
    name: str
    seconds: int
    running_since: Timestamp | None


class AttendanceQuery(QueryParams, frozen=True):
    """GET /api/study-rooms/:id/schedule/:sessionId/attendance?at=. The start of an occurrence; absent for the last."""

    at: Timestamp | None = None
    RULES = {"at": normalise.timestamp}


def occurrence_at(session: ScheduledSession, at: Timestamp) -> Occurrence | None:
    """Return the occurrence that starts at a time; None if there is none."""
    found = next(occurrences(session, to_milliseconds(at)), None)
    return found if found is not None and found.starts_at == at else None


def last_begun(session: ScheduledSession, since: int, now: int) -> Occurrence | None:
    """Return the last occurrence that has begun, if it is not over or ended after `since`; None without one."""
    following = next(occurrences(session, now), None)
    if following is not None and to_milliseconds(following.starts_at) <= now:
        return following
    return next(past_occurrences(session, since, now), None)


def attendance(sessions: Iterable[RoomFocus], begin: int, end: int, now: int) -> list[Attendance]:
    """Return the study time of each user from `begin` until `end`, the longest first, then by name and id.

    Args:
        sessions: focus sessions in the room, in any order; they do not overlap for one user.
        begin, end, now: Unix milliseconds.
    """
    names: dict[UserId, str] = {}
    counted: defaultdict[UserId, int] = defaultdict(int)
    running: dict[UserId, int] = {}
    for one in sessions:
        start = max(to_milliseconds(one.started_at), begin)
        stop = min(now if one.ended_at is None else to_milliseconds(one.ended_at), end)
        if stop <= start:
            continue
        names[one.user_id] = one.name
        if one.ended_at is None and now < end:
            running[one.user_id] = start
        else:
            counted[one.user_id] += stop - start
    rows = [
        Attendance(
            user_id, name, counted[user_id] // 1000, from_milliseconds(running[user_id]) if user_id in running else None
        )
        for user_id, name in names.items()
    ]
    total = {user_id: counted[user_id] + now - running.get(user_id, now) for user_id in names}
    return sorted(rows, key=lambda row: (-total[row.user_id], row.name, row.user_id))
