"""Study rooms: looking at, opening, changing, joining and leaving them."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import msgspec

from domain.accounts import User, UserSummary
from domain.base import RoomId, Timestamp, UserId
from domain.clock import Clock
from domain.errors.accounts import NotSignedIn, UserNotFound
from domain.errors.base import FieldError, Forbidden, InvalidInput
from domain.errors.rooms import NotAMember, OwnerCannotLeave, RoomNotFound
from domain.errors.storage import StorageUnavailable
from domain.events import RemovalReason
from domain.ids import NewId
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
from publisher.broadcast import EventPublisher
from runtime.logs import log_security_event
from runtime.rate_limits import RateLimiter
from services.access import RoomAccess
from services.messages.system_messages import SystemMessages
from services.presence.activity import Activity
from services.presence.dashboard import MAX_LISTED_ROOMS, Dashboards
from services.presence.presence import Presence
from services.rooms.lookalikes import confusable_keys
from services.rooms.views import RoomViews
from storage.base import Storage

MAX_LISTED_MEMBERS = 1_000
"""Members of one room that are listed."""

RELEASE_BATCH_SIZE = 100
"""Rooms that are looked up at a time for somebody who goes."""

_DAY = 24 * 3600
_ANNOUNCED_FIELDS = frozenset({"visibility", "retention_days"})
_MADE_PUBLIC = (
    "{} made this room public. Everybody can find and join it now. People who join from now on cannot read the messages"
    " before this one."
)
_MADE_PRIVATE = "{} made this room private. From now on people need an invitation to join."

_WIRE_NAMES = {field.name: field.encode_name for field in msgspec.structs.fields(RoomChange)}


class Rooms:
    """The rooms and their members.

    Args:
        max_retention_days: for how many days messages are kept at most, whatever their room says; None for ever.
    """

    def __init__(
        self,
        storage: Storage,
        access: RoomAccess,
        views: RoomViews,
        presence: Presence,
        dashboards: Dashboards,
        broadcast: EventPublisher,
        system_messages: SystemMessages,
        activity: Activity,
        limiter: RateLimiter,
        clock: Clock,
        new_id: NewId,
        *,
        max_retention_days: int | None = None,
    ) -> None:
        self._storage = storage
        self._access = access
        self._views = views
        self._presence = presence
        self._dashboards = dashboards
        self._broadcast = broadcast
        self._system_messages = system_messages
        self._activity = activity
        self._limiter = limiter
        self._clock = clock
        self._new_id = new_id
        self._max_retention_days = max_retention_days

    # Looking

    async def list_for_user(self, user: User) -> list[ListedRoom]:
        """Return the user's rooms, last active first."""
        mine = await self._storage.rooms_of(user.id, MAX_LISTED_ROOMS)
        owners = await self._storage.owners([membership.room.id for membership in mine]) if mine else {}
        return [
            self._views.list_item(membership.room, membership, owners.get(membership.room.id)) for membership in mine
        ]

    async def discover(self, query: RoomsQuery, user: User) -> tuple[list[ListedRoom], RoomId | None]:
        """Return public rooms that the user is no member of, newest first, and where the next page begins."""
        rooms = await self._storage.discover(
            user.id, search=query.search or "", before=query.cursor, limit=query.limit + 1
        )
        page = rooms[: query.limit]
        following = page[-1].id if len(rooms) > len(page) else None
        owners = await self._storage.owners([room.id for room in page]) if page else {}
        return [self._views.list_item(room, None, owners.get(room.id)) for room in page], following

    async def details(self, room_id: RoomId, user: User) -> RoomDetails:
        """Return the room with its members, for one of them or an admin.

        Raises:
            RoomNotFound, NotAMember: as for `RoomAccess.require_member`.
        """
        room, member = await self._access.require_viewer(room_id, user)
        details = await self._details(room, member, user)
        await self._access.require_viewer(room_id, user)  # who was put out meanwhile does not read of those inside
        return details

    async def basic_info(self, room_id: RoomId, user: User) -> RoomInfo:
        """Return what somebody who is no member may see.

        Raises:
            RoomNotFound: as for `RoomAccess.require_visible`.
        """
        room, _ = await self._access.require_visible(room_id, user)
        return self._views.info(room)

    # Changing

    async def create(self, new: NewRoom, owner: User, address: str = "") -> RoomDetails:
        """Open a room; whoever does owns it. `address` is where they ask from.

        Raises:
            Invalid: it would keep messages for longer than the server does.
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
        except UserNotFound:  # since a moment ago
            raise NotSignedIn from None
        await self._dashboards.invalidate(owner.id)
        await self._activity.push_read_mark(room.id, owner.id)  # so that their other devices know of the room
        return await self._details(room, await self._storage.member(room.id, owner.id), owner)

    async def change(self, room_id: RoomId, change: RoomChange, user: User) -> RoomDetails:
        """Change what was given of a room, tell those in it, and return it. `owner_id` hands it over.

        The room says in a message who made it public or private, or changed for how long it keeps messages.

        Raises:
            RoomNotFound, Forbidden: as for `RoomAccess.require_owner`; also if an admin hands the room over to
                themselves.
            NotAMember: the new owner is no member.
            CapacityTooSmall: there are more members.
            Invalid: it would keep messages for longer than the server does.
            RateLimited: the user changes rooms too often, or what a room has to say.
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
            is_theirs = member is not None and member.role == "owner"  # if not any more, they have nothing to give
            owner = user.id if is_theirs else await self._owner_id(room)
            await self._transfer(room, owner, heir, user, by=user.summary)
            member = await self._storage.member(room_id, user.id)
        await self._dashboards.invalidate(user.id)
        self._broadcast.room_updated(self._views.info(room))
        for sentence in self._change_messages(before, room):
            await self._system_messages.post(room_id, sentence, user.summary)
        return await self._details(room, member, user)

    async def delete(self, room_id: RoomId, user: User) -> None:
        """Delete a room with all that was said there, and tell its members.

        Raises:
            RoomNotFound, Forbidden: as for `RoomAccess.require_owner`.
        """
        room, _ = await self._access.require_owner(room_id, user)
        await self._delete(room, user)

    async def join(self, room_id: RoomId, user: User, address: str = "") -> RoomView:
        """Make the user a member and return the room; joining twice is no error. `address` is where they ask from.

        Raises:
            RoomNotFound: as for `RoomAccess.require_visible`.
            Banned: the user is.
            RoomFull: there is no place left.
            RateLimited: too many joins, or as an admin too many messages: the room says that an admin joined whom it
                would not admit.
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
        except UserNotFound:  # since a moment ago
            raise NotSignedIn from None
        try:
            view = await self.complete_join(room_id, user, is_first=is_first)
        except NotAMember:  # the room is being deleted, or they were put out
            raise RoomNotFound from None
        if member.by_role:
            await self._system_messages.post(room_id, "{} (admin) joined", user.summary)
        return view

    async def complete_join(self, room_id: RoomId, user: User, *, is_first: bool) -> RoomView:
        """Tell those concerned that the user became a member, and return the room as they see it.

        The owner is notified if the user was no member before (`is_first`) and is not muted: else a user who leaves
        and comes back, with a new account, too, would write to them with their name.

        Raises:
            RoomNotFound, NotAMember: they are none any more.
        """
        await self._dashboards.invalidate(user.id)
        room, member = await self._access.require_member(room_id, user)
        room = await self._storage.room(room_id) or room  # so that of two who come at once the last to be told is right
        await self.publish_member(room, user, member)
        await self._activity.push_read_mark(room_id, user.id)
        if is_first and self._views.muted_until(member) is None:
            self._broadcast.notification(
                await self._owner_id(room), "member-joined", self._views.info(room), self._clock.now(), by=user.summary
            )
        return self._views.view(room, member)

    async def leave(self, room_id: RoomId, user: User) -> RoomView:
        """End the user's membership on all their devices and return the room; leaving twice is no error.

        Raises:
            RoomNotFound: as for `RoomAccess.require_visible`.
            OwnerCannotLeave: the owner hands the room over first, or deletes it.
        """
        room, member = await self._access.require_visible(room_id, user)
        if member is not None:
            if member.role == "owner":
                raise OwnerCannotLeave
            if not await self._storage.remove_member(room_id, user.id):
                room, _ = await self._access.require_visible(room_id, user)  # they were put out meanwhile
            room = await self.evict(room, user.id, "left")
        return self._views.view(room, None)

    async def evict(self, room: Room, user_id: UserId, reason: RemovalReason) -> Room:
        """Have somebody who is no member any more hear nothing from now on, tell all concerned, and return the room."""
        self._presence.remove(room.id, user_id)
        self._broadcast.removed_from_room(room.id, user_id, reason)
        await self._dashboards.invalidate(user_id)
        room = await self._storage.room(room.id) or room
        self._broadcast.member_left(room.id, user_id, room.total_members)
        return room

    async def evict_if_not_member(self, room_id: RoomId, user_id: UserId) -> None:
        """Put the user out as `evict` does, for a removal, if they are no member of the room any more."""
        room = await self._storage.room(room_id)
        if room and await self._storage.member(room_id, user_id) is None:
            await self.evict(room, user_id, "removed")

    async def announce_left(self, room_id: RoomId, user_id: UserId) -> None:
        """Tell those in a room, where somebody is, that somebody is no member any more."""
        if self._presence.active_members(room_id):
            with suppress(StorageUnavailable):  # what is told has happened, and is seen at the next look
                if room := await self._storage.room(room_id):
                    self._broadcast.member_left(room_id, user_id, room.total_members)

    async def publish_member(
        self, room: Room, person: User, member: Member, *, only_mute: bool = False
    ) -> MemberProfile:
        """Publish a member's place in the room and return it with their mute.

        The mute is sent only to the member and to those who may end it, behind what is sent to all in the room.

        Args:
            room: the room.
            person: the member.
            member: their place.
            only_mute: nothing else has changed, so that others are sent nothing.
        """
        muted_until = self._views.muted_until(member)
        profile = MemberProfile(
            *(person.id, person.name, person.avatar, member.role, member.joined_at, muted_until),
            is_admin=person.is_admin,
            looks=confusable_keys(person.name),
        )
        if not only_mute:
            shown = msgspec.structs.replace(profile, muted_until=None)
            self._broadcast.member_updated(room.id, shown, room.total_members)
        if only_mute or muted_until:
            members = await self._storage.members(room.id, MAX_LISTED_MEMBERS)
            keepers = {one.id for one in members if one.role != "member" or one.is_admin}
            room = await self._storage.room(room.id) or room
            self._broadcast.mute_updated(room.id, profile, room.total_members, {person.id, *keepers})
        return profile

    async def release_owned_rooms(self, user: User) -> None:
        """Hand over every room that the user owns, to who is next in the list of members; delete those without any.

        Room by room: ended in the middle, it leaves each with an owner, and goes on when it is called again. A room
        that comes up meanwhile may be left.
        """
        while owned := await self._storage.owned_rooms(user.id, RELEASE_BATCH_SIZE):
            for room in owned:
                # it changed since it was read: it is looked at again
                with suppress(Forbidden, NotAMember, OwnerCannotLeave, RoomNotFound):
                    await self._release_room(room, user)

    async def _release_room(self, room: Room, owner: User) -> None:
        heirs = [member.id for member in await self._storage.members(room.id, 2) if member.id != owner.id]
        if heirs:
            await self._transfer(room, owner.id, heirs[0], owner)
            await self._storage.remove_member(room.id, owner.id)  # so that nobody hands it back
            await self.announce_left(room.id, owner.id)
        else:
            await self._delete(room, owner)

    def _change_audit(self, room_id: RoomId, fields: dict[str, Any], user: User) -> AuditDraft | None:
        """Return what the log keeps of a change: which fields, and of the visibility which one it is."""
        if not fields:
            return None
        details = {name: value for name, value in fields.items() if name == "visibility"}
        return self._access.audit_draft(
            room_id, "room-changed", user, fields=sorted(map(_WIRE_NAMES.__getitem__, fields)), **details
        )

    def _expired_before(self, before: Room, fields: dict[str, Any]) -> Timestamp | None:
        """Return from before when messages have expired by now, if the room is to keep them for longer; else None."""
        if "retention_days" not in fields:
            return None
        after = msgspec.structs.replace(before, retention_days=fields["retention_days"])
        days, then = before.retention(self._max_retention_days), after.retention(self._max_retention_days)
        if days is None or (then is not None and then <= days):
            return None
        return self._clock.later(-days * _DAY)

    def _change_messages(self, before: Room, room: Room) -> Iterator[str]:
        """Yield the room's sentences about a change, each with a place for the name of its actor."""
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
            self._broadcast.notification(new_owner, "room-handed-over", info, self._clock.now(), by=by)

    async def _delete(self, room: Room, by: User) -> None:
        members = await self._storage.members(room.id, MAX_LISTED_MEMBERS)
        info = self._views.info(room)
        if not await self._access.run_authorized(room.id, by, self._storage.delete_room(room.id, by.id)):
            raise RoomNotFound
        log_security_event("room_deleted", room=room.id, user=by.id)
        self._presence.close_room(room.id)
        self._broadcast.room_deleted(room.id)
        for member in members:
            await self._dashboards.invalidate(member.id)
            if member.id != by.id:
                self._broadcast.notification(member.id, "room-deleted", info, self._clock.now(), by=by.summary)

    def _check_retention_days(self, wanted: int | None) -> int | None:
        """Return for how many days a room is to keep messages; 0 is for as long as the server does."""
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
