"""Memberships of rooms: join, leave, eviction."""

from collections.abc import Iterable
from contextlib import suppress

import msgspec

from domain.accounts import User
from domain.base import RoomId, UserId
from domain.errors.accounts import NotSignedIn, UserNotFound
from domain.errors.rooms import NotAMember, OwnerCannotLeave, RoomNotFound
from domain.errors.storage import StorageUnavailable
from domain.events import (
    MemberLeft,
    MemberUpdated,
    Notification,
    RemovalReason,
    RemovedFromRoom,
)
from domain.rooms import (
    Member,
    MemberProfile,
    Room,
    RoomView,
)
from services.access import RoomAccess
from services.context import ServiceContext
from services.messages.system_messages import SystemMessages
from services.presence.activity import Activity
from services.presence.presence import Presence
from services.rooms.lookalikes import confusable_keys
from services.rooms.views import RoomViews

MAX_LISTED_MEMBERS = 1_000
"""Limit of listed members of one room."""


class Memberships:
    """Members of rooms, and the events about them."""

    def __init__(
        self,
        ctx: ServiceContext,
        access: RoomAccess,
        views: RoomViews,
        presence: Presence,
        system_messages: SystemMessages,
        activity: Activity,
    ) -> None:
        self._storage = ctx.storage
        self._lookups = ctx.lookups
        self._publisher = ctx.publisher
        self._limiter = ctx.limiter
        self._clock = ctx.clock
        self._access = access
        self._views = views
        self._presence = presence
        self._system_messages = system_messages
        self._activity = activity

    async def join(self, room_id: RoomId, user: User, address: str = "") -> RoomView:
        """Add the user as a member and return the room. Idempotent for members. `address` is the client's.

        Raises:
            RoomNotFound: as for `RoomAccess.require_visible`.
            Banned: the user is banned.
            RoomFull: the room is at its capacity.
            RateLimited: too many joins; for an admin also too many messages, because a system message reports admins
                who join by their role.
        """
        self._access.require_verified(user)
        await self._limiter.hit("joins", user.id, address=address)
        room, member = await self._access.require_visible(room_id, user)
        if member is None:
            return await self._join(room_id, user, address)
        return self._views.view(room, member)

    async def _join(self, room_id: RoomId, user: User, address: str) -> RoomView:
        is_first = not await self._storage.was_member(room_id, user.id)
        act = None
        if (await self._access.current_user(user)).is_admin:
            await self._limiter.hit("messages", user.id, address=address)
            act = self._access.audit_draft(room_id, "admin-joined", user)
        try:
            now = self._clock.now()
            member = await self._storage.add_member(room_id, user.id, now, only_public=True, admin_audit=act)
        except UserNotFound:  # the account was deleted meanwhile
            raise NotSignedIn from None
        try:
            view = await self.complete_join(room_id, user, is_first=is_first)
        except NotAMember:  # the room was deleted, or the user removed, meanwhile
            raise RoomNotFound from None
        if member.by_role:
            await self._system_messages.post(room_id, "{} (admin) joined", user.summary)
        return view

    async def complete_join(self, room_id: RoomId, user: User, *, is_first: bool) -> RoomView:
        """Publish that the user became a member, and return the room as shown to them.

        The owner is notified if the user was not a member before (`is_first`) and is not muted. Otherwise a user could
        send the owner notifications by leaving and joining repeatedly, also with a new account.

        Raises:
            RoomNotFound, NotAMember: the membership ended meanwhile.
        """
        room, member = await self._access.require_member(room_id, user)
        room = await self._lookups.room(room_id) or room  # of two concurrent joins, the last one published is right
        await self.publish_member(room, user, member)
        await self._activity.push_read_mark(room_id, user.id)
        if is_first and self._views.muted_until(member) is None:
            owner_id = await self.owner_id(room)
            info, now = self._views.info(room), self._clock.now()
            self._publisher.push(owner_id, Notification.about_room("member-joined", info, now, by=user.summary))
        return self._views.view(room, member)

    async def leave(self, room_id: RoomId, user: User) -> RoomView:
        """End the user's membership on all their devices and return the room. Idempotent.

        Raises:
            RoomNotFound: as for `RoomAccess.require_visible`.
            OwnerCannotLeave: the owner has to transfer or delete the room first.
        """
        room, member = await self._access.require_visible(room_id, user)
        if member is not None:
            if member.role == "owner":
                raise OwnerCannotLeave
            if not await self._storage.remove_member(room_id, user.id):
                room, _ = await self._access.require_visible(room_id, user)  # removed meanwhile
            room = await self.evict(room, user.id, "left")
        return self._views.view(room, None)

    async def evict(self, room: Room, user_id: UserId, reason: RemovalReason) -> Room:
        """Remove the connections of a former member from the room, publish the change, and return the room."""
        self._presence.remove(room.id, user_id)
        self._publisher.push(user_id, RemovedFromRoom(room.id, reason))
        room = await self._lookups.room(room.id) or room
        self._publisher.publish(MemberLeft(room.id, user_id, room.total_members))
        return room

    async def evict_if_not_member(self, room_id: RoomId, user_id: UserId) -> None:
        """Evict the user, as removed, if they are no longer a member of the room."""
        room = await self._lookups.room(room_id)
        if room and await self._lookups.member(room_id, user_id) is None:
            await self.evict(room, user_id, "removed")

    async def evict_from_lost_rooms(self, user_id: UserId, room_ids: Iterable[RoomId]) -> None:
        """Evict the user from these rooms, and from those they are present in, if they are no member any more."""
        for room_id in {*room_ids, *self._presence.rooms_of(user_id)}:
            await self.evict_if_not_member(room_id, user_id)

    async def announce_left(self, room_id: RoomId, user_id: UserId) -> None:
        """Publish that a user is no longer a member, if the room has connections."""
        if self._presence.active_members(room_id):
            with suppress(StorageUnavailable):  # the membership has ended; clients see it at the next read
                if room := await self._lookups.room(room_id):
                    self._publisher.publish(MemberLeft(room_id, user_id, room.total_members))

    async def publish_member(
        self, room: Room, person: User, member: Member, *, only_mute: bool = False
    ) -> MemberProfile:
        """Publish a member's profile in the room and return it with the mute.

        The mute is sent only to the member and to users who may end it, after the event for the whole room.

        Args:
            room: the room.
            person: the member.
            member: their membership.
            only_mute: True if nothing else has changed: others are sent nothing.
        """
        muted_until = self._views.muted_until(member)
        profile = MemberProfile(
            *(person.id, person.name, person.avatar, member.role, member.joined_at, muted_until),
            is_admin=person.is_admin,
            looks=confusable_keys(person.name),
        )
        if not only_mute:
            shown = msgspec.structs.replace(profile, muted_until=None)
            self._publisher.publish(MemberUpdated(room.id, shown, room.total_members))
        if only_mute or muted_until:
            members = await self._lookups.members(room.id, MAX_LISTED_MEMBERS)
            keepers = {one.id for one in members if one.role != "member" or one.is_admin}
            room = await self._lookups.room(room.id) or room
            self._publisher.push_to_users({person.id, *keepers}, MemberUpdated(room.id, profile, room.total_members))
        return profile

    async def owner_id(self, room: Room) -> UserId:
        """Return the owner of a room; its creator if the room is being deleted."""
        members = await self._lookups.members(room.id, 1)
        return members[0].id if members else room.created_by

    async def push_read_mark(self, room_id: RoomId, user_id: UserId) -> None:
        """Push the read position of a new membership to the user."""
        await self._activity.push_read_mark(room_id, user_id)
