"""In-memory storage: messages."""

from collections.abc import Sequence

from domain.base import RoomId, Timestamp, UserId
from domain.errors.base import AppError
from domain.messages import Message, MessageDraft, PostedMessage
from domain.rooms import Member, Room
from storage.base import MessageStore
from storage.base.messages.messages import MAX_RECENT_SCAN
from storage.memory.tables import Tables, replace
from storage.rules.held_messages import RoomHold, find_held
from storage.rules.messages import (
    DraftFacts,
    NumberedDrafts,
    idempotency_key,
    number_drafts,
    with_current_names,
)


class MemoryMessages(MessageStore):
    """`MessageStore` in memory."""

    _tables: Tables

    async def add_messages(
        self, drafts: Sequence[MessageDraft], study_time: Timestamp | None = None
    ) -> list[PostedMessage | AppError]:
        if not drafts:
            return []
        numbered = number(self._tables, drafts, study_time or max(draft.timestamp for draft in drafts))
        for draft, message in numbered.accepted:
            store(self._tables, draft, message)
        for _, held in numbered.held:
            self._tables.held[held.room_id].append(held)
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


def number(tables: Tables, drafts: Sequence[MessageDraft], study_time: Timestamp | None) -> NumberedDrafts:
    """Return the results of drafts, by the rule.

    Args:
        tables: the data.
        drafts: the drafts.
        study_time: the time at which timers are read; None for held messages at their release, which nothing holds.
    """
    drafts = [_with_current_names(tables, draft) for draft in drafts]
    rooms = {draft.room_id: tables.rooms.get(draft.room_id) for draft in drafts}
    holds = {} if study_time is None else {key: _hold(tables, room, study_time) for key, room in rooms.items() if room}
    return number_drafts(drafts, [_facts(tables, draft, holds.get(draft.room_id)) for draft in drafts])


def _hold(tables: Tables, room: Room, study_time: Timestamp) -> RoomHold:
    return RoomHold(tables.held_until(room, study_time), tables.held_keys(room.id))


def _with_current_names(tables: Tables, draft: MessageDraft) -> MessageDraft:
    existing = [who.id for who in draft.mentioned_users if tables.accounts.get(who.id)]
    is_known = draft.sender is not None and draft.sender.id in tables.accounts
    sender = tables.user_summary(draft.sender.id) if draft.sender and is_known else draft.sender
    return with_current_names(draft, sender, existing)


def _facts(tables: Tables, draft: MessageDraft, hold: RoomHold | None) -> DraftFacts:
    room = tables.rooms.get(draft.room_id)
    if room is None:
        return DraftFacts(None)
    known, rejection = _find_known(tables, draft), None
    if known is None:
        try:
            tables.authorize_once(draft.audit)
        except AppError as error:
            rejection = error
    known_held = _find_held(tables, draft) if hold else None
    if draft.sender is None:
        return DraftFacts(room.last_seq, known, rejection=rejection, hold=hold, known_held=known_held)
    member = tables.member(room.id, draft.sender.id)
    sender = tables.authority_of(room.id, draft.sender.id)
    muted_until = member.muted_until if member else None
    return DraftFacts(room.last_seq, known, sender, muted_until, rejection, hold, known_held)


def _find_held(tables: Tables, draft: MessageDraft) -> Message | None:
    message_id = find_held(draft, tables.held_keys(draft.room_id))
    found = [one for one in tables.held[draft.room_id] if one.id == message_id]
    return tables.current_messages(found)[0] if found else None


def _find_known(tables: Tables, draft: MessageDraft) -> Message | None:
    """Return the stored message with the draft's id or idempotency key; None if there is none."""
    key = idempotency_key(draft)
    is_id_known = draft.id in tables.message_positions
    message_id = draft.id if is_id_known else key and tables.message_ids.get(key)
    kept = tables.message(message_id) if message_id else None
    if not kept:
        expired = key and tables.expired_by_key.get(key)
        kept = replace(expired.message, content=draft.content, sent_at=None) if expired else None
    return tables.current_messages([kept])[0] if kept else None


def store(tables: Tables, draft: MessageDraft, message: Message, *, moves_read_mark: bool = True) -> None:
    """Store the message of an accepted draft."""
    room = tables.rooms[message.room_id]
    last_active = max(room.last_active, message.timestamp)
    tables.rooms[room.id] = replace(room, last_seq=message.seq, last_active=last_active)
    if message.sender and moves_read_mark:
        member = tables.members[room.id][message.sender.id]
        tables.members[room.id][member.user_id] = replace(member, last_read=message.seq)
    tables.add_message(message)
    tables.record_audit(draft.audit)
    for named in draft.mentioned_users:
        tables.named.setdefault(named.id, {})[message.id] = named.name


def _index_of_seq(messages: Sequence[Message], seq: int) -> int:
    """Return the index of the first message numbered `seq` or higher. The messages are numbered without gaps."""
    return min(max(0, seq - messages[0].seq), len(messages)) if messages else 0
