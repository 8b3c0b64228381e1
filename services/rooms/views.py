"""Views of rooms: the stored record with the number of present users and the viewer's membership."""

from typing import Any

import msgspec

from domain.accounts import User, UserSummary
from domain.base import Timestamp
from domain.rooms import (
    InvitedRoom,
    ListedRoom,
    Member,
    MemberProfile,
    MemberRole,
    Membership,
    Room,
    RoomDetails,
    RoomInfo,
    RoomView,
)
from services.context import ServiceContext
from services.presence.presence import Presence
from services.rooms.lookalikes import mark_confusable


class RoomViews:
    """Builds the rooms that are sent to clients.

    Args:
        max_retention_days: upper limit for the retention of messages in days, whatever the room's setting; None for no
            limit.
    """

    def __init__(self, ctx: ServiceContext, presence: Presence) -> None:
        self._presence = presence
        self._clock = ctx.clock
        self._max_retention_days = ctx.config.rooms.max_retention_days

    def view(self, room: Room, member: Member | Membership | None) -> RoomView:
        """Return the room as shown to a user with this membership."""
        return RoomView(*(*self._info_fields(room), *_member_fields(room, member)))

    def list_item(self, room: Room, member: Membership | None, owner: UserSummary | None) -> ListedRoom:
        """Return the room as an item of a list for the user with this membership."""
        owner_name = owner.name if owner else ""
        return ListedRoom(*(*self._info_fields(room), *_member_fields(room, member), room.total_members, owner_name))

    def info(self, room: Room) -> RoomInfo:
        """Return the room as shown to any user with access to it."""
        return RoomInfo(*self._info_fields(room))

    def invite_preview(self, room: Room, inviter: User | None) -> InvitedRoom:
        """Return the room as shown by an invitation."""
        return InvitedRoom(*(*self._info_fields(room), inviter.summary if inviter else None))

    def details(self, room: Room, member: Member | None, members: list[MemberProfile], user: User) -> RoomDetails:
        """Return the room with its members as shown to the user, with the membership `member`.

        Mutes are shown to users who may end them, and to the muted member.
        """
        is_keeper = user.is_admin or (member is not None and member.role != "member")
        members = [
            msgspec.structs.replace(one, muted_until=self.muted_until(one) if is_keeper or one.id == user.id else None)
            if one.muted_until
            else one
            for one in members
        ]
        owner = next((UserSummary(one.id, one.name, one.avatar) for one in members if one.role == "owner"), None)
        return RoomDetails(*(*self._info_fields(room), *_member_fields(room, member), mark_confusable(members), owner))

    def muted_until(self, member: Member | MemberProfile) -> Timestamp | None:
        """Return the end of a member's mute; None if it is over."""
        until = member.muted_until
        return until if until is not None and until > self._clock.now() else None

    def _info_fields(self, room: Room) -> tuple[Any, ...]:
        """Return the fields of `RoomInfo`, in their order."""
        active_members = self._presence.active_members(room.id)
        return (
            room.id,
            room.name,
            room.description,
            room.subject,
            room.image,
            room.visibility,
            room.capacity,
            room.retention(self._max_retention_days),
            room.quiet_focus,
            room.total_members,
            active_members,
            room.last_active,
            active_members > 0,
            room.created_by,
            room.created_at,
            room.timer_control,
            room.leaderboard,
            room.time_zone,
        )


def _member_fields(room: Room, member: Member | Membership | None) -> tuple[MemberRole | None, int, int | None, bool]:
    if member is None:
        return None, 0, None, False
    return member.role, room.unread_after(member.last_read), room.last_seq, member.role == "owner"
