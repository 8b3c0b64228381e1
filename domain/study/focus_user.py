"""Focus of one user: connections, rooms, the open session and its deadlines. Times in Unix milliseconds.

The rules of one user; domain/study/focus_tracker.py has all users and the phases of timers. Each method returns the
changes to store and to publish, in order.
"""

from collections.abc import Callable, Iterable

from domain.base import FocusSessionId, RoomId, UserId
from domain.connections import ConnectionId
from domain.study.focus_changes import Checked, Ended, FocusChangeEvent, OpenFocus, Saved

BRIDGE = 300_000
"""Milliseconds after a lost connection in which another one continues the session."""
CHECK_AFTER = 7_200_000
"""Milliseconds without an act of the user after which a check is sent."""
SLACK = 60_000
"""Milliseconds between two checkpoints: before a crash, a session may have lived so much longer than is stored."""
RESPOND_WITHIN = 600_000
"""Milliseconds in which a check is answered; otherwise the session ended when it was sent."""


class UserFocus:
    """State of one user, from the first connection until `BRIDGE` after the last one.

    Attributes:
        id: the user.
        connections: living connections, and the rooms that each is in.
        rooms: rooms with a living connection, last joined at the end; True if the user follows the timer there.
        lost_at: last time at which the user had a connection; None while there is one.
        seen_at: latest time at which a connection began or ended, or of the last packet of one that was lost.
        slack: milliseconds by which the session may have been lost later than is known, after a crash.
        acted_at: last act of the user.
        checked_at: time of a check that is unanswered.
        session: the open session.
        free_since: end of the last session.
    """

    __slots__ = (
        "acted_at",
        "checked_at",
        "connections",
        "free_since",
        "id",
        "indexed",
        "lost_at",
        "queued",
        "rooms",
        "seen_at",
        "session",
        "slack",
    )

    def __init__(self, user_id: UserId, now: int) -> None:
        self.id = user_id
        self.connections: dict[ConnectionId, set[RoomId]] = {}
        self.rooms: dict[RoomId, bool] = {}
        self.lost_at: int | None = now
        self.seen_at = now
        self.slack = 0
        self.acted_at = now
        self.checked_at: int | None = None
        self.session: OpenFocus | None = None
        self.free_since = now
        self.indexed: set[RoomId] = set()  # by the tracker
        self.queued: int | None = None  # earliest deadline that the tracker has queued

    # Connections and rooms

    def leave_rooms(self, rooms: Iterable[RoomId]) -> list[RoomId]:
        """Remove the rooms in which no connection is any more, and return them."""
        left = [
            room_id
            for room_id in rooms
            if room_id in self.rooms and not any(room_id in others for others in self.connections.values())
        ]
        for room_id in left:
            del self.rooms[room_id]
        return left

    def lose(self, packet_at: int) -> list[FocusChangeEvent]:
        """Mark the session as lost at the last packet of all connections, if it has no connection any more."""
        session = self.session
        self.seen_at = max(self.seen_at, packet_at)
        if not self.connections:
            self.lost_at = self.seen_at
        if session is None or session.lost_at is not None or self._has_anchor(session):
            return []
        session.lost_at = max(self.seen_at, session.started_at)
        return [self.saved()]

    def come_back(self) -> list[FocusChangeEvent]:
        """Continue the session, if it was lost and has a connection again."""
        session = self.session
        if session is None or session.lost_at is None or not self._has_anchor(session):
            return []
        session.lost_at, self.slack = None, 0
        return [self.saved()]

    def leave_session(self, room_id: RoomId, now: int, new_id: Callable[[], FocusSessionId]) -> list[FocusChangeEvent]:
        """End the session of the timer of a room that was left on purpose; split a stopwatch there."""
        session = self.session
        if session is None or session.room_id != room_id:
            return []
        if session.source == "timer":
            return self.end(now)
        at = session.whole_second(now if session.lost_at is None else session.lost_at)
        rest = OpenFocus(
            *(new_id(), self.id, "stopwatch", at), task_id=session.task_id, activity=session.activity, is_piece=True
        )
        rest.lost_at = session.lost_at
        return [*self.end(at, is_piece=True), self.open(rest)]

    # Sessions

    def open(self, session: OpenFocus) -> Saved:
        """Open a session."""
        self.session = session
        return self.saved(is_new=True)

    def end(self, at: int, *, is_piece: bool = False) -> list[FocusChangeEvent]:
        """End the session at a time; if that was earlier, at its loss, the end of its phase or an unanswered check.

        Args:
            at: the time.
            is_piece: True if another session continues from it.
        """
        session = self.session
        if session is None:
            return []
        times = (at, session.lost_at, session.ends_at, self.checked_at)
        ended_at = max(session.started_at, min(time for time in times if time is not None))
        self.session, self.free_since = None, ended_at
        return [Ended(session, ended_at, self.acted_at, is_piece or session.is_piece)]

    def act(self, at: int) -> list[FocusChangeEvent]:
        """Record an act, which answers a check that was sent before."""
        self.acted_at = max(self.acted_at, at)
        if self.checked_at is None or at < self.checked_at:
            return []
        self.checked_at = None
        return [self.saved()] if self.session else []

    def saved(self, *, is_new: bool = False) -> Saved:
        """Return the state of the open session to store."""
        if self.session is None:
            raise ValueError("no session is open")
        return Saved(self.session, self.acted_at, self.checked_at, is_new)

    # Deadlines

    def next_due(self) -> int | None:
        """Return the time at which `run_due` does something; None if nothing is scheduled."""
        session = self.session
        if session is None:
            return None if self.lost_at is None else self.lost_at + BRIDGE + self.slack
        waits = session.lost_at is not None or self.checked_at is not None
        times = (
            None if session.lost_at is None else session.lost_at + BRIDGE + self.slack,
            None if self.checked_at is None else self.checked_at + RESPOND_WITHIN,
            None if waits else self.acted_at + CHECK_AFTER,
            None if waits else session.ends_at,  # otherwise the user may still come back, or answer
        )
        return min(time for time in times if time is not None)

    def run_due(self, now: int) -> list[FocusChangeEvent]:
        """End the session because a deadline has passed, or ask for a check."""
        session = self.session
        if session is None:
            return []
        if session.lost_at is not None or self.checked_at is not None:
            return self.end(now)
        if session.ends_at is not None and session.ends_at <= now:
            return self.end(session.ends_at)
        self.checked_at = now
        return [self.saved(), Checked(session, now + RESPOND_WITHIN)]

    def shift(self, milliseconds: int) -> None:
        """Move all times."""
        self.acted_at += milliseconds
        self.seen_at += milliseconds
        self.free_since += milliseconds
        self.checked_at = _moved(self.checked_at, milliseconds)
        self.lost_at = _moved(self.lost_at, milliseconds)
        self.queued = _moved(self.queued, milliseconds)
        if session := self.session:
            session.started_at += milliseconds
            session.lost_at = _moved(session.lost_at, milliseconds)
            session.ends_at = _moved(session.ends_at, milliseconds)

    def _has_anchor(self, session: OpenFocus) -> bool:
        """Return True if the session has the connection that it needs."""
        return session.room_id in self.rooms if session.source == "timer" else bool(self.connections)


def _moved(time: int | None, milliseconds: int) -> int | None:
    return None if time is None else time + milliseconds
