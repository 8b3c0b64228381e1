"""Study rooms: list, create, change, transfer and delete."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import msgspec

from domain.accounts import User, UserSummary
from domain.base import RoomId, Timestamp, UserId
from domain.errors.accounts import NotSignedIn, UserNotFound
from domain.errors.base import Forbidden, InvalidInput
from domain.errors.fields import FieldError
from domain.errors.rooms import NotAMember, OwnerCannotLeave, RoomNotFound
from domain.events import (
    Notification,
    RoomDeleted,
    RoomUpdated,
)
from domain.moderation import AuditDraft
from domain.permissions import check_new_owner
from domain.rooms import (
    ListedRoom,
    Member,
    NewRoom,
    Room,
    RoomChange,
    RoomDetails,
    RoomInfo,
    RoomsQuery,
)
from domain.time_zones import UTC
from runtime.logs import log_security_event
from services.access import RoomAccess
from services.context import ServiceContext
from services.messages.held_messages import HeldMessages
from services.messages.system_messages import SystemMessages
from services.paging import read_page
from services.presence.presence import Presence
from services.rooms.memberships import MAX_LISTED_MEMBERS, Memberships
from services.rooms.views import RoomViews
from services.study.dashboard import MAX_LISTED_ROOMS
from text.violations import ErrorParams

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
    """The rooms."""

    def __init__(
        self,
        ctx: ServiceContext,
        access: RoomAccess,
        views: RoomViews,
        memberships: Memberships,
        presence: Presence,
        system_messages: SystemMessages,
        held_messages: HeldMessages,
    ) -> None:
        self._storage = ctx.storage
        self._lookups = ctx.lookups
        self._access = access
        self._views = views
        self._memberships = memberships
        self._presence = presence
        self._publisher = ctx.publisher
        self._system_messages = system_messages
        self._held_messages = held_messages
        self._limiter = ctx.limiter
        self._clock = ctx.clock
        self._new_id = ctx.new_id
        self._max_retention_days = ctx.config.rooms.max_retention_days

    # Reading

    async def list_for_user(self, user: User) -> list[ListedRoom]:
        """Return the user's rooms, most recently active first."""
        mine = await self._lookups.rooms_of(user.id, MAX_LISTED_ROOMS)
        owners = await self._lookups.owners([membership.room.id for membership in mine]) if mine else {}
        return [
            self._views.list_item(membership.room, membership, owners.get(membership.room.id)) for membership in mine
        ]

    async def discover(self, query: RoomsQuery, user: User) -> tuple[list[ListedRoom], RoomId | None]:
        """Return public rooms of which the user is not a member, newest first, and the cursor of the next page."""
        page, has_more = await read_page(
            lambda limit: self._lookups.discover(user.id, search=query.search or "", before=query.cursor, limit=limit),
            query.limit,
        )
        following = page[-1].id if has_more else None
        owners = await self._lookups.owners([room.id for room in page]) if page else {}
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
            timer_control=new.timer_control or "members",
            quiet_focus=new.quiet_focus or "off",
            leaderboard=new.leaderboard or "off",
            time_zone=new.time_zone or owner.time_zone or UTC,
            last_active=now,
            created_by=owner.id,
            created_at=now,
        )
        try:
            await self._storage.add_room(room)
        except UserNotFound:  # the account was deleted meanwhile
            raise NotSignedIn from None
        await self._memberships.push_read_mark(room.id, owner.id)
        return await self._details(room, await self._lookups.member(room.id, owner.id), owner)

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
        if heir is not None and await self._lookups.member(room_id, heir) is None:
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
            owner = user.id if is_theirs else await self._memberships.owner_id(room)
            await self._transfer(room, owner, heir, user, by=user.summary)
            member = await self._lookups.member(room_id, user.id)
        await self._announce_change(before, room, user)
        return await self._details(room, member, user)

    async def _announce_change(self, before: Room, room: Room, user: User) -> None:
        """Publish a change of a room, release messages that nothing holds any more, and post its system messages."""
        self._publisher.publish(RoomUpdated(room.id, self._views.info(room)))
        if before.quiet_focus != room.quiet_focus:
            self._held_messages.release_due(room.id)
        for sentence in self._change_messages(before, room):
            await self._system_messages.post(room.id, sentence, user.summary)

    async def delete(self, room_id: RoomId, user: User) -> None:
        """Delete a room with all its messages, and notify its members.

        Raises:
            RoomNotFound, Forbidden: as for `RoomAccess.require_owner`.
        """
        room, _ = await self._access.require_owner(room_id, user)
        await self._delete(room, user)

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
        heirs = [member.id for member in await self._lookups.members(room.id, 2) if member.id != owner.id]
        if heirs:
            await self._transfer(room, owner.id, heirs[0], owner)
            await self._storage.remove_member(room.id, owner.id)  # so that the new owner cannot transfer it back
            await self._memberships.announce_left(room.id, owner.id)
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
                person, member = await self._lookups.user(user_id), await self._lookups.member(room.id, user_id)
                if person and member:
                    await self._memberships.publish_member(room, person, member)
            info = self._views.info(room)
            self._publisher.push(new_owner, Notification.about_room("room-handed-over", info, self._clock.now(), by=by))

    async def _delete(self, room: Room, by: User) -> None:
        members = await self._lookups.members(room.id, MAX_LISTED_MEMBERS)
        info = self._views.info(room)
        if not await self._access.run_authorized(room.id, by, self._storage.delete_room(room.id, by.id)):
            raise RoomNotFound
        log_security_event("room_deleted", room=room.id, user=by.id)
        self._presence.close_room(room.id)
        self._publisher.publish(RoomDeleted(room.id))
        self._publisher.clear_room(room.id)
        for member in members:
            if member.id != by.id:
                self._publisher.push(
                    member.id, Notification.about_room("room-deleted", info, self._clock.now(), by=by.summary)
                )

    def _check_retention_days(self, wanted: int | None) -> int | None:
        """Return the retention of a room in days; 0 (as long as the server allows) becomes None."""
        if wanted and self._max_retention_days and wanted > self._max_retention_days:
            message = f"must be at most {self._max_retention_days} on this server"
            params = ErrorParams(max=self._max_retention_days)
            raise InvalidInput([FieldError("retentionDays", "exceeds_server_limit", message, params)])
        return wanted or None

    async def _details(self, room: Room, member: Member | None, user: User) -> RoomDetails:
        return self._views.details(room, member, await self._lookups.members(room.id, MAX_LISTED_MEMBERS), user)
