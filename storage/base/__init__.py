"""Storage contract: the promises of every backend, one module per noun.

The conformance tests in tests/storage/ hold every backend to each sentence here. Rules for all methods:

- Atomic: a method takes effect completely or not at all. The result that it returned is as durable as the backend is:
  the memory backend loses everything when the process ends. Cancelling the caller never leaves a partial write.
- Immutable: all returned records are frozen and may be shared.
- Unavailable: any method may raise `StorageUnavailable`. The database did not answer, and the outcome of a write is
  unknown.
- Idempotent: every write is safe to retry. Adding a record with a stored id changes nothing; neither does repeating
  a token rotation or a transfer of ownership.
- Input: ids arrive normalised and text cleaned (text/normalise.py). A backend interprets neither.
- Timestamps are stored with a precision of one millisecond and returned as they were passed in.
- Authorisation: a method with an `audit` argument checks in its transaction that the audited action is allowed
  (`permissions.authorize`). It uses the roles that actor and target have then, in the room and on the server.
  It raises `Forbidden`, or `NotSignedIn` if the actor's account is disabled or deleted. If something changed, the
  action is stored in the room's audit log in the same transaction. If an action with this id is stored already,
  nothing happens: the call is a retry.
- Changes: each method is declared as a read, or as a write with the changes that it makes (storage/base/store.py).
- Admins: an enabled admin is an admin account that is neither disabled nor deleted. No mute and no ban applies to an
  enabled admin. It applies again when the user loses the role or is disabled.
"""

from abc import abstractmethod

from storage.base.accounts.account_invites import AccountInviteStore
from storage.base.accounts.password_resets import PasswordResetStore
from storage.base.accounts.personal_data import PersonalDataStore
from storage.base.accounts.second_factors import SecondFactorStore
from storage.base.accounts.sessions import SessionStore
from storage.base.accounts.users import UserStore
from storage.base.accounts.verifications import VerificationStore
from storage.base.admin.announcements import AnnouncementStore
from storage.base.admin.directory import DirectoryStore
from storage.base.admin.promotions import PromotionStore
from storage.base.messages.held_messages import HeldMessageStore
from storage.base.messages.messages import MessageStore
from storage.base.messages.retention import RetentionStore
from storage.base.moderation.audit_log import AuditLogStore
from storage.base.moderation.bans import BanStore
from storage.base.moderation.reports import ReportStore
from storage.base.presence.presence import PresenceStore
from storage.base.rooms.invites import InviteStore
from storage.base.rooms.members import MemberStore
from storage.base.rooms.rooms import RoomStore
from storage.base.store import ReportingStore, read
from storage.base.study.calendars import CalendarStore
from storage.base.study.clock import StudyClockStore
from storage.base.study.focus import FocusStore
from storage.base.study.focus_days import FocusDayStore
from storage.base.study.schedule import ScheduleStore
from storage.base.study.tasks import TaskStore
from storage.base.study.timers import TimerStore

__all__ = [
    "AccountInviteStore",
    "AnnouncementStore",
    "AuditLogStore",
    "BanStore",
    "CalendarStore",
    "DirectoryStore",
    "FocusDayStore",
    "FocusStore",
    "HeldMessageStore",
    "InviteStore",
    "MemberStore",
    "MessageStore",
    "PasswordResetStore",
    "PersonalDataStore",
    "PresenceStore",
    "PromotionStore",
    "ReportStore",
    "RetentionStore",
    "RoomStore",
    "ScheduleStore",
    "SecondFactorStore",
    "SessionStore",
    "Storage",
    "StudyClockStore",
    "TaskStore",
    "TimerStore",
    "UserStore",
    "VerificationStore",
]


class Storage(
    UserStore,
    DirectoryStore,
    PasswordResetStore,
    AccountInviteStore,
    AnnouncementStore,
    VerificationStore,
    PromotionStore,
    SecondFactorStore,
    SessionStore,
    RoomStore,
    MemberStore,
    InviteStore,
    BanStore,
    AuditLogStore,
    ReportStore,
    MessageStore,
    HeldMessageStore,
    RetentionStore,
    PersonalDataStore,
    PresenceStore,
    ScheduleStore,
    CalendarStore,
    TaskStore,
    TimerStore,
    StudyClockStore,
    FocusStore,
    FocusDayStore,
    ReportingStore,
):
    """All stores together, on one database. Opened once before any other call, and closed once."""

    @abstractmethod
    async def open(self) -> None:
        """Connect and migrate the schema; safe while another process does the same.

        Raises:
            StorageUnusable: retrying will not help. The message is one line that names the remedy.
            StorageUnavailable: the database did not answer in time.
        """

    @abstractmethod
    async def close(self) -> None:
        """Complete the running calls and release all resources. Does nothing if the storage is closed already.

        Backends call this one at the end: it waits until the changes of all writes are reported.
        """
        await self._finish_writes()

    @read
    @abstractmethod
    async def ping(self) -> None:
        """Return if the database answers and accepts writes; raise `StorageUnavailable` if it does not."""

    @read
    @abstractmethod
    async def epoch(self) -> str:
        """Return the id of this history: stable as long as the data exists, a new one after the data was wiped."""
