"""Presence tracker: which users are in which rooms, as a state machine.

No I/O, no clock: every operation takes the time as an argument, changes the state, and returns the changes to publish,
in order. services/presence/presence.py drives it.

A user is in a room once, with any number of connections (tabs, devices). They are present while a connection is alive,
or while a lost one is inside its grace period. A reconnect has a new connection id, so the tracker cannot match it with
the lost connection: a join cancels the earliest loss that is still inside its grace period, and the other losses
remain. It follows:

- `leave` by the last tab acts at once, also just after that tab was reconnected;
- `leave` by one tab while another one is inside its grace period waits for that one.

The times passed in never go back.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable

from domain.base import RoomId, UserId
from domain.clock import Instant
from domain.connections import ConnectionId
from domain.presence import ChosenStatus, PresenceRecord, Status
from services.presence.changes import Joined, Left, PresenceChange, StatusChanged


class _RoomState:
    __slots__ = ("id", "users", "version")

    def __init__(self, room_id: RoomId) -> None:
        self.id = room_id
        self.users: dict[UserId, _UserInRoom] = {}
        self.version = 0


class _UserInRoom:
    """A user in one room. `disconnected_at`: times of lost connections, oldest first, also past their grace period."""

    __slots__ = (
        "active_at",
        "activity",
        "connections",
        "disconnected_at",
        "is_status_chosen",
        "last_active",
        "room",
        "status",
        "user",
    )

    def __init__(self, room: _RoomState, user: UserId, now: Instant) -> None:
        self.room = room
        self.user = user
        self.connections: set[ConnectionId] = set()
        self.disconnected_at: tuple[float, ...] = ()
        self.status: Status = "active"
        self.is_status_chosen = False
        self.activity: str | None = None
        self.active_at = now.monotonic
        self.last_active = now.wall


class _ConnectionState:
    """One connection and the rooms that it is in."""

    __slots__ = ("presences", "user")

    def __init__(self, user: UserId) -> None:
        self.user = user
        self.presences: dict[RoomId, _UserInRoom] = {}


class PresenceTracker:
    """Presence in all rooms.

    Args:
        grace: seconds within which a lost connection may come back without an event.
        away_after: seconds without input after which a user is away, unless the status was chosen.
        is_focusing: returns True while the user has a running focus session; the user does not become away then.
    """

    def __init__(
        self, grace: float, away_after: float, is_focusing: Callable[[UserId], bool] = lambda _user: False
    ) -> None:
        self._grace = grace
        self._away_after = away_after
        self._is_focusing = is_focusing
        self._rooms: dict[RoomId, _RoomState] = {}
        self._users: dict[UserId, dict[RoomId, _UserInRoom]] = {}
        self._connections: dict[ConnectionId, _ConnectionState] = {}
        self._dirty: dict[RoomId, None] = {}
        # Both delays are the same for all users, so the order of events is the order of deadlines. OrderedDict, because
        # a plain dict skips all entries deleted at its front to find the first one.
        self._in_grace: OrderedDict[_UserInRoom, None] = OrderedDict()  # ordered by the latest loss
        # Ordered by the latest activity; only active users who have not chosen this status.
        self._by_activity: OrderedDict[_UserInRoom, None] = OrderedDict()

    @property
    def away_after(self) -> float:
        """Seconds without input after which a user is away."""
        return self._away_after

    @property
    def room_count(self) -> int:
        """Number of rooms with present users."""
        return len(self._rooms)

    @property
    def room_ids(self) -> list[RoomId]:
        """Rooms with present users."""
        return list(self._rooms)

    @property
    def user_count(self) -> int:
        """Number of users present in any room."""
        return len(self._users)

    # Operations.

    def join(
        self,
        room: RoomId,
        user: UserId,
        connection: ConnectionId,
        now: Instant,
        *,
        chosen: ChosenStatus | None = None,
        activity: str | None = None,
    ) -> list[PresenceChange]:
        """Add `connection` of `user` to the room. Returns Joined if the user was not present.

        Idempotent for one connection. A user already present, or inside a grace period, retains their status: a
        reconnect is not input.

        Args:
            room, user, connection, now: the new place of the connection.
            chosen, activity: stored with the membership; used if the user was not present.

        Raises:
            ValueError: the connection belongs to another user.
        """
        link = self._connections.get(connection)
        if link is None:
            link = _ConnectionState(user)
        elif link.user != user:
            raise ValueError(f"connection {connection} belongs to another user")
        elif room in link.presences:
            return []
        self._connections[connection] = link
        places = self._users.setdefault(user, {})
        person = places.get(room)
        if person is not None:
            self._rejoin(person, now)
            person.connections.add(connection)
            link.presences[room] = person
            return []
        home = self._rooms.get(room)
        if home is None:
            home = self._rooms[room] = _RoomState(room)
        person = _UserInRoom(home, user, now)
        person.connections.add(connection)
        home.users[user] = places[room] = link.presences[room] = person
        person.activity = activity
        if chosen is None:
            self._by_activity[person] = None
        else:
            person.status, person.is_status_chosen = chosen, True
        version = self._next_version(home)
        return [Joined(room, user, person.status, person.last_active, activity, len(home.users), version)]

    def leave(self, room: RoomId, connection: ConnectionId, now: Instant) -> list[PresenceChange]:
        """Remove `connection` from the room. Returns Left if it was the user's last one.

        While another of their connections is inside its grace period, the user is still present. Nothing happens if the
        connection is not in the room.
        """
        link = self._connections.get(connection)
        person = link.presences.get(room) if link else None
        if person is None:
            return []
        self._unlink(connection, room)
        person.connections.discard(connection)
        if person.connections or self._unexpired_losses(person, now):
            return []
        return [self._remove(person)]

    def disconnect(self, connection: ConnectionId, now: Instant) -> list[PresenceChange]:
        """Remove `connection`, which was closed intentionally, from every room, without a grace period."""
        return [notice for room in self.rooms_of_connection(connection) for notice in self.leave(room, connection, now)]

    def connection_lost(self, connection: ConnectionId, now: Instant) -> None:
        """Start the grace period of a lost `connection`, in every room that it was in.

        Nothing is published before `tick`.
        """
        link = self._connections.pop(connection, None)
        if link is None:
            return
        for person in link.presences.values():
            person.connections.discard(connection)
            person.disconnected_at = (*self._unexpired_losses(person, now), now.monotonic)
            self._in_grace[person] = None
            self._in_grace.move_to_end(person)

    def remove(self, room: RoomId, user: UserId) -> list[PresenceChange]:
        """Remove the user from the room with all connections and grace periods. Returns Left if they were present."""
        person = self._person(room, user)
        if person is None:
            return []
        for connection in person.connections:
            self._unlink(connection, room)
        return [self._remove(person)]

    def close_room(self, room: RoomId) -> None:
        """Discard the room and its users, without changes to publish; the room is not dirty afterwards."""
        home = self._rooms.get(room)
        for person in list(home.users.values()) if home else ():
            for connection in person.connections:
                self._unlink(connection, room)
            self._remove(person)
        self._dirty.pop(room, None)

    def set_choice(
        self,
        room: RoomId,
        user: UserId,
        chosen: ChosenStatus | None,
        activity: str | None,
        now: Instant,
        *,
        is_input: bool,
    ) -> list[PresenceChange]:
        """Set the user's chosen status and activity. Returns StatusChanged if either was different.

        A chosen status stands until it is set again: neither input nor idling changes it. With None, the status follows
        input; a user with a chosen status is active then. Nothing happens if the user is not present.

        Args:
            room, user, now: the user, and this moment.
            chosen, activity: as stored with the membership.
            is_input: True if the user caused the change, which counts as input.
        """
        person = self._person(room, user)
        if person is None:
            return []
        is_active = is_input or (person.is_status_chosen and chosen is None)
        person.is_status_chosen = chosen is not None
        if is_active:
            self._record_activity(person, now)
        elif chosen is not None:
            self._by_activity.pop(person, None)
        return self._change(person, chosen or ("active" if is_active else person.status), activity)

    def show_again(self, room: RoomId, user: UserId) -> list[PresenceChange]:
        """Return StatusChanged with a new version, because something beside the presence changed; none if absent."""
        person = self._person(room, user)
        if person is None:
            return []
        version = self._next_version(person.room)
        return [StatusChanged(room, user, person.status, person.last_active, person.activity, version)]

    def touch(self, room: RoomId, user: UserId, now: Instant) -> list[PresenceChange]:
        """Record input of the user in the room. Returns StatusChanged if they were away without having chosen it.

        It also counts inside a grace period (a message may come over HTTP), but does not extend it. Nothing happens if
        the user is not present.
        """
        person = self._person(room, user)
        if person is None:
            return []
        self._record_activity(person, now)
        return [] if person.is_status_chosen else self._change(person, "active", person.activity)

    def tick(self, now: Instant, limit: int | None = None) -> list[PresenceChange]:
        """End the grace periods that are over (Left), then set idle users to away (StatusChanged).

        The cost is proportional to what is due, not to all users. A late tick ends a grace period late: a user who is
        back by then never left. A user with a running focus session is checked again after `away_after`: studying on
        paper causes no input.

        Args:
            now: this moment.
            limit: number of changes to return at most; the rest stays due. None for no limit.
        """
        notices: list[PresenceChange] = []
        while self._in_grace and len(notices) != limit:
            person = next(iter(self._in_grace))
            if person.disconnected_at[-1] + self._grace > now.monotonic:
                break
            del self._in_grace[person]
            person.disconnected_at = ()
            if not person.connections:
                notices.append(self._remove(person))
        while self._by_activity and len(notices) != limit:
            person = next(iter(self._by_activity))
            if person.active_at + self._away_after > now.monotonic:
                break
            if self._is_focusing(person.user):
                self._defer(person, now)
            else:
                del self._by_activity[person]
                notices += self._change(person, "away", person.activity)
        return notices

    def next_deadline(self) -> float | None:
        """Return the monotonic time in seconds before which `tick` changes nothing; None if nothing is scheduled."""
        deadlines = []
        if self._in_grace:
            deadlines.append(next(iter(self._in_grace)).disconnected_at[-1] + self._grace)
        if self._by_activity:
            deadlines.append(next(iter(self._by_activity)).active_at + self._away_after)
        return min(deadlines, default=None)

    # Queries. The cost of each is proportional to its result.

    def present(self, room: RoomId) -> list[PresenceRecord]:
        """Return the present users, in the order of joining."""
        home = self._rooms.get(room)
        return [PresenceRecord(p.user, p.status, p.last_active) for p in home.users.values()] if home else []

    def present_user(self, room: RoomId, user: UserId) -> PresenceRecord | None:
        """Return the user's presence in the room; None if they are not present."""
        person = self._person(room, user)
        return PresenceRecord(user, person.status, person.last_active) if person else None

    def chosen_status(self, room: RoomId, user: UserId) -> Status | None:
        """Return the status that the user chose in the room; None if it follows their input."""
        person = self._person(room, user)
        return person.status if person and person.is_status_chosen else None

    def activity(self, room: RoomId, user: UserId) -> str | None:
        """Return the activity of the user in the room; None without one, or if they are not present."""
        person = self._person(room, user)
        return person.activity if person else None

    def active_members(self, room: RoomId) -> int:
        """Return the number of users present in the room."""
        home = self._rooms.get(room)
        return len(home.users) if home else 0

    def version(self, room: RoomId) -> int:
        """Return the version of the room's last change; 0 while the room is empty, then it starts again."""
        home = self._rooms.get(room)
        return home.version if home else 0

    def rooms_of(self, user: UserId) -> list[RoomId]:
        """Return the rooms in which the user is present, in the order of joining."""
        return list(self._users.get(user, ()))

    def is_connected(self, room: RoomId, user: UserId) -> bool:
        """Return True if the user has a living connection in the room; one inside its grace period is not living."""
        person = self._person(room, user)
        return person is not None and bool(person.connections)

    def connections(self, room: RoomId, user: UserId) -> list[ConnectionId]:
        """Return the user's living connections in the room, in no order."""
        person = self._person(room, user)
        return list(person.connections) if person else []

    def rooms_of_connection(self, connection: ConnectionId) -> list[RoomId]:
        """Return the rooms that the living connection is in, in the order of joining."""
        link = self._connections.get(connection)
        return list(link.presences) if link else []

    # Changes for the storage.

    def take_dirty(self) -> list[RoomId]:
        """Return the rooms with changed users, statuses or activity since the last call, including emptied ones."""
        changed = list(self._dirty)
        self._dirty.clear()
        return changed

    def mark_dirty(self, rooms: Iterable[RoomId]) -> None:
        """Mark `rooms`, which were taken but not stored, as changed again."""
        self._dirty.update(dict.fromkeys(rooms))

    # Internals.

    def _person(self, room: RoomId, user: UserId) -> _UserInRoom | None:
        home = self._rooms.get(room)
        return home.users.get(user) if home else None

    def _unexpired_losses(self, person: _UserInRoom, now: Instant) -> tuple[float, ...]:
        """Return the times of losses that are still inside their grace period."""
        return (
            tuple(lost for lost in person.disconnected_at if lost + self._grace > now.monotonic)
            if person.disconnected_at
            else ()
        )

    def _rejoin(self, person: _UserInRoom, now: Instant) -> None:
        person.disconnected_at = self._unexpired_losses(person, now)[1:]
        if not person.disconnected_at:
            self._in_grace.pop(person, None)

    def _record_activity(self, person: _UserInRoom, now: Instant) -> None:
        person.active_at = now.monotonic
        person.last_active = now.wall
        if person.is_status_chosen:
            self._by_activity.pop(person, None)
        else:
            self._by_activity[person] = None
            self._by_activity.move_to_end(person)
        self._dirty[person.room.id] = None

    def _defer(self, person: _UserInRoom, now: Instant) -> None:
        """Check a user without a chosen status again after `away_after`; `last_active` stays."""
        person.active_at = now.monotonic
        self._by_activity.move_to_end(person)

    def _change(self, person: _UserInRoom, status: Status, activity: str | None) -> list[PresenceChange]:
        if (person.status, person.activity) == (status, activity):
            return []
        person.status, person.activity = status, activity
        version = self._next_version(person.room)
        return [StatusChanged(person.room.id, person.user, status, person.last_active, activity, version)]

    def _next_version(self, home: _RoomState) -> int:
        home.version += 1
        self._dirty[home.id] = None
        return home.version

    def _unlink(self, connection: ConnectionId, room: RoomId) -> None:
        places = self._connections[connection].presences
        del places[room]
        if not places:
            del self._connections[connection]

    def _remove(self, person: _UserInRoom) -> Left:
        """Remove a user after unlinking the connections, and the room with its last user."""
        home, user = person.room, person.user
        self._in_grace.pop(person, None)
        self._by_activity.pop(person, None)
        del home.users[user]
        places = self._users[user]
        del places[home.id]
        if not places:
            del self._users[user]
        version = self._next_version(home)
        if not home.users:
            del self._rooms[home.id]
        return Left(home.id, user, len(home.users), version)
