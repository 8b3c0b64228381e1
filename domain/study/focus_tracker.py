"""Focus tracker: open focus sessions of all users and focus phases of rooms, as a state machine.

No I/O, no clock: every operation takes the time in Unix milliseconds, changes the state, and returns the changes to
store and to publish, in order. services/study/focus.py drives it. The times passed in never go back.

A session needs a connection: one of a timer a connection in its room, any other a connection of its user. If the last
one is lost, the session waits for `BRIDGE`: a connection again continues it, and the gap counts, up to the end of the
phase. Otherwise the session ended at the loss, the time of the client's last packet.
"""

from collections.abc import Callable, Iterable
from heapq import heappop, heappush

from domain.base import FocusSessionId, RoomId, TaskId, UserId
from domain.connections import ConnectionId
from domain.study.focus_changes import FocusChangeEvent, OpenFocus
from domain.study.focus_user import RESPOND_WITHIN, SLACK, UserFocus


class _Phase:
    """A focus phase that runs in a room, and the users without a session in it by choice."""

    __slots__ = ("ends_at", "opted_out")

    def __init__(self, ends_at: int) -> None:
        self.ends_at = ends_at
        self.opted_out: set[UserId] = set()


class FocusTracker:
    """Open focus sessions of all users.

    Args:
        new_id: returns ids of new sessions.
    """

    def __init__(self, new_id: Callable[[], FocusSessionId]) -> None:
        self._new_id = new_id
        self._users: dict[UserId, UserFocus] = {}
        self._phases: dict[RoomId, _Phase] = {}
        self._by_room: dict[RoomId, dict[UserId, None]] = {}  # users in the room, or with a session in it
        self._deadlines: list[tuple[int, UserId]] = []

    def __len__(self) -> int:
        """Return the number of users with a state."""
        return len(self._users)

    # Queries

    def session(self, user_id: UserId) -> OpenFocus | None:
        """Return the open session of a user, None if there is none."""
        user = self._users.get(user_id)
        return user.session if user else None

    def respond_by(self, user_id: UserId) -> int | None:
        """Return the time until which the user's check is to be answered; None if there is none, or no session."""
        user = self._users.get(user_id)
        if user is None or user.session is None or user.checked_at is None:
            return None
        return user.checked_at + RESPOND_WITHIN

    def is_focusing(self, user_id: UserId, room_id: RoomId | None = None) -> bool:
        """Return True if a session of the user runs, in the room if one is given.

        A session runs with a connection and without an unanswered check.
        """
        user = self._users.get(user_id)
        if user is None or user.session is None or user.session.lost_at is not None or user.checked_at is not None:
            return False
        return room_id is None or user.session.room_id == room_id

    def is_idle(self, user_id: UserId) -> bool:
        """Return True if the user has not answered a check."""
        user = self._users.get(user_id)
        return user is not None and user.checked_at is not None

    def is_connected(self, user_id: UserId, room_id: RoomId | None = None) -> bool:
        """Return True if the user has a living connection, in the room if one is given."""
        user = self._users.get(user_id)
        return user is not None and bool(user.connections if room_id is None else room_id in user.rooms)

    def open_sessions(self) -> list[tuple[OpenFocus, int, int | None]]:
        """Return all open sessions, with the last act and the unanswered check of their users."""
        return [(user.session, user.acted_at, user.checked_at) for user in self._users.values() if user.session]

    def started_in(self, room_id: RoomId) -> dict[UserId, int]:
        """Return the starts of the open sessions in a room, by user."""
        sessions = ((user.id, user.session) for user in self._users_of(room_id))
        return {user_id: one.started_at for user_id, one in sessions if one is not None and one.room_id == room_id}

    def next_deadline(self) -> int | None:
        """Return the time before which `tick` changes nothing; None if nothing is scheduled."""
        return self._deadlines[0][0] if self._deadlines else None

    # Connections

    def connect(self, user_id: UserId, connection: ConnectionId, now: int) -> list[FocusChangeEvent]:
        """Add a connection of a user."""
        user, changes = self._current(user_id, now)
        if user is None:
            user = self._users[user_id] = UserFocus(user_id, now)
        user.connections.setdefault(connection, set())
        user.lost_at, user.seen_at = None, now
        return self._settle(user, [*changes, *user.come_back()], now)

    def join(
        self, user_id: UserId, connection: ConnectionId, room_id: RoomId, now: int, *, follows: bool
    ) -> list[FocusChangeEvent]:
        """Add a connection to a room; `follows` is True if the user follows the room's timer."""
        changes = self.connect(user_id, connection, now)
        user = self._users[user_id]
        user.connections[connection].add(room_id)
        user.rooms.pop(room_id, None)
        user.rooms[room_id] = follows
        return self._settle(user, [*changes, *user.come_back()], now)

    def leave(self, user_id: UserId, connection: ConnectionId, room_id: RoomId, now: int) -> list[FocusChangeEvent]:
        """Remove a connection from a room, as its client requested."""
        user, changes = self._current(user_id, now)
        if user is None or room_id not in user.connections.get(connection, ()):
            return changes
        user.connections[connection].discard(room_id)
        return self._settle(user, [*changes, *self._leave_sessions(user, user.leave_rooms([room_id]), now)], now)

    def remove(self, user_id: UserId, room_id: RoomId, now: int) -> list[FocusChangeEvent]:
        """Remove all connections of a user from a room: the membership or the room ended, or the user left it."""
        user, changes = self._current(user_id, now)
        if user is None:
            return changes
        for rooms in user.connections.values():
            rooms.discard(room_id)
        user.rooms.pop(room_id, None)
        return self._settle(user, [*changes, *self._leave_sessions(user, [room_id], now)], now)

    def close_room(self, room_id: RoomId, now: int) -> list[FocusChangeEvent]:
        """Remove all users from a deleted room."""
        self._phases.pop(room_id, None)
        users = list(self._by_room.get(room_id, ()))
        return [change for user_id in users for change in self.remove(user_id, room_id, now)]

    def disconnect(self, user_id: UserId, connection: ConnectionId, now: int) -> list[FocusChangeEvent]:
        """Remove a connection that was ended on purpose: a session that needs it ends now."""
        user, changes = self._current(user_id, now)
        if user is None or connection not in user.connections:
            return changes
        rooms = user.connections.pop(connection)
        user.seen_at = now
        if not user.connections:
            user.lost_at = now
            if user.session is not None and user.session.lost_at is None:
                changes += user.end(now)
        return self._settle(user, [*changes, *self._leave_sessions(user, user.leave_rooms(rooms), now)], now)

    def lose(self, user_id: UserId, connection: ConnectionId, packet_at: int, now: int) -> list[FocusChangeEvent]:
        """Remove a lost connection; its client may come back. `packet_at` is the time of its last packet."""
        user, changes = self._current(user_id, now)
        if user is None or connection not in user.connections:
            return changes
        user.leave_rooms(user.connections.pop(connection))
        return self._settle(user, [*changes, *user.lose(packet_at)], now)

    # Commands and acts of users

    def act(self, user_id: UserId, at: int, now: int) -> list[FocusChangeEvent]:
        """Record the user's act at a time, which also answers a check."""
        user, changes = self._current(user_id, now)
        return self._settle(user, [*changes, *user.act(at)], now) if user else changes

    def note_act(self, user_id: UserId, at: int) -> bool:
        """Record an act in the cheapest way; return True if it answers a check, so that `act` is to be called."""
        user = self._users.get(user_id)
        if user is None:
            return False
        user.acted_at = max(user.acted_at, at)
        return user.checked_at is not None

    def start(
        self,
        user_id: UserId,
        now: int,
        *,
        room_id: RoomId | None = None,
        task_id: TaskId | None = None,
        activity: str = "",
        client_id: str | None = None,
    ) -> list[FocusChangeEvent]:
        """Open a session of a connected user, and end the open one. It is the timer's during a followed focus phase.

        Raises:
            ValueError: the user has no connection, or none in the room.
        """
        if not self.is_connected(user_id, room_id):
            raise ValueError("no connection")
        changes = self.act(user_id, now, now)
        user = self._users[user_id]
        former = user.session if user.session and user.session.lost_at is None else None
        if room_id is None and former and former.source == "timer":
            room_id = former.room_id
        phase = self._follow_again(user, room_id, now)
        at = former.whole_second(now) if former else now
        changes += user.end(at, is_piece=former is not None)
        session = OpenFocus(
            *(self._new_id(), user_id, "timer" if phase else "stopwatch", at),
            room_id=room_id,
            task_id=task_id,
            activity=activity,
            ends_at=phase.ends_at if phase else None,
            client_id=client_id,
            is_piece=former is not None,
        )
        return self._settle(user, [*changes, user.open(session)], now)

    def resume(self, session: OpenFocus, now: int) -> list[FocusChangeEvent]:
        """Continue a session that ended; the gap counts. The user is connected and has no open session.

        A session of a timer continues as a stopwatch, unless its phase still runs.
        """
        user = self._users[session.user_id]
        changes = user.act(now)
        phase = self._follow_again(user, session.room_id, now)
        session.source, session.ends_at = ("timer", phase.ends_at) if phase else ("stopwatch", None)
        return self._settle(user, [*changes, user.open(session)], now)

    def stop(self, user_id: UserId, now: int) -> list[FocusChangeEvent]:
        """End the user's open session, and opt out of the phases that run in the user's rooms."""
        user, changes = self._current(user_id, now)
        if user is None:
            return changes
        changes += user.act(now)
        rooms = {*user.rooms, user.session.room_id if user.session else None}
        for room_id in rooms:
            if room_id is not None and (phase := self._phases.get(room_id)):
                phase.opted_out.add(user_id)
        return self._settle(user, [*changes, *user.end(now)], now)

    def change(self, user_id: UserId, now: int, *, activity: str, task_id: TaskId | None) -> list[FocusChangeEvent]:
        """Change the activity and the task of the open session."""
        changes = self.act(user_id, now, now)
        user = self._users.get(user_id)
        if user is not None and user.session is not None:
            user.session.activity, user.session.task_id = activity, task_id
            changes.append(user.saved())
        return changes

    def set_follow(self, user_id: UserId, room_id: RoomId, now: int, *, follows: bool) -> list[FocusChangeEvent]:
        """Set whether a user follows the timer of a room; a session of this timer ends if not."""
        user, changes = self._current(user_id, now)
        if user is None:
            return changes
        if room_id in user.rooms:
            user.rooms[room_id] = follows
        if not follows and user.session and user.session.source == "timer" and user.session.room_id == room_id:
            changes += user.end(now)
        return self._settle(user, changes, now)

    # Phases of timers

    def begin_phase(self, room_id: RoomId, ends_at: int, now: int) -> list[FocusChangeEvent]:
        """Begin a focus phase in a room, or change the end of the one that runs.

        `now` may be the start of the phase, a moment ago, so that a whole phase counts to the second.
        """
        phase = self._phases.setdefault(room_id, _Phase(ends_at))
        before, phase.ends_at = phase.ends_at, ends_at
        changes: list[FocusChangeEvent] = []
        for user in self._users_of(room_id):
            session = user.session
            if before != ends_at and session and session.room_id == room_id and session.ends_at == before:
                session.ends_at = ends_at
                changes.append(user.saved())
            changes = self._settle(user, changes, now)
        return changes

    def end_phase(self, room_id: RoomId, at: int, now: int) -> list[FocusChangeEvent]:
        """End the focus phase of a room at a time. Users with a lost connection may still come back."""
        changes: list[FocusChangeEvent] = []
        if self._phases.pop(room_id, None) is None:
            return changes
        for user in self._users_of(room_id):
            session = user.session
            if session and session.source == "timer" and session.room_id == room_id:
                session.ends_at = at if session.ends_at is None else min(at, session.ends_at)
                changes.append(user.saved())
            changes = self._settle(user, changes, now)
        return changes

    # Time and restarts

    def tick(self, now: int) -> list[FocusChangeEvent]:
        """Do what is due: ends of phases, of bridged losses and of unanswered checks; checks to send.

        The cost is proportional to what is due.
        """
        changes: list[FocusChangeEvent] = []
        while self._deadlines and self._deadlines[0][0] <= now:
            due, user_id = heappop(self._deadlines)
            user = self._users.get(user_id)
            if user is not None and due == user.queued:
                user.queued = None
                changes = self._settle(user, changes, now)
        return changes

    def restore(
        self, sessions: Iterable[tuple[OpenFocus, int, int | None]], alive_at: int, now: int
    ) -> list[FocusChangeEvent]:
        """Take over the open sessions of a process that ended; called before anything else.

        Args:
            sessions: as `open_sessions` returned them.
            alive_at: last time at which that process lived: the connections that it had were lost then.
            now: this moment.
        """
        changes: list[FocusChangeEvent] = []
        for session, acted_at, checked_at in sessions:
            user = self._users[session.user_id] = UserFocus(session.user_id, now)
            user.slack = SLACK  # also if it waited already: an earlier kill may have been its loss
            if session.lost_at is None:
                session.lost_at = max(session.started_at, min(alive_at, now))
            user.lost_at, user.acted_at, user.checked_at = session.lost_at, acted_at, checked_at
            changes = self._settle(user, [*changes, user.open(session)], now)
        return changes

    def shift(self, milliseconds: int) -> None:
        """Move all times: the clock was corrected by so much."""
        for phase in self._phases.values():
            phase.ends_at += milliseconds
        for user in self._users.values():
            user.shift(milliseconds)
        self._deadlines = [(due + milliseconds, user_id) for due, user_id in self._deadlines]

    # Internals

    def _current(self, user_id: UserId, now: int) -> tuple[UserFocus | None, list[FocusChangeEvent]]:
        """Return a user after what has been due for them, and the changes of that."""
        user = self._users.get(user_id)
        changes = self._settle(user, [], now) if user else []
        return self._users.get(user_id), changes

    def _settle(self, user: UserFocus, changes: list[FocusChangeEvent], now: int) -> list[FocusChangeEvent]:
        """Do what is due for a user, open a session of a timer that runs, and schedule the rest."""
        due = user.next_due()
        while due is not None and due <= now and user.session is not None:
            changes += user.run_due(now)
            due = user.next_due()
        if due is not None and due <= now:
            del self._users[user.id]
        elif (session := self._session_of_timer(user, now)) is not None:
            changes.append(user.open(session))
            return self._settle(user, changes, now)
        elif due is not None and (user.queued is None or due < user.queued):
            user.queued = due
            heappush(self._deadlines, (due, user.id))
        self._index(user)
        return changes

    def _session_of_timer(self, user: UserFocus, now: int) -> OpenFocus | None:
        """Return a session of the running room joined last, if the user follows its timer and has no session."""
        if user.session is not None or user.checked_at is not None:
            return None
        for room_id in reversed(user.rooms):
            phase = self._phases.get(room_id)
            if phase and user.rooms[room_id] and user.id not in phase.opted_out and now < phase.ends_at:
                at = max(now, user.free_since, user.seen_at)
                return OpenFocus(*(self._new_id(), user.id, "timer", at), room_id=room_id, ends_at=phase.ends_at)
        return None

    def _follow_again(self, user: UserFocus, room_id: RoomId | None, now: int) -> _Phase | None:
        """Return the phase of a room that the user follows, after opting in; None if there is none."""
        phase = self._phases.get(room_id) if room_id is not None and user.rooms.get(room_id) else None
        if phase is None or phase.ends_at <= now:
            return None
        phase.opted_out.discard(user.id)
        return phase

    def _leave_sessions(self, user: UserFocus, rooms: Iterable[RoomId], now: int) -> list[FocusChangeEvent]:
        return [change for room_id in rooms for change in user.leave_session(room_id, now, self._new_id)]

    def _users_of(self, room_id: RoomId) -> list[UserFocus]:
        return [self._users[user_id] for user_id in list(self._by_room.get(room_id, ()))]

    def _index(self, user: UserFocus) -> None:
        """List the user under the rooms that they are in, or have a session in."""
        rooms = set(user.rooms) if user.id in self._users else set()
        if user.session is not None and user.session.room_id is not None:
            rooms.add(user.session.room_id)
        for room_id in user.indexed - rooms:
            self._by_room[room_id].pop(user.id, None)
            if not self._by_room[room_id]:
                del self._by_room[room_id]
        for room_id in rooms - user.indexed:
            self._by_room.setdefault(room_id, {})[user.id] = None
        user.indexed = rooms
