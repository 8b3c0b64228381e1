"""The contract of a storage: rooms.

What storage/base/__init__.py says of all methods holds for these, too.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from domain.accounts import UserSummary
from domain.base import RoomId, UserId
from domain.moderation import AuditDraft
from domain.rooms import Membership, Room


class RoomStore(ABC):
    """Rooms."""

    @abstractmethod
    async def add_room(self, room: Room) -> None:
        """Keep a new room with `room.created_by` as its owner and only member, joined at `room.created_at`.

        Raises:
            UserNotFound: the owner is gone, or disabled.
        """

    @abstractmethod
    async def room(self, room_id: RoomId) -> Room | None:
        """Return the room; None where there is none."""

    @abstractmethod
    async def change_room(
        self, room_id: RoomId, changes: Mapping[str, Any], audit: AuditDraft | None = None
    ) -> Room | None:
        """Set the fields named and return the room.

        They may be name, description, subject, image, visibility, capacity, retention_days and expired_before.

        None where there is no such room. Fields not named keep their value. A private room that becomes public gets a
        new `history_from`: users who join later do not read its earlier messages (`Room.changed`).

        Raises:
            CapacityTooSmall: the new capacity is below `total_members`.
            Forbidden: the act is not allowed.
        """

    @abstractmethod
    async def delete_room(self, room_id: RoomId, actor_id: UserId | None = None) -> bool:
        """Delete the room with its messages, members and presence; say whether there was one.

        If it is deleted by a user, they are asked for in the transaction (permissions.check_owner). For every other
        method it is gone at once, and so are its name and all that was known of it but its messages, which
        `purge_rooms` deletes: it takes no longer where there are many. Its reports stay, with its last name.

        Raises:
            Forbidden: the user is neither the owner then nor an admin.
            NotSignedIn: their account is disabled or deleted.
        """

    @abstractmethod
    async def rooms_of(self, user_id: UserId, limit: int) -> list[Membership]:
        """Return up to `limit` of the user's rooms, last active first; at equal times the larger id first."""

    @abstractmethod
    async def owned_rooms(self, user_id: UserId, limit: int) -> list[Room]:
        """Return up to `limit` rooms that the user owns, by id."""

    @abstractmethod
    async def owners(self, room_ids: Sequence[RoomId]) -> dict[RoomId, UserSummary]:
        """Return the owner of each of these rooms, with the name of today; a room that is gone is missing."""

    @abstractmethod
    async def discover(
        self, user_id: UserId, *, search: str = "", before: RoomId | None = None, limit: int
    ) -> list[Room]:
        """Return up to `limit` public rooms that the user is no member of, newest (largest id) first.

        Args:
            search: a search key (text.search_key); only rooms whose name, subject or description has a key that
                contains it. Every character stands for itself.
            before: only rooms with a smaller id, to continue a list.
        """
