"""Changes of focus sessions, as the tracker returns them to be stored and published."""

from typing import NamedTuple, TypeAlias

from domain.base import FocusSessionId, RoomId, TaskId, UserId
from domain.study.focus import MIN_SECONDS, FocusSource


class OpenFocus:
    """An open session. Times in Unix milliseconds of the study clock.

    Attributes:
        lost_at: time when its last connection was lost; None while it has one.
        ends_at: end of the timer's phase, only for a session of a timer.
        is_piece: True if it continues from another session.
        client_id: idempotency key of the request that opened it.
        stored_act: last act of the user that was stored with the session.
    """

    __slots__ = (
        "activity",
        "client_id",
        "ends_at",
        "id",
        "is_piece",
        "lost_at",
        "room_id",
        "source",
        "started_at",
        "stored_act",
        "task_id",
        "user_id",
    )

    def __init__(  # the fields of a session
        self,
        session_id: FocusSessionId,
        user_id: UserId,
        source: FocusSource,
        started_at: int,
        *,
        room_id: RoomId | None = None,
        task_id: TaskId | None = None,
        activity: str = "",
        ends_at: int | None = None,
        client_id: str | None = None,
        is_piece: bool = False,
    ) -> None:
        self.id = session_id
        self.user_id = user_id
        self.source = source
        self.started_at = started_at
        self.room_id = room_id
        self.task_id = task_id
        self.activity = activity
        self.ends_at = ends_at
        self.client_id = client_id
        self.is_piece = is_piece
        self.lost_at: int | None = None
        self.stored_act = started_at

    def whole_second(self, now: int) -> int:
        """Return the last time at which it had lasted whole seconds: a split there loses no part of a second."""
        return now - (now - self.started_at) % 1000


class Saved(NamedTuple):
    """An open session began or changed; `acted_at` and `checked_at` belong to its user."""

    session: OpenFocus
    acted_at: int
    checked_at: int | None
    is_new: bool


class Ended(NamedTuple):
    """A session ended; with `is_piece`, another one of the user continues from it, or it continues from one."""

    session: OpenFocus
    ended_at: int
    acted_at: int
    is_piece: bool

    @property
    def is_too_short(self) -> bool:
        """True for a session that is not stored."""
        return (self.ended_at - self.session.started_at) // 1000 < (1 if self.is_piece else MIN_SECONDS)


class Checked(NamedTuple):
    """A check is to be sent to the user."""

    session: OpenFocus
    respond_by: int


FocusChangeEvent: TypeAlias = Saved | Ended | Checked
