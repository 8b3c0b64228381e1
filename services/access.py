"""Authorisation in rooms: every other service checks permissions here first."""

from collections.abc import Awaitable
from typing import Any, TypeVar

from domain.accounts import User
from domain.base import RoomId, UserId
from domain.errors.accounts import EmailNotVerified, NotSignedIn
from domain.errors.base import Forbidden
from domain.errors.rooms import NotAMember, RoomHidden, RoomNotFound
from domain.moderation import Action, AuditDraft
from domain.permissions import ADMINS_ONLY_MESSAGE, UNRESTRICTED
from domain.rooms import Member, Room
from runtime.logs import ThrottledLogger, log_security_event
from services.context import ServiceContext

T = TypeVar("T")

ADMIN_READ_LOG_INTERVAL = 600.0
"""Seconds in which repeated reads of the same data by an admin are logged once."""


class RoomAccess:
    """Authorisation of reads and actions in rooms.

    Roles are read at the time of the check: a request may take seconds to arrive, so the `User` from its beginning
    identifies the caller, but does not carry current permissions.

    Args:
        verified_only: True if only users with a verified email may create, join and write.
    """

    def __init__(self, ctx: ServiceContext) -> None:
        self._lookups = ctx.lookups
        self._clock = ctx.clock
        self._new_id = ctx.new_id
        self._verified_only = ctx.config.accounts.require_verified
        self._admin_read_log = ThrottledLogger(interval=ADMIN_READ_LOG_INTERVAL)

    async def require_user(self, user_id: UserId) -> User:
        """Return the user of a valid session.

        Raises:
            NotSignedIn: the account was deleted or disabled.
        """
        user = await self._lookups.user(user_id)
        if user is None or user.disabled:
            raise NotSignedIn
        return user

    def require_verified(self, user: User) -> None:
        """Raise `EmailNotVerified` if rooms are only for users with a verified email and this user has none."""
        if self._verified_only and user.verified_at is None:
            raise EmailNotVerified

    async def current_user(self, user: User) -> User:
        """Return the user with their current name and role.

        Raises:
            NotSignedIn: the account was deleted or disabled.
        """
        now = await self._lookups.user(user.id)
        if now is None or now.disabled:
            raise NotSignedIn
        return now

    async def require_visible(self, room_id: RoomId, user: User) -> tuple[Room, Member | None]:
        """Return a room that the user may see, and their membership.

        Raises:
            NotSignedIn: as for `current_user`.
            RoomNotFound: the room is missing, or it is private and the user neither a member nor an admin.
        """
        room, member, is_admin = await self._load_visible(room_id, user)
        if is_admin and member is None and room.visibility == "private":
            self._log_admin_read(user, "room", room_id)
        return room, member

    async def run_authorized(self, room_id: RoomId, user: User, operation: Awaitable[T]) -> T:
        """Await an operation that the storage authorises, and return its result.

        A role may have been revoked since the user was authorised. If the user cannot see the private room any more,
        the error is that the room is missing.

        Raises:
            NotSignedIn, RoomNotFound: as for `require_visible`.
            Forbidden, NotAMember: the storage rejects the operation.
        """
        try:
            return await operation
        except (Forbidden, NotAMember):
            await self.require_visible(room_id, user)
            raise

    async def require_member(self, room_id: RoomId, user: User) -> tuple[Room, Member]:
        """Return a room that the user is a member of, and their membership.

        Raises:
            RoomNotFound: as for `require_visible`.
            NotAMember: the user can see the room, but is not a member.
        """
        room, member = await self.require_visible(room_id, user)
        if member is None:
            raise NotAMember
        return room, member

    async def require_owner(self, room_id: RoomId, user: User) -> tuple[Room, Member | None]:
        """Return a room that the user may change: as its owner or as an admin.

        Raises:
            RoomNotFound: as for `require_visible`.
            Forbidden: the user is neither.
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
        """Return a room that the user may moderate: as its owner, a moderator or an admin.

        Raises:
            RoomNotFound: as for `require_visible`.
            Forbidden: the user is none of these.
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
        """Return if the user is an admin, and log the read of `resource` (one word) and `target` (an id, if any).

        Raises:
            NotSignedIn: as for `current_user`.
            Forbidden: the user is not an admin.
        """
        if not (await self.current_user(user)).is_admin:
            raise Forbidden(ADMINS_ONLY_MESSAGE)
        self._log_admin_read(user, resource, target=target)

    def _log_admin_read(self, user: User, resource: str, room_id: RoomId = "", target: str = "") -> None:
        self._admin_read_log.log("admin_read", resource=resource, room=room_id, target=target, user=user.id)

    async def run_authorized_admin(self, user: User, operation: Awaitable[T]) -> T:
        """Await an operation that the storage authorises for admins, and return its result.

        Raises:
            NotSignedIn: the account was deleted or disabled meanwhile.
            Forbidden: the storage rejects the operation.
        """
        try:
            return await operation
        except Forbidden:
            await self.current_user(user)
            raise

    async def require_viewer(self, room_id: RoomId, user: User) -> tuple[Room, Member | None]:
        """Return a room if the user may see its details: as a member or as an admin.

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
        room = await self._lookups.room(room_id)
        member = await self._lookups.member(room_id, user.id)
        now = await self.current_user(user)
        return check_visible(room, member, now), member, now.is_admin

    def audit_draft(
        self, room_id: RoomId, action: Action, user: User, target_id: UserId | None = None, **details: Any
    ) -> AuditDraft:
        """Return the audit entry of an action that is about to be taken, for the storage to authorise and to store."""
        if action not in UNRESTRICTED:
            log_security_event("room_action", action=action, room=room_id, user=user.id, target=target_id)
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
    """Return the room if the user, with the membership `member`, may see it.

    Raises:
        RoomNotFound: the room is missing, or it is private and the user neither a member nor an admin.
    """
    if room is None:
        raise RoomNotFound
    if room.visibility == "private" and member is None and not user.is_admin:
        raise RoomHidden
    return room
