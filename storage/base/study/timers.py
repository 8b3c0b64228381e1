"""Storage contract: timers of rooms and of users alone.

The rules in storage/base/__init__.py apply to all methods.
"""

from abc import abstractmethod
from collections.abc import Mapping

from domain.base import RoomId, Timestamp, UserId
from domain.study.timer import Timer
from storage.base.changes import Change, TimerChanged
from storage.base.store import Store, changes, read


def _room_timer_changed(room_id: RoomId) -> list[Change]:
    return [TimerChanged(room_id)]


class TimerStore(Store):
    """Timers, as they were at their last change; `domain.study.timer_phases.timer_at` derives the present from it."""

    @read
    @abstractmethod
    async def room_timer(self, room_id: RoomId) -> Timer | None:
        """Return the timer of the room; None if it was never changed, or the room is missing."""

    @read
    @abstractmethod
    async def user_timer(self, user_id: UserId) -> Timer | None:
        """Return the timer of the user alone; None if it was never changed, or the account is deleted."""

    @read
    @abstractmethod
    async def active_timers(self, *, after: RoomId | None = None, limit: int) -> list[Timer]:
        """Return up to `limit` timers of rooms that are not idle, ordered by room; with `after`, of larger ids."""

    @read
    @abstractmethod
    async def timers_changed_by(self, user_id: UserId, *, after: RoomId | None = None, limit: int) -> list[Timer]:
        """Return up to `limit` timers of rooms that the user changed last, ordered by room.

        With `after`, only of larger ids.
        """

    @read
    @abstractmethod
    async def latest_timer_time(self, until: Timestamp | None) -> Timestamp | None:
        """Return the latest time of timers of rooms and users that are not idle; None if there is none.

        Times are those that a correction of the study clock moves: `started_at` and `empty_since`. With `until`, only
        ones that are not later.
        """

    @changes(_room_timer_changed)
    @abstractmethod
    async def set_room_timer(
        self, room_id: RoomId, timer: Timer, expected_version: int, at: Timestamp, actor_id: UserId | None = None
    ) -> bool:
        """Store the timer of a room if the stored version is the expected one; return True if it is stored now.

        So of two changes of the same version one is stored, whatever process makes them.

        Args:
            room_id: the room.
            timer: the new timer.
            expected_version: version of the stored timer; 0 if there is none.
            at: time of the change, to which a mute is compared.
            actor_id: user behind the change, authorised in the transaction (`permissions.check_timer`); None for the
                server itself.

        Raises:
            RoomNotFound: the room is missing.
            NotSignedIn, NotAMember, Forbidden, Muted: as for `permissions.check_timer`.
        """

    @changes()
    @abstractmethod
    async def set_user_timer(self, user_id: UserId, timer: Timer, expected_version: int) -> bool:
        """Store the timer of a user alone, as `set_room_timer` does.

        Raises:
            NotSignedIn: the account is missing, disabled or deleted.
        """

    @changes(lambda since: [TimerChanged(room_id) for room_id in since])
    @abstractmethod
    async def set_timers_empty(self, since: Mapping[RoomId, Timestamp | None]) -> None:
        """Set `empty_since` of timers of rooms; rooms with an idle timer are skipped. The version stays."""

    @changes(lambda: [TimerChanged(None)])
    @abstractmethod
    async def mark_timers_empty(self, at: Timestamp) -> None:
        """Set `empty_since` of every timer of a room that is not idle and has none: a process starts without users."""
