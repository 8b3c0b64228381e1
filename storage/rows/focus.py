"""Columns and mappers of focus sessions."""

from domain.study.focus import FocusRow, StoredFocusSession
from storage.rows import Row, columns

FOCUS_SESSION = columns(StoredFocusSession.__struct_fields__)
"""Columns of `focus_sessions` for `focus_session_of`."""

FOCUS_ROW = f"{FOCUS_SESSION}, lost_at, ends_at, acted_at, checked_at, is_piece"
"""Columns of `focus_sessions` for `focus_row_of`."""

FOCUS_STATE = (
    *("room_id", "task_id", "activity", "source", "started_at", "ended_at", "seconds"),
    *("lost_at", "ends_at", "acted_at", "checked_at", "is_piece"),
)
"""Columns of `focus_sessions` that change while a session is open."""

_FIELDS = StoredFocusSession.__struct_fields__


def focus_session_of(row: Row) -> StoredFocusSession:
    """Return the session from a row of `FOCUS_SESSION`."""
    return StoredFocusSession(**dict(zip(_FIELDS, row, strict=True)))


def focus_row_of(row: Row) -> FocusRow:
    """Return the state of a session from a row of `FOCUS_ROW`."""
    *session_row, lost_at, ends_at, acted_at, checked_at, is_piece = row
    session = focus_session_of(session_row)
    return FocusRow(
        session=session,
        client_id=session.client_id,
        lost_at=lost_at,
        ends_at=ends_at,
        acted_at=acted_at or session.started_at,
        checked_at=checked_at,
        is_piece=bool(is_piece),
    )


def focus_state_row(row: FocusRow) -> tuple[object, ...]:
    """Return the row of `FOCUS_STATE` to store; of a session that has ended, without what only an open one needs."""
    session = row.session
    acted_at = row.acted_at if session.ended_at is None else None
    return (
        *(session.room_id, session.task_id, session.activity, session.source),
        *(session.started_at, session.ended_at, session.seconds),
        *(row.lost_at, row.ends_at, acted_at, row.checked_at, row.is_piece),
    )
