"""Who may do what in a room: every other service asks here first."""

from collections.abc import Awaitable
from typing import Any, TypeVar

from domain.accounts import User
from domain.base import RoomId, UserId
from domain.clock import Clock
from domain.errors.accounts import EmailNotVerified, NotSignedIn
from domain.errors.base import Forbidden
from domain.errors.rooms import NotAMember, RoomHidden, RoomNotFound
from domain.ids import NewId
from domain.moderation import Act, Action
from domain.permissions import FOR_ADMINS, FOR_EVERYBODY
from domain.rooms import Member, Room
from runtime.logs import Sparingly, security
from storage.base import Storage

T = TypeVar("T")

READS_LOGGED_EVERY = 600.0
"""Seconds in which an admin who reads the same over and over is logged once."""


class Access:
    """Authorisation of reads and acts in rooms.

    Roles are those of the moment: a request may take seconds to arrive, so the `User` that it began with says who asks,
    and not what they may.

    Args:
        verified_only: True if only users with a verified email may create, join and write.
    """

    def __init__(self, storage: Storage, clock: Clock, new_id: NewId, *, verified_only: bool = False) -> None:
        self._storage = storage
        self._clock = clock
        self._new_id = new_id
        self._verified_only = verified_only
        self._reads = Sparingly(every=READS_LOGGED_EVERY)

    def require_verified(self, user: User) -> None:
        """Raise `EmailNotVerified` if rooms are for users with a verified email here and the user has none."""
        if self._verified_only and user.verified_at is None:
            raise EmailNotVerified

    async def current(self, user: User) -> User:
        """Return the user with the name and role that they have now.

        Raises:
            NotSignedIn: the account was deleted or disabled.
        """
        now = await self._storage.user(user.id)
        if now is None or now.disabled:
            raise NotSignedIn
        return now

    async def visible(self, room_id: RoomId, user: User) -> tuple[Room, Member | None]:
        """Return a room that the user may know of, and their place in it.

        Raises:
            NotSignedIn: as for `current`.
            RoomNotFound: there is none, or it is private and the user neither a member nor an admin.
        """
        room, member, is_admin = await self._seen(room_id, user)
        if is_admin and member is None and room.visibility == "private":
            self._read_by_admin(user, "room", room_id)
        return room, member

    async def authorised(self, room_id: RoomId, user: User, act: Awaitable[T]) -> T:
        """Await an act that the storage authorises, and return its result.

        A refusal may come of a role that was taken away since the user was asked for. To a user who sees the room no
        more, a private room is none.

        Raises:
            NotSignedIn, RoomNotFound: as for `visible`.
            Forbidden, NotAMember: the storage refuses the act.
        """
        try:
            return await act
        except (Forbidden, NotAMember):
            await self.visible(room_id, user)
            raise

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
            EmailNotVerified: as for `require_verified`.
        """
        self.require_verified(user)
        room, member, is_admin = await self._seen(room_id, user)
        if member is None or member.role != "owner":
            if not is_admin:
                raise Forbidden("Only the owner of the room may do this.")
            self._read_by_admin(user, "settings", room_id)
        return room, member

    async def of_moderator(self, room_id: RoomId, user: User) -> tuple[Room, Member | None]:
        """Return a room in which the user keeps order: its owner does, its moderators, and an admin.

        Raises:
            RoomNotFound: as for `visible`.
            Forbidden: they do not.
            EmailNotVerified: as for `require_verified`.
        """
        self.require_verified(user)
        room, member, is_admin = await self._seen(room_id, user)
        if member is None or member.role == "member":
            if not is_admin:
                raise Forbidden("Only the owner and moderators of the room may do this.")
            self._read_by_admin(user, "moderation", room_id)
        return room, member

    async def of_admin(self, user: User, sees: str, target: str = "") -> None:
        """Return if the user is an admin, and log what they see: one word, and an id if there is one.

        Raises:
            NotSignedIn: as for `current`.
            Forbidden: they are not.
        """
        if not (await self.current(user)).is_admin:
            raise Forbidden(FOR_ADMINS)
        self._read_by_admin(user, sees, target=target)

    def _read_by_admin(self, user: User, sees: str, room_id: RoomId = "", target: str = "") -> None:
        self._reads.tell("admin_read", sees=sees, room=room_id, target=target, user=user.id)

    async def authorised_admin(self, user: User, act: Awaitable[T]) -> T:
        """Await an act that the storage authorises for admins, and return its result.

        Raises:
            NotSignedIn: the account was deleted or disabled meanwhile.
            Forbidden: the storage refuses the act.
        """
        try:
            return await act
        except Forbidden:
            await self.current(user)
            raise

    async def of_viewer(self, room_id: RoomId, user: User) -> tuple[Room, Member | None]:
        """Return a room whose details the user may see: a member may, and an admin.

        Raises:
            RoomNotFound, NotAMember: as for `of_member`.
        """
        room, member, is_admin = await self._seen(room_id, user)
        if member is None:
            if not is_admin:
                raise NotAMember
            self._read_by_admin(user, "room", room_id)
        return room, member

    async def _seen(self, room_id: RoomId, user: User) -> tuple[Room, Member | None, bool]:
        room = await self._storage.room(room_id)
        member = await self._storage.member(room_id, user.id)
        now = await self.current(user)
        return seen(room, member, now), member, now.is_admin

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
    if room.visibility == "private" and member is None and not user.is_admin:
        raise RoomHidden
    return room
