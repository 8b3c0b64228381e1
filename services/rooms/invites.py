"""Room invitations: a user with the code may join."""

from domain.accounts import User
from domain.base import InviteId, RoomId
from domain.errors.moderation import Banned
from domain.errors.rooms import InviteNotFound, RoomNotFound
from domain.ids import new_link_secret
from domain.rooms import Invite, InvitedRoom, NewInvite, Room, RoomView
from services.access import RoomAccess
from services.context import ServiceContext
from services.messages.system_messages import SystemMessages
from services.rooms.memberships import Memberships
from services.rooms.views import RoomViews

LIFETIME = 7 * 24 * 3600
"""Default lifetime of an invitation in seconds."""
MAX_OPEN = 100
"""Limit of usable invitations of one room."""
_CODE_BYTES = 18


class Invites:
    """The invitations of all rooms.

    Unknown, expired, used and revoked invitations have the same error. So do invitations that are not for this user, or
    from a creator without the permission to invite.
    """

    def __init__(
        self,
        ctx: ServiceContext,
        access: RoomAccess,
        views: RoomViews,
        memberships: Memberships,
        system_messages: SystemMessages,
    ) -> None:
        self._storage = ctx.storage
        self._lookups = ctx.lookups
        self._access = access
        self._views = views
        self._memberships = memberships
        self._system_messages = system_messages
        self._limiter = ctx.limiter
        self._clock = ctx.clock
        self._new_id = ctx.new_id

    async def create(self, room_id: RoomId, new: NewInvite, user: User, address: str = "") -> Invite:
        """Create an invitation for any user with its code.

        Raises:
            RoomNotFound, Forbidden: as for `RoomAccess.require_moderator`.
            TooManyInvites: the room has `MAX_OPEN` usable invitations.
        """
        await self._access.require_moderator(room_id, user)
        await self._limiter.hit("invites", user.id, address=address)
        invite = Invite(
            id=self._new_id(),
            code=new_link_secret(_CODE_BYTES),
            room_id=room_id,
            created_by=user.id,
            created_at=self._clock.now(),
            expires_at=self._clock.later(new.expires_in or LIFETIME),
            uses=new.uses,
        )
        act = self._access.audit_draft(
            room_id, "invite-created", user, inviteId=invite.id, expiresAt=invite.expires_at, uses=invite.uses
        )
        await self._access.run_authorized(room_id, user, self._storage.add_invite(invite, MAX_OPEN, act))
        return invite

    async def list_for_room(self, room_id: RoomId, user: User) -> list[Invite]:
        """Return the usable invitations of a room, newest first.

        Raises:
            RoomNotFound, Forbidden: as for `RoomAccess.require_moderator`.
        """
        await self._access.require_moderator(room_id, user)
        invites = await self._storage.invites(room_id, self._clock.now())
        await self._access.require_moderator(room_id, user)  # the role may have been revoked meanwhile
        return invites

    async def revoke(self, room_id: RoomId, invite_id: InviteId, user: User) -> None:
        """Revoke an invitation.

        Raises:
            RoomNotFound, Forbidden: as for `RoomAccess.require_moderator`.
            InviteNotFound: the room has no such invitation.
        """
        await self._access.require_moderator(room_id, user)
        await self._limiter.hit("moderation", user.id)
        act = self._access.audit_draft(room_id, "invite-revoked", user, inviteId=invite_id)
        if not await self._access.run_authorized(room_id, user, self._storage.delete_invite(room_id, invite_id, act)):
            raise InviteNotFound

    async def look_up(self, code: str, user: User | None, address: str) -> InvitedRoom:
        """Return the room of an invitation, and the inviter.

        Args:
            code: code of the invitation; it is the permission to see the room, also for a client without a user.
            user: the caller, None for a guest.
            address: address of the client.

        Raises:
            InviteNotFound: the invitation is not usable, or the room is private and the user was banned there, or
                removed since the invitation was created.
            RateLimited: too many attempts by the user, or from the address.
        """
        if user is None:
            await self._limiter.hit_address("invite_tries", address)
        else:
            await self._limiter.hit("invite_tries", user.id, address=address)
        invite, room = await self._find_valid(code)
        if user and room.visibility == "private" and await self._is_barred(user, invite):
            raise InviteNotFound
        return self._views.invite_preview(room, await self._lookups.user(invite.created_by))

    async def accept(self, code: str, user: User, address: str = "") -> RoomView:
        """Add the user as a member and return the room. Idempotent for members.

        A system message reports a user's first join, and counts as a message of theirs. There is none when a former
        member comes back, also while muted. An admin using their own invitation joins as an admin: each time there
        is a system message, and the membership ends with the role.

        Raises:
            InviteNotFound: it is not usable by this user.
            Banned: the user is banned, and the room is public.
            RoomFull: the room is at its capacity.
            RateLimited: too many attempts or messages.
        """
        self._access.require_verified(user)
        await self._limiter.hit("invite_tries", user.id, address=address)
        invite, room = await self._find_valid(code)
        is_member = await self._lookups.member(room.id, user.id) is not None
        is_first = not is_member and not await self._storage.was_member(room.id, user.id)
        if is_first or (await self._access.current_user(user)).is_admin:
            await self._limiter.hit("messages", user.id, address=address)
        act = self._access.audit_draft(room.id, "invite-used", user, inviteId=invite.id)
        try:
            member, is_new = await self._storage.use_invite(invite, user.id, act)
        except RoomNotFound:
            raise InviteNotFound from None
        except Banned:
            if room.visibility == "private":
                raise InviteNotFound from None
            raise
        if not is_new:
            return self._views.view(room, member)
        view = await self._memberships.complete_join(room.id, user, is_first=is_first)
        if member.by_role:
            await self._system_messages.post(room.id, "{} (admin) joined", user.summary)
        elif is_first and self._views.muted_until(member) is None:
            await self._system_messages.post(room.id, "{} joined by invitation", user.summary)
        return view

    async def _is_barred(self, user: User, invite: Invite) -> bool:
        room_id = invite.room_id
        if await self._lookups.member(room_id, user.id) is not None:
            return False
        return await self._storage.is_banned(room_id, user.id) or await self._storage.was_removed_since(
            room_id, user.id, invite.created_at
        )

    async def _find_valid(self, code: str) -> tuple[Invite, Room]:
        invite = await self._storage.invite_by_code(code)
        if invite is None or not invite.is_usable(self._clock.now()):
            raise InviteNotFound
        room = await self._lookups.room(invite.room_id)
        if room is None:
            raise InviteNotFound
        return invite, room
