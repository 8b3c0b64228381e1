"""The contract of a storage: members of rooms.

What storage/base/__init__.py says of all methods holds for these, too.
"""

from abc import ABC, abstractmethod

from domain.base import RoomId, Timestamp, UserId
from domain.moderation import AuditDraft
from domain.rooms import Member, MemberProfile, MemberRole


class MemberStore(ABC):
    """Who belongs to which room."""

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
        """Make the user a member, with everything said so far as read, and return their place.

        `visible_from` is the room's `history_from` of that moment, also for a user who was a member before.
        Somebody who is a member already keeps the place they have, also in a full room. Who was muted still is.
        `Member.by_role` tells whether the user was admitted as an admin, against a ban or into a private room.

        Args:
            only_public: whether the user comes of their own accord, without an invitation.
            admin_audit: act that is kept if the user was admitted as an admin.

        Raises:
            RoomNotFound: there is no such room; with `only_public`, or it is private and the user no admin.
            Banned: the user is.
            RoomFull: the room has as many members as its capacity; exact under any number of callers.
            UserNotFound: the user is gone, or disabled.
        """

    @abstractmethod
    async def remove_member(self, room_id: RoomId, user_id: UserId, audit: AuditDraft | None = None) -> bool:
        """End the membership, with the invitations that the user made there, and say whether there was one.

        Without an act, the user leaves of their own accord. With one they are removed: invitations of that time do not
        readmit them (see `use_invite`).

        Raises:
            OwnerCannotLeave: the user owns the room, and there is no act.
            NotSignedIn: there is no act, and the user's account is disabled.
            Forbidden, NotAMember: the act is not allowed.
        """

    @abstractmethod
    async def set_role(self, room_id: RoomId, user_id: UserId, role: MemberRole, audit: AuditDraft) -> Member:
        """Make the member a moderator or a mere member and return their place; one who has the role keeps it.

        Who is no moderator any more loses the invitations that they made there.

        Raises:
            Forbidden, NotAMember: the act is not allowed.
        """

    @abstractmethod
    async def mute_member(self, room_id: RoomId, user_id: UserId, until: Timestamp, audit: AuditDraft) -> Member:
        """Refuse what the member says until that moment, also should they leave and come back; return their place.

        Raises:
            Forbidden, NotAMember: the act is not allowed.
        """

    @abstractmethod
    async def unmute_member(self, room_id: RoomId, user_id: UserId, audit: AuditDraft) -> bool:
        """End the mute, also of somebody who left, and say whether there was one that is not over.

        Raises:
            Forbidden: the act is not allowed.
        """

    @abstractmethod
    async def member(self, room_id: RoomId, user_id: UserId) -> Member | None:
        """Return the user's place in the room; None where they have none."""

    @abstractmethod
    async def was_member(self, room_id: RoomId, user_id: UserId) -> bool:
        """Return True if a membership of the user in the room has ended, whether they are a member again or not."""

    @abstractmethod
    async def members(self, room_id: RoomId, limit: int) -> list[MemberProfile]:
        """Return up to `limit` members: owner, moderators, members; of equals, who joined first (then by id)."""

    @abstractmethod
    async def member_ids(self, room_id: RoomId) -> frozenset[UserId]:
        """Return the ids of all members; none if there is no such room."""

    @abstractmethod
    async def transfer_room(
        self, room_id: RoomId, owner: UserId, new_owner: UserId, audit: AuditDraft | None = None
    ) -> None:
        """Make `new_owner` the owner and the former owner a moderator; nothing happens where they are the same.

        Raises:
            NotAMember: `new_owner` is no member of the room.
            Forbidden: `owner` does not own the room (any more), or the act is not allowed.
        """

    @abstractmethod
    async def mark_read(self, room_id: RoomId, user_id: UserId, seq: int) -> int:
        """Note that the member has read up to `seq` and return how many messages, of those kept, are unread.

        The mark never moves back, nor beyond the last message.

        Raises:
            NotAMember: the user is no member of the room, or there is no such room.
        """
