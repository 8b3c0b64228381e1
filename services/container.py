"""Service container: constructs every service, and starts and stops them in one order."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from config import Config
from domain.base import RoomId, UserId
from domain.events import HeldRefused
from domain.messages import Message, RefusedMessage
from domain.presence import StudyInRoom
from runtime.mail import SmtpMailer
from runtime.mail_queue import MailQueue
from services.access import RoomAccess
from services.accounts.accounts import Accounts
from services.accounts.credentials import CredentialVerifiers
from services.accounts.deletion import AccountDeletions
from services.accounts.email_verification import EmailVerifier
from services.accounts.export import Exporter
from services.accounts.first_admin import FirstAdminLink
from services.accounts.invites import AccountInvites
from services.accounts.login import Logins
from services.accounts.login_attempts import PasswordAttempts
from services.accounts.password_change import PasswordChanges
from services.accounts.password_reset import PasswordResetLinks, PasswordResets
from services.accounts.password_reset_email import PasswordResetEmails
from services.accounts.passwords import Passwords
from services.accounts.profiles import Profiles
from services.accounts.reauthentication import Reauthenticator
from services.accounts.registration import Registrations
from services.accounts.registration_rules import RegistrationRules
from services.accounts.security_emails import SecurityEmails
from services.accounts.sessions import Sessions
from services.accounts.token_expiry import TokenExpiryMonitor
from services.accounts.tokens import Tokens
from services.accounts.two_factor import TwoFactor
from services.accounts.two_factor_codes import TwoFactorCodes
from services.admin.announcements import Announcements
from services.admin.approvals import Approvals
from services.admin.command_changes import POLL_INTERVAL, RevocationPoller
from services.admin.dashboard import AdminDashboards
from services.admin.health import Health
from services.admin.promotions import Promotions
from services.admin.rooms import RoomAdmin
from services.admin.users import UserAdmin
from services.background import BackgroundJobs, Job
from services.context import ServiceContext
from services.messages.held_messages import HeldMessages
from services.messages.messages import Messages
from services.messages.retention import Retention
from services.messages.system_messages import SystemMessages
from services.messages.writer import MessageWriter
from services.moderation.moderation import Moderation
from services.moderation.reports import Reports
from services.presence.activity import Activity
from services.presence.choices import PresenceChoices
from services.presence.presence import Presence
from services.presence.tracker import PresenceTracker
from services.rooms.invites import Invites
from services.rooms.join import RoomJoins
from services.rooms.memberships import Memberships
from services.rooms.rooms import Rooms
from services.rooms.views import RoomViews
from services.study.alarms import INTERVAL as ALARM_INTERVAL, ScheduleAlarms
from services.study.attendance import Attendances
from services.study.calendars import Calendars
from services.study.clock import StudyClock
from services.study.clock_correction import CHECK_INTERVAL, ClockCorrection
from services.study.dashboard import Dashboards
from services.study.focus import CHECKPOINT_INTERVAL, CHECKPOINT_RETRY_INTERVAL, FocusSessions
from services.study.focus_history import FocusHistory
from services.study.leaderboards import Leaderboards
from services.study.membership_settings import MembershipSettingsChanges
from services.study.personal_timers import PersonalTimers
from services.study.progress import Progress
from services.study.room_focus import RoomFocus
from services.study.schedule import Schedules
from services.study.scheduled_timers import ScheduledTimers
from services.study.tasks import Tasks
from services.study.timers import Timers

log = logging.getLogger(__name__)

MINUTE, HOUR = 60.0, 3600.0
"""Seconds."""


class Lifecycle(NamedTuple):
    """A component that is started or stopped.

    Attributes:
        name: in the log.
        start: opens it. If it raises, `stop` is not called.
        stop: closes it.
    """

    name: str
    start: Callable[[], Awaitable[object] | None]
    stop: Callable[[], Awaitable[object] | None]


class Services:
    """Every service of one server. Construction does no I/O: it opens nothing and starts no task.

    A service gets the context and the services it uses, by name, never the container.
    """

    def __init__(self, ctx: ServiceContext) -> None:  # noqa: PLR0915  # a statement for each service
        self.ctx = ctx
        config = ctx.config
        self.study_clock = StudyClock(ctx.clock)
        # presence and messages
        self.access = RoomAccess(ctx)
        self.activity = Activity(ctx.lookups, ctx.publisher)
        tracker = PresenceTracker(
            *(config.presence.grace, config.presence.away_after),
            is_focusing=self._is_focusing,
        )
        self.presence = Presence(ctx, tracker, on_count_changed=self._presence_changed, study_of=self._study_of)
        self.presence_choices = PresenceChoices(ctx, self.access, self.presence)
        self.timers = Timers(ctx, self.study_clock, self.access, self.presence)
        self.personal_timers = PersonalTimers(ctx, self.study_clock)
        self.focus = FocusSessions(ctx, self.study_clock, self.access, self.timers)
        self.room_focus = RoomFocus(ctx, self.study_clock, self.focus, self.presence)
        self.focus_history = FocusHistory(ctx, self.study_clock, self.access, self.focus, self.room_focus)
        self.presence.observers += [self.room_focus, self.focus]
        self.membership_settings = MembershipSettingsChanges(ctx, self.access, self.focus, self.room_focus)
        self.clock_correction = ClockCorrection(ctx, self.study_clock, self.timers, self.focus)
        self.progress = Progress(ctx, self.study_clock, self.focus)
        self.leaderboards = Leaderboards(ctx, self.study_clock, self.access, self.focus)
        self.profiles = Profiles(ctx, self.presence, self.study_clock)
        self.writer = MessageWriter(
            ctx.storage, self._publish_message, ctx.clock, self.study_clock, refuse=self._push_refusal
        )
        self.tasks = Tasks(ctx, self.access)
        self.held_messages = HeldMessages(ctx, self.access, self.writer, self.study_clock, self.timers)
        self.messages = Messages(
            ctx, self.writer, self.access, self.presence, self.activity, self.held_messages, self.study_clock
        )
        self.retention = Retention(ctx)
        scheduled_timers = ScheduledTimers(self.study_clock, self.timers, self.presence)
        self.schedules = Schedules(ctx, self.access, self.study_clock, scheduled_timers)
        self.schedule_alarms = ScheduleAlarms(ctx, self.study_clock, scheduled_timers)
        self.attendances = Attendances(ctx, self.access, self.study_clock, self.focus)
        self.calendars = Calendars(ctx, self.study_clock)
        self.dashboards = Dashboards(ctx, self.presence, self.focus, self.progress, self.schedules)
        # rooms and moderation
        system_messages = SystemMessages(ctx, self.writer)
        self.room_views = RoomViews(ctx, self.presence)
        self.memberships = Memberships(ctx, self.access, self.room_views, self.presence, system_messages, self.activity)
        self.rooms = Rooms(
            ctx, self.access, self.room_views, self.memberships, self.presence, system_messages, self.held_messages
        )
        self.room_joins = RoomJoins(
            self.access, self.presence, self.timers, self.messages, self.held_messages, self.room_focus
        )
        self.invites = Invites(ctx, self.access, self.room_views, self.memberships, system_messages)
        self.moderation = Moderation(ctx, self.access, self.room_views, self.memberships, system_messages)
        self.reports = Reports(ctx, self.access, self.room_views)
        # accounts, their credentials and sessions
        tokens = Tokens(ctx.secret_key, config.auth.token_lifetime)
        self.mail_queue = MailQueue(_mailer(config))
        self.security_emails = SecurityEmails(self.mail_queue, config.server.base_url)
        self.sessions = Sessions(ctx, tokens)
        self.token_expiry = TokenExpiryMonitor(self.sessions, ctx.publisher, tokens.lifetime)
        self.passwords = Passwords(cheap=config.server.environment == "test")
        credentials = CredentialVerifiers(self.passwords, PasswordAttempts(ctx.limiter), TwoFactorCodes(ctx))
        reauthenticator = Reauthenticator(ctx, credentials)
        self.logins = Logins(ctx, credentials, self.sessions, self.security_emails)
        self.two_factor = TwoFactor(
            ctx, self.sessions, reauthenticator, credentials.two_factor_codes, self.security_emails
        )
        self.password_changes = PasswordChanges(ctx, credentials, reauthenticator, self.sessions, self.security_emails)
        links = PasswordResetLinks(ctx.storage, ctx.clock, config.server.base_url, config.auth.reset_lifetime)
        self.password_resets = PasswordResets(ctx, self.sessions, self.passwords, links, self.security_emails)
        self.password_reset_emails = PasswordResetEmails(ctx, links, self.mail_queue)
        # accounts: registration, export and deletion
        self.registration_rules = _registration_rules(config)
        self.accounts = Accounts(ctx, credentials, self.sessions)
        self.email_verifier = EmailVerifier(ctx, self.profiles, self.mail_queue)
        self.first_admin = FirstAdminLink(ctx, self.profiles)
        self.account_invites = AccountInvites(ctx, self.access, self.registration_rules, self.mail_queue)
        self.registrations = Registrations(
            ctx, self.accounts, self.account_invites, self.first_admin, self.email_verifier
        )
        self.exporter = Exporter(ctx, self.sessions, self.two_factor, self.study_clock)
        self.account_deletions = AccountDeletions(
            ctx, reauthenticator, self.sessions, self.profiles, self.rooms, self.memberships
        )
        # administration
        self.announcements = Announcements(ctx, self.access)
        self.admin_dashboards = AdminDashboards(ctx, self.access, self.presence)
        self.approvals = Approvals(ctx, self.access, self.sessions, self.security_emails)
        self.promotions = Promotions(ctx, self.access, self.profiles, self.mail_queue)
        self.user_admin = UserAdmin(ctx, self.access, self.sessions, self.profiles, self.memberships, self.presence)
        self.room_admin = RoomAdmin(ctx, self.access, self.room_views)
        self.health = Health(ctx.storage, ctx.cache)
        self.revocations = RevocationPoller(ctx, self.sessions, self.presence)
        self._lifecycles = self._order_lifecycles()
        self._started: list[Lifecycle] = []
        self._add_gauges(tracker)

    def _add_gauges(self, tracker: PresenceTracker) -> None:
        self.ctx.gauges.update(
            {
                "rooms": lambda: tracker.room_count,
                "active timers": lambda: len(self.timers),
                "users present": lambda: tracker.user_count,
                "cache entries": lambda: len(self.ctx.cache),
                "rate windows": lambda: len(self.ctx.limiter),
                "throttled rooms": lambda: len(self.activity),
                "focus states": lambda: len(self.focus),
                "unstored focus sessions": lambda: self.focus.unstored,
                "token expiries": lambda: len(self.token_expiry),
                "queued mails": lambda: len(self.mail_queue),
            }
        )

    def _order_lifecycles(self) -> list[Lifecycle]:
        """Return the components in the order of their start; they are stopped in reverse."""
        storage, cache = self.ctx.storage, self.ctx.cache
        housekeeping = BackgroundJobs(
            [
                Job("purging sessions", self.sessions.purge, HOUR),
                Job("expiring messages", self.retention.expire_messages, 10 * MINUTE),
                Job("purging messages of deleted rooms", self.retention.purge_rooms, 10 * MINUTE),
                Job("purging reports", self.retention.purge_reports, HOUR),
                Job("purging former accounts", self.retention.purge_former_accounts, HOUR),
                Job("purging account invitations", self.retention.purge_account_invites, HOUR),
                Job("purging past dates of schedules", self.retention.purge_schedules, HOUR),
                Job("purging keys of tasks", self.tasks.purge_keys, HOUR),
                Job("removing keys of focus sessions", self.focus_history.forget_keys, HOUR),
                Job("compacting the storage", self.retention.compact, HOUR),
            ]
        )
        # its own job, which waits for no others: what is not at a checkpoint is lost in a crash
        intervals = CHECKPOINT_INTERVAL, CHECKPOINT_RETRY_INTERVAL
        checkpoints = BackgroundJobs([Job("checkpointing focus sessions", self.focus.checkpoint, *intervals)])
        correction = BackgroundJobs([Job("comparing clocks", self.clock_correction.check, CHECK_INTERVAL)])
        alarms = BackgroundJobs(
            [Job("sending alarms of schedules", self.schedule_alarms.run, ALARM_INTERVAL)],
            sleep=self.schedule_alarms.pause,
        )
        lifecycles = [
            Lifecycle("password hashing", _nothing, self.passwords.close),
            Lifecycle("cache", _nothing, cache.close),
            Lifecycle("storage", storage.open, storage.close),
            Lifecycle("health checks", _nothing, self.health.close),
            Lifecycle("announcements", self.announcements.load, _nothing),
            Lifecycle("presence", self.presence.start, self.presence.close),
            Lifecycle("study clock", self.clock_correction.start_clock, _nothing),
            Lifecycle("timers", self.timers.start, self.timers.close),
            Lifecycle("focus sessions", self.focus.start, self.focus.close),
            Lifecycle("checkpoints of focus sessions", checkpoints.start, checkpoints.close),
            Lifecycle("study clock at shutdown", _nothing, self.clock_correction.close),
            Lifecycle("correction of the study clock", correction.start, correction.close),
            Lifecycle("alarms of schedules", alarms.start, alarms.close),
            Lifecycle("activity", _nothing, self.activity.close),
            Lifecycle("message writer", _nothing, self.writer.close),
            Lifecycle("held messages", self.held_messages.start, self.held_messages.close),
            Lifecycle("mail queue", self.mail_queue.start, self.mail_queue.close),
        ]
        if self.ctx.config.storage.kind != "memory":  # no command reaches it there
            # its own jobs, which wait for no others
            polling = BackgroundJobs([Job("polling revocations", self.revocations.poll, POLL_INTERVAL)])
            lifecycles.append(Lifecycle("first poll of revocations", self.revocations.poll, _nothing))
            lifecycles.append(Lifecycle("polling revocations", polling.start, polling.close))
        return [*lifecycles, Lifecycle("housekeeping", housekeeping.start, housekeeping.close)]

    async def start(self) -> None:
        """Open storage and start every service, in order. If one fails, the services started before it are stopped.

        Raises:
            StorageUnavailable, StorageUnusable: storage cannot be opened or read.
        """
        try:
            for lifecycle in self._lifecycles:
                await _run(lifecycle.start)
                self._started.append(lifecycle)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop what was started, in reverse. A stop that fails is logged, and the rest is stopped all the same."""
        while self._started:
            lifecycle = self._started.pop()
            try:
                await _run(lifecycle.stop)
            except (Exception, asyncio.CancelledError):
                log.exception("stopping failed: %s; stopping the rest", lifecycle.name)
        if (task := asyncio.current_task()) is not None and task.cancelling():
            raise asyncio.CancelledError

    def _is_focusing(self, user_id: UserId) -> bool:
        """Return True if a focus session of the user runs. Presence is constructed before the focus sessions."""
        return self.focus.is_focusing(user_id)

    def _study_of(self, room_id: RoomId, user_id: UserId) -> StudyInRoom:
        """Return the study time of a present user. Presence is constructed before the focus sessions."""
        return self.room_focus.of(room_id, user_id)

    def _presence_changed(self, room_id: RoomId, active_members: int) -> None:
        """Pass on the number of users present in a room after it changed."""
        self.activity.presence_changed(room_id, active_members)
        self.timers.presence_changed(room_id, active_members)
        if not active_members:
            self.room_focus.room_closed(room_id)

    def _publish_message(self, message: Message) -> None:
        """Publish a message that was stored."""
        self.ctx.publisher.publish_message(self.profiles.with_current_sender(message))
        self.activity.message_stored(message.room_id, message.seq)

    def _push_refusal(self, refused: RefusedMessage) -> None:
        """Push the rejection of a held message to its sender."""
        message = refused.message
        if message.sender:
            event = HeldRefused(message.room_id, message.id, message.client_message_id, refused.code)
            self.ctx.publisher.push(message.sender.id, event)


def _nothing() -> None:
    """Stand for a start or a stop with nothing to do."""


async def _run(step: Callable[[], Awaitable[object] | None]) -> None:
    if (work := step()) is not None:
        await work


def _registration_rules(config: Config) -> RegistrationRules:
    return RegistrationRules(
        config.accounts.registration,
        config.accounts.allowed_domains,
        approval=config.accounts.approval,
        mail=bool(config.mail.host),
        verified_only=config.accounts.require_verified,
    )


def _mailer(config: Config) -> SmtpMailer | None:
    mail = config.mail
    if not mail.host:
        return None
    return SmtpMailer(
        mail.host,
        mail.port,
        mail.sender,
        encryption=mail.encryption,
        username=mail.username,
        password=mail.password,
        timeout=mail.timeout,
    )
