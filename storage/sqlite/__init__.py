"""SQLite backend: one durable file, nothing to install."""

from pathlib import Path

from storage.base import Storage
from storage.sqlite import schema
from storage.sqlite.accounts.account_invites import SqliteAccountInvites
from storage.sqlite.accounts.password_resets import SqlitePasswordResets
from storage.sqlite.accounts.personal_data import SqlitePersonalData
from storage.sqlite.accounts.second_factors import SqliteSecondFactors
from storage.sqlite.accounts.sessions import SqliteSessions
from storage.sqlite.accounts.users import SqliteUsers
from storage.sqlite.accounts.verifications import SqliteVerifications
from storage.sqlite.admin.announcements import SqliteAnnouncements
from storage.sqlite.admin.directory import SqliteDirectory
from storage.sqlite.admin.promotions import SqlitePromotions
from storage.sqlite.database import SqliteDatabase
from storage.sqlite.messages.held_messages import SqliteHeldMessages
from storage.sqlite.messages.messages import SqliteMessages
from storage.sqlite.messages.retention import SqliteRetention
from storage.sqlite.moderation.audit_log import SqliteAuditLog
from storage.sqlite.moderation.bans import SqliteBans
from storage.sqlite.moderation.reports import SqliteReports
from storage.sqlite.presence.presence import SqlitePresence
from storage.sqlite.rooms.invites import SqliteInvites
from storage.sqlite.rooms.members import SqliteMembers
from storage.sqlite.rooms.rooms import SqliteRooms
from storage.sqlite.study.calendars import SqliteCalendars
from storage.sqlite.study.clock import SqliteStudyClock
from storage.sqlite.study.focus import SqliteFocus
from storage.sqlite.study.focus_days import SqliteFocusDays
from storage.sqlite.study.schedule import SqliteSchedule
from storage.sqlite.study.tasks import SqliteTasks
from storage.sqlite.study.timers import SqliteTimers

__all__ = ["SqliteStorage"]


class SqliteStorage(
    SqliteUsers,
    SqliteDirectory,
    SqlitePasswordResets,
    SqliteAccountInvites,
    SqliteAnnouncements,
    SqliteVerifications,
    SqlitePromotions,
    SqliteSecondFactors,
    SqliteSessions,
    SqliteRooms,
    SqliteMembers,
    SqliteInvites,
    SqliteBans,
    SqliteAuditLog,
    SqliteReports,
    SqliteMessages,
    SqliteHeldMessages,
    SqliteRetention,
    SqlitePersonalData,
    SqlitePresence,
    SqliteSchedule,
    SqliteCalendars,
    SqliteTasks,
    SqliteTimers,
    SqliteStudyClock,
    SqliteFocus,
    SqliteFocusDays,
    Storage,
):
    """Storage in the file at `path`. Several processes on one machine may have it open.

    Args:
        path: database file. open() creates it and its directory if missing, readable by its owner only.
        busy_timeout: seconds to wait for another process that is writing before raising `StorageUnavailable`.
        create: False if open() must not create anything; it raises `StorageUnusable` if there is no database.
    """

    def __init__(self, path: Path, *, busy_timeout: float = 4.0, create: bool = True) -> None:
        super().__init__()
        self._database = SqliteDatabase(path, busy_timeout, create=create)

    async def open(self) -> None:
        await self._database.open()

    async def close(self) -> None:
        await self._database.close()
        await super().close()

    async def ping(self) -> None:
        self._database.require_file()
        await self._database.write(schema.probe_write)

    async def epoch(self) -> str:
        [(epoch,)] = await self._database.read("SELECT value FROM meta WHERE name = 'epoch'")
        return str(epoch)
