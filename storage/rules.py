"""Rules of the storage contract that need no database: authorisation, admission, transfer, numbering, reports.

A backend reads the facts in the transaction that writes, and passes them to one function here. The function returns the
result or raises the error of the contract (storage/base/); it reads and changes nothing. Rules of permissions that also
apply before the transaction are in domain/permissions.py.

For speed, backends apply some of these rules in SQL. Comments there name the rule, and
tests/storage/test_rules_in_sql.py compares both.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import msgspec

from domain import permissions
from domain.accounts import User, UserSummary
from domain.base import RoomId, Timestamp, UserId
from domain.errors.accounts import NotSignedIn, UserNotFound
from domain.errors.base import AppError, Forbidden
from domain.errors.moderation import Banned, Muted
from domain.errors.rooms import InviteNotFound, NotAMember, OwnerCannotLeave, RoomFull, RoomNotFound
from domain.messages import Message, MessageDraft
from domain.moderation import AuditDraft, ReportAudience, ReportDraft
from domain.permissions import NO_AUTHORITY, Authority
from domain.rooms import Invite, Member, MemberRole, Room

GONE = Authority(is_active=False)
"""Authority of a user that is missing or deleted."""

IdempotencyKey: TypeAlias = tuple[RoomId, UserId | None, str]
"""Identity of a message for retries: room, sender and `client_message_id`. Two messages with one key are the same."""


# Authorisation


def authorize_once(audit: AuditDraft, authorities: Mapping[UserId, Authority], *, is_recorded: bool) -> bool:
    """Return True if the action is new and allowed, False for a retry.

    Args:
        audit: the action.
        authorities: of its actor and its target in the room, without users that are missing.
        is_recorded: True if the room's audit log has the action.

    Raises:
        NotSignedIn, Forbidden, NotAMember: as `permissions.authorize`. A retry is not checked again: the first call may
            have changed the roles.
    """
    if is_recorded:
        return False
    target = NO_AUTHORITY if audit.target_id is None else authorities.get(audit.target_id, GONE)
    permissions.authorize(audit, authorities.get(audit.actor_id, GONE), target)
    return True


# Memberships


class AdmissionFacts(NamedTuple):
    """State of a room, and of a user who is not a member of it.

    Attributes:
        user: authority of the user.
        is_private: True for a private room.
        total_members: number of members of the room.
        capacity: maximum number of members, None for no limit.
        last_seq: number of the room's last message.
        history_from: number of the first message that new members may read.
        is_banned: True if the user is banned from the room.
        muted_until: end of the last mute from an earlier membership, None without one.
    """

    user: Authority
    is_private: bool
    total_members: int
    capacity: int | None
    last_seq: int
    history_from: int
    is_banned: bool
    muted_until: Timestamp | None


def admit(
    room_id: RoomId,
    user_id: UserId,
    at: Timestamp,
    facts: AdmissionFacts | None,
    *,
    only_public: bool = False,
    is_own: bool = False,
) -> Member:
    """Return the new membership to store. An existing membership stays unchanged: it is not admitted again.

    Args:
        room_id, user_id: the room and the user.
        at: time of joining.
        facts: state of the room and the user; None if the room is missing.
        only_public: True if the user joins without an invitation.
        is_own: True if the user made the invitation, which only an admin can do without being a member.

    Raises:
        RoomNotFound: the room is missing; or, with `only_public`, it is private and the user is not an admin.
        UserNotFound: the user is missing, deleted or disabled.
        Banned: the user is banned, and not an admin.
        RoomFull: the room has as many members as its capacity.
    """
    if facts is None:
        raise RoomNotFound
    user, is_private = facts.user, facts.is_private
    if not user.is_active:
        raise UserNotFound
    if only_public and is_private and not user.is_admin:
        raise RoomNotFound
    if facts.is_banned and not user.is_admin:
        raise Banned
    if facts.capacity is not None and facts.total_members >= facts.capacity:
        raise RoomFull
    muted_until = mute_at(facts.muted_until, at)
    by_role = facts.is_banned or (is_private and (only_public or is_own))
    return Member(room_id, user_id, "member", at, facts.last_seq, muted_until, facts.history_from, by_role)


def mute_in_force(muted_until: Timestamp | None, *, is_admin: bool) -> Timestamp | None:
    """Return the end of a member's mute; None for admins: mutes do not apply to them."""
    return None if is_admin else muted_until


def effective_member(member: Member, *, is_admin: bool) -> Member:
    """Return the membership as it is read: with the mute in force only."""
    if member.muted_until is None or not is_admin:
        return member
    return msgspec.structs.replace(member, muted_until=mute_in_force(member.muted_until, is_admin=is_admin))


def mute_at(muted_until: Timestamp | None, at: Timestamp) -> Timestamp | None:
    """Return the end of a mute that lasts at `at`, None if it has ended."""
    return muted_until if muted_until is not None and muted_until > at else None


def check_end_of_membership(user: Authority, *, is_removed: bool) -> bool:
    """Return True if the user has a membership that may end, False if there is none.

    Args:
        user: authority of the user in the room.
        is_removed: True if another user removes them, by an action that is authorised; False if the user leaves.

    Raises:
        OwnerCannotLeave: the user owns the room.
        NotSignedIn: the user leaves, and the account is disabled.
    """
    if user.role is None:
        return False
    if user.role == "owner":
        raise OwnerCannotLeave
    if not is_removed and not user.is_active:
        raise NotSignedIn
    return True


def check_transfer(owner: MemberRole | None, new_owner: MemberRole | None) -> bool:
    """Return True if the room may be transferred; False if an earlier run of the same call has done it.

    Args:
        owner, new_owner: roles in the room of the two users, who differ; None without membership.

    Raises:
        NotAMember: the new owner is not a member.
        Forbidden: the owner does not own the room (any more).
    """
    if new_owner is None:
        raise NotAMember
    if (owner, new_owner) == ("moderator", "owner"):
        return False
    if owner != "owner":
        raise Forbidden
    return True


# Invitations


class InviteFacts(NamedTuple):
    """State of an invitation and of the user who uses it.

    Attributes:
        invite: the invitation as it is stored.
        maker: authority of its maker in the room.
        is_private: True for a private room.
        is_member: True if the user is a member of the room.
        removed_at: time when the user was last removed from the room or banned, None if never.
    """

    invite: Invite
    maker: Authority
    is_private: bool
    is_member: bool
    removed_at: Timestamp | None


def check_invite(facts: InviteFacts | None, at: Timestamp) -> None:
    """Return if the invitation admits the user at this time.

    Args:
        facts: state of the invitation and the user; None if it is missing.
        at: time of use.

    Raises:
        InviteNotFound: the invitation is missing, expired or used up, its maker may not moderate the room now, or the
            room is private and the user, not a member any more, was removed since the invitation was made.
    """
    if facts is None or not facts.invite.is_usable(at) or not facts.maker.can_moderate:
        raise InviteNotFound
    is_closed = facts.is_private and not facts.is_member
    if is_closed and was_removed_since(facts.removed_at, facts.invite.created_at):
        raise InviteNotFound


def was_removed_since(removed_at: Timestamp | None, at: Timestamp) -> bool:
    """Return True if the removal was at `at` or later."""
    return removed_at is not None and removed_at >= at


# Messages


class DraftFacts(NamedTuple):
    """State that decides about a draft, from before the batch.

    Attributes:
        last_seq: number of the room's last message; None if the room is missing.
        known: stored message with the draft's id or idempotency key; of an expired one, its remains with the content of
            the draft.
        sender: authority of the sender in the room; anything for a system message.
        muted_until: end of the sender's mute, None without one.
        rejection: error of the draft's audited action (`authorize_once`), None if it is allowed.
    """

    last_seq: int | None
    known: Message | None = None
    sender: Authority = GONE
    muted_until: Timestamp | None = None
    rejection: AppError | None = None


class NumberedDrafts(NamedTuple):
    """Result of each draft, in their order, and the drafts to store, with their messages."""

    results: list[Message | AppError]
    accepted: list[tuple[MessageDraft, Message]]


def number_drafts(drafts: Sequence[MessageDraft], facts: Iterable[DraftFacts]) -> NumberedDrafts:
    """Decide about the drafts of one transaction, in their order.

    A draft is a duplicate if a stored message, or an earlier accepted draft, has its id or its idempotency key; its
    result is that message. This precedes all rejections except `RoomNotFound`. The accepted drafts of a room get the
    numbers after `last_seq`, without holes.

    Args:
        drafts: drafts without names of deleted users. A message gets the draft's `sender`.
        facts: state that decides about each draft, in the same order.
    """
    results: list[Message | AppError] = []
    accepted: list[tuple[MessageDraft, Message]] = []
    by_id: dict[str, Message] = {}
    by_key: dict[IdempotencyKey | None, Message] = {}
    last_seqs: dict[RoomId, int] = {}
    for draft, fact in zip(drafts, facts, strict=True):
        key = idempotency_key(draft)
        if fact.last_seq is None:
            results.append(RoomNotFound())
        elif known := fact.known or by_id.get(draft.id) or by_key.get(key):
            results.append(known)
        elif rejection := _sender_error(draft, fact) or fact.rejection:
            results.append(rejection)
        else:
            seq = last_seqs[draft.room_id] = last_seqs.get(draft.room_id, fact.last_seq) + 1
            message = by_id[draft.id] = numbered(draft, seq)
            if key:
                by_key[key] = message
            accepted.append((draft, message))
            results.append(message)
    return NumberedDrafts(results, accepted)


def _sender_error(draft: MessageDraft, fact: DraftFacts) -> AppError | None:
    if draft.sender is None:
        return None
    if fact.sender.role is None:
        return NotAMember()
    if not fact.sender.is_active:
        return NotSignedIn()
    muted_until = mute_at(mute_in_force(fact.muted_until, is_admin=fact.sender.is_admin), draft.timestamp)
    return Muted(muted_until) if muted_until else None


def numbered(draft: MessageDraft, seq: int) -> Message:
    """Return the message of an accepted draft."""
    return Message(
        id=draft.id,
        room_id=draft.room_id,
        seq=seq,
        content=draft.content,
        is_system=draft.sender is None,
        timestamp=draft.timestamp,
        client_message_id=draft.client_message_id,
        sender=draft.sender,
    )


def idempotency_key(message: MessageDraft | Message) -> IdempotencyKey | None:
    """Return the message's idempotency key; None if its client sent no id."""
    if message.client_message_id is None:
        return None
    return message.room_id, message.sender.id if message.sender else None, message.client_message_id


def has_repeats(drafts: Sequence[MessageDraft]) -> bool:
    """Return True if a draft may be a duplicate of another one of these: of the same id or idempotency key."""
    keys = [key for key in map(idempotency_key, drafts) if key]
    return len(set(keys)) < len(keys) or len({draft.id for draft in drafts}) < len(drafts)


def with_current_names(draft: MessageDraft, sender: UserSummary | None, existing: Collection[UserId]) -> MessageDraft:
    """Return the draft with its sender's current name, and redacted: without names of users that are not `existing`."""
    draft = draft.redacted({person.id for person in draft.mentioned_users if person.id not in existing})
    return draft if draft.sender == sender else msgspec.structs.replace(draft, sender=sender)


# Reports


class ReportTarget(NamedTuple):
    """Reported text.

    Attributes:
        seq: number of the message; 0 for a user or a room.
        content: the text.
        timestamp: time of the message; of the report for a user or a room.
        sender_id: the user whose text it is, None for a system message.
        accused_id: the user concerned (`Report.accused`), None without one.
        names: names of users in the text, by their ids.
        ranked_id: the user by whose authority the audience is decided (`audience_of_report`), None for admins alone.
    """

    seq: int
    content: str
    timestamp: Timestamp
    sender_id: UserId | None
    accused_id: UserId | None
    names: dict[UserId, str]
    ranked_id: UserId | None


def report_of_message(
    seq: int,
    content: str,
    timestamp: Timestamp,
    sender_id: UserId | None,
    *,
    poster_id: UserId | None = None,
    names: dict[UserId, str] | None = None,
) -> ReportTarget:
    """Return the target of a report of a message. Of a system message the accused is its author, or the only one named.

    Args:
        seq, content, timestamp, sender_id: the message; no sender for a system message.
        poster_id: author of a system message, None if the server wrote it.
        names: names of users in a system message, by their ids.
    """
    if sender_id is not None:
        return ReportTarget(seq, content, timestamp, sender_id, sender_id, {}, sender_id)
    names = names or {}
    only_named = next(iter(names)) if len(names) == 1 else None
    accused_id = poster_id or only_named
    return ReportTarget(seq, content, timestamp, None, accused_id, names, accused_id)


def report_of_room(draft: ReportDraft, room: Room | None, owner_id: UserId | None) -> ReportTarget:
    """Return the target of a report of a room, whose owner is accused. Its audience is the admins alone.

    Raises:
        RoomNotFound: the room is missing, or is not the one in which it is reported.
    """
    if room is None or owner_id is None or draft.target_id != room.id:
        raise RoomNotFound
    return ReportTarget(0, room.public_text, draft.created_at, owner_id, owner_id, {}, None)


def report_of_user(draft: ReportDraft, user: User | None, *, is_or_was_member: bool) -> ReportTarget:
    """Return the target of a report of a user.

    Args:
        draft: the report.
        user: the user, None if the account is missing or deleted.
        is_or_was_member: True if the room exists and the user is or was a member of it.

    Raises:
        UserNotFound: the account is missing, or never was in the room.
    """
    if user is None or not is_or_was_member:
        raise UserNotFound
    text = user.public_text
    return ReportTarget(0, text, draft.created_at, user.id, user.id, {user.id: text}, user.id)


def audience_of_report(ranked: Authority | None) -> ReportAudience:
    """Return the audience of a new report.

    Args:
        ranked: authority in the room of the user `ReportTarget.ranked_id`, None without one.
    """
    return "admins" if ranked is None else permissions.report_audience(ranked)
