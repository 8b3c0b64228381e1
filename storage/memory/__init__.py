"""The memory backend: everything in dicts, gone with the process.

No method awaits anything, so that each is atomic by running to its end.
"""

import ids
from storage.base import Storage
from storage.memory.account_invites import MemoryAccountInvites
from storage.memory.audit_log import MemoryAuditLog
from storage.memory.bans import MemoryBans
from storage.memory.directory import MemoryDirectory
from storage.memory.invites import MemoryInvites
from storage.memory.members import MemoryMembers
from storage.memory.messages import MemoryMessages
from storage.memory.presence import MemoryPresence
from storage.memory.promotions import MemoryPromotions
from storage.memory.public_notices import MemoryPublicNotices
from storage.memory.reports import MemoryReports
from storage.memory.resets import MemoryResets
from storage.memory.retention import MemoryRetention
from storage.memory.rooms import MemoryRooms
from storage.memory.second_factors import MemorySecondFactors
from storage.memory.sign_ins import MemorySignIns
from storage.memory.tables import Tables
from storage.memory.traces import MemoryTraces
from storage.memory.users import MemoryUsers
from storage.memory.verifications import MemoryVerifications

__all__ = ["MemoryStorage"]


class MemoryStorage(
    MemoryUsers,
    MemoryDirectory,
    MemoryResets,
    MemoryAccountInvites,
    MemoryPublicNotices,
    MemoryVerifications,
    MemoryPromotions,
    MemorySecondFactors,
    MemorySignIns,
    MemoryRooms,
    MemoryInvites,  # is a MemoryMembers, too
    MemoryMembers,
    MemoryBans,
    MemoryAuditLog,
    MemoryReports,
    MemoryMessages,
    MemoryRetention,
    MemoryTraces,
    MemoryPresence,
    Storage,
):
    """A storage that keeps nothing over a restart: for tests and for trying things out."""

    def __init__(self) -> None:
        self._epoch = ids.new_id()
        self._tables = Tables()

    async def open(self) -> None:
        """Do nothing: there is nothing to connect to."""

    async def close(self) -> None:
        """Do nothing: the garbage collector lets go of everything."""

    async def ping(self) -> None:
        """Return: memory answers."""

    async def epoch(self) -> str:
        return self._epoch
