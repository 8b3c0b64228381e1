"""Writer of focus sessions: stores states in one transaction for all that changed, and again until it is stored."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from domain.base import FocusSessionId
from domain.errors.base import AppError
from domain.study.focus import Checkpoint, FocusRow
from services.study.clock import StudyClock
from storage.base import Storage

log = logging.getLogger(__name__)

NODE = "server"
"""Name of this process in the checkpoints: one process serves a database."""


class FocusWriter:
    """Stores the latest state of each session that changed.

    A state is a whole row, and storing it twice is storing it once. So after a failure the rows stay here, newer ones
    replace them, and the next flush stores them. A checkpoint is stored in the same transaction: the study clock of the
    next process starts no earlier than a stored session, whatever the machine's clock is then.
    """

    def __init__(self, storage: Storage, clock: StudyClock) -> None:
        self._storage = storage
        self._clock = clock
        self._is_clock_known = True
        self._pending: dict[FocusSessionId, FocusRow] = {}
        self._lock = asyncio.Lock()

    def __len__(self) -> int:
        """Return the number of sessions that are not stored as they are."""
        return len(self._pending)

    def put(self, row: FocusRow) -> None:
        """Store a state with the next flush."""
        self._pending[row.session.id] = row

    @asynccontextmanager
    async def correction(self) -> AsyncIterator[None]:
        """Store nothing while the study clock and the stored times are moved, and no checkpoint after a failure.

        A checkpoint of the clock of before would stay: an hour ahead, for example.
        """
        async with self._lock:
            self._is_clock_known = False
            yield
            self._is_clock_known = True

    async def flush(self, *, checkpoint: bool = False) -> None:
        """Store all states that were put before the call.

        Args:
            checkpoint: True to store a checkpoint also if there is no state to store.

        Raises:
            StorageUnavailable: some states are not stored, and stay for the next flush.
        """
        async with self._lock:
            now = Checkpoint(NODE, self._clock.timestamp()) if self._is_clock_known else None
            if not self._pending and not (checkpoint and now):
                return
            batch, self._pending = self._pending, {}
            try:
                await self._storage.save_focus(list(batch.values()), now)
            except AppError:
                self._pending = batch | self._pending
                raise
            except Exception:
                log.exception("storing %d focus sessions failed; storing each by itself", len(batch))
                await self._store_each(batch)
                await self._storage.save_focus([], now)
            except BaseException:
                self._pending = batch | self._pending
                raise

    async def _store_each(self, batch: dict[FocusSessionId, FocusRow]) -> None:
        """Store the rows one by one, so that one that is rejected does not keep the others from being stored."""
        while batch:
            session_id, row = next(iter(batch.items()))
            try:
                await self._storage.save_focus([row])
            except AppError:
                self._pending = batch | self._pending
                raise
            except Exception:
                log.exception("dropping focus session %s: it cannot be stored", session_id)
            del batch[session_id]
