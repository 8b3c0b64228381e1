"""Storage contract: messages that quiet focus holds.

The rules in storage/base/__init__.py apply to all methods. `MessageStore.add_messages` holds messages.
"""

from abc import abstractmethod

from domain.base import RoomId, Timestamp, UserId
from domain.messages import HeldMessage, Message, Release
from storage.base.changes import Change, HistoryChanged, MessagesAdded, RoomChanged
from storage.base.store import Store, changes, read


def _released(room_id: RoomId, result: Release) -> list[Change]:
    if not result.released:
        return []
    last = result.released[-1]
    return [MessagesAdded(room_id, last.seq, last.timestamp, {})]


class HeldMessageStore(Store):
    """Held messages of rooms, in the order in which they were stored.

    They are deleted when their sender's membership ends, and with the room or the account.
    """

    @changes(lambda room_id: [RoomChanged(room_id), HistoryChanged(room_id)], _released)
    @abstractmethod
    async def release_held(self, room_id: RoomId, at: Timestamp, study_time: Timestamp, limit: int) -> Release:
        """Publish up to `limit` held messages of the room, if they are due; a repetition publishes nothing.

        Held messages are due unless the room has quiet focus and its timer is in a running focus phase. They get the
        next numbers in the order in which they were stored; `timestamp` becomes `at`, and `sent_at` stays. Each is
        rejected as a new message of its sender at `at` would be (`NotAMember`, `NotSignedIn`, `Muted`), and then
        deleted. Read marks do not move: the senders have not seen what others wrote meanwhile.

        Args:
            room_id: the room.
            at: time of the release.
            study_time: the time at which the timer is read, on the study clock.
            limit: maximum number of messages in this transaction.
        """

    @changes()
    @abstractmethod
    async def cancel_held(self, room_id: RoomId, sender_id: UserId, client_message_id: str) -> Message | None:
        """Delete the sender's held message with this key, and return it; None if none is held."""

    @read
    @abstractmethod
    async def held_messages(self, room_id: RoomId, sender_id: UserId, study_time: Timestamp) -> list[HeldMessage]:
        """Return the sender's held messages in the room, in their order.

        `seq` is 0, and `timestamp` equals `sent_at`. `release_at` is the end of the focus phase, or `study_time` if the
        messages are due.
        """

    @read
    @abstractmethod
    async def rooms_with_held(self, *, after: RoomId | None = None, limit: int) -> list[RoomId]:
        """Return up to `limit` ids of rooms with held messages above `after`, in the order of the ids."""
