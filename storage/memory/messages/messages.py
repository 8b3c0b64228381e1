"""In-memory storage: messages."""

from collections.abc import Sequence

from domain.base import RoomId, UserId
from domain.errors.base import AppError
from domain.messages import Message, MessageDraft
from domain.rooms import Member
from storage.base import MessageStore
from storage.base.messages.messages import MAX_RECENT_SCAN
from storage.memory.tables import Tables, replace
from storage.rules.messages import DraftFacts, idempotency_key, number_drafts, with_current_names


class MemoryMessages(MessageStore):
    """`MessageStore` in memory."""

    _tables: Tables

    async def add_messages(self, drafts: Sequence[MessageDraft]) -> list[Message | AppError]:
        drafts = [self._with_current_names(draft) for draft in drafts]
        numbered = number_drafts(drafts, [self._facts(draft) for draft in drafts])
        for draft, message in numbered.accepted:
            self._store(draft, message)
        return numbered.results

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

    def _with_current_names(self, draft: MessageDraft) -> MessageDraft:
        existing = [who.id for who in draft.mentioned_users if self._tables.accounts.get(who.id)]
        is_known = draft.sender is not None and draft.sender.id in self._tables.accounts
        sender = self._tables.user_summary(draft.sender.id) if draft.sender and is_known else draft.sender
        return with_current_names(draft, sender, existing)

    def _facts(self, draft: MessageDraft) -> DraftFacts:
        room = self._tables.rooms.get(draft.room_id)
        if room is None:
            return DraftFacts(None)
        known, rejection = self._find_known(draft), None
        if known is None:
            try:
                self._tables.authorize_once(draft.audit)
            except AppError as error:
                rejection = error
        if draft.sender is None:
            return DraftFacts(room.last_seq, known, rejection=rejection)
        member = self._tables.member(room.id, draft.sender.id)
        sender = self._tables.authority_of(room.id, draft.sender.id)
        return DraftFacts(room.last_seq, known, sender, member.muted_until if member else None, rejection)

    def _find_known(self, draft: MessageDraft) -> Message | None:
        """Return the stored message with the draft's id or idempotency key; None if there is none."""
        key = idempotency_key(draft)
        is_id_known = draft.id in self._tables.message_positions
        message_id = draft.id if is_id_known else key and self._tables.message_ids.get(key)
        kept = self._tables.message(message_id) if message_id else None
        if not kept:
            expired = key and self._tables.expired_by_key.get(key)
            kept = replace(expired.message, content=draft.content) if expired else None
        return self._tables.current_messages([kept])[0] if kept else None

    def _store(self, draft: MessageDraft, message: Message) -> None:
        room = self._tables.rooms[message.room_id]
        self._tables.rooms[room.id] = replace(
            room, last_seq=message.seq, last_active=max(room.last_active, message.timestamp)
        )
        if message.sender:
            member = self._tables.members[room.id][message.sender.id]
            self._tables.members[room.id][member.user_id] = replace(member, last_read=message.seq)
        self._tables.add_message(message)
        self._tables.record_audit(draft.audit)
        for named in draft.mentioned_users:
            self._tables.named.setdefault(named.id, {})[message.id] = named.name


def _index_of_seq(messages: Sequence[Message], seq: int) -> int:
    """Return the index of the first message numbered `seq` or higher. The messages are numbered without gaps."""
    return min(max(0, seq - messages[0].seq), len(messages)) if messages else 0
