"""Study rooms as they should be, in the plainest words: lists and dictionaries, and nothing awaited.

People are named as test_model.py names them ("ada"), rooms by their place on the corridor ("maths"). A method does what
the service of its name does, and returns or raises the same.
"""

from dataclasses import dataclass, field

from errors import (
    CapacityTooSmall,
    Forbidden,
    NotAMember,
    NotPresent,
    OwnerCannotLeave,
    RoomFull,
    RoomNotFound,
    StorageUnavailable,
)

GRACE = 10
DAY = 24 * 3600
KEYS_KEPT = 30 * DAY
"""Seconds."""
_RANKS = {"owner": 0, "moderator": 1, "member": 2}


@dataclass
class Place:
    """Somebody's place among the members."""

    user_id: str
    joined: float
    role: str = "member"
    read: int = 0


@dataclass
class Said:
    sender: str | None
    """A user's id; None for the room itself."""
    key: str | None
    content: str
    at: float
    gone_at: float | None = None

    @property
    def is_gone(self):
        return self.gone_at is not None


@dataclass
class Person:
    """Somebody who is in a room now."""

    status: str = "active"
    devices: set = field(default_factory=set)
    lost: list = field(default_factory=list)


@dataclass
class Room:
    private: bool
    capacity: int | None
    members: dict = field(default_factory=dict)
    messages: list = field(default_factory=list)
    people: dict = field(default_factory=dict)
    days: int | None = None
    """For how many days messages are kept here; None for ever."""
    announced: int = 0
    """Up to which message everybody in the room has heard for certain."""

    @property
    def first(self):
        """The number of the first message that is kept."""
        return 1 + sum(said.is_gone for said in self.messages)

    def unread(self, place):
        return sum(not said.is_gone for said in self.messages[place.read :])

    @property
    def owner(self):
        return next(name for name, place in self.members.items() if place.role == "owner")

    @property
    def listed(self):
        """The members' names as they are listed."""
        places = self.members.items()
        return [n for n, place in sorted(places, key=lambda p: (_RANKS[p[1].role], p[1].joined, p[1].user_id))]


class Model:
    def __init__(self):
        self.now = 0.0
        self.ids = {}
        self.rooms = {}

    # Membership

    def visible(self, user, name):
        room = self.rooms.get(name)
        if room is None or (room.private and user not in room.members):
            raise RoomNotFound
        return room

    def of_member(self, user, name):
        room = self.visible(user, name)
        if user not in room.members:
            raise NotAMember
        return room

    def of_owner(self, user, name):
        room = self.visible(user, name)
        if user not in room.members or room.owner != user:
            raise Forbidden
        return room

    def open(self, user, name, *, private=False, capacity=None):
        self.rooms[name] = Room(private, capacity, {user: Place(self.ids[user], self.now, "owner")})

    def join(self, user, name):
        room = self.visible(user, name)
        if user not in room.members:
            if room.capacity is not None and len(room.members) >= room.capacity:
                raise RoomFull
            room.members[user] = Place(self.ids[user], self.now, read=len(room.messages))
        return room.members[user].role

    def leave(self, user, name):
        room = self.visible(user, name)
        if user in room.members:
            if room.owner == user:
                raise OwnerCannotLeave
            del room.members[user]
            room.people.pop(user, None)

    def hand_over(self, user, name, heir):
        room = self.of_owner(user, name)
        if heir not in room.members:
            raise NotAMember
        room.members[user].role = "moderator"  # who hands it to themselves is the owner again, below
        room.members[heir].role = "owner"

    def change(self, user, name, *, private, capacity):
        room = self.of_owner(user, name)
        if capacity is not None and capacity < len(room.members):
            raise CapacityTooSmall
        room.private = private
        room.capacity = room.capacity if capacity is None else capacity

    def keep_for(self, user, name, days):
        self.of_owner(user, name).days = days or None

    def expire(self):
        for room in self.rooms.values():
            for said in room.messages:
                if room.days is None or said.at >= self.now - room.days * DAY:
                    break
                if not said.is_gone:
                    said.gone_at = self.now
            for said in room.messages:
                if said.is_gone and said.gone_at < self.now - KEYS_KEPT:
                    said.key = None

    def delete(self, user, name):
        self.of_owner(user, name)
        del self.rooms[name]

    def delete_account(self, user):
        for name, room in list(self.rooms.items()):
            if user in room.members and room.owner == user:
                heirs = [other for other in room.listed if other != user]
                if not heirs:
                    del self.rooms[name]
                    continue
                self.hand_over(user, name, heirs[0])
            room.members.pop(user, None)
            room.people.pop(user, None)

    # Messages

    def post(self, user, name, key, content, fate="kept"):
        """Fates: `kept`; `fails`, nothing is; `unheard of`, it is, and nobody is told."""
        if fate == "fails":
            raise StorageUnavailable
        try:
            seq = self._keep(user, name, key, content)
        finally:
            if fate != "kept":
                raise StorageUnavailable
        self.rooms[name].announced = max(self.rooms[name].announced, seq)
        self._act(user, name)
        said = self.rooms[name].messages[seq - 1]
        return seq, content if said.is_gone else said.content

    def _keep(self, user, name, key, content):
        if name not in self.rooms:
            raise RoomNotFound
        room, sender = self.rooms[name], self.ids[user]
        for seq, said in enumerate(room.messages, start=1):
            if key is not None and (said.sender, said.key) == (sender, key):
                return seq
        self.of_member(user, name)
        room.messages.append(Said(sender, key, content, self.now))
        room.members[user].read = len(room.messages)
        return len(room.messages)

    def post_system(self, user, name, content):
        room = self.visible(user, name)
        if user not in room.members or room.members[user].role == "member":
            raise Forbidden
        room.messages.append(Said(None, None, content, self.now))
        room.announced = len(room.messages)
        return room.announced

    def mark_read(self, user, name, seq):
        room = self.of_member(user, name)
        place = room.members[user]
        place.read = max(place.read, min(seq, len(room.messages)))
        self._act(user, name)
        return room.unread(place)

    # Presence

    def enter(self, user, name, device):
        room = self.of_member(user, name)
        person = room.people.setdefault(user, Person())
        if device not in person.devices:
            person.lost = self._in_grace(person)[1:]
            person.devices.add(device)

    def go_out(self, user, name, device):
        room = self.rooms.get(name)
        if room and user in room.people and device in room.people[user].devices:
            person = room.people[user]
            person.devices.remove(device)
            if not person.devices and not self._in_grace(person):
                del room.people[user]
        self.visible(user, name)

    def step_out(self, user, name):
        self.of_member(user, name).people.pop(user, None)

    def drop(self, user, device):
        for room in self.rooms.values():
            if user in room.people and device in room.people[user].devices:
                room.people[user].devices.remove(device)
                room.people[user].lost.append(self.now)

    def set_status(self, user, name, status):
        room = self.of_member(user, name)
        if user not in room.people or not room.people[user].devices:
            raise NotPresent
        room.people[user].status = status

    def pass_time(self, seconds):
        self.now += seconds
        for room in self.rooms.values():
            for user, person in list(room.people.items()):
                if not person.devices and not self._in_grace(person):
                    del room.people[user]

    def restart(self):
        for room in self.rooms.values():
            room.people.clear()

    def _act(self, user, name):
        person = self.rooms[name].people.get(user)
        if person is not None and person.status == "away":
            person.status = "active"

    def _in_grace(self, person):
        return [lost for lost in person.lost if self.now - lost < GRACE]
