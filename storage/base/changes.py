"""Changes: what a write touched, and the feed that reports them.

A change names records, not cached values: subscribers know what depends on a record. The rule:

- A write runs to its end, also if its caller is cancelled. When its outcome is known, subscribers are called at once,
  before the caller continues. So whatever the caller reads next is newer than the write.
- A write that was rejected changed nothing, and nothing is reported.
- A write whose outcome is unknown may still be committed for a while (`ReportingStore.unsettled`). It is reported
  twice: at once as `UNKNOWN`, and as `SETTLED` when the database can no longer commit it. With a `settle_time` of 0 it
  is reported once, as `COMMITTED`.
- A backend may run a write again if its connection was lost, perhaps after the commit. Then the result, also a
  rejection, is that of the second run, and the first is reported as unknown.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from enum import Enum
from typing import TypeAlias

import msgspec

from domain.base import RoomId, SessionId, Timestamp, UserId

log = logging.getLogger(__name__)


class Change(msgspec.Struct, frozen=True, gc=False):
    """Base of all changes."""


class UserChanged(Change, frozen=True):
    """A user was added, or changed in a field that only the user's own record shows; with None, any user."""

    user_id: UserId | None


class ProfileChanged(Change, frozen=True):
    """A user's name or picture changed, which lists also show."""

    user_id: UserId


class RoleChanged(Change, frozen=True):
    """A role on the server changed, or an account was disabled or enabled. Memberships by this role may have ended."""

    user_id: UserId


class UserDeleted(Change, frozen=True):
    """An account was deleted, with its sessions and memberships."""

    user_id: UserId


class SessionChanged(Change, frozen=True):
    """A session was added or renewed."""

    session_id: SessionId


class SessionRevoked(Change, frozen=True):
    """A session was revoked."""

    session_id: SessionId


class SessionsRevoked(Change, frozen=True):
    """All sessions of a user may have been revoked or deleted; with None, of any user."""

    user_id: UserId | None


class RoomChanged(Change, frozen=True):
    """A room was added, or changed in some fields; by this user, None for the server."""

    room_id: RoomId
    changed_by: UserId | None = None


class RoomListChanged(Change, frozen=True):
    """A public room was added, or a room became public or private."""


class RoomDeleted(Change, frozen=True):
    """A room was deleted, with its memberships and messages."""

    room_id: RoomId


class OwnerChanged(Change, frozen=True):
    """A room has another owner."""

    room_id: RoomId


class MembershipChanged(Change, frozen=True):
    """A membership began, or changed. The room's number of members may have changed."""

    room_id: RoomId
    user_id: UserId


class MembershipEnded(MembershipChanged, frozen=True):
    """A membership ended."""


class PresenceChosen(Change, frozen=True):
    """A member's chosen status, activity or following of the timer changed."""

    room_id: RoomId
    user_id: UserId


class ReadMarkMoved(Change, frozen=True):
    """A member's read mark moved."""

    room_id: RoomId
    user_id: UserId


class TasksChanged(Change, frozen=True):
    """Tasks of a user were added, changed or deleted."""

    user_id: UserId | None


class FocusChanged(Change, frozen=True):
    """Focus sessions of users began, ended, changed or were deleted, so that totals of study time may have changed."""

    user_ids: tuple[UserId, ...]


class ScheduleChanged(Change, frozen=True):
    """A user changed the schedule of a room, or whether they are going to one of its sessions."""

    changed_by: UserId


class HistoryChanged(Change, frozen=True):
    """Messages of a room were added or deleted."""

    room_id: RoomId


class TimerChanged(Change, frozen=True):
    """The timer of a room changed; with None, of any room."""

    room_id: RoomId | None


class MessagesAdded(Change, frozen=True):
    """Messages were added to a room. The values below only grow, so cached records are advanced with them.

    Attributes:
        room_id: the room.
        last_seq: number of the newest of these messages.
        last_active: latest timestamp of these messages.
        read_marks: for each sender, the number to which the read mark moved.
    """

    room_id: RoomId
    last_seq: int
    last_active: Timestamp
    read_marks: dict[UserId, int]


class Outcome(Enum):
    """Knowledge of the result of a write."""

    COMMITTED = "committed"
    UNKNOWN = "unknown"
    """It may take effect at any time until it is reported as settled."""
    SETTLED = "settled"
    """It has taken effect, or it never will."""


Subscriber: TypeAlias = Callable[[Sequence[Change], Outcome], None]


class ChangeFeed:
    """Reports the changes of one storage to its subscribers, in the order in which they subscribed."""

    def __init__(self) -> None:
        self._subscribers: list[Subscriber] = []
        self._unsettled: dict[asyncio.TimerHandle, Sequence[Change]] = {}

    def subscribe(self, subscriber: Subscriber) -> None:
        """Call `subscriber` with all changes from now on. It must neither wait nor raise."""
        self._subscribers.append(subscriber)

    def publish(self, changes: Sequence[Change], outcome: Outcome = Outcome.COMMITTED) -> None:
        """Call all subscribers. An error of one is logged, and the next is called."""
        if not changes:
            return
        for subscriber in self._subscribers:
            try:
                subscriber(changes, outcome)
            except Exception:
                log.exception("a subscriber failed on %s", changes)

    def publish_unknown(
        self, changes: Sequence[Change], settle_time: float, remaining: Callable[[], float] = lambda: 0.0
    ) -> None:
        """Publish changes of a write with an unknown outcome: now as `UNKNOWN`, and as `SETTLED` when it has settled.

        With a `settle_time` of 0, publish them once, as `COMMITTED`.

        Args:
            changes: every change that the write can make.
            settle_time: minimum seconds for which it may still be committed; 0 if it cannot.
            remaining: called after that time; returns the seconds that are left, 0 if none.
        """
        if not changes or not settle_time:
            self.publish(changes)
            return
        self.publish(changes, Outcome.UNKNOWN)
        self._settle_later(changes, settle_time, remaining)

    def _settle_later(self, changes: Sequence[Change], delay: float, remaining: Callable[[], float]) -> None:
        def settle() -> None:
            del self._unsettled[timer]
            if (left := remaining()) > 0:
                self._settle_later(changes, left, remaining)
            else:
                self.publish(changes, Outcome.SETTLED)

        timer = asyncio.get_running_loop().call_later(delay, settle)
        self._unsettled[timer] = changes

    def close(self) -> None:
        """Publish all unsettled changes as `SETTLED` now, because the storage is closed."""
        unsettled, self._unsettled = self._unsettled, {}
        for timer, changes in unsettled.items():
            timer.cancel()
            self.publish(changes, Outcome.SETTLED)
