"""Storage contract: bans.

The rules in storage/base/__init__.py apply to all methods.
"""

from abc import abstractmethod

from domain.base import RoomId, UserId
from domain.moderation import AuditDraft, Ban
from storage.base.changes import MembershipEnded
from storage.base.store import Store, changes, read


class BanStore(Store):
    """Bans: a banned user cannot join the room."""

    @changes(lambda room_id, user_id: [MembershipEnded(room_id, user_id)])
    @abstractmethod
    async def add_ban(self, room_id: RoomId, user_id: UserId, reason: str, audit: AuditDraft) -> bool:
        """Ban the user from the room, and end the membership as `remove_member` does.

        Returns True if the user was a member. If the user is banned already, the reason, actor and time change.

        Raises:
            RoomNotFound: the room is missing.
            Forbidden: the action is not allowed.
            UserNotFound: the user is missing or deleted.
        """

    @changes()
    @abstractmethod
    async def delete_ban(self, room_id: RoomId, user_id: UserId, audit: AuditDraft) -> bool:
        """Lift the ban, so that the user may join again; return True if there was a ban.

        Raises:
            Forbidden: the action is not allowed.
        """

    @read
    @abstractmethod
    async def is_banned(self, room_id: RoomId, user_id: UserId) -> bool:
        """Return True if the user is banned from the room and not an admin."""

    @read
    @abstractmethod
    async def bans(self, room_id: RoomId, limit: int) -> list[Ban]:
        """Return up to `limit` bans of the room, latest first; at equal times the larger id first."""
