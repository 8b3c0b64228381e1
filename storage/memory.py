"""The memory backend: everything in dicts, gone with the process.

No method awaits anything, so that each is atomic by running to its end.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

import ids
import text
from errors import (
    AppError,
    CapacityTooSmall,
    EmailTaken,
    Forbidden,
    NotAMember,
    OwnerCannotLeave,
    RoomFull,
    RoomNotFound,
    UserNotFound,
)
from models import (
    DELETED_NAME,
    Account,
    Draft,
    Member,
    MemberProfile,
    MemberRole,
    Membership,
    Message,
    MessageId,
    Present,
    Room,
    RoomId,
    Sender,
    SignIn,
    SignInId,
    Timestamp,
    User,
    UserId,
)
from storage.base import Storage

_RANK: dict[MemberRole, int] = {"owner": 0, "moderator": 1, "member": 2}

_replace = msgspec.structs.replace


class MemoryStorage(Storage):
    """A storage that keeps nothing over a restart: for tests and for trying things out."""

    def __init__(self) -> None:
        self._epoch = ids.new_id()
        self._accounts: dict[UserId, Account | None] = {}  # None: deleted
        self._emails: dict[str, UserId] = {}
        self._sign_ins: dict[SignInId, SignIn] = {}
        self._rooms: dict[RoomId, Room] = {}
        self._members: dict[RoomId, dict[UserId, Member]] = {}
        self._messages: dict[RoomId, list[Message]] = {}  # the one with number n at n - 1
        self._messages_by_id: dict[MessageId, Message] = {}
        self._messages_by_key: dict[tuple[RoomId, UserId | None, str], Message] = {}
        self._presence: dict[RoomId, dict[UserId, Present]] = {}

    async def open(self) -> None:
        """Do nothing: there is nothing to connect to."""

    async def close(self) -> None:
        """Do nothing: the garbage collector lets go of everything."""

    async def ping(self) -> None:
        """Return: memory answers."""

    async def epoch(self) -> str:
        return self._epoch

    # Users

    async def add_user(self, user: User, password_hash: str) -> None:
        if self._emails.get(user.email, user.id) != user.id:
            raise EmailTaken
        if user.id not in self._accounts:
            self._accounts[user.id] = Account(user, password_hash)
            self._emails[user.email] = user.id

    async def user(self, user_id: UserId) -> User | None:
        account = self._accounts.get(user_id)
        return account.user if account else None

    async def account(self, user_id: UserId) -> Account | None:
        return self._accounts.get(user_id)

    async def account_by_email(self, email: str) -> Account | None:
        return self._accounts.get(self._emails.get(email, ""))

    async def change_user(self, user_id: UserId, changes: Mapping[str, Any]) -> User | None:
        account = self._accounts.get(user_id)
        if account is None:
            return None
        user = _replace(account.user, **changes)
        self._accounts[user_id] = _replace(account, user=user)
        return user

    async def set_password(self, user_id: UserId, password_hash: str) -> None:
        if account := self._accounts.get(user_id):
            self._accounts[user_id] = _replace(account, password_hash=password_hash)

    async def record_login(self, user_id: UserId, at: Timestamp) -> None:
        if account := self._accounts.get(user_id):
            self._accounts[user_id] = _replace(account, user=_replace(account.user, last_login=at))

    async def delete_user(self, user_id: UserId) -> bool:
        account = self._accounts.get(user_id)
        if account is None:
            return False
        self._accounts[user_id] = None
        del self._emails[account.user.email]
        self._sign_ins = {key: sign_in for key, sign_in in self._sign_ins.items() if sign_in.user_id != user_id}
        for room_id in self._rooms:
            if user_id in self._members[room_id]:
                self._end_membership(room_id, user_id)
            self._presence[room_id].pop(user_id, None)
        return True

    async def is_empty(self) -> bool:
        return not self._accounts

    # Sign-ins

    async def add_sign_in(self, sign_in: SignIn) -> None:
        if self._accounts.get(sign_in.user_id) is None:
            raise UserNotFound
        self._sign_ins.setdefault(sign_in.id, sign_in)

    async def sign_in(self, sign_in_id: SignInId) -> SignIn | None:
        return self._sign_ins.get(sign_in_id)

    async def rotate_sign_in(
        self, sign_in_id: SignInId, old_hash: str, new_hash: str, expires_at: Timestamp
    ) -> SignIn | None:
        kept = self._sign_ins.get(sign_in_id)
        if kept is None or kept.revoked:
            return None
        if kept.refresh_hash == new_hash:  # this very call, sent again
            return kept
        if kept.refresh_hash != old_hash:
            self._sign_ins[sign_in_id] = _replace(kept, revoked=True)
            return None
        rotated = _replace(kept, refresh_hash=new_hash, expires_at=expires_at)
        self._sign_ins[sign_in_id] = rotated
        return rotated

    async def revoke_sign_in(self, sign_in_id: SignInId) -> None:
        if kept := self._sign_ins.get(sign_in_id):
            self._sign_ins[sign_in_id] = _replace(kept, revoked=True)

    async def revoke_sign_ins(self, user_id: UserId, *, keep: SignInId | None = None) -> list[SignInId]:
        revoked = sorted(
            kept.id
            for kept in self._sign_ins.values()
            if kept.user_id == user_id and not kept.revoked and kept.id != keep
        )
        for sign_in_id in revoked:
            await self.revoke_sign_in(sign_in_id)
        return revoked

    # Rooms

    async def add_room(self, room: Room) -> None:
        if self._accounts.get(room.created_by) is None:
            raise UserNotFound
        if room.id in self._rooms:
            return
        self._rooms[room.id] = _replace(room, total_members=1, last_seq=0)
        self._members[room.id] = {room.created_by: Member(room.id, room.created_by, "owner", room.created_at)}
        self._messages[room.id] = []
        self._presence[room.id] = {}

    async def room(self, room_id: RoomId) -> Room | None:
        return self._rooms.get(room_id)

    async def change_room(self, room_id: RoomId, changes: Mapping[str, Any]) -> Room | None:
        kept = self._rooms.get(room_id)
        if kept is None:
            return None
        room = _replace(kept, **changes)
        if room.capacity is not None and room.capacity < room.total_members:
            raise CapacityTooSmall
        self._rooms[room_id] = room
        return room

    async def delete_room(self, room_id: RoomId) -> bool:
        if self._rooms.pop(room_id, None) is None:
            return False
        del self._members[room_id], self._presence[room_id]
        for message in self._messages.pop(room_id):
            del self._messages_by_id[message.id]
            if key := _key(message):
                del self._messages_by_key[key]
        return True

    async def rooms_of(self, user_id: UserId, limit: int) -> list[Membership]:
        found = [
            Membership(self._rooms[member.room_id], member.role, member.last_read)
            for member in self._memberships(user_id)
        ]
        found.sort(key=lambda membership: (membership.room.last_active, membership.room.id), reverse=True)
        return found[:limit]

    async def discover(
        self, user_id: UserId, *, search: str = "", before: RoomId | None = None, limit: int
    ) -> list[Room]:
        found = [
            room
            for room in self._rooms.values()
            if room.visibility == "public"
            and (before is None or room.id < before)
            and user_id not in self._members[room.id]
            and search in "\n".join(text.folded(part) for part in (room.name, room.subject, room.description))
        ]
        return sorted(found, key=lambda room: room.id, reverse=True)[:limit]

    # Members

    async def add_member(self, room_id: RoomId, user_id: UserId, at: Timestamp) -> Member:
        room = self._rooms.get(room_id)
        if room is None:
            raise RoomNotFound
        if kept := self._members[room_id].get(user_id):
            return kept
        if room.capacity is not None and room.total_members >= room.capacity:
            raise RoomFull
        if self._accounts.get(user_id) is None:
            raise UserNotFound
        member = Member(room_id, user_id, "member", at, room.last_seq)
        self._members[room_id][user_id] = member
        self._rooms[room_id] = _replace(room, total_members=room.total_members + 1)
        return member

    async def remove_member(self, room_id: RoomId, user_id: UserId) -> bool:
        member = self._member(room_id, user_id)
        if member is None:
            return False
        if member.role == "owner":
            raise OwnerCannotLeave
        self._end_membership(room_id, user_id)
        return True

    async def member(self, room_id: RoomId, user_id: UserId) -> Member | None:
        return self._member(room_id, user_id)

    async def members(self, room_id: RoomId, limit: int) -> list[MemberProfile]:
        found = sorted(
            self._members.get(room_id, {}).values(), key=lambda one: (_RANK[one.role], one.joined_at, one.user_id)
        )
        people = [(member, self._sender(member.user_id)) for member in found[:limit]]
        return [MemberProfile(who.id, who.name, who.avatar, member.role, member.joined_at) for member, who in people]

    async def transfer_room(self, room_id: RoomId, owner: UserId, heir: UserId) -> None:
        if owner == heir:
            return
        giver, taker = self._member(room_id, owner), self._member(room_id, heir)
        if taker is None:
            raise NotAMember
        if giver and (giver.role, taker.role) == ("moderator", "owner"):  # this very call, sent again
            return
        if giver is None or giver.role != "owner":
            raise Forbidden
        self._members[room_id][owner] = _replace(giver, role="moderator")
        self._members[room_id][heir] = _replace(taker, role="owner")

    async def mark_read(self, room_id: RoomId, user_id: UserId, seq: int) -> int:
        member = self._member(room_id, user_id)
        if member is None:
            raise NotAMember
        last_seq = self._rooms[room_id].last_seq
        last_read = max(member.last_read, min(seq, last_seq))
        self._members[room_id][user_id] = _replace(member, last_read=last_read)
        return last_seq - last_read

    # Messages

    async def add_messages(self, drafts: Sequence[Draft]) -> list[Message | AppError]:
        return [self._add_message(draft) for draft in drafts]

    async def messages_after(self, room_id: RoomId, seq: int, limit: int) -> list[Message]:
        return self._shown(self._messages.get(room_id, [])[max(0, seq) :][:limit])

    async def messages_before(self, room_id: RoomId, seq: int | None, limit: int) -> list[Message]:
        kept = self._messages.get(room_id, [])
        end = len(kept) if seq is None else max(0, min(seq - 1, len(kept)))
        return self._shown(kept[max(0, end - limit) : end])

    async def recent_messages(self, user_id: UserId, limit: int) -> list[Message]:
        found = [message for member in self._memberships(user_id) for message in self._messages[member.room_id]]
        found.sort(key=lambda message: (message.timestamp, message.id), reverse=True)
        return self._shown(found[:limit])

    # Presence

    async def save_presence(self, rooms: Mapping[RoomId, Sequence[Present]]) -> None:
        for room_id, people in rooms.items():
            room = self._rooms.get(room_id)
            if room is None:
                continue
            here = {one.user_id: one for one in people if self._accounts.get(one.user_id)}
            last_active = max([room.last_active, *(one.last_active for one in here.values())])
            self._presence[room_id] = here
            self._rooms[room_id] = _replace(room, last_active=last_active)

    async def presence(self, room_id: RoomId) -> list[Present]:
        return sorted(self._presence.get(room_id, {}).values(), key=lambda one: one.user_id)

    async def clear_presence(self) -> int:
        cleared = sum(len(here) for here in self._presence.values())
        for here in self._presence.values():
            here.clear()
        return cleared

    # What several of them need

    def _member(self, room_id: RoomId, user_id: UserId) -> Member | None:
        return self._members.get(room_id, {}).get(user_id)

    def _memberships(self, user_id: UserId) -> Iterator[Member]:
        return (members[user_id] for members in self._members.values() if user_id in members)

    def _end_membership(self, room_id: RoomId, user_id: UserId) -> None:
        room = self._rooms[room_id]
        del self._members[room_id][user_id]
        self._rooms[room_id] = _replace(room, total_members=room.total_members - 1)

    def _sender(self, user_id: UserId) -> Sender:
        account = self._accounts[user_id]
        return account.user.sender if account else Sender(user_id, DELETED_NAME)

    def _shown(self, messages: Iterable[Message]) -> list[Message]:
        """Give the messages the names and pictures that their senders have now."""
        return [
            message if message.sender is None else _replace(message, sender=self._sender(message.sender.id))
            for message in messages
        ]

    def _add_message(self, draft: Draft) -> Message | AppError:
        key = _key(draft)
        kept = self._messages_by_id.get(draft.id) or (key and self._messages_by_key.get(key))
        if kept:
            return self._shown([kept])[0]
        room = self._rooms.get(draft.room_id)
        if room is None:
            return RoomNotFound()
        member = self._member(room.id, draft.sender.id) if draft.sender else None
        if draft.sender and not member:
            return NotAMember()
        message = Message(
            id=draft.id,
            room_id=room.id,
            seq=room.last_seq + 1,
            content=draft.content,
            is_system=member is None,
            timestamp=draft.timestamp,
            client_message_id=draft.client_message_id,
            sender=self._sender(member.user_id) if member else None,
        )
        self._rooms[room.id] = _replace(
            room, last_seq=message.seq, last_active=max(room.last_active, message.timestamp)
        )
        if member:
            self._members[room.id][member.user_id] = _replace(member, last_read=message.seq)
        self._messages[room.id].append(message)
        self._messages_by_id[message.id] = message
        if key:
            self._messages_by_key[key] = message
        return message


def _key(message: Draft | Message) -> tuple[RoomId, UserId | None, str] | None:
    """Return what makes two messages the same one: their room, sender and the client's id; None without that id."""
    if message.client_message_id is None:
        return None
    return message.room_id, message.sender.id if message.sender else None, message.client_message_id
