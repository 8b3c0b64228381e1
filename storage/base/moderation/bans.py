"""The contract of a storage: bans.

What storage/base/__init__.py says of all methods holds for these, too.
"""

from abc import ABC, abstractmethod

from domain.base import RoomId, UserId
from domain.moderation import AuditDraft, Ban


class BanStore(ABC):
    """Who may not become a member."""

    @abstractmethod
    async def add_ban(self, room_id: RoomId, user_id: UserId, reason: str, audit: AuditDraft) -> bool:
        """Keep the user out of the room from now on, and end their membership as `remove_member` does.

        Says whether they were a member. For somebody who is banned already the reason, the actor and the time change.

        Raises:
            RoomNotFound: there is no such room.
            Forbidden: the act is not allowed.
            UserNotFound: the user is gone.
        """

    @abstractmethod
    async def delete_ban(self, room_id: RoomId, user_id: UserId, audit: AuditDraft) -> bool:
        """Let the user join again and say whether they were banned.

        Raises:
            Forbidden: the act is not allowed.
        """

    @abstractmethod
    async def is_banned(self, room_id: RoomId, user_id: UserId) -> bool:
        """Return True if the user is banned from the room and not an admin."""

    @abstractmethod
    async def bans(self, room_id: RoomId, limit: int) -> list[Ban]:
        """Return up to `limit` of those banned from the room, the latest first; at equal times the larger id first."""
