"""In-memory storage: messages."""

from collections.abc import Sequence

from domain.base import RoomId, UserId
from domain.errors.accounts import NotSignedIn
from domain.errors.base import AppError
from domain.errors.moderation import Muted
from domain.errors.rooms import NotAMember, RoomNotFound
from domain.messages import Message, MessageDraft
from domain.rooms import Member
from storage.base import MessageStore
from storage.base.messages.messages import MAX_RECENT_SCAN
from storage.memory.tables import Tables, idempotency_key, replace


class MemoryMessages(MessageStore):
    """`MessageStore` in memory."""

    _tables: Tables

    async def add_messages(self, drafts: Sequence[MessageDraft]) -> list[Message | AppError]:
        return [self._add_message(draft) for draft in drafts]

    async def messages_after(self, room_id: RoomId, seq: int, limit: int, *, visible_from: int = 1) -> list[Message]:
        kept = self._tables.visible_messages(room_id, visible_from)
        return self._tables.current_messages(kept[_index_of_seq(kept, seq + 1) :][:limit])

    async def messages_before(
        self, room_id: RoomId, seq: int | None, limit: int, *, visible_from: int = 1
    ) -> list[Message]:
        kept = self._tables.visible_messages(room_id, visible_from)
        end = len(kept) if seq is None else _index_of_seq(kept, seq)
        return self._tables.current_messages(kept[max(0, end - limit) : end])

    async def recent_messages(self, user_id: UserId, limit: int) -> list[Message]:
        found = [message for member in self._tables.memberships(user_id) for message in self._recent(member)]
        found.sort(key=lambda message: (message.timestamp, message.id), reverse=True)
        return self._tables.current_messages(found[:limit])

    def _recent(self, member: Member) -> list[Message]:
        visible = self._tables.visible_messages(member.room_id, member.visible_from)
        return visible[-MAX_RECENT_SCAN:] if member.visible_from > 1 else visible

    def _find_duplicate(self, draft: MessageDraft) -> Message | None:
        """Return the stored message that the draft duplicates, by id or idempotency key; None if it is new."""
        key = idempotency_key(draft)
        kept = self._tables.messages_by_id.get(draft.id) or (key and self._tables.messages_by_key.get(key))
        if kept:
            return kept
        expired = key and self._tables.expired_by_key.get(key)
        return replace(expired.message, content=draft.content) if expired else None

    def _require_sender(self, draft: MessageDraft) -> Member | None:
        """Return the sender's membership, None for a system message; raise the error that rejects the draft."""
        if draft.sender is None:
            return None
        member = self._tables.member(draft.room_id, draft.sender.id)
        if member is None:
            raise NotAMember
        if not self._tables.authority_of(draft.room_id, draft.sender.id).is_active:
            raise NotSignedIn
        muted_until = self._tables.effective_member(member).muted_until
        if muted_until and muted_until > draft.timestamp:
            raise Muted(muted_until)
        return member

    def _add_message(self, draft: MessageDraft) -> Message | AppError:
        room = self._tables.rooms.get(draft.room_id)
        if room is None:
            return RoomNotFound()
        if known := self._find_duplicate(draft):
            return self._tables.current_messages([known])[0]
        try:
            member = self._require_sender(draft)
            self._tables.authorize_once(draft.audit)
        except AppError as failure:
            return failure
        draft = draft.redacted({who.id for who in draft.mentioned_users if self._tables.accounts.get(who.id) is None})
        message = Message(
            id=draft.id,
            room_id=room.id,
            seq=room.last_seq + 1,
            content=draft.content,
            is_system=member is None,
            timestamp=draft.timestamp,
            client_message_id=draft.client_message_id,
            sender=self._tables.user_summary(member.user_id) if member else None,
        )
        self._tables.rooms[room.id] = replace(
            room, last_seq=message.seq, last_active=max(room.last_active, message.timestamp)
        )
        if member:
            self._tables.members[room.id][member.user_id] = replace(member, last_read=message.seq)
        self._tables.messages[room.id].append(message)
        self._tables.messages_by_id[message.id] = message
        if key := idempotency_key(message):
            self._tables.messages_by_key[key] = message
        self._tables.record_audit(draft.audit)
        for named in draft.mentioned_users:
            self._tables.named.setdefault(named.id, {})[message.id] = named.name
        return message


def _index_of_seq(messages: Sequence[Message], seq: int) -> int:
    """Return the index of the first message numbered `seq` or higher. The messages are numbered without holes."""
    return min(max(0, seq - messages[0].seq), len(messages)) if messages else 0
