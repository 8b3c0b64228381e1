"""Study rooms: list, create, change, join, leave and delete."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

import msgspec

from domain.accounts import User, UserSummary
from domain.base import RoomId, Timestamp, UserId
from domain.errors.accounts import NotSignedIn, UserNotFound
from domain.errors.base import FieldError, Forbidden, InvalidInput
from domain.errors.rooms import NotAMember, OwnerCannotLeave, RoomNotFound
from domain.errors.storage import StorageUnavailable
from domain.events import (
    MemberLeft,
    MemberUpdated,
    Notification,
    RemovalReason,
    RemovedFromRoom,
    RoomDeleted,
    RoomUpdated,
)
from domain.moderation import AuditDraft
from domain.permissions import check_new_owner
from domain.rooms import (
    ListedRoom,
    Member,
    MemberProfile,
    NewRoom,
    Room,
    RoomChange,
    RoomDetails,
    RoomInfo,
    RoomsQuery,
    RoomView,
)
from runtime.logs import log_security_event
from services.access import RoomAccess
from services.context import ServiceContext
from services.messages.system_messages import SystemMessages
from services.presence.activity import Activity
from services.presence.dashboard import MAX_LISTED_ROOMS, Dashboards
from services.presence.presence import Presence
from services.rooms.lookalikes import confusable_keys
from services.rooms.views import RoomViews

MAX_LISTED_MEMBERS = 1_000
"""Limit of listed members of one room."""

RELEASE_BATCH_SIZE = 100
"""Owned rooms that are read at a time when an account is deleted."""

_DAY = 24 * 3600
_ANNOUNCED_FIELDS = frozenset({"visibility", "retention_days"})
_MADE_PUBLIC = (
    "{} made this room public. Everybody can find and join it now. People who join from now on cannot read the messages"
    " before this one."
)
_MADE_PRIVATE = "{} made this room private. From now on people need an invitation to join."

_WIRE_NAMES = {field.name: field.encode_name for field in msgspec.structs.fields(RoomChange)}


class Rooms:
    """The rooms and their members."""

    def __init__(
        self,
        ctx: ServiceContext,
        access: RoomAccess,
        views: RoomViews,
        presence: Presence,
        dashboards: Dashboards,
        system_messages: SystemMessages,
        activity: Activity,
    ) -> None:
        self._storage = ctx.storage
        self._access = access
        self._views = views
        self._presence = presence
        self._dashboards = dashboards
        self._publisher = ctx.publisher
        self._system_messages = system_messages
        self._activity = activity
        self._limiter = ctx.limiter
        self._clock = ctx.clock
        self._new_id = ctx.new_id
        self._max_retention_days = ctx.config.rooms.max_retention_days

    # Reading

    async def list_for_user(self, user: User) -> list[ListedRoom]:
        """Return the user's rooms, most recently active first."""
        mine = await self._storage.rooms_of(user.id, MAX_LISTED_ROOMS)
        owners = await self._storage.owners([membership.room.id for membership in mine]) if mine else {}
        return [
            self._views.list_item(membership.room, membership, owners.get(membership.room.id)) for membership in mine
        ]

    async def discover(self, query: RoomsQuery, user: User) -> tuple[list[ListedRoom], RoomId | None]:
        """Return public rooms of which the user is not a member, newest first, and the cursor of the next page."""
        rooms = await self._storage.discover(
            user.id, search=query.search or "", before=query.cursor, limit=query.limit + 1
        )
        page = rooms[: query.limit]
        following = page[-1].id if len(rooms) > len(page) else None
        owners = await self._storage.owners([room.id for room in page]) if page else {}
        return [self._views.list_item(room, None, owners.get(room.id)) for room in page], following

    async def details(self, room_id: RoomId, user: User) -> RoomDetails:
        """Return the room with its members, for a member or an admin.

        Raises:
            RoomNotFound, NotAMember: as for `RoomAccess.require_member`.
        """
        room, member = await self._access.require_viewer(room_id, user)
        details = await self._details(room, member, user)
        await self._access.require_viewer(room_id, user)  # a user evicted meanwhile receives nothing
        return details

    async def basic_info(self, room_id: RoomId, user: User) -> RoomInfo:
        """Return the public part of a room, also to users without membership.

        Raises:
            RoomNotFound: as for `RoomAccess.require_visible`.
        """
        room, _ = await self._access.require_visible(room_id, user)
        return self._views.info(room)

    # Changing

    async def create(self, new: NewRoom, owner: User, address: str = "") -> RoomDetails:
        """Create a room with this owner. `address` is the client's.

        Raises:
            InvalidInput: the retention exceeds the server's limit.
        """
        self._access.require_verified(owner)
        retention_days = self._check_retention_days(new.retention_days)
        await self._limiter.hit("rooms", owner.id, address=address)
        now = self._clock.now()
        room = Room(
            id=self._new_id(),
            name=new.name,
            description=new.description or "",
            subject=new.subject or "",
            image=new.image or None,
            visibility=new.visibility or "public",
            capacity=new.capacity,
            retention_days=retention_days,
            last_active=now,
            created_by=owner.id,
            created_at=now,
        )
        try:
            await self._storage.add_room(room)
        except UserNotFound:  # the account was deleted meanwhile
            raise NotSignedIn from None
        await self._dashboards.invalidate(owner.id)
        await self._activity.push_read_mark(room.id, owner.id)  # so that the owner's other devices learn of the room
        return await self._details(room, await self._storage.member(room.id, owner.id), owner)

    async def change(self, room_id: RoomId, change: RoomChange, user: User) -> RoomDetails:
        """Change the given fields of a room, publish the change, and return the room. `owner_id` transfers it.

        System messages report changes of the visibility and of the retention of messages.

        Raises:
            RoomNotFound, Forbidden: as for `RoomAccess.require_owner`; also if an admin transfers the room to
                themselves.
            NotAMember: the new owner is not a member.
            CapacityTooSmall: the room has more members.
            InvalidInput: the retention exceeds the server's limit.
            RateLimited: too many changes or system messages by the user.
        """
        before, member = await self._access.require_owner(room_id, user)
        fields = change.provided()
        if not _ANNOUNCED_FIELDS.isdisjoint(fields):
            await self._limiter.hit_each(("moderation", user.id), ("messages", user.id))
        elif fields:
            await self._limiter.hit("moderation", user.id)
        if "retention_days" in fields:
            fields["retention_days"] = self._check_retention_days(fields["retention_days"])
        heir = fields.pop("owner_id", None)
        check_new_owner(user.id, member.role if member else None, heir)
        if heir is not None and await self._storage.member(room_id, heir) is None:
            raise NotAMember("The new owner must be a member of the room.")
        if "image" in fields:
            fields["image"] = fields["image"] or None
        act = self._change_audit(room_id, fields, user)
        if expired_before := self._expired_before(before, fields):
            fields["expired_before"] = expired_before
        room = await self._access.run_authorized(room_id, user, self._storage.change_room(room_id, fields, act))
        if room is None:
            raise RoomNotFound
        if heir is not None:
            # If they lost it meanwhile, the storage rejects the transfer.
            is_theirs = member is not None and member.role == "owner"
            owner = user.id if is_theirs else await self._owner_id(room)
            await self._transfer(room, owner, heir, user, by=user.summary)
            member = await self._storage.member(room_id, user.id)
        await self._dashboards.invalidate(user.id)
        self._publisher.publish(RoomUpdated(room.id, self._views.info(room)))
        for sentence in self._change_messages(before, room):
            await self._system_messages.post(room_id, sentence, user.summary)
        return await self._details(room, member, user)

    async def delete(self, room_id: RoomId, user: User) -> None:
        """Delete a room with all its messages, and notify its members.

        Raises:
            RoomNotFound, Forbidden: as for `RoomAccess.require_owner`.
        """
        room, _ = await self._access.require_owner(room_id, user)
        await self._delete(room, user)

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
        await self._dashboards.invalidate(user.id)
        room, member = await self._access.require_member(room_id, user)
        room = await self._storage.room(room_id) or room  # of two concurrent joins, the last one published is right
        await self.publish_member(room, user, member)
        await self._activity.push_read_mark(room_id, user.id)
        if is_first and self._views.muted_until(member) is None:
            owner_id = await self._owner_id(room)
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
        await self._dashboards.invalidate(user_id)
        room = await self._storage.room(room.id) or room
        self._publisher.publish(MemberLeft(room.id, user_id, room.total_members))
        return room

    async def evict_if_not_member(self, room_id: RoomId, user_id: UserId) -> None:
        """Evict the user, as removed, if they are no longer a member of the room."""
        room = await self._storage.room(room_id)
        if room and await self._storage.member(room_id, user_id) is None:
            await self.evict(room, user_id, "removed")

    async def evict_from_lost_rooms(self, user_id: UserId, room_ids: Iterable[RoomId]) -> None:
        """Evict the user from these rooms, and from those they are present in, if they are no member any more."""
        for room_id in {*room_ids, *self._presence.rooms_of(user_id)}:
            await self.evict_if_not_member(room_id, user_id)

    async def announce_left(self, room_id: RoomId, user_id: UserId) -> None:
        """Publish that a user is no longer a member, if the room has connections."""
        if self._presence.active_members(room_id):
            with suppress(StorageUnavailable):  # the membership has ended; clients see it at the next read
                if room := await self._storage.room(room_id):
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
            members = await self._storage.members(room.id, MAX_LISTED_MEMBERS)
            keepers = {one.id for one in members if one.role != "member" or one.is_admin}
            room = await self._storage.room(room.id) or room
            self._publisher.push_to_users({person.id, *keepers}, MemberUpdated(room.id, profile, room.total_members))
        return profile

    async def release_owned_rooms(self, user: User) -> None:
        """Transfer every room of the user to the next member in its list, and delete rooms without other members.

        Each room is one step: if interrupted, every room has an owner, and the next call continues. A room created
        meanwhile may be left.
        """
        while owned := await self._storage.owned_rooms(user.id, RELEASE_BATCH_SIZE):
            for room in owned:
                # It changed since it was read: the next round reads it again.
                with suppress(Forbidden, NotAMember, OwnerCannotLeave, RoomNotFound):
                    await self._release_room(room, user)

    async def _release_room(self, room: Room, owner: User) -> None:
        heirs = [member.id for member in await self._storage.members(room.id, 2) if member.id != owner.id]
        if heirs:
            await self._transfer(room, owner.id, heirs[0], owner)
            await self._storage.remove_member(room.id, owner.id)  # so that the new owner cannot transfer it back
            await self.announce_left(room.id, owner.id)
        else:
            await self._delete(room, owner)

    def _change_audit(self, room_id: RoomId, fields: dict[str, Any], user: User) -> AuditDraft | None:
        """Return the audit entry of a change: the names of the fields, and the value only of the visibility."""
        if not fields:
            return None
        details = {name: value for name, value in fields.items() if name == "visibility"}
        return self._access.audit_draft(
            room_id, "room-changed", user, fields=sorted(map(_WIRE_NAMES.__getitem__, fields)), **details
        )

    def _expired_before(self, before: Room, fields: dict[str, Any]) -> Timestamp | None:
        """Return the time before which messages have already expired, if the retention is extended; else None."""
        if "retention_days" not in fields:
            return None
        after = msgspec.structs.replace(before, retention_days=fields["retention_days"])
        days, then = before.retention(self._max_retention_days), after.retention(self._max_retention_days)
        if days is None or (then is not None and then <= days):
            return None
        return self._clock.later(-days * _DAY)

    def _change_messages(self, before: Room, room: Room) -> Iterator[str]:
        """Yield the system messages of a change, each with a place for the name of its actor."""
        if before.visibility != room.visibility:
            yield _MADE_PUBLIC if room.visibility == "public" else _MADE_PRIVATE
        days = room.retention(self._max_retention_days)
        if days != before.retention(self._max_retention_days):
            kept = "without an end" if days is None else f"for {days} {'day' if days == 1 else 'days'}"
            yield f"{{}} changed the room: messages are now kept {kept}."

    async def _transfer(
        self, room: Room, owner: UserId, new_owner: UserId, user: User, by: UserSummary | None = None
    ) -> None:
        act = self._access.audit_draft(room.id, "room-handed-over", user, new_owner)
        await self._access.run_authorized(room.id, user, self._storage.transfer_room(room.id, owner, new_owner, act))
        if owner != new_owner:
            for user_id in (owner, new_owner):
                person, member = await self._storage.user(user_id), await self._storage.member(room.id, user_id)
                if person and member:
                    await self.publish_member(room, person, member)
            info = self._views.info(room)
            self._publisher.push(new_owner, Notification.about_room("room-handed-over", info, self._clock.now(), by=by))

    async def _delete(self, room: Room, by: User) -> None:
        members = await self._storage.members(room.id, MAX_LISTED_MEMBERS)
        info = self._views.info(room)
        if not await self._access.run_authorized(room.id, by, self._storage.delete_room(room.id, by.id)):
            raise RoomNotFound
        log_security_event("room_deleted", room=room.id, user=by.id)
        self._presence.close_room(room.id)
        self._publisher.publish(RoomDeleted(room.id))
        self._publisher.clear_room(room.id)
        for member in members:
            await self._dashboards.invalidate(member.id)
            if member.id != by.id:
                self._publisher.push(
                    member.id, Notification.about_room("room-deleted", info, self._clock.now(), by=by.summary)
                )

    def _check_retention_days(self, wanted: int | None) -> int | None:
        """Return the retention of a room in days; 0 (as long as the server allows) becomes None."""
        if wanted and self._max_retention_days and wanted > self._max_retention_days:
            raise InvalidInput(
                [FieldError("retentionDays", f"must be at most {self._max_retention_days} on this server")]
            )
        return wanted or None

    async def _owner_id(self, room: Room) -> UserId:
        members = await self._storage.members(room.id, 1)
        return members[0].id if members else room.created_by

    async def _details(self, room: Room, member: Member | None, user: User) -> RoomDetails:
        return self._views.details(room, member, await self._storage.members(room.id, MAX_LISTED_MEMBERS), user)
