"""Writer of focus sessions: stores states in one transaction for all that changed, and again until it is stored."""

import asyncio
import logging

from domain.base import FocusSessionId
from domain.errors.base import AppError
from domain.study.focus import FocusRow
from storage.base import Storage

log = logging.getLogger(__name__)


class FocusWriter:
    """Stores the latest state of each session that changed.

    A state is a whole row, and storing it twice is storing it once. So after a failure the rows stay here, newer ones
    replace them, and the next flush stores them.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._pending: dict[FocusSessionId, FocusRow] = {}
        self._lock = asyncio.Lock()

    def __len__(self) -> int:
        """Return the number of sessions that are not stored as they are."""
        return len(self._pending)

    def put(self, row: FocusRow) -> None:
        """Store a state with the next flush."""
        self._pending[row.session.id] = row

    async def flush(self) -> None:
        """Store all states that were put before the call.

        Raises:
            StorageUnavailable: some states are not stored, and stay for the next flush.
        """
        async with self._lock:
            if not self._pending:
                return
            batch, self._pending = self._pending, {}
            try:
                await self._storage.save_focus(list(batch.values()))
            except AppError:
                self._pending = batch | self._pending
                raise
            except Exception:
                log.exception("storing %d focus sessions failed; storing each by itself", len(batch))
                await self._store_each(batch)
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
