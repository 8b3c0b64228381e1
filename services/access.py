"""Who may do what in a room: every other service asks here first."""

from typing import Any

from clock import Clock
from errors import Forbidden, NotAMember, RoomHidden, RoomNotFound
from ids import NewId
from logs import security
from models import Act, Action, Member, Room, RoomId, User, UserId
from ranks import FOR_EVERYBODY
from storage.base import Storage


class Access:
    """What people may know of rooms, and do there."""

    def __init__(self, storage: Storage, clock: Clock, new_id: NewId) -> None:
        self._storage = storage
        self._clock = clock
        self._new_id = new_id

    async def visible(self, room_id: RoomId, user: User) -> tuple[Room, Member | None]:
        """Return a room that the user may know of, and their place in it.

        Raises:
            RoomNotFound: there is none, or it is private and the user neither a member nor an admin.
        """
        room = await self._storage.room(room_id)
        member = await self._storage.member(room_id, user.id)
        return seen(room, member, user), member

    async def of_member(self, room_id: RoomId, user: User) -> tuple[Room, Member]:
        """Return a room that the user is a member of, and their place in it.

        Raises:
            RoomNotFound: as for `visible`.
            NotAMember: they see it, but are no member.
        """
        room, member = await self.visible(room_id, user)
        if member is None:
            raise NotAMember
        return room, member

    async def of_keeper(self, room_id: RoomId, user: User) -> tuple[Room, Member | None]:
        """Return a room that the user may change: its owner may, and an admin.

        Raises:
            RoomNotFound: as for `visible`.
            Forbidden: they may not.
        """
        room, member = await self.visible(room_id, user)
        if user.role != "admin" and (member is None or member.role != "owner"):
            raise Forbidden("Only the owner of the room may do this.")
        return room, member

    async def of_moderator(self, room_id: RoomId, user: User) -> tuple[Room, Member | None]:
        """Return a room in which the user keeps order: its owner does, its moderators, and an admin.

        Raises:
            RoomNotFound: as for `visible`.
            Forbidden: they do not.
        """
        room, member = await self.visible(room_id, user)
        if user.role != "admin" and (member is None or member.role == "member"):
            raise Forbidden("Only the owner and moderators of the room may do this.")
        return room, member

    def of_admin(self, user: User) -> None:
        """Return if the user is an admin.

        Raises:
            Forbidden: they are not.
        """
        if not user.is_admin:
            raise Forbidden("This is for admins.")

    def act(self, room_id: RoomId, action: Action, user: User, target_id: UserId | None = None, **details: Any) -> Act:
        """Return what the user is about to do in a room, for the storage to allow and to write down."""
        if action not in FOR_EVERYBODY:
            security("room_act", does=action, room=room_id, user=user.id, target=target_id)
        return Act(
            id=self._new_id(),
            room_id=room_id,
            action=action,
            actor_id=user.id,
            target_id=target_id,
            details=details,
            timestamp=self._clock.now(),
        )


def seen(room: Room | None, member: Member | None, user: User) -> Room:
    """Return the room where the user, whose place in it is `member`, may know of it.

    Raises:
        RoomNotFound: there is none, or it is private and the user neither a member nor an admin.
    """
    if room is None:
        raise RoomNotFound
    if room.visibility == "private" and member is None and user.role != "admin":
        raise RoomHidden
    return room
