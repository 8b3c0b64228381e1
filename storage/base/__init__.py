"""The contract of a storage: what every backend promises, noun by noun.

tests/storage holds every backend to each sentence here. Common to all methods:

- A method is atomic: it happened wholly or not at all, and what it returned is durable as far as
  the backend keeps anything. Cancelling the caller does not leave half of it.
- Everything handed out is frozen and may be shared.
- `StorageUnavailable` may be raised by any method: the backend does not answer, and the caller
  cannot know whether a write happened. Every write is safe to send again: adding what was added, by id, changes
  nothing, nor does a rotation or transfer that has been made.
- Ids arrive normalised and text clean (text/normalise.py); a backend interprets neither.
- Stamps are kept to the millisecond and come back as they were given.
- A method that is given an act asks in its transaction whether that is allowed (permissions.authorize), by the roles in
  the room and on the server that both people have then. It raises `Forbidden`, or `NotSignedIn` if the actor's account
  is disabled or deleted. It keeps the act in the room's audit log if something changed, and does nothing if an act with
  this id was kept before.
- No mute and no ban holds for an admin who is not disabled. It holds again when they are none any more.
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
from storage.base.messages.messages import MessageStore
from storage.base.messages.retention import RetentionStore
from storage.base.moderation.audit_log import AuditLogStore
from storage.base.moderation.bans import BanStore
from storage.base.moderation.reports import ReportStore
from storage.base.presence.presence import PresenceStore
from storage.base.rooms.invites import InviteStore
from storage.base.rooms.members import MemberStore
from storage.base.rooms.rooms import RoomStore

__all__ = [
    "AccountInviteStore",
    "AnnouncementStore",
    "AuditLogStore",
    "BanStore",
    "DirectoryStore",
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
    "SecondFactorStore",
    "SessionStore",
    "Storage",
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
    RetentionStore,
    PersonalDataStore,
    PresenceStore,
):
    """Everything that is kept. Opened once, before anything else is called, and closed once."""

    @abstractmethod
    async def open(self) -> None:
        """Connect and bring the schema up to date; safe while another process does the same.

        Raises:
            StorageUnusable: waiting will not help; the message is one line that says what to do.
            StorageUnavailable: it did not answer in time.
        """

    @abstractmethod
    async def close(self) -> None:
        """Finish what is running and let go of everything; does nothing where it is closed already."""

    @abstractmethod
    async def ping(self) -> None:
        """Return when the storage answers and can write; raise `StorageUnavailable` where it does not."""

    @abstractmethod
    async def epoch(self) -> str:
        """Return the name of this history: the same as long as it is, another when it was wiped."""
