"""Storage contract: invitations into rooms.

The rules in storage/base/__init__.py apply to all methods.
"""

from abc import abstractmethod

from domain.base import InviteId, RoomId, Timestamp, UserId
from domain.moderation import AuditDraft
from domain.rooms import Invite, Member
from storage.base.changes import MembershipChanged
from storage.base.store import Store, changes, read


class InviteStore(Store):
    """Invitations into rooms. An expired or used-up invitation may be deleted at any time."""

    @changes()
    @abstractmethod
    async def add_invite(self, invite: Invite, max_active: int, audit: AuditDraft) -> None:
        """Store a new invitation.

        Raises:
            RoomNotFound: the room is missing.
            Forbidden: the action is not allowed.
            TooManyInvites: the room has `max_active` usable invitations.
        """

    @read
    @abstractmethod
    async def invites(self, room_id: RoomId, at: Timestamp) -> list[Invite]:
        """Return the room's invitations that are usable at `at`, newest (largest id) first.

        Invitations are left out if their creator may not moderate the room now (`Authority.can_moderate`).
        """

    @read
    @abstractmethod
    async def invite_by_code(self, code: str) -> Invite | None:
        """Return the invitation with exactly this code, usable or not; None if it is missing.

        Also None if its creator may not moderate the room now.
        """

    @changes(lambda invite, user_id: [MembershipChanged(invite.room_id, user_id)])
    @abstractmethod
    async def use_invite(self, invite: Invite, user_id: UserId, audit: AuditDraft) -> tuple[Member, bool]:
        """Add the user as a member, as `add_member` does; return the membership and whether it is new.

        A new membership counts one use of the invitation, exact under concurrency; only then the action is stored.
        An invitation that the user made themselves into a private room gives a `Member.by_role` membership: only an
        admin can invite without being a member, and does so by that role.

        Raises:
            InviteNotFound: the invitation is missing or not usable at `audit.timestamp`, its creator may not moderate
                the room now, or the room is private and the user was removed or banned after the invitation was made.
                A deleted account with the same email counts as the user.
            NotSignedIn: the user is missing, deleted or disabled.
            RoomNotFound, Banned, RoomFull: as for `add_member`.
        """

    @read
    @abstractmethod
    async def was_removed_since(self, room_id: RoomId, user_id: UserId, at: Timestamp) -> bool:
        """Return True if the user, as a member, was removed or banned at `at` or later.

        Stored as long as an invitation of that time could readmit the user; also for a deleted account with the same
        email.
        """

    @changes()
    @abstractmethod
    async def delete_invite(self, room_id: RoomId, invite_id: InviteId, audit: AuditDraft) -> bool:
        """Delete an invitation into this room; return True if there was one.

        Raises:
            Forbidden: the action is not allowed.
        """
