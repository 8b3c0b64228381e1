"""SQLite storage: corrections of the study clock."""

import sqlite3

from domain.base import Timestamp
from domain.clock import to_milliseconds
from storage.base import StudyClockStore
from storage.base.study.clock import CORRECTION
from storage.rows.study import clock_corrections
from storage.sqlite.database import SqliteDatabase

_CHECKPOINT = "SELECT alive_at FROM study_checkpoints WHERE node = ?"
_MOVES = clock_corrections(lambda column: f"strftime('%Y-%m-%dT%H:%M:%fZ', {column}, ?1)")


class SqliteStudyClock(StudyClockStore):
    """`StudyClockStore` in SQLite."""

    _database: SqliteDatabase

    async def correct_study_clock(self, before: Timestamp, after: Timestamp) -> bool:
        difference = f"{(to_milliseconds(after) - to_milliseconds(before)) / 1000:+.3f} seconds"

        def correct(connection: sqlite3.Connection) -> bool:
            found = connection.execute(_CHECKPOINT, (CORRECTION,)).fetchone()
            if found != (before,):
                return bool(found == (after,))
            for move in _MOVES:
                connection.execute(move, (difference,))
            return True

        return await self._database.write(correct)
