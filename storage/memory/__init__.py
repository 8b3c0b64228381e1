"""In-memory backend: dicts, lost when the process ends.

No method awaits anything, so each is atomic.
"""

from domain import ids
from storage.base import Storage
from storage.memory.accounts.account_invites import MemoryAccountInvites
from storage.memory.accounts.password_resets import MemoryPasswordResets
from storage.memory.accounts.personal_data import MemoryPersonalData
from storage.memory.accounts.second_factors import MemorySecondFactors
from storage.memory.accounts.sessions import MemorySessions
from storage.memory.accounts.users import MemoryUsers
from storage.memory.accounts.verifications import MemoryVerifications
from storage.memory.admin.announcements import MemoryAnnouncements
from storage.memory.admin.directory import MemoryDirectory
from storage.memory.admin.promotions import MemoryPromotions
from storage.memory.messages.held_messages import MemoryHeldMessages
from storage.memory.messages.messages import MemoryMessages
from storage.memory.messages.retention import MemoryRetention
from storage.memory.moderation.audit_log import MemoryAuditLog
from storage.memory.moderation.bans import MemoryBans
from storage.memory.moderation.reports import MemoryReports
from storage.memory.presence.presence import MemoryPresence
from storage.memory.rooms.invites import MemoryInvites
from storage.memory.rooms.members import MemoryMembers
from storage.memory.rooms.rooms import MemoryRooms
from storage.memory.study.calendars import MemoryCalendars
from storage.memory.study.clock import MemoryStudyClock
from storage.memory.study.focus import MemoryFocus
from storage.memory.study.focus_days import MemoryFocusDays
from storage.memory.study.schedule import MemorySchedule
from storage.memory.study.tasks import MemoryTasks
from storage.memory.study.timers import MemoryTimers
from storage.memory.tables import Tables

__all__ = ["MemoryStorage"]


class MemoryStorage(
    MemoryUsers,
    MemoryDirectory,
    MemoryPasswordResets,
    MemoryAccountInvites,
    MemoryAnnouncements,
    MemoryVerifications,
    MemoryPromotions,
    MemorySecondFactors,
    MemorySessions,
    MemoryRooms,
    MemoryInvites,  # a subclass of MemoryMembers
    MemoryMembers,
    MemoryBans,
    MemoryAuditLog,
    MemoryReports,
    MemoryMessages,
    MemoryHeldMessages,
    MemoryRetention,
    MemoryPersonalData,
    MemoryPresence,
    MemorySchedule,
    MemoryCalendars,
    MemoryTasks,
    MemoryTimers,
    MemoryStudyClock,
    MemoryFocus,
    MemoryFocusDays,
    Storage,
):
    """Storage without persistence, for tests and for trying the server out."""

    def __init__(self) -> None:
        super().__init__()
        self._epoch = ids.new_id()
        self._tables = Tables()

    async def open(self) -> None:
        """Do nothing: there is nothing to connect to."""

    async def close(self) -> None:
        """Finish writes; the garbage collector frees the tables."""
        await super().close()

    async def ping(self) -> None:
        """Return: memory always answers."""

    async def epoch(self) -> str:
        return self._epoch
