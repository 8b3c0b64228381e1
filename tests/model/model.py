"""Model of study rooms: plain lists and dictionaries, without I/O.

Users have the names of test_model.py ("ada"), rooms short names ("maths"). A method has the effect of the service's
method of the same name, and returns or raises the same.
"""

import math
from dataclasses import dataclass, field

from domain.accounts import DELETED_NAME
from domain.errors.base import Forbidden
from domain.errors.moderation import Banned, Muted
from domain.errors.rooms import (
    CapacityTooSmall,
    InviteNotFound,
    NotAMember,
    NotPresent,
    OwnerCannotLeave,
    RoomFull,
    RoomNotFound,
)
from domain.errors.storage import StorageUnavailable
from text import normalise

GRACE = 10
DAY = 24 * 3600
KEYS_KEPT = 30 * DAY
"""Seconds."""
OPENED = (
    "{} made this room public. Everybody can find and join it now. People who join from now on cannot read the messages"
    " before this one."
)
CLOSED = "{} made this room private. From now on people need an invitation to join."
KEPT = {
    days: f"{{}} changed the room: messages are now kept {kept}."
    for days, kept in ((None, "without an end"), (1, "for 1 day"), (2, "for 2 days"))
}
_RANKS = {"owner": 0, "moderator": 1, "member": 2}


@dataclass
class Place:
    """Membership of a user."""

    user_id: str
    joined: float
    role: str = "member"
    read: int = 0
    visible: int = 1
    """Number of the first message that the member may read."""
    chosen: str | None = None
    activity: str | None = None


@dataclass
class Said:
    sender: str | None
    """A user's id; None for the room itself."""
    key: str | None
    content: str
    at: float
    gone_at: float | None = None
    names: tuple = ()
    """Users whom the room names, by name."""
    heard: str = ""
    """The message as connected members received it."""

    def __post_init__(self):
        self.heard = self.content

    @property
    def is_gone(self):
        return self.gone_at is not None


@dataclass
class Person:
    """A user who is present in a room."""

    status: str = "active"
    activity: str | None = None
    devices: set = field(default_factory=set)
    lost: list = field(default_factory=list)


@dataclass(eq=False)
class Invite:
    room: "Room"
    maker: str
    until: float
    uses: int | None
    used: int = 0


@dataclass(eq=False)
class Room:
    private: bool
    capacity: int | None
    members: dict = field(default_factory=dict)
    messages: list = field(default_factory=list)
    people: dict = field(default_factory=dict)
    days: int | None = None
    """Retention of messages in days; None for no limit."""
    expired_before: float = -math.inf
    """Older messages have expired, whatever the retention is now."""
    history: int = 1
    """Number of the first message that new members may read."""
    invites: list = field(default_factory=list)
    bans: set = field(default_factory=set)
    past: set = field(default_factory=set)
    mutes: dict = field(default_factory=dict)
    """Muted members with the end of each mute."""
    log: list = field(default_factory=list)
    """Actions by virtue of a role, with actor and target."""
    announced: int = 0
    """Number of the last message that all present users have certainly received."""

    @property
    def first(self):
        """Number of the first stored message."""
        return 1 + sum(said.is_gone for said in self.messages)

    def unread(self, place):
        return sum(not said.is_gone for said in self.messages[place.read :])

    @property
    def owner(self):
        return next(name for name, place in self.members.items() if place.role == "owner")

    @property
    def listed(self):
        """Names of the members, in the order of the list."""
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

    def of_moderator(self, user, name):
        room = self.visible(user, name)
        if user not in room.members or room.members[user].role == "member":
            raise Forbidden
        return room

    def above(self, user, name, target, *, member=False):
        """Return a room in which an actor may act on a target; with `member`, the target must be a member."""
        room = self.of_moderator(user, name)
        role = room.members[target].role if target in room.members else None
        if target == user or role == "owner" or (role == "moderator" and room.owner != user):
            raise Forbidden
        if member and role is None:
            raise NotAMember
        return room

    def open(self, user, name, *, private=False, capacity=None):
        self.rooms[name] = Room(private, capacity, {user: Place(self.ids[user], self.now, "owner")})

    def join(self, user, name):
        room = self.visible(user, name)
        self._admit(user, room)
        return room.members[user].role

    def _admit(self, user, room):
        if user in room.members:
            return False
        if user in room.bans:
            raise Banned
        if room.capacity is not None and len(room.members) >= room.capacity:
            raise RoomFull
        room.members[user] = Place(self.ids[user], self.now, read=len(room.messages), visible=room.history)
        return True

    def leave(self, user, name):
        room = self.visible(user, name)
        if user in room.members:
            if room.owner == user:
                raise OwnerCannotLeave
            self._end(user, room)

    def _end(self, user, room):
        if room.members.pop(user, None):
            room.past.add(user)
        room.people.pop(user, None)
        self._end_invites(user, room)

    def _end_invites(self, user, room):
        room.invites = [invite for invite in room.invites if invite.maker != user]

    def _note(self, room, action, user, target=None):
        room.log.append((action, self.ids[user], target and self.ids[target]))

    def _say(self, room, sentence, *names):
        content = sentence.format(*(normalise.quote_name(f"{name} Okafor") for name in names))
        room.messages.append(Said(None, None, content, self.now, names=names))
        room.announced = len(room.messages)

    def hand_over(self, user, name, heir):
        room = self.of_owner(user, name)
        if heir not in room.members:
            raise NotAMember
        if heir != user:
            self._note(room, "room-handed-over", user, heir)
        room.members[user].role = "moderator"  # a transfer to oneself changes nothing: the owner is set again below
        room.members[heir].role = "owner"

    def change(self, user, name, *, private, capacity):
        room = self.of_owner(user, name)
        if capacity is not None and capacity < len(room.members):
            raise CapacityTooSmall
        self._note(room, "room-changed", user)
        was_private, room.private = room.private, private
        room.capacity = room.capacity if capacity is None else capacity
        if was_private and not private:
            room.history = len(room.messages) + 1
            self._say(room, OPENED, user)
        elif private and not was_private:
            self._say(room, CLOSED, user)

    def keep_for(self, user, name, days):
        room = self.of_owner(user, name)
        self._note(room, "room-changed", user)
        before, room.days = room.days, days or None
        if before and (room.days is None or room.days > before):
            room.expired_before = max(room.expired_before, self.now - before * DAY)
        if before != room.days:
            self._say(room, KEPT[room.days], user)

    def expire(self):
        for room in self.rooms.values():
            for said in room.messages:
                kept_since = room.expired_before if room.days is None else self.now - room.days * DAY
                if said.at >= max(kept_since, room.expired_before):
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
            self._end(user, room)
            room.past.discard(user)  # a new account with that name was never a member
            for said in room.messages:
                if user in said.names:
                    said.content = said.content.replace(f"{user} Okafor", DELETED_NAME)
                    said.names = tuple(name for name in said.names if name != user)

    # Invitations and moderation

    def invite(self, user, name, uses, seconds):
        room = self.of_moderator(user, name)
        invite = Invite(room, user, self.now + seconds, uses)
        room.invites.append(invite)
        self._note(room, "invite-created", user)
        return invite

    def works(self, invite):
        there = any(room is invite.room for room in self.rooms.values()) and invite in invite.room.invites
        return there and self.now < invite.until and (invite.uses is None or invite.used < invite.uses)

    def revoke(self, user, name, invite):
        room = self.of_moderator(user, name)
        if invite.room is not room or invite not in room.invites:
            raise InviteNotFound
        room.invites.remove(invite)
        self._note(room, "invite-revoked", user)

    def accept(self, user, invite):
        if not self.works(invite):
            raise InviteNotFound
        room = invite.room
        if user in room.bans and room.private:
            raise InviteNotFound
        is_first = user not in room.past
        if self._admit(user, room):
            invite.used += 1
            self._note(room, "invite-used", user)
            if is_first:
                self._say(room, "{} joined by invitation", user)
        return room.members[user].role

    def set_role(self, user, name, target, role):
        room = self.of_owner(user, name)
        self.above(user, name, target, member=True)
        if room.members[target].role != role:
            room.members[target].role = role
            self._note(room, "role-changed", user, target)
            if role == "moderator":
                self._say(room, "{} made {} a moderator", user, target)
            else:
                self._end_invites(target, room)

    def remove(self, user, name, target):
        room = self.above(user, name, target, member=True)
        self._note(room, "member-removed", user, target)
        self._end(target, room)
        self._say(room, "{} removed {}", user, target)

    def ban(self, user, name, target):
        room = self.above(user, name, target)
        self._note(room, "member-banned", user, target)
        room.bans.add(target)
        if target in room.members:
            self._end(target, room)
            self._say(room, "{} removed {}", user, target)

    def unban(self, user, name, target):
        room = self.above(user, name, target)
        if target in room.bans:
            room.bans.discard(target)
            self._note(room, "member-unbanned", user, target)

    def mute(self, user, name, target, seconds):
        room = self.above(user, name, target, member=True)
        self._note(room, "member-muted", user, target)
        room.mutes[target] = self.now + seconds

    def unmute(self, user, name, target):
        room = self.above(user, name, target)
        if self.is_muted(target, room):
            self._note(room, "member-unmuted", user, target)
        room.mutes.pop(target, None)

    def is_muted(self, user, room):
        return self.now < room.mutes.get(user, self.now)

    # Messages

    def post(self, user, name, key, content, fate="kept"):
        """Fates of a commit: `kept`; `fails`, nothing is stored; `unheard of`, it is stored, but the answer is lost."""
        if fate == "fails":
            raise StorageUnavailable
        try:
            seq = self._keep(user, name, key, content)
        finally:
            if fate != "kept":
                raise StorageUnavailable
        self.rooms[name].announced = max(self.rooms[name].announced, seq)
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
        if self.is_muted(user, room):
            raise Muted(None)
        room.messages.append(Said(sender, key, content, self.now))
        room.members[user].read = len(room.messages)
        return len(room.messages)

    def post_system(self, user, name, content):
        room = self.of_moderator(user, name)
        if self.is_muted(user, room):
            raise Muted(None)
        room.messages.append(Said(None, None, content, self.now))
        room.announced = len(room.messages)
        self._note(room, "system-message-posted", user)
        return room.announced

    def mark_read(self, user, name, seq):
        room = self.of_member(user, name)
        place = room.members[user]
        place.read = max(place.read, min(seq, len(room.messages)))
        return room.unread(place)

    # Presence

    def enter(self, user, name, device):
        room = self.of_member(user, name)
        place = room.members[user]
        person = room.people.setdefault(user, Person(place.chosen or "active", place.activity))
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

    def disconnect(self, user, device):
        for name, room in self.rooms.items():
            if user in room.people and device in room.people[user].devices:
                self.go_out(user, name, device)

    def step_out(self, user, name):
        self.of_member(user, name).people.pop(user, None)

    def drop(self, user, device):
        for room in self.rooms.values():
            if user in room.people and device in room.people[user].devices:
                room.people[user].devices.remove(device)
                room.people[user].lost.append(self.now)

    def set_status(self, user, name, status, *activity):
        """Set a status, or an activity, or both; without either it counts as input, which changes nothing here."""
        room = self.of_member(user, name)
        if user not in room.people or not room.people[user].devices:
            raise NotPresent
        place, person = room.members[user], room.people[user]
        if [*activity] not in ([], [None], [place.activity]) and self.is_muted(user, room):
            raise Muted(None)
        if status is not None:
            place.chosen = status if status in ("away", "busy") else None
        for text in activity:
            place.activity = text
        person.status, person.activity = place.chosen or "active", place.activity

    def clear_activity(self, user, name, target):
        room = self.above(user, name, target, member=True)
        place = room.members[target]
        if place.activity is not None:
            self._note(room, "activity-cleared", user, target)
            place.activity = None
            if target in room.people:
                room.people[target].activity = None

    def pass_time(self, seconds):
        self.now += seconds
        for room in self.rooms.values():
            for user, person in list(room.people.items()):
                if not person.devices and not self._in_grace(person):
                    del room.people[user]

    def restart(self):
        for room in self.rooms.values():
            room.people.clear()

    def _in_grace(self, person):
        return [lost for lost in person.lost if self.now - lost < GRACE]
