"""What the memory backend keeps, and what several of its parts need of it."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

import msgspec

from models import (
    DELETED_NAME,
    Account,
    Draft,
    Member,
    Message,
    MessageId,
    Present,
    Reset,
    Room,
    RoomId,
    Sender,
    SignIn,
    SignInId,
    Timestamp,
    UserId,
)

replace = msgspec.structs.replace


Key: TypeAlias = tuple[RoomId, UserId | None, str]
"""What makes two messages the same one: their room, sender and the client's id."""


class Expired(NamedTuple):
    """What is left of a message: its words are not."""

    message: Message
    at: Timestamp


class Tables:
    """Dicts, gone with the process."""

    def __init__(self) -> None:
        self.accounts: dict[UserId, Account | None] = {}  # None: deleted
        self.emails: dict[str, UserId] = {}
        self.resets: dict[UserId, Reset] = {}
        self.sign_ins: dict[SignInId, SignIn] = {}
        self.rooms: dict[RoomId, Room] = {}
        self.members: dict[RoomId, dict[UserId, Member]] = {}
        self.messages: dict[RoomId, list[Message]] = {}  # the one with number n at n - first_seq
        self.messages_by_id: dict[MessageId, Message] = {}
        self.messages_by_key: dict[Key, Message] = {}
        self.expired_by_key: dict[Key, Expired] = {}
        self.presence: dict[RoomId, dict[UserId, Present]] = {}

    def member(self, room_id: RoomId, user_id: UserId) -> Member | None:
        return self.members.get(room_id, {}).get(user_id)

    def memberships(self, user_id: UserId) -> Iterator[Member]:
        return (members[user_id] for members in self.members.values() if user_id in members)

    def end_membership(self, room_id: RoomId, user_id: UserId) -> None:
        room = self.rooms[room_id]
        del self.members[room_id][user_id]
        self.rooms[room_id] = replace(room, total_members=room.total_members - 1)

    def revoke_sign_ins(self, user_id: UserId, keep: SignInId | None = None) -> list[SignInId]:
        revoked = [
            kept for kept in self.sign_ins.values() if kept.user_id == user_id and not kept.revoked and kept.id != keep
        ]
        self.sign_ins |= {kept.id: replace(kept, revoked=True) for kept in revoked}
        return sorted(kept.id for kept in revoked)

    def sender(self, user_id: UserId) -> Sender:
        account = self.accounts[user_id]
        return account.user.sender if account else Sender(user_id, DELETED_NAME)

    def shown(self, messages: Iterable[Message]) -> list[Message]:
        """Give the messages the names and pictures that their senders have now."""
        return [
            message if message.sender is None else replace(message, sender=self.sender(message.sender.id))
            for message in messages
        ]


def key_of(message: Draft | Message) -> Key | None:
    """Return the message's key; None where its client gave it no id."""
    if message.client_message_id is None:
        return None
    return message.room_id, message.sender.id if message.sender else None, message.client_message_id
