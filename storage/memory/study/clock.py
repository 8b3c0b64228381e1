"""In-memory storage: corrections of the study clock."""

from domain.base import Timestamp
from domain.clock import from_milliseconds, to_milliseconds
from domain.study.timer_actions import shifted
from storage.base import StudyClockStore
from storage.base.study.clock import CORRECTION
from storage.memory.tables import Tables, replace


class MemoryStudyClock(StudyClockStore):
    """`StudyClockStore` in memory."""

    _tables: Tables

    async def correct_study_clock(self, before: Timestamp, after: Timestamp) -> bool:
        checkpoints = self._tables.checkpoints
        if checkpoints.get(CORRECTION) != before:
            return checkpoints.get(CORRECTION) == after
        milliseconds = to_milliseconds(after) - to_milliseconds(before)

        def moved(at: Timestamp | None) -> Timestamp | None:
            return None if at is None else from_milliseconds(to_milliseconds(at) + milliseconds)

        for node, at in checkpoints.items():
            checkpoints[node] = moved(at) or at
        for timers in (self._tables.room_timers, self._tables.user_timers):
            for owner_id, timer in timers.items():
                if timer.state != "idle":
                    timers[owner_id] = shifted(timer, milliseconds)
        for session_id, row in self._tables.focus.items():
            if row.session.ended_at is None:
                session = replace(row.session, started_at=moved(row.session.started_at))
                times = {name: moved(getattr(row, name)) for name in ("lost_at", "ends_at", "acted_at", "checked_at")}
                self._tables.focus[session_id] = replace(row, session=session, **times)
        return True
