"""Conversion of focus sessions between the tracker, with times in Unix milliseconds, and records."""

from domain.base import Timestamp
from domain.clock import from_milliseconds, to_milliseconds
from domain.study.focus import FocusRow, FocusSession
from domain.study.focus_changes import Ended, OpenFocus, Saved


def shown(session: OpenFocus, ended_at: int | None = None) -> FocusSession:
    """Return a session as it is sent: open, or ended at a time."""
    return FocusSession(
        id=session.id,
        user_id=session.user_id,
        room_id=session.room_id,
        task_id=session.task_id,
        activity=session.activity,
        source=session.source,
        started_at=from_milliseconds(session.started_at),
        ended_at=_timestamp(ended_at),
        seconds=0 if ended_at is None else (ended_at - session.started_at) // 1000,
    )


def row_of(change: Saved | Ended) -> FocusRow:
    """Return the row to store for a change."""
    session = change.session
    ended_at = change.ended_at if isinstance(change, Ended) else None
    is_open = ended_at is None
    return FocusRow(
        session=shown(session, ended_at),
        client_id=session.client_id,
        lost_at=_timestamp(session.lost_at) if is_open else None,
        ends_at=_timestamp(session.ends_at) if is_open else None,
        acted_at=from_milliseconds(change.acted_at),
        checked_at=_timestamp(change.checked_at) if isinstance(change, Saved) else None,
        is_piece=change.is_piece if isinstance(change, Ended) else session.is_piece,
    )


def restored(row: FocusRow) -> tuple[OpenFocus, int, int | None]:
    """Return an open session from its row, with the last act and the unanswered check of its user."""
    session = open_focus(row.session)
    session.client_id, session.is_piece = row.client_id, row.is_piece
    session.lost_at, session.ends_at = _milliseconds(row.lost_at), _milliseconds(row.ends_at)
    return session, to_milliseconds(row.acted_at), _milliseconds(row.checked_at)


def open_focus(session: FocusSession) -> OpenFocus:
    """Return an open session for the tracker."""
    return OpenFocus(
        *(session.id, session.user_id, session.source, to_milliseconds(session.started_at)),
        room_id=session.room_id,
        task_id=session.task_id,
        activity=session.activity,
    )


def _timestamp(time: int | None) -> Timestamp | None:
    return None if time is None else from_milliseconds(time)


def _milliseconds(time: Timestamp | None) -> int | None:
    return None if time is None else to_milliseconds(time)
