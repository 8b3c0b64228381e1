"""Storage contract: corrections of the study clock.

The rules in storage/base/__init__.py apply to all methods.
"""

from abc import abstractmethod

from domain.base import Timestamp
from storage.base.changes import TimerChanged
from storage.base.store import Store, changes

CORRECTION = "correction"
"""Node with its checkpoint at the time of a correction: before it, and after it."""


class StudyClockStore(Store):
    """Stored times of the study clock, which follow when it is moved."""

    @changes(lambda: [TimerChanged(None)])
    @abstractmethod
    async def correct_study_clock(self, before: Timestamp, after: Timestamp) -> bool:
        """Move all stored times by the difference, if the checkpoint of `CORRECTION` is `before`; it becomes `after`.

        In one write, the times of timers that are not idle, of open focus sessions and of all checkpoints. Each of
        these timers gets the next version. Sessions that have ended stay.

        Returns True if the checkpoint is `after` now: a repeated call moves nothing twice.
        """
