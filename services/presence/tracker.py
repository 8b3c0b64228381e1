"""Who is in which room: presence as a state machine.

No I/O, no clock: every operation is told what happened and when, changes the state, and returns the
notices that the people in the rooms are owed, in order. services/presence/presence.py drives it.

A person is in a room once, from however many connections (tabs, devices). They are there while a
connection lives, or while one that was lost is inside its grace. Who comes back cannot be told apart
by connection (a new one has a new id), so a join answers for the earliest loss that is still inside
its grace, and the other losses keep theirs. From this follows:

- `leave` by the last tab acts at once, also just after that tab was reconnected;
- `leave` by one tab while another one is inside its grace waits for that one.

The instants given never go back.
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from domain.base import RoomId, Timestamp, UserId
from domain.clock import Instant
from domain.connections import ConnectionId
from domain.presence import PresenceRecord, Status


class Joined(NamedTuple):
    """Somebody who was not in the room is."""

    room: RoomId
    user: UserId
    status: Status
    last_active: Timestamp
    active_members: int
    version: int


class Left(NamedTuple):
    """Somebody who was in the room is not any more."""

    room: RoomId
    user: UserId
    active_members: int
    version: int


class StatusChanged(NamedTuple):
    """Somebody in the room has another status."""

    room: RoomId
    user: UserId
    status: Status
    last_active: Timestamp
    version: int


PresenceChange: TypeAlias = Joined | Left | StatusChanged


class _RoomState:
    __slots__ = ("id", "users", "version")

    def __init__(self, room_id: RoomId) -> None:
        self.id = room_id
        self.users: dict[UserId, _UserInRoom] = {}
        self.version = 0


class _UserInRoom:
    """A user in one room. `disconnected_at`: when connections were lost, oldest first, also past their grace."""

    __slots__ = (
        "active_at",
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
        self.active_at = now.monotonic
        self.last_active = now.wall


class _ConnectionState:
    """One connection with the places it keeps."""

    __slots__ = ("presences", "user")

    def __init__(self, user: UserId) -> None:
        self.user = user
        self.presences: dict[RoomId, _UserInRoom] = {}


class PresenceTracker:
    """Everybody in every room.

    Args:
        grace: seconds in which a lost connection may come back unnoticed.
        away_after: seconds without an act after which a person is away whose status was not chosen by hand.
    """

    def __init__(self, grace: float, away_after: float) -> None:
        self._grace = grace
        self._away_after = away_after
        self._rooms: dict[RoomId, _RoomState] = {}
        self._users: dict[UserId, dict[RoomId, _UserInRoom]] = {}
        self._connections: dict[ConnectionId, _ConnectionState] = {}
        self._dirty: dict[RoomId, None] = {}
        # Both delays are the same for everyone, so the order of events is the order of deadlines. OrderedDict
        # because a plain dict steps over all that was deleted at its front to find its first entry.
        self._in_grace: OrderedDict[_UserInRoom, None] = OrderedDict()  # by the last loss
        # by the last act; only who is active without having chosen it
        self._by_activity: OrderedDict[_UserInRoom, None] = OrderedDict()

    @property
    def away_after(self) -> float:
        """Seconds without an act after which a person is away."""
        return self._away_after

    @property
    def room_count(self) -> int:
        """How many rooms somebody is in."""
        return len(self._rooms)

    @property
    def room_ids(self) -> list[RoomId]:
        """The rooms that a user is in."""
        return list(self._rooms)

    @property
    def user_count(self) -> int:
        """How many people are in a room."""
        return len(self._users)

    # What happens.

    def join(self, room: RoomId, user: UserId, connection: ConnectionId, now: Instant) -> list[PresenceChange]:
        """Note that `connection` of `user` is in the room: Joined where the person was not.

        Joining twice with one connection is no change. Whoever is there already, or inside a grace, keeps their
        status: a reconnect is no act.

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
        self._by_activity[person] = None
        version = self._next_version(home)
        return [Joined(room, user, person.status, person.last_active, len(home.users), version)]

    def leave(self, room: RoomId, connection: ConnectionId, now: Instant) -> list[PresenceChange]:
        """Note that `connection` left the room: Left where it was the person's last.

        While another of their connections is inside its grace, they are still there. Nothing happens where the
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
        """Remove `connection`, which was closed on purpose, from every room, without a grace."""
        return [notice for room in self.rooms_of_connection(connection) for notice in self.leave(room, connection, now)]

    def connection_lost(self, connection: ConnectionId, now: Instant) -> None:
        """Note that `connection` was lost: its grace starts, in every room it was in. Nobody is told before `tick`."""
        link = self._connections.pop(connection, None)
        if link is None:
            return
        for person in link.presences.values():
            person.connections.discard(connection)
            person.disconnected_at = (*self._unexpired_losses(person, now), now.monotonic)
            self._in_grace[person] = None
            self._in_grace.move_to_end(person)

    def remove(self, room: RoomId, user: UserId) -> list[PresenceChange]:
        """Take the user out of the room with all connections and graces: Left where they were there."""
        person = self._person(room, user)
        if person is None:
            return []
        for connection in person.connections:
            self._unlink(connection, room)
        return [self._remove(person)]

    def close_room(self, room: RoomId) -> None:
        """Forget the room and everybody in it; nobody is told, and it is not among the changed rooms."""
        home = self._rooms.get(room)
        for person in list(home.users.values()) if home else ():
            for connection in person.connections:
                self._unlink(connection, room)
            self._remove(person)
        self._dirty.pop(room, None)

    def set_status(
        self, room: RoomId, user: UserId, status: Status | None, now: Instant
    ) -> list[PresenceChange] | None:
        """Set the user's status, which is an act: StatusChanged if it was another.

        It stands until it is set again or the user leaves: neither acts nor idling change it. With None the status
        follows acts again, as it did at first; the user is active.

        None if the user has no living connection in the room: only inside a grace is not enough.
        """
        person = self._person(room, user)
        if person is None or not person.connections:
            return None
        person.is_status_chosen = status is not None
        self._record_activity(person, now)
        return self._change_status(person, status or "active")

    def touch(self, room: RoomId, user: UserId, now: Instant) -> list[PresenceChange]:
        """Count an act of the user in the room: StatusChanged if they were away without having chosen it.

        Counts inside a grace, too (a message may come over HTTP), but does not prolong it. Nothing happens where
        the user is not in the room.
        """
        person = self._person(room, user)
        if person is None:
            return []
        self._record_activity(person, now)
        return [] if person.is_status_chosen else self._change_status(person, "active")

    def tick(self, now: Instant) -> list[PresenceChange]:
        """End the graces that are over (Left), then turn away who was idle too long (StatusChanged).

        Costs what is due, not what there is. A tick that comes late ends a grace late: who is back by then was
        never gone.
        """
        notices: list[PresenceChange] = []
        while self._in_grace:
            person = next(iter(self._in_grace))
            if person.disconnected_at[-1] + self._grace > now.monotonic:
                break
            del self._in_grace[person]
            person.disconnected_at = ()
            if not person.connections:
                notices.append(self._remove(person))
        while self._by_activity:
            person = next(iter(self._by_activity))
            if person.active_at + self._away_after > now.monotonic:
                break
            del self._by_activity[person]
            notices += self._change_status(person, "away")
        return notices

    def next_deadline(self) -> float | None:
        """Return the monotonic second before which `tick` changes nothing; None while there is nothing to wait for."""
        deadlines = []
        if self._in_grace:
            deadlines.append(next(iter(self._in_grace)).disconnected_at[-1] + self._grace)
        if self._by_activity:
            deadlines.append(next(iter(self._by_activity)).active_at + self._away_after)
        return min(deadlines, default=None)

    # What is so. Each costs what it answers.

    def present(self, room: RoomId) -> list[PresenceRecord]:
        """Return who is in the room, in the order of joining."""
        home = self._rooms.get(room)
        return [PresenceRecord(p.user, p.status, p.last_active) for p in home.users.values()] if home else []

    def present_user(self, room: RoomId, user: UserId) -> PresenceRecord | None:
        """Return the user as they are in the room; None where they are not."""
        person = self._person(room, user)
        return PresenceRecord(user, person.status, person.last_active) if person else None

    def chosen_status(self, room: RoomId, user: UserId) -> Status | None:
        """Return the status that the user has chosen by hand in the room; None if it follows their acts."""
        person = self._person(room, user)
        return person.status if person and person.is_status_chosen else None

    def active_members(self, room: RoomId) -> int:
        """Return how many people are in the room."""
        home = self._rooms.get(room)
        return len(home.users) if home else 0

    def version(self, room: RoomId) -> int:
        """Return the version of the last notice in the room; 0 while nobody is in it: it starts again with the next."""
        home = self._rooms.get(room)
        return home.version if home else 0

    def rooms_of(self, user: UserId) -> list[RoomId]:
        """Return the rooms the user is in, in the order of joining."""
        return list(self._users.get(user, ()))

    def is_connected(self, room: RoomId, user: UserId) -> bool:
        """Say whether a connection of the user lives in the room; one inside its grace does not."""
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

    # What storage has to be told.

    def take_dirty(self) -> list[RoomId]:
        """Return the rooms whose people, statuses or last acts changed since the last call, emptied ones included."""
        changed = list(self._dirty)
        self._dirty.clear()
        return changed

    def mark_dirty(self, rooms: Iterable[RoomId]) -> None:
        """Count `room_count`, taken but not kept by storage, as changed again."""
        self._dirty.update(dict.fromkeys(rooms))

    # How.

    def _person(self, room: RoomId, user: UserId) -> _UserInRoom | None:
        home = self._rooms.get(room)
        return home.users.get(user) if home else None

    def _unexpired_losses(self, person: _UserInRoom, now: Instant) -> tuple[float, ...]:
        """Return when the connections still inside their grace were lost."""
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

    def _change_status(self, person: _UserInRoom, status: Status) -> list[PresenceChange]:
        if person.status == status:
            return []
        person.status = status
        version = self._next_version(person.room)
        return [StatusChanged(person.room.id, person.user, status, person.last_active, version)]

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
        """Take out a person whose connections are unlinked already, and the room with the last one."""
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
