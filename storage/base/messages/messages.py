"""The contract of a storage: messages.

What storage/base/__init__.py says of all methods holds for these, too.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from domain.base import RoomId, UserId
from domain.errors.base import AppError
from domain.messages import Message, MessageDraft

MAX_RECENT_SCAN = 1_000
"""Last messages of a room among which the recent ones of a member are looked for who does not see all of them."""


class MessageStore(ABC):
    """What was said.

    Attributes:
        commit_lanes: how many calls of `add_messages` at once, each for rooms of its own, are worth their while.
    """

    commit_lanes = 1

    @abstractmethod
    async def add_messages(self, drafts: Sequence[MessageDraft]) -> list[Message | AppError]:
        """Keep messages, all in one transaction, and return one result for each draft, in the order of the drafts.

        A result is the message as kept, or the reason why this draft was refused (`RoomNotFound`, `NotAMember`
        for a sender who is none, `NotSignedIn` for one whose account is disabled,
        `Muted` for one who is at the draft's `timestamp`, `Forbidden` for an act that is not
        allowed): the others are kept all the same. Messages of one room are numbered
        `room.last_seq + 1 …` in the order of the drafts, without holes, also when other callers and other
        processes add at the same time.

        A draft whose sender, room and `client_message_id` (where it has one) are those of a message already kept,
        or of an earlier draft in the call, or whose `id` is, *is* that message: the first one is
        returned (`result.id` tells which draft won) and nothing is kept. That comes before the other reasons
        to refuse, but for a room that is gone. Where the first one has expired it is still known by its key, up to
        `purge_idempotency_keys`, and returned under its id, number and timestamp with the content of the draft.

        For each message kept, the room's `last_active` becomes the largest of it and the timestamps, and the
        sender's read mark moves to the message's number.
        """

    @abstractmethod
    async def messages_after(self, room_id: RoomId, seq: int, limit: int, *, visible_from: int = 1) -> list[Message]:
        """Return up to `limit` messages with a number above `seq`, oldest first; [] where there are none.

        Senders bear the name and picture they have now.

        Args:
            visible_from: of the member who reads (`Member.visible_from`); messages with a smaller number are left out.
        """

    @abstractmethod
    async def messages_before(
        self, room_id: RoomId, seq: int | None, limit: int, *, visible_from: int = 1
    ) -> list[Message]:
        """Return the last `limit` messages with a number below `seq` (None: of all), oldest first.

        Args:
            visible_from: as for `messages_after`.
        """

    @abstractmethod
    async def recent_messages(self, user_id: UserId, limit: int) -> list[Message]:
        """Return the last `limit` messages in the user's rooms, newest first; at equal times the larger id first.

        Of each room those from the user's `visible_from` on; if that is above 1, of the last `MAX_RECENT_SCAN`.
        """
