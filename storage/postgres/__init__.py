"""The PostgreSQL backend."""

from storage.base import Storage
from storage.postgres import messages
from storage.postgres.account_invites import PostgresAccountInvites
from storage.postgres.audit_log import PostgresAuditLog
from storage.postgres.bans import PostgresBans
from storage.postgres.database import Database
from storage.postgres.directory import PostgresDirectory
from storage.postgres.invites import PostgresInvites
from storage.postgres.members import PostgresMembers
from storage.postgres.messages import PostgresMessages
from storage.postgres.presence import PostgresPresence
from storage.postgres.promotions import PostgresPromotions
from storage.postgres.public_notices import PostgresPublicNotices
from storage.postgres.reports import PostgresReports
from storage.postgres.resets import PostgresResets
from storage.postgres.retention import PostgresRetention
from storage.postgres.rooms import PostgresRooms
from storage.postgres.schema import bring_up_to_date
from storage.postgres.second_factors import PostgresSecondFactors
from storage.postgres.sign_ins import PostgresSignIns
from storage.postgres.traces import PostgresTraces
from storage.postgres.users import PostgresUsers
from storage.postgres.verifications import PostgresVerifications

__all__ = ["PostgresStorage"]


class PostgresStorage(
    PostgresUsers,
    PostgresDirectory,
    PostgresResets,
    PostgresAccountInvites,
    PostgresPublicNotices,
    PostgresVerifications,
    PostgresPromotions,
    PostgresSecondFactors,
    PostgresSignIns,
    PostgresRooms,
    PostgresMembers,
    PostgresInvites,
    PostgresBans,
    PostgresAuditLog,
    PostgresReports,
    PostgresMessages,
    PostgresRetention,
    PostgresTraces,
    PostgresPresence,
    Storage,
):
    """A storage in one PostgreSQL database, which several processes may share."""

    def __init__(
        self, dsn: str, *, pool_size: int = 4, timeout: float = 3.5, open_timeout: float = 20.0, create: bool = True
    ) -> None:
        """Name the database; nothing is connected yet.

        Args:
            dsn: a `postgresql://` URL.
            pool_size: connections at most.
            timeout: seconds that an operation may take before it ends in `StorageUnavailable`.
            open_timeout: seconds that `open` waits for a database that does not answer.
            create: make the tables; if False, `open` raises `StorageUnusable` if there are none yet.
        """
        self._database = Database(dsn, pool_size=pool_size, timeout=timeout)
        self._open_timeout = open_timeout
        self._create = create

    async def open(self) -> None:
        await self._database.open(self._open_timeout)
        try:
            await bring_up_to_date(self._database, create=self._create)
            await self._database.require_work()
            self._database.prepare(messages.PREPARED)
        except BaseException:
            await self._database.close()
            raise

    async def close(self) -> None:
        await self._database.close()

    async def ping(self) -> None:
        await self._database.ping()

    async def epoch(self) -> str:
        # A restored dump brings its own meta along, but its tables are new ones.
        row = await self._database.fetch_one("SELECT epoch || '.' || 'messages'::regclass::oid FROM meta LIMIT 1")
        return str(row[0]) if row else ""
