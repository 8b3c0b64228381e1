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
from domain.moderation import Action, AuditDraft
from domain.permissions import ADMINS_ONLY_MESSAGE, UNRESTRICTED
from domain.rooms import Member, Room
from runtime.logs import ThrottledLogger, log_security_event
from storage.base import Storage

T = TypeVar("T")

ADMIN_READ_LOG_INTERVAL = 600.0
"""Seconds in which an admin who reads the same over and over is logged once."""


class RoomAccess:
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
        self._admin_read_log = ThrottledLogger(interval=ADMIN_READ_LOG_INTERVAL)

    def require_verified(self, user: User) -> None:
        """Raise `EmailNotVerified` if rooms are for users with a verified email here and the user has none."""
        if self._verified_only and user.verified_at is None:
            raise EmailNotVerified

    async def current_user(self, user: User) -> User:
        """Return the user with the name and role that they have now.

        Raises:
            NotSignedIn: the account was deleted or disabled.
        """
        now = await self._storage.user(user.id)
        if now is None or now.disabled:
            raise NotSignedIn
        return now

    async def require_visible(self, room_id: RoomId, user: User) -> tuple[Room, Member | None]:
        """Return a room that the user may know of, and their place in it.

        Raises:
            NotSignedIn: as for `current_user`.
            RoomNotFound: there is none, or it is private and the user neither a member nor an admin.
        """
        room, member, is_admin = await self._load_visible(room_id, user)
        if is_admin and member is None and room.visibility == "private":
            self._log_admin_read(user, "room", room_id)
        return room, member

    async def run_authorized(self, room_id: RoomId, user: User, operation: Awaitable[T]) -> T:
        """Await an act that the storage authorises, and return its result.

        A refusal may come of a role that was taken away since the user was asked for. To a user who sees the room no
        more, a private room is none.

        Raises:
            NotSignedIn, RoomNotFound: as for `require_visible`.
            Forbidden, NotAMember: the storage refuses the act.
        """
        try:
            return await operation
        except (Forbidden, NotAMember):
            await self.require_visible(room_id, user)
            raise

    async def require_member(self, room_id: RoomId, user: User) -> tuple[Room, Member]:
        """Return a room that the user is a member of, and their place in it.

        Raises:
            RoomNotFound: as for `require_visible`.
            NotAMember: they see it, but are no member.
        """
        room, member = await self.require_visible(room_id, user)
        if member is None:
            raise NotAMember
        return room, member

    async def require_owner(self, room_id: RoomId, user: User) -> tuple[Room, Member | None]:
        """Return a room that the user may change: its owner may, and an admin.

        Raises:
            RoomNotFound: as for `require_visible`.
            Forbidden: they may not.
            EmailNotVerified: as for `require_verified`.
        """
        self.require_verified(user)
        room, member, is_admin = await self._load_visible(room_id, user)
        if member is None or member.role != "owner":
            if not is_admin:
                raise Forbidden("Only the owner of the room may do this.")
            self._log_admin_read(user, "settings", room_id)
        return room, member

    async def require_moderator(self, room_id: RoomId, user: User) -> tuple[Room, Member | None]:
        """Return a room in which the user keeps order: its owner does, its moderators, and an admin.

        Raises:
            RoomNotFound: as for `require_visible`.
            Forbidden: they do not.
            EmailNotVerified: as for `require_verified`.
        """
        self.require_verified(user)
        room, member, is_admin = await self._load_visible(room_id, user)
        if member is None or member.role == "member":
            if not is_admin:
                raise Forbidden("Only the owner and moderators of the room may do this.")
            self._log_admin_read(user, "moderation", room_id)
        return room, member

    async def require_admin(self, user: User, resource: str, target: str = "") -> None:
        """Return if the user is an admin, and log what they see: one word, and an id if there is one.

        Raises:
            NotSignedIn: as for `current_user`.
            Forbidden: they are not.
        """
        if not (await self.current_user(user)).is_admin:
            raise Forbidden(ADMINS_ONLY_MESSAGE)
        self._log_admin_read(user, resource, target=target)

    def _log_admin_read(self, user: User, resource: str, room_id: RoomId = "", target: str = "") -> None:
        self._admin_read_log.log("admin_read", sees=resource, room=room_id, target=target, user=user.id)

    async def run_authorized_admin(self, user: User, operation: Awaitable[T]) -> T:
        """Await an act that the storage authorises for admins, and return its result.

        Raises:
            NotSignedIn: the account was deleted or disabled meanwhile.
            Forbidden: the storage refuses the act.
        """
        try:
            return await operation
        except Forbidden:
            await self.current_user(user)
            raise

    async def require_viewer(self, room_id: RoomId, user: User) -> tuple[Room, Member | None]:
        """Return a room whose details the user may see: a member may, and an admin.

        Raises:
            RoomNotFound, NotAMember: as for `require_member`.
        """
        room, member, is_admin = await self._load_visible(room_id, user)
        if member is None:
            if not is_admin:
                raise NotAMember
            self._log_admin_read(user, "room", room_id)
        return room, member

    async def _load_visible(self, room_id: RoomId, user: User) -> tuple[Room, Member | None, bool]:
        room = await self._storage.room(room_id)
        member = await self._storage.member(room_id, user.id)
        now = await self.current_user(user)
        return check_visible(room, member, now), member, now.is_admin

    def audit_draft(
        self, room_id: RoomId, action: Action, user: User, target_id: UserId | None = None, **details: Any
    ) -> AuditDraft:
        """Return what the user is about to do in a room, for the storage to allow and to write down."""
        if action not in UNRESTRICTED:
            log_security_event("room_act", does=action, room=room_id, user=user.id, target=target_id)
        return AuditDraft(
            id=self._new_id(),
            room_id=room_id,
            action=action,
            actor_id=user.id,
            target_id=target_id,
            details=details,
            timestamp=self._clock.now(),
        )


def check_visible(room: Room | None, member: Member | None, user: User) -> Room:
    """Return the room where the user, whose place in it is `member`, may know of it.

    Raises:
        RoomNotFound: there is none, or it is private and the user neither a member nor an admin.
    """
    if room is None:
        raise RoomNotFound
    if room.visibility == "private" and member is None and not user.is_admin:
        raise RoomHidden
    return room
