"""Storage contract: messages.

The rules in storage/base/__init__.py apply to all methods.
"""

from abc import abstractmethod
from collections.abc import Sequence

from domain.base import RoomId, Timestamp, UserId
from domain.errors.base import AppError
from domain.messages import Message, MessageDraft, PostedMessage
from storage.base.changes import Change, HistoryChanged, MessagesAdded, ReadMarkMoved, RoomChanged
from storage.base.store import Store, changes, read

MAX_RECENT_SCAN = 1_000
"""Number of the last messages of a room searched for recent ones, for a member who does not see all of them."""


def _possible_changes(drafts: Sequence[MessageDraft]) -> list[Change]:
    found: dict[Change, None] = {}
    for draft in drafts:
        found |= {RoomChanged(draft.room_id): None, HistoryChanged(draft.room_id): None}
        if draft.sender:
            found[ReadMarkMoved(draft.room_id, draft.sender.id)] = None
    return list(found)


def _added_messages(result: Sequence[PostedMessage | AppError]) -> list[Change]:
    added: dict[RoomId, tuple[int, Timestamp, dict[UserId, int]]] = {}
    for message in result:
        if isinstance(message, Message):
            seq, at, read_marks = added.get(message.room_id, (0, message.timestamp, {}))
            added[message.room_id] = max(seq, message.seq), max(at, message.timestamp), read_marks
            if sender := message.sender:
                read_marks[sender.id] = max(read_marks.get(sender.id, 0), message.seq)
    return [MessagesAdded(room_id, *values) for room_id, values in added.items()]


class MessageStore(Store):
    """Messages of rooms, numbered 1, 2, 3 … without gaps.

    Attributes:
        commit_lanes: number of concurrent `add_messages` calls, each for rooms of its own, that increase throughput.
    """

    commit_lanes = 1

    @changes(_possible_changes, _added_messages)
    @abstractmethod
    async def add_messages(
        self, drafts: Sequence[MessageDraft], study_time: Timestamp | None = None
    ) -> list[PostedMessage | AppError]:
        """Store messages in one transaction (group commit); return one result per draft, in the order of the drafts.

        A result is the stored message, or the error that rejected this draft; other drafts are stored all the same:

        - `RoomNotFound`: the room is missing or deleted.
        - `NotAMember`: the sender is not a member.
        - `NotSignedIn`: the sender's account is disabled.
        - `Muted`: the sender is muted at the draft's `timestamp`.
        - `Forbidden`: the draft's audited action is not allowed.
        - `HeldMessagesDue`: held messages of the room must be released before anything is added (`release_held`).
        - `TooManyHeld`: quiet focus would hold the message, and holds too many of the sender or in the room.

        Order: the messages of a room get the numbers `room.last_seq + 1 …` in the order of the drafts, without gaps,
        also when other callers and other processes add concurrently.

        Idempotency: a draft is a duplicate if a stored message, or an earlier draft of the call, has its `id` or its
        idempotency key: room, sender and `client_message_id`. Nothing is stored for it. The first message is returned;
        `result.id` shows which draft won. This check precedes all rejections except `RoomNotFound`. An expired message
        is recognised by its key until `purge_idempotency_keys`, and returned with its id, number and timestamp but with
        the content of the draft.

        Quiet focus: if the room holds messages (`Room.quiet_focus`) and its timer is in a running focus phase, messages
        of members who may not moderate are held: stored without a number, in the order of the drafts, and not part of
        the history. The result is a `HeldMessage`, also for a duplicate of one. The other rules are the same.

        For each message with a number, the room's `last_active` becomes the maximum of itself and the timestamp, and
        the sender's read mark moves to the message's number.

        Args:
            drafts: the messages.
            study_time: the time at which timers are read, on the study clock; None for the latest timestamp of the
                drafts.
        """

    @read
    @abstractmethod
    async def messages_after(self, room_id: RoomId, seq: int, limit: int, *, visible_from: int = 1) -> list[Message]:
        """Return up to `limit` messages with a number above `seq`, oldest first; [] if there are none.

        Senders have their current name and picture.

        Args:
            visible_from: number of the first message that the reader may see (`Member.visible_from`).
        """

    @read
    @abstractmethod
    async def messages_before(
        self, room_id: RoomId, seq: int | None, limit: int, *, visible_from: int = 1
    ) -> list[Message]:
        """Return up to `limit` of the last messages with a number below `seq` (None: no bound), oldest first.

        Args:
            visible_from: as for `messages_after`.
        """

    @read
    @abstractmethod
    async def recent_messages(self, user_id: UserId, limit: int) -> list[Message]:
        """Return up to `limit` messages in the user's rooms, newest first; at equal times the larger id first.

        In each room, only messages from the user's `visible_from` on; if that is above 1, only among the last
        `MAX_RECENT_SCAN`.
        """
