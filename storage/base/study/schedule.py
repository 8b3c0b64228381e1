"""Storage contract: schedules of rooms.

The rules in storage/base/__init__.py apply to all methods.
"""

from abc import abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

from domain.base import RoomId, ScheduledSessionId, Timestamp, UserId
from domain.moderation import AuditDraft
from domain.study.schedule import ScheduledSession
from storage.base.changes import ScheduleChanged
from storage.base.store import Store, changes, read


class Planned(NamedTuple):
    """A scheduled session, and the members going to it, in the order of their answers."""

    session: ScheduledSession
    going: tuple[UserId, ...]


class Upcoming(NamedTuple):
    """A scheduled session in a room of a user, and whether they are going to it."""

    session: ScheduledSession
    is_going: bool


class ScheduleStore(Store):
    """Scheduled sessions of rooms, and the members going to them. A session that is over (`due_at` None) may be purged.

    After leaving or removal, a member is not going to any of its sessions any more.
    """

    @changes(lambda session: [ScheduleChanged(session.created_by)])
    @abstractmethod
    async def add_scheduled_session(self, session: ScheduledSession, max_open: int) -> ScheduledSession:
        """Store a new session with its creator as going, and return it.

        If its creator has a stored session in the room with this `client_id`, that one is returned.

        Raises:
            RoomNotFound: the room is missing.
            NotSignedIn: the creator is missing, deleted or disabled.
            NotAMember: the creator is not a member.
            Muted: the creator is muted at `session.created_at`.
            TooManyScheduledSessions: the room has `max_open` sessions that are not over.
        """

    @changes(lambda actor_id: [ScheduleChanged(actor_id)])
    @abstractmethod
    async def change_scheduled_session(
        self,
        session: ScheduledSession,
        actor_id: UserId,
        at: Timestamp,
        max_open: int,
        *,
        rest: ScheduledSession | None = None,
        audit: AuditDraft | None = None,
    ) -> bool:
        """Store the next version of a session; return False if another one was stored meanwhile.

        Args:
            session: the session as changed; its version is one more than the stored one's.
            actor_id: the member who changes it.
            at: time of the change.
            max_open: limit of the room's sessions that are not over.
            rest: a new session to store with it, to which the same members are going.
            audit: the action, if the actor is not the creator: the storage authorises it.

        Raises:
            ScheduledSessionNotFound: the session is missing.
            NotSignedIn, NotAMember, Muted: as for `add_scheduled_session`, of the actor, without an audited action.
            Forbidden: the actor is not the creator and there is no audited action, or it is not allowed.
            TooManyScheduledSessions: as for `add_scheduled_session`, because of `rest`.
        """

    @changes(lambda actor_id: [ScheduleChanged(actor_id)])
    @abstractmethod
    async def delete_scheduled_session(
        self,
        room_id: RoomId,
        session_id: ScheduledSessionId,
        actor_id: UserId,
        at: Timestamp,
        audit: AuditDraft | None = None,
    ) -> bool:
        """Delete a session of this room; return True if there was one.

        Raises:
            NotSignedIn, NotAMember, Muted, Forbidden: as for `change_scheduled_session`.
        """

    @changes(lambda user_id: [ScheduleChanged(user_id)])
    @abstractmethod
    async def set_going(
        self, room_id: RoomId, session_id: ScheduledSessionId, user_id: UserId, at: Timestamp, *, going: bool
    ) -> bool:
        """Store whether a member is going to a session; return True if that changed.

        Raises:
            ScheduledSessionNotFound: the room has no such session that is not over.
            NotSignedIn, NotAMember: as for `add_scheduled_session`.
            Muted: the member is muted at `at`, and `going` is true.
        """

    @read
    @abstractmethod
    async def scheduled_sessions(self, room_id: RoomId, limit: int) -> list[Planned]:
        """Return up to `limit` sessions of the room that are not over, ordered by `due_at`, then by id."""

    @read
    @abstractmethod
    async def scheduled_session(self, room_id: RoomId, session_id: ScheduledSessionId) -> Planned | None:
        """Return a session of the room, over or not; None if it is missing."""

    @read
    @abstractmethod
    async def begun_sessions(self, room_id: RoomId, since: Timestamp, limit: int) -> list[ScheduledSession]:
        """Return up to `limit` sessions of the room that may have past occurrences.

        The ones that are not over come first, then the ones that ended at `since` or later, the last end first; at
        equal ends by id.
        """

    @read
    @abstractmethod
    async def upcoming_sessions(self, user_id: UserId, due_by: Timestamp, limit: int) -> list[Upcoming]:
        """Return up to `limit` sessions with a `due_at` until `due_by`, in the rooms of which the user is a member.

        The ones that the user is going to come first, then the others, each ordered by `due_at`, then by id.
        """

    @read
    @abstractmethod
    async def due_scheduled_sessions(self, at: Timestamp, limit: int) -> list[ScheduledSession]:
        """Return up to `limit` sessions with a `due_at` at this time or before, ordered by it, then by id."""

    @changes()
    @abstractmethod
    async def advance_scheduled_session(
        self, session_id: ScheduledSessionId, due_at: Timestamp, following: Timestamp | None
    ) -> bool:
        """Store the next `due_at` of a session, None if it is over; its version stays.

        Returns False if the session is missing, or its `due_at` is not the given one (any more).
        """

    @changes()
    @abstractmethod
    async def purge_scheduled_sessions(self, before: Timestamp, limit: int) -> int:
        """Delete up to `limit` sessions that ended before this time, and return their number."""

    @read
    @abstractmethod
    async def sessions_scheduled_by(
        self, user_id: UserId, *, after: ScheduledSessionId | None = None, limit: int
    ) -> Sequence[ScheduledSession]:
        """Return up to `limit` sessions that the user created, ordered by id; with `after`, only larger ids."""

    @read
    @abstractmethod
    async def sessions_going_to(
        self, user_id: UserId, *, after: ScheduledSessionId | None = None, limit: int
    ) -> Sequence[ScheduledSession]:
        """Return up to `limit` sessions that the user is going to, ordered by id; with `after`, only larger ids."""
