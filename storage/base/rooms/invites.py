"""The contract of a storage: invitations into rooms.

What storage/base/__init__.py says of all methods holds for these, too.
"""

from abc import ABC, abstractmethod

from domain.base import InviteId, RoomId, Timestamp, UserId
from domain.moderation import AuditDraft
from domain.rooms import Invite, Member


class InviteStore(ABC):
    """Invitations into rooms. One that is over or used up may be deleted at any time."""

    @abstractmethod
    async def add_invite(self, invite: Invite, max_active: int, audit: AuditDraft) -> None:
        """Keep a new invitation.

        Raises:
            RoomNotFound: there is no such room.
            Forbidden: the act is not allowed.
            TooManyInvites: the room has `max_active` that still work.
        """

    @abstractmethod
    async def invites(self, room_id: RoomId, at: Timestamp) -> list[Invite]:
        """Return the room's invitations that work at this moment, newest (largest id) first.

        Left out are those whose maker may not invite now (`Authority.can_moderate`).
        """

    @abstractmethod
    async def invite_by_code(self, code: str) -> Invite | None:
        """Return the invitation with exactly this code, whether it works or not; None where there is none.

        None, too, if its maker may not invite into the room now.
        """

    @abstractmethod
    async def use_invite(self, invite: Invite, user_id: UserId, audit: AuditDraft) -> tuple[Member, bool]:
        """Make the user a member, as `add_member` does, and return their place and whether it is a new one.

        A new place uses the invitation up by one, exactly under any number of callers; only then the act is kept.
        A place in a private room by an invitation of the user's own is `Member.by_role`: only an admin, who may do so
        by that role, has one without being a member.

        Raises:
            InviteNotFound: there is no such invitation any more, it does not work at `audit.timestamp`, its maker may
                not invite into the room now, or the room is private and the user was removed or banned
                when the invitation was there already. Another account of the same email counts as the user.
            NotSignedIn: the user is gone, or disabled.
            RoomNotFound, Banned, RoomFull: as for `add_member`.
        """

    @abstractmethod
    async def was_removed_since(self, room_id: RoomId, user_id: UserId, at: Timestamp) -> bool:
        """Return True if the user was removed or banned as a member at this moment or later.

        Known as long as an invitation of that moment could readmit them; also of another account of the same email.
        """

    @abstractmethod
    async def delete_invite(self, room_id: RoomId, invite_id: InviteId, audit: AuditDraft) -> bool:
        """Delete an invitation into this room and say whether there was one.

        Raises:
            Forbidden: the act is not allowed.
        """
