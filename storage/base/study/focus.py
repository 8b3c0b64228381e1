"""Storage contract: focus sessions, and the checkpoints of server processes.

The rules in storage/base/__init__.py apply to all methods.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from domain.base import FocusSessionId, RoomId, Timestamp, UserId
from domain.study.attendance import RoomFocus
from domain.study.focus import Checkpoint, FocusRow, StoredFocusSession
from storage.base.changes import FocusChanged
from storage.base.store import Store, changes, read


class FocusStore(Store):
    """Focus sessions of users. At most one of a user is open.

    A session stores the time zone and the start of the day that its user had when it was added.
    """

    @changes(lambda rows: [FocusChanged(tuple({row.session.user_id: None for row in rows}))])
    @abstractmethod
    async def save_focus(self, rows: Sequence[FocusRow], checkpoint: Checkpoint | None = None) -> None:
        """Store the state of sessions, open ones and ones that have just ended, and a checkpoint.

        - A session that is stored as ended does not change any more: the row is a retry.
        - A session that ended and is too short (`FocusRow.is_too_short`) is deleted.
        - An open session ends the user's other open session, if there is one, when it begins or was lost before.
        - Rows of users who are missing or deleted are skipped; a room that is missing or deleted becomes None.
        - A client id that another session of the user has becomes None.
        - The checkpoint is stored as by `save_checkpoint`, also if there is no row, or every row is skipped.
        """

    @read
    @abstractmethod
    async def open_focus(self) -> list[FocusRow]:
        """Return the state of all open sessions, ordered by id."""

    @read
    @abstractmethod
    async def focus_session(self, user_id: UserId, session_id: FocusSessionId) -> StoredFocusSession | None:
        """Return a session of the user."""

    @read
    @abstractmethod
    async def focus_session_by_client_id(self, user_id: UserId, client_id: str) -> StoredFocusSession | None:
        """Return the session of the user that a request with this idempotency key made."""

    @read
    @abstractmethod
    async def focus_sessions(
        self, user_id: UserId, *, before: FocusSessionId | None = None, limit: int
    ) -> list[StoredFocusSession]:
        """Return up to `limit` sessions of the user, the latest start first; at equal starts the larger id first.

        With `before`, only sessions behind that one in this order; none if the user has no such session.
        """

    @read
    @abstractmethod
    async def room_focus(self, room_id: RoomId, since: Timestamp, until: Timestamp) -> list[RoomFocus]:
        """Return the sessions in a room that began at `since` or later and before `until`, in no order.

        Only sessions of its members count, and none that were entered manually.
        """

    @changes(lambda session: [FocusChanged((session.user_id,))])
    @abstractmethod
    async def add_manual_session(self, session: StoredFocusSession) -> StoredFocusSession:
        """Store a session that has ended, and return it; with its client id stored already, the session that has it.

        Raises:
            FocusOverlap: the user has another session in this time, or an open one that began before its end.
            UserNotFound: the user is missing or deleted.
        """

    @changes(lambda user_id: [FocusChanged((user_id,))])
    @abstractmethod
    async def change_focus_session(
        self, user_id: UserId, session_id: FocusSessionId, changes: Mapping[str, Any]
    ) -> StoredFocusSession:
        """Change a session that has ended, and return it.

        Args:
            user_id: the user.
            session_id: the session.
            changes: new values by field: activity, task_id, started_at, ended_at. `seconds` follows from the times.

        Raises:
            FocusSessionNotFound: the user has no such session.
            FocusSessionRuns: it is open.
            InvalidInput: the new times are not within the old ones, or leave less than a minute.
        """

    @changes(lambda user_id: [FocusChanged((user_id,))])
    @abstractmethod
    async def delete_focus_session(self, user_id: UserId, session_id: FocusSessionId) -> bool:
        """Delete a session that has ended; return True if there was one.

        Raises:
            FocusSessionRuns: it is open.
        """

    @changes(lambda user_id: [FocusChanged((user_id,))])
    @abstractmethod
    async def reopen_focus_session(
        self, user_id: UserId, session_id: FocusSessionId, ended_since: Timestamp
    ) -> StoredFocusSession:
        """Open a session that ended at `ended_since` or later, and return it. An open one is returned as it is.

        Raises:
            FocusSessionNotFound: the user has no such session, or it was entered manually.
            ResumeTooLate: it ended before.
            FocusOverlap: another session of the user began since.
        """

    @changes()
    @abstractmethod
    async def forget_focus_keys(self, before: Timestamp, limit: int) -> int:
        """Remove the client ids of up to `limit` sessions that were added before a time; return their number."""

    @changes()
    @abstractmethod
    async def save_checkpoint(self, node: str, alive_at: Timestamp) -> None:
        """Store that a server process ran at this time; an earlier time than the stored one changes nothing."""

    @read
    @abstractmethod
    async def last_checkpoint(self) -> Timestamp | None:
        """Return the latest time at which any server process was known to run."""
