"""PostgreSQL storage: corrections of the study clock."""

from domain.base import Timestamp
from domain.clock import to_milliseconds
from storage.base import StudyClockStore
from storage.base.study.clock import CORRECTION
from storage.postgres.repository import PostgresRepository
from storage.postgres.transaction import Transaction
from storage.rows.study import clock_corrections

_CHECKPOINT = "SELECT alive_at FROM study_checkpoints WHERE node = %s FOR UPDATE"
_MOVES = "; ".join(clock_corrections(lambda column: f"{column} + %s * interval '1 millisecond'"))


class PostgresStudyClock(PostgresRepository, StudyClockStore):
    """`StudyClockStore` in PostgreSQL."""

    async def correct_study_clock(self, before: Timestamp, after: Timestamp) -> bool:
        milliseconds = to_milliseconds(after) - to_milliseconds(before)

        async def work(transaction: Transaction) -> bool:
            found = await transaction.fetch_one(_CHECKPOINT, CORRECTION)
            if found != (before,):
                return found == (after,)
            await transaction.finish(_MOVES, *[milliseconds] * _MOVES.count("%s"))
            return True

        return await self._database.transaction(work)
