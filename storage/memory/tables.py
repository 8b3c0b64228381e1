"""Tables of the in-memory backend, and helpers that several stores need."""

import secrets
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from domain.accounts import (
    DELETED_NAME,
    Account,
    AccountInvite,
    EmailVerificationToken,
    PasswordResetToken,
    SecondFactor,
    Session,
    User,
    UserSummary,
)
from domain.admin import Announcement, Promotion
from domain.base import (
    AnnouncementId,
    AuditEntryId,
    FocusSessionId,
    InviteId,
    MessageId,
    ReportId,
    RoomId,
    ScheduledSessionId,
    SessionId,
    TaskId,
    Timestamp,
    UserId,
)
from domain.errors.accounts import EmailTaken
from domain.messages import Message, redacted
from domain.moderation import AuditDraft, Report, ReportAudience
from domain.permissions import Authority
from domain.presence import PresenceRecord
from domain.rooms import Invite, Member, Room
from domain.study.focus import FocusRow, StoredFocusSession
from domain.study.schedule import ScheduledSession
from domain.study.tasks import Task
from domain.study.timer import Timer
from domain.study.totals import total_changes
from storage.email_hashes import email_hash
from storage.memory.study.focus_tables import FocusTables
from storage.rules import moderation as moderation_rules, rooms as room_rules
from storage.rules.held_messages import HeldKey, held_until
from storage.rules.messages import IdempotencyKey, idempotency_key

replace = msgspec.structs.replace


class ExpiredMessage(NamedTuple):
    """Remains of an expired message, without its content, and the time of its deletion: they recognise retries."""

    message: Message
    at: Timestamp


class BanRow(NamedTuple):
    """A ban: actor, reason and time."""

    banned_by: UserId
    reason: str
    created_at: Timestamp


class ReportRow(NamedTuple):
    """A report, its audience by the accused's role when it was filed, and the names of users in the reported text."""

    report: Report
    readers: ReportAudience
    names: dict[UserId, str]


class Removal(NamedTuple):
    """Time of a removal or ban, and the time until which an older invitation could readmit the user."""

    at: Timestamp
    until: Timestamp


class TaskKey(NamedTuple):
    """The task that was added with a client's id, deleted or not, and the time when it was added."""

    task_id: TaskId
    created_at: Timestamp


class Tables:
    """Dicts with all data of the backend."""

    def __init__(self) -> None:
        self.accounts: dict[UserId, Account | None] = {}  # None: deleted account
        self.user_keys: dict[UserId, str] = {}  # search keys; deleted accounts have none
        self.room_keys: dict[RoomId, str] = {}
        self.emails: dict[str, UserId] = {}  # by email key
        self.command_changes: list[UserId] = []  # change number n has index n - 1
        self.resets: dict[UserId, PasswordResetToken] = {}
        self.public_notices: dict[AnnouncementId, Announcement] = {}
        self.account_invites: dict[InviteId, AccountInvite] = {}
        self.account_invite_uses: dict[UserId, InviteId] = {}
        self.promotions: dict[UserId, Promotion] = {}
        self.verifications: dict[UserId, EmailVerificationToken] = {}
        self.second_factors: dict[UserId, SecondFactor] = {}
        self.sign_ins: dict[SessionId, Session] = {}
        self.rooms: dict[RoomId, Room] = {}
        self.members: dict[RoomId, dict[UserId, Member]] = {}
        self.past_members: dict[UserId, set[RoomId]] = {}
        self.messages: dict[RoomId, list[Message]] = {}  # message number n has index n - first_seq
        self.held: dict[RoomId, list[Message]] = {}  # in their order
        self.message_positions: dict[MessageId, tuple[RoomId, int]] = {}  # room and number
        self.message_ids: dict[IdempotencyKey, MessageId] = {}
        self.expired_by_key: dict[IdempotencyKey, ExpiredMessage] = {}
        self.presence: dict[RoomId, dict[UserId, PresenceRecord]] = {}
        self.invites: dict[RoomId, dict[InviteId, Invite]] = {}
        self.bans: dict[RoomId, dict[UserId, BanRow]] = {}
        self.mutes: dict[RoomId, dict[UserId, Timestamp]] = {}
        self.removals: dict[RoomId, dict[UserId, Removal]] = {}
        self.reports: dict[ReportId, ReportRow] = {}
        self.audit_log: dict[RoomId, dict[AuditEntryId, AuditDraft]] = {}
        self.scheduled_sessions: dict[RoomId, dict[ScheduledSessionId, ScheduledSession]] = {}
        self.going: dict[ScheduledSessionId, dict[UserId, Timestamp]] = {}
        self.focus: dict[FocusSessionId, FocusRow] = {}
        self.checkpoints: dict[str, Timestamp] = {}
        self.calendars: dict[UserId, tuple[str, Timestamp]] = {}  # hash of the secret, and time of creation
        self.focus_days = FocusTables()
        self.email_hash_key = secrets.token_hex(32)
        self.former_accounts: dict[UserId, str] = {}  # email hashes of deleted accounts with a ban, mute or removal
        self.tasks: dict[UserId, dict[TaskId, Task]] = {}
        self.task_keys: dict[UserId, dict[str, TaskKey]] = {}
        self.room_timers: dict[RoomId, Timer] = {}
        self.user_timers: dict[UserId, Timer] = {}
        self.named: dict[UserId, dict[MessageId, str]] = {}  # the user's name as the message mentions it

    def member(self, room_id: RoomId, user_id: UserId) -> Member | None:
        return self.members.get(room_id, {}).get(user_id)

    def effective_member(self, member: Member) -> Member:
        """Return the membership as it is read."""
        return room_rules.effective_member(member, is_admin=self.is_admin(member.user_id))

    def memberships(self, user_id: UserId) -> Iterator[Member]:
        return (members[user_id] for members in self.members.values() if user_id in members)

    def authority_of(self, room_id: RoomId, user_id: UserId) -> Authority:
        member, account = self.member(room_id, user_id), self.accounts.get(user_id)
        is_active = account is not None and not account.user.disabled
        return Authority(member.role if member else None, self.is_admin(user_id), is_active)

    def is_admin(self, user_id: UserId) -> bool:
        account = self.accounts.get(user_id)
        return account is not None and account.user.is_admin

    def visible_messages(self, room_id: RoomId, visible_from: int) -> list[Message]:
        """Return the messages that a member with this `visible_from` may read: the single check of all reads."""
        room, kept = self.rooms.get(room_id), self.messages.get(room_id, [])
        return kept[max(0, visible_from - room.first_seq) :] if room else []

    def message(self, message_id: MessageId) -> Message | None:
        position = self.message_positions.get(message_id)
        if position is None:
            return None
        room_id, seq = position
        return self.messages[room_id][seq - self.rooms[room_id].first_seq]

    def add_message(self, message: Message) -> None:
        self.messages[message.room_id].append(message)
        self.message_positions[message.id] = message.room_id, message.seq
        if key := idempotency_key(message):
            self.message_ids[key] = message.id

    def held_keys(self, room_id: RoomId) -> list[HeldKey]:
        """Return the keys of the room's held messages, in their order."""
        senders = ((one, one.sender.id) for one in self.held[room_id] if one.sender)
        return [
            HeldKey(position, one.id, sender_id, one.client_message_id)
            for position, (one, sender_id) in enumerate(senders, 1)
        ]

    def held_until(self, room: Room, study_time: Timestamp) -> Timestamp | None:
        """Return the end of the focus phase that runs in a room with quiet focus; None if no message is held now."""
        return held_until(self.room_timers.get(room.id), study_time) if room.quiet_focus == "hold" else None

    def delete_held(self, room_id: RoomId, sender_id: UserId) -> None:
        """Delete a user's held messages in the room."""
        self.held[room_id] = [one for one in self.held[room_id] if one.sender and one.sender.id != sender_id]

    def replace_message(self, message: Message) -> None:
        """Store a changed message in place of the one with its id."""
        self.messages[message.room_id][message.seq - self.rooms[message.room_id].first_seq] = message

    def drop_from_indexes(self, message: Message) -> None:
        """Delete the message from the indexes by id and key, but not from its room."""
        del self.message_positions[message.id]
        if key := idempotency_key(message):
            del self.message_ids[key]

    def end_membership(self, room_id: RoomId, user_id: UserId, removed_at: Timestamp | None = None) -> None:
        if removed_at is not None:
            ends = [one.expires_at for one in self.invites[room_id].values() if one.expires_at > removed_at]
            if ends:
                self.removals[room_id][user_id] = Removal(removed_at, max(ends))
        room = self.rooms[room_id]
        del self.members[room_id][user_id]
        self.past_members.setdefault(user_id, set()).add(room_id)
        self.delete_held(room_id, user_id)
        self.rooms[room_id] = replace(room, total_members=room.total_members - 1)
        self.delete_invites(room_id, user_id)
        self.cancel_going(room_id, user_id)
        self.unshare_tasks(room_id, user_id)

    def cancel_going(self, room_id: RoomId, user_id: UserId) -> None:
        """Store that the user is going to no session of the room."""
        for session_id in self.scheduled_sessions[room_id]:
            self.going[session_id].pop(user_id, None)

    def unshare_tasks(self, room_id: RoomId, user_id: UserId) -> None:
        tasks = self.tasks.get(user_id, {})
        tasks |= {key: replace(task, shared=False) for key, task in tasks.items() if task.room_id == room_id}

    def detach_tasks(self, room_id: RoomId) -> None:
        """Remove a deleted room from its tasks, which become personal."""
        for tasks in self.tasks.values():
            tasks |= {
                key: replace(task, room_id=None, shared=False) for key, task in tasks.items() if task.room_id == room_id
            }

    def has_sanctions(self, user_id: UserId) -> bool:
        """Return True if a ban, mute or removal of the user is stored, in force or not."""
        return any(user_id in held for table in (self.bans, self.mutes, self.removals) for held in table.values())

    def insert_user(self, user: User, password_hash: str) -> None:
        """Add a user who is not stored yet; raise `EmailTaken` if another user has this email."""
        if self.emails.get(user.email_key, user.id) != user.id:
            raise EmailTaken
        if user.id not in self.accounts:
            self.accounts[user.id] = Account(user, password_hash)
            self.emails[user.email_key] = user.id
            self.user_keys[user.id] = user.search_key
            self.restore_sanctions(user.id, user.email_key)

    def restore_sanctions(self, user_id: UserId, email_key: str) -> None:
        """Move bans, mutes and removals of deleted accounts with this email to a new account."""
        hashed = email_hash(self.email_hash_key, email_key)
        for former_id in [former_id for former_id, kept in self.former_accounts.items() if kept == hashed]:
            del self.former_accounts[former_id]
            for held in self.bans.values():
                if former_id in held:
                    held.setdefault(user_id, held.pop(former_id))
            for muted in self.mutes.values():
                if former_id in muted:
                    muted.setdefault(user_id, muted.pop(former_id))
            for removed in self.removals.values():
                if former_id in removed:
                    removed.setdefault(user_id, removed.pop(former_id))

    def delete_invites(self, room_id: RoomId, created_by: UserId) -> None:
        kept = self.invites[room_id]
        self.invites[room_id] = {key: invite for key, invite in kept.items() if invite.created_by != created_by}

    def delete_account_invite(self, invite_id: InviteId) -> None:
        del self.account_invites[invite_id]
        uses = self.account_invite_uses.items()
        self.account_invite_uses = {user_id: used for user_id, used in uses if used != invite_id}

    def delete_account_invites_of(self, user_id: UserId) -> None:
        """Delete the user's account invitations, their use of one, and the used one if it was for their email."""
        used = self.account_invite_uses.pop(user_id, None)
        for invite in list(self.account_invites.values()):
            if invite.created_by == user_id or (invite.id == used and invite.email is not None):
                self.delete_account_invite(invite.id)

    def authorize_once(self, audit: AuditDraft | None) -> bool:
        """Return True if the action is new, or None; False for a retry. Raises as the rule does."""
        if audit is None:
            return True
        users = [user_id for user_id in (audit.actor_id, audit.target_id) if user_id is not None]
        authorities = {user_id: self.authority_of(audit.room_id, user_id) for user_id in users}
        return moderation_rules.authorize_once(
            audit, authorities, is_recorded=audit.id in self.audit_log.get(audit.room_id, {})
        )

    def record_audit(self, audit: AuditDraft | None) -> None:
        """Store the action, if any, in its room's audit log."""
        if audit is not None:
            self.audit_log[audit.room_id][audit.id] = audit

    def revoke_sessions(self, user_id: UserId, keep: SessionId | None = None) -> list[SessionId]:
        revoked = [
            kept for kept in self.sign_ins.values() if kept.user_id == user_id and not kept.revoked and kept.id != keep
        ]
        self.sign_ins |= {kept.id: replace(kept, revoked=True) for kept in revoked}
        return sorted(kept.id for kept in revoked)

    def delete_promotions(self, user_id: UserId) -> None:
        """Delete the promotions by and about the user."""
        kept = self.promotions.values()
        self.promotions = {one.user_id: one for one in kept if user_id not in (one.user_id, one.proposed_by)}

    def delete_focus_of(self, user_id: UserId) -> None:
        """Delete the focus sessions of a user, and their totals."""
        self.focus_days.delete_user(user_id)
        self.focus = {key: row for key, row in self.focus.items() if row.session.user_id != user_id}

    def change_totals(self, before: Iterable[StoredFocusSession], after: Iterable[StoredFocusSession]) -> None:
        """Change the totals as the sessions change; open sessions do not count."""
        changes = total_changes(before, after)
        accounts = {change.user_id: self.accounts.get(change.user_id) for change in changes.days}
        goals = {user_id: account.user.daily_goal for user_id, account in accounts.items() if account}
        self.focus_days.add(changes, goals)

    def forget_room_of_focus(self, room_id: RoomId) -> None:
        """Remove a deleted room from focus sessions and totals."""
        self.focus_days.delete_room(room_id)
        for key, row in self.focus.items():
            if row.session.room_id == room_id:
                self.focus[key] = replace(row, session=replace(row.session, room_id=None))

    def mark_verified(self, user_id: UserId, now: Timestamp) -> User | None:
        """Set `verified_at` if it is empty, and return the user."""
        account = self.accounts.get(user_id)
        if account is None:
            return None
        user = replace(account.user, verified_at=account.user.verified_at or now)
        self.accounts[user_id] = replace(account, user=user)
        return user

    def user_summary(self, user_id: UserId) -> UserSummary:
        account = self.accounts[user_id]
        return account.user.summary if account else UserSummary(user_id, DELETED_NAME)

    def redact_name(self, message_id: MessageId, name: str) -> None:
        """Replace this name in a message by `DELETED_NAME`."""
        if kept := self.message(message_id):
            others = (names[message_id] for names in self.named.values() if message_id in names)
            self.replace_message(replace(kept, content=redacted(kept.content, {name}, others)))

    def redact_reports(self, user_id: UserId) -> None:
        """Replace the user's name in the text of reports by `DELETED_NAME`."""
        for report_id, row in self.reports.items():
            if name := row.names.get(user_id):
                report, names = row.report, {key: value for key, value in row.names.items() if key != user_id}
                content = redacted(report.message.content, {name}, row.names.values())
                report = replace(report, message=replace(report.message, content=content))
                self.reports[report_id] = row._replace(report=report, names=names)

    def current_report(self, report: Report) -> Report:
        """Return the report with the current names of its users and room."""
        sender, room = report.message.sender, self.rooms.get(report.room_id)
        return replace(
            report,
            room_name=room.name if room else report.room_name,
            room_deleted=room is None,
            message=replace(report.message, sender=sender and self.user_summary(sender.id)),
            accused=report.accused and self.user_summary(report.accused.id),
            reporter=self.user_summary(report.reporter.id),
            resolved_by=report.resolved_by and self.user_summary(report.resolved_by.id),
        )

    def current_messages(self, messages: Iterable[Message]) -> list[Message]:
        """Return the messages with the current names and pictures of their senders."""
        return [
            message if message.sender is None else replace(message, sender=self.user_summary(message.sender.id))
            for message in messages
        ]
