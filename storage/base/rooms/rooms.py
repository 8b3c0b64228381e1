"""Storage contract: rooms.

The rules in storage/base/__init__.py apply to all methods.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from domain.accounts import UserSummary
from domain.base import RoomId, UserId
from domain.moderation import AuditDraft
from domain.rooms import Membership, Room
from storage.base.changes import (
    Change,
    HistoryChanged,
    MembershipChanged,
    OwnerChanged,
    RoomChanged,
    RoomDeleted,
    RoomListChanged,
)
from storage.base.store import Store, changes, read


def _room_added(room: Room) -> list[Change]:
    room_id = room.id
    is_owner = MembershipChanged(room_id, room.created_by)
    return [RoomChanged(room_id), OwnerChanged(room_id), is_owner, HistoryChanged(room_id), RoomListChanged()]


def _room_changes(room_id: RoomId, changes: Mapping[str, Any], audit: AuditDraft | None) -> list[Change]:
    changed = RoomChanged(room_id, audit.actor_id if audit else None)
    return [changed, RoomListChanged()] if "visibility" in changes else [changed]


class RoomStore(Store):
    """Study rooms."""

    @changes(_room_added)
    @abstractmethod
    async def add_room(self, room: Room) -> None:
        """Store a new room with `room.created_by` as its owner and only member, joined at `room.created_at`.

        Raises:
            UserNotFound: the owner is missing, deleted or disabled.
        """

    @read
    @abstractmethod
    async def room(self, room_id: RoomId) -> Room | None:
        """Return the room; None if missing or deleted."""

    @changes(_room_changes)
    @abstractmethod
    async def change_room(
        self, room_id: RoomId, changes: Mapping[str, Any], audit: AuditDraft | None = None
    ) -> Room | None:
        """Set the named fields and return the room.

        Args:
            changes: new values of name, description, subject, image, visibility, capacity, retention_days,
                timer_control or expired_before. Fields that are not named keep their value.
            audit: action to authorise and store.

        Returns None if the room is missing. A private room that becomes public gets a new `history_from`: later
        members do not read its earlier messages (`Room.changed`).

        Raises:
            CapacityTooSmall: the new capacity is below `total_members`.
            Forbidden: the action is not allowed.
        """

    @changes(lambda room_id: [RoomDeleted(room_id)])
    @abstractmethod
    async def delete_room(self, room_id: RoomId, actor_id: UserId | None = None) -> bool:
        """Delete the room with its messages, members and presence; return True if there was one.

        For every other method the room is gone at once, with its name and all its data. The rows of its messages are
        deleted later by `purge_rooms`, so that a room with many messages takes no longer. Its reports stay, with the
        last name of the room.

        Args:
            actor_id: user behind the deletion, authorised in the transaction (`permissions.check_owner`); None for
                the server itself.

        Raises:
            Forbidden: `actor_id` is neither the owner at this time nor an admin.
            NotSignedIn: their account is disabled or deleted.
        """

    @read
    @abstractmethod
    async def rooms_of(self, user_id: UserId, limit: int) -> list[Membership]:
        """Return up to `limit` memberships of the user, last active room first; at equal times the larger id first."""

    @read
    @abstractmethod
    async def owned_rooms(self, user_id: UserId, limit: int) -> list[Room]:
        """Return up to `limit` rooms that the user owns, ordered by id."""

    @read
    @abstractmethod
    async def owners(self, room_ids: Sequence[RoomId]) -> dict[RoomId, UserSummary]:
        """Return the owner of each of these rooms, with the current name; missing rooms are left out."""

    @read
    @abstractmethod
    async def discover(
        self, user_id: UserId, *, search: str = "", before: RoomId | None = None, limit: int
    ) -> list[Room]:
        """Return up to `limit` public rooms that the user is not a member of, newest (largest id) first.

        Args:
            search: a search key (text.search_key): only rooms whose name, subject or description has a key that
                contains it. Every character is literal.
            before: only rooms with a smaller id, to continue a list.
        """
