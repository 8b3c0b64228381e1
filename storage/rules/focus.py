"""Rules of focus sessions that need no database."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from domain.base import FocusSessionId, Timestamp, UserId
from domain.clock import to_milliseconds
from domain.errors.base import InvalidInput
from domain.errors.fields import FieldError
from domain.errors.study import FocusSessionNotFound, FocusSessionRuns, ResumeTooLate
from domain.study.focus import MIN_SECONDS, FocusRow, StoredFocusSession
from text.violations import ErrorParams

CHANGEABLE = frozenset({"activity", "task_id", "started_at", "ended_at", "seconds"})
"""Columns of a session that may be changed after its end."""


class FocusPlan(NamedTuple):
    """Rows to delete, and rows to store: first sessions that ended, then open ones."""

    deleted: list[FocusSessionId]
    saved: list[FocusRow]


def plan_focus(rows: Iterable[FocusRow], stored: Iterable[FocusRow]) -> FocusPlan:
    """Return what `FocusStore.save_focus` writes.

    Args:
        rows: the new states; of two with the same id, the last one counts.
        stored: stored rows with these ids, and the stored open rows of their users.
    """
    new = {row.session.id: row for row in rows}
    kept = {row.session.id: row for row in stored}
    opened = {row.session.user_id: row for row in new.values() if row.session.ended_at is None}
    for row in kept.values():
        by = opened.get(row.session.user_id)
        if by is not None and row.session.ended_at is None and row.session.id not in new:
            new[row.session.id] = _superseded(row, by)
    plan = FocusPlan([], [])
    keys: set[tuple[UserId, str | None]] = set()
    for row in sorted(new.values(), key=lambda one: one.session.ended_at is None):
        before = kept.get(row.session.id)
        if before is not None and before.session.ended_at is not None:
            continue
        if row.is_too_short:
            plan.deleted.append(row.session.id)
            continue
        key = row.session.user_id, row.client_id
        plan.saved.append(msgspec.structs.replace(row, client_id=None) if key in keys else row)
        keys.add(key)
    return plan


def _superseded(row: FocusRow, by: FocusRow) -> FocusRow:
    """Return the end of a user's open session when another one was opened elsewhere."""
    session, begin = row.session, by.session.started_at
    ended_at = max(session.started_at, min(begin, row.lost_at or begin))
    seconds = counted_seconds(session.started_at, ended_at)
    ended = msgspec.structs.replace(session, ended_at=ended_at, seconds=seconds)
    return msgspec.structs.replace(row, session=ended, is_piece=True)


def counted_seconds(started_at: Timestamp, ended_at: Timestamp) -> int:
    """Return the whole seconds between two times, 0 if the second is earlier."""
    return max(0, to_milliseconds(ended_at) - to_milliseconds(started_at)) // 1000


def changed_session(session: StoredFocusSession | None, changes: Mapping[str, Any]) -> StoredFocusSession:
    """Return a session that has ended with changes (`FocusStore.change_focus_session`).

    Raises:
        FocusSessionNotFound, FocusSessionRuns, InvalidInput: as there.
    """
    if session is None:
        raise FocusSessionNotFound
    if session.ended_at is None:
        raise FocusSessionRuns
    changed = msgspec.structs.replace(session, **changes)
    started_at, ended_at = changed.started_at, changed.ended_at or session.ended_at
    seconds = counted_seconds(started_at, ended_at)
    times = {"startedAt": started_at, "endedAt": ended_at}
    errors = [
        FieldError(field, "outside_session", "must be within the time that was counted")
        for field, time in times.items()
        if not session.started_at <= time <= session.ended_at
    ]
    if not errors and seconds < min(MIN_SECONDS, session.seconds):
        errors.append(period_too_short("endedAt" if "ended_at" in changes else "startedAt"))
    if errors:
        raise InvalidInput(errors)
    return msgspec.structs.replace(changed, seconds=seconds)


def period_too_short(field: str) -> FieldError:
    """Return the error of a session under a minute."""
    return FieldError(field, "period_too_short", "must leave at least 60 seconds", ErrorParams(min=MIN_SECONDS))


def check_deletable(session: StoredFocusSession | None) -> bool:
    """Return True if there is a session to delete; raise `FocusSessionRuns` if it is open."""
    if session is not None and session.ended_at is None:
        raise FocusSessionRuns
    return session is not None


def check_resumable(session: StoredFocusSession | None, ended_since: Timestamp) -> StoredFocusSession:
    """Return a session that may be opened again, or is open (`FocusStore.reopen_focus_session`)."""
    if session is None or session.source == "manual":
        raise FocusSessionNotFound
    if session.ended_at is not None and session.ended_at < ended_since:
        raise ResumeTooLate
    return session
