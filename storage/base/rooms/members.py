"""Storage contract: members of rooms.

The rules in storage/base/__init__.py apply to all methods.
"""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from domain.base import RoomId, Timestamp, UserId
from domain.moderation import AuditDraft
from domain.rooms import Member, MemberProfile, MemberRole
from storage.base.changes import Change, MembershipChanged, MembershipEnded, OwnerChanged, PresenceChosen, ReadMarkMoved
from storage.base.store import Store, changes, read


def _transfer_changes(room_id: RoomId, owner: UserId, new_owner: UserId) -> list[Change]:
    return [OwnerChanged(room_id), MembershipChanged(room_id, owner), MembershipChanged(room_id, new_owner)]


class MemberStore(Store):
    """Memberships of users in rooms."""

    @changes(lambda room_id, user_id: [MembershipChanged(room_id, user_id)])
    @abstractmethod
    async def add_member(
        self,
        room_id: RoomId,
        user_id: UserId,
        at: Timestamp,
        *,
        only_public: bool = False,
        admin_audit: AuditDraft | None = None,
    ) -> Member:
        """Add the user as a member, with all messages so far marked as read, and return the membership.

        `visible_from` is the room's current `history_from`, also for former members. Idempotent: an
        existing member keeps the membership unchanged, also in a full room. A mute from an earlier membership still
        applies. `Member.by_role` is True if the user was admitted as an admin, despite a ban or into a private room.

        Args:
            at: time of joining.
            only_public: True if the user joins without an invitation.
            admin_audit: action that is stored if the user was admitted as an admin.

        Raises:
            RoomNotFound: the room is missing; or, with `only_public`, it is private and the user is not an admin.
            Banned: the user is banned.
            RoomFull: the room has as many members as its capacity; exact under concurrency.
            UserNotFound: the user is missing, deleted or disabled.
        """

    @changes(lambda room_id, user_id: [MembershipEnded(room_id, user_id)])
    @abstractmethod
    async def remove_member(self, room_id: RoomId, user_id: UserId, audit: AuditDraft | None = None) -> bool:
        """End the membership and delete the user's invitations into the room; return True if there was a membership.

        Without `audit`, the user leaves. With it, the user is removed: invitations made before do not readmit them
        (see `use_invite`).

        Raises:
            OwnerCannotLeave: the user owns the room, and there is no `audit`.
            NotSignedIn: there is no `audit`, and the user's account is disabled.
            Forbidden, NotAMember: the action is not allowed.
        """

    @changes(lambda room_id, user_id: [MembershipChanged(room_id, user_id)])
    @abstractmethod
    async def set_role(self, room_id: RoomId, user_id: UserId, role: MemberRole, audit: AuditDraft) -> Member:
        """Set the role of a member, moderator or member, and return the membership; no change if it is the same.

        When a moderator becomes a plain member, their invitations into the room are deleted.

        Raises:
            Forbidden, NotAMember: the action is not allowed.
        """

    @changes(lambda room_id, user_id: [MembershipChanged(room_id, user_id)])
    @abstractmethod
    async def mute_member(self, room_id: RoomId, user_id: UserId, until: Timestamp, audit: AuditDraft) -> Member:
        """Reject the member's messages until `until`, also after leaving and rejoining; return the membership.

        Raises:
            Forbidden, NotAMember: the action is not allowed.
        """

    @changes(lambda room_id, user_id: [MembershipChanged(room_id, user_id)])
    @abstractmethod
    async def unmute_member(self, room_id: RoomId, user_id: UserId, audit: AuditDraft) -> bool:
        """End the mute, also after the user left; return True if there was one in force.

        Raises:
            Forbidden: the action is not allowed.
        """

    @changes(lambda room_id, user_id: [PresenceChosen(room_id, user_id)])
    @abstractmethod
    async def set_presence(self, room_id: RoomId, user_id: UserId, fields: Mapping[str, Any], at: Timestamp) -> Member:
        """Set the chosen status and the activity of a member, and return the membership.

        Args:
            room_id, user_id: the membership.
            fields: `chosen_status` and `activity`, or one of them; the other stays.
            at: time of the change; a mute that lasts then rejects an activity, but not its removal.

        Raises:
            NotAMember: the user is not a member of the room, or the room is missing.
            NotSignedIn: the user's account is disabled.
            Muted: the member is muted, and sets an activity.
        """

    @changes(lambda room_id, user_id: [PresenceChosen(room_id, user_id)])
    @abstractmethod
    async def set_membership(self, room_id: RoomId, user_id: UserId, settings: Mapping[str, bool]) -> Member:
        """Set `follow_timer` and `show_on_leaderboard` of a member, or one of them, and return the membership.

        Raises:
            NotAMember: the user is not a member of the room, or the room is missing.
            NotSignedIn: the user's account is disabled.
        """

    @changes(lambda room_id, user_id: [PresenceChosen(room_id, user_id)])
    @abstractmethod
    async def clear_activity(self, room_id: RoomId, user_id: UserId, audit: AuditDraft) -> bool:
        """Remove the activity of a member; return True if there was one.

        Raises:
            Forbidden, NotAMember: the action is not allowed.
        """

    @read
    @abstractmethod
    async def member(self, room_id: RoomId, user_id: UserId) -> Member | None:
        """Return the user's membership of the room; None if there is none."""

    @read
    @abstractmethod
    async def was_member(self, room_id: RoomId, user_id: UserId) -> bool:
        """Return True if a membership of the user in the room has ended, whether or not the user is a member again."""

    @read
    @abstractmethod
    async def members(self, room_id: RoomId, limit: int) -> list[MemberProfile]:
        """Return up to `limit` members: owner, moderators, members; within a role by time of joining, then by id."""

    @read
    @abstractmethod
    async def member_ids(self, room_id: RoomId) -> frozenset[UserId]:
        """Return the ids of all members; empty if the room is missing."""

    @changes(_transfer_changes)
    @abstractmethod
    async def transfer_room(
        self, room_id: RoomId, owner: UserId, new_owner: UserId, audit: AuditDraft | None = None
    ) -> None:
        """Transfer the room to `new_owner`; the former owner becomes a moderator. No change if they are the same user.

        Raises:
            NotAMember: `new_owner` is not a member of the room.
            Forbidden: `owner` does not own the room (any more), or the action is not allowed.
        """

    @changes(lambda room_id, user_id: [ReadMarkMoved(room_id, user_id)])
    @abstractmethod
    async def mark_read(self, room_id: RoomId, user_id: UserId, seq: int) -> int:
        """Move the member's read mark to `seq` and return the number of unread messages that are still stored.

        The mark never moves back, nor beyond the last message.

        Raises:
            NotAMember: the user is not a member of the room, or the room is missing.
        """
