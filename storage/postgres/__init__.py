"""The PostgreSQL backend."""

from collections.abc import Callable
from time import monotonic

from storage.base import Storage
from storage.postgres.accounts.account_invites import PostgresAccountInvites
from storage.postgres.accounts.password_resets import PostgresPasswordResets
from storage.postgres.accounts.personal_data import PostgresPersonalData
from storage.postgres.accounts.second_factors import PostgresSecondFactors
from storage.postgres.accounts.sessions import PostgresSessions
from storage.postgres.accounts.users import PostgresUsers
from storage.postgres.accounts.verifications import PostgresVerifications
from storage.postgres.admin.announcements import PostgresAnnouncements
from storage.postgres.admin.directory import PostgresDirectory
from storage.postgres.admin.promotions import PostgresPromotions
from storage.postgres.database import PostgresDatabase
from storage.postgres.messages import prepared
from storage.postgres.messages.held_messages import PostgresHeldMessages
from storage.postgres.messages.messages import PostgresMessages
from storage.postgres.messages.retention import PostgresRetention
from storage.postgres.moderation.audit_log import PostgresAuditLog
from storage.postgres.moderation.bans import PostgresBans
from storage.postgres.moderation.reports import PostgresReports
from storage.postgres.presence.presence import PostgresPresence
from storage.postgres.rooms.invites import PostgresInvites
from storage.postgres.rooms.members import PostgresMembers
from storage.postgres.rooms.rooms import PostgresRooms
from storage.postgres.schema import migrate
from storage.postgres.study.calendars import PostgresCalendars
from storage.postgres.study.clock import PostgresStudyClock
from storage.postgres.study.focus import PostgresFocus
from storage.postgres.study.focus_days import PostgresFocusDays
from storage.postgres.study.schedule import PostgresSchedule
from storage.postgres.study.tasks import PostgresTasks
from storage.postgres.study.timers import PostgresTimers

__all__ = ["PostgresStorage"]

SETTLE_MARGIN = 1.0
"""Seconds for which a statement may still run after the server's timeout, which is below ours."""


class PostgresStorage(
    PostgresUsers,
    PostgresDirectory,
    PostgresPasswordResets,
    PostgresAccountInvites,
    PostgresAnnouncements,
    PostgresVerifications,
    PostgresPromotions,
    PostgresSecondFactors,
    PostgresSessions,
    PostgresRooms,
    PostgresMembers,
    PostgresInvites,
    PostgresBans,
    PostgresAuditLog,
    PostgresReports,
    PostgresMessages,
    PostgresHeldMessages,
    PostgresRetention,
    PostgresPersonalData,
    PostgresPresence,
    PostgresSchedule,
    PostgresCalendars,
    PostgresTasks,
    PostgresTimers,
    PostgresStudyClock,
    PostgresFocus,
    PostgresFocusDays,
    Storage,
):
    """Storage in one PostgreSQL database. Several processes may share it."""

    def __init__(
        self, dsn: str, *, pool_size: int = 4, timeout: float = 3.5, open_timeout: float = 20.0, create: bool = True
    ) -> None:
        """Configure the storage without connecting.

        Args:
            dsn: a `postgresql://` URL.
            pool_size: maximum number of connections.
            timeout: maximum duration of an operation in seconds; then it raises `StorageUnavailable`.
            open_timeout: seconds that `open` retries while the database does not answer.
            create: False if `open` must not create tables; it raises `StorageUnusable` if there are none.
        """
        super().__init__()
        self.settle_time = 2 * timeout + SETTLE_MARGIN  # a last string of statements may time out twice
        self._database = PostgresDatabase(dsn, pool_size=pool_size, timeout=timeout)
        self._open_timeout = open_timeout
        self._create = create

    @property
    def lost_runs(self) -> int:
        return self._database.lost_runs

    async def open(self) -> None:
        await self._database.open(self._open_timeout)
        try:
            await migrate(self._database, create=self._create)
            await self._database.require_ready()
            self._database.prepare(prepared.PREPARED)
        except BaseException:
            await self._database.close()
            raise

    async def close(self) -> None:
        await self._database.close()
        await super().close()

    def unsettled(self) -> Callable[[], float]:
        # A server that does not answer may have received statements that it runs when it goes on. Failures of other
        # operations do not count: some may fail all the time.
        answer = self._database.next_answer()

        def remaining() -> float:
            at = answer.received_at
            return self.settle_time if at is None else max(0.0, at + self.settle_time - monotonic())

        return remaining

    async def ping(self) -> None:
        await self._database.ping()

    async def epoch(self) -> str:
        # A restored dump has the same meta row but new tables, so their oid makes the epoch a new one.
        row = await self._database.fetch_one("SELECT epoch || '.' || 'messages'::regclass::oid FROM meta LIMIT 1")
        return str(row[0]) if row else ""
