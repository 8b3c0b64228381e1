"""In-memory storage: schedules of rooms."""

from collections.abc import Iterable, Sequence

from domain.base import RoomId, ScheduledSessionId, Timestamp, UserId
from domain.errors.rooms import RoomNotFound
from domain.errors.study import ScheduledSessionNotFound, TooManyScheduledSessions
from domain.moderation import AuditDraft
from domain.study.schedule import ScheduledSession
from storage.base import ScheduleStore
from storage.base.study.schedule import Planned, Upcoming
from storage.memory.tables import Tables, replace
from storage.rules.schedule import Planner, check_creator, check_planner, is_next_version


class MemorySchedule(ScheduleStore):
    """`ScheduleStore` in memory."""

    _tables: Tables

    async def add_scheduled_session(self, session: ScheduledSession, max_open: int) -> ScheduledSession:
        if session.room_id not in self._tables.rooms:
            raise RoomNotFound
        kept = self._tables.scheduled_sessions[session.room_id]
        for known in kept.values():
            if known.id == session.id or _is_retry(known, session):
                return known
        check_planner(self._planner(session.room_id, session.created_by), session.created_at)
        self._require_schedule_space(session.room_id, max_open)
        kept[session.id] = session
        self._tables.going[session.id] = {session.created_by: session.created_at}
        return session

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
        kept = self._tables.scheduled_sessions.get(session.room_id, {})
        stored = kept.get(session.id)
        if stored is None:
            raise ScheduledSessionNotFound
        if audit is None:
            check_creator(self._planner(session.room_id, actor_id), stored, actor_id, at)
        elif not self._tables.authorize_once(audit):
            return True
        if not is_next_version(stored, session):
            return stored == session
        if rest is not None:
            self._require_schedule_space(session.room_id, max_open)
            kept[rest.id] = rest
            self._tables.going[rest.id] = dict(self._tables.going[session.id])
        kept[session.id] = session
        self._tables.record_audit(audit)
        return True

    async def delete_scheduled_session(
        self,
        room_id: RoomId,
        session_id: ScheduledSessionId,
        actor_id: UserId,
        at: Timestamp,
        audit: AuditDraft | None = None,
    ) -> bool:
        stored = self._tables.scheduled_sessions.get(room_id, {}).get(session_id)
        if audit is not None and not self._tables.authorize_once(audit):
            return True
        if stored is None:
            return False
        if audit is None:
            check_creator(self._planner(room_id, actor_id), stored, actor_id, at)
        self._delete_session(stored)
        self._tables.record_audit(audit)
        return True

    async def set_going(
        self, room_id: RoomId, session_id: ScheduledSessionId, user_id: UserId, at: Timestamp, *, going: bool
    ) -> bool:
        stored = self._tables.scheduled_sessions.get(room_id, {}).get(session_id)
        check_planner(self._planner(room_id, user_id), at, may_be_muted=not going)
        if stored is None or stored.due_at is None:
            raise ScheduledSessionNotFound
        users = self._tables.going[session_id]
        if going == (user_id in users):
            return False
        if going:
            users[user_id] = at
        else:
            del users[user_id]
        return True

    async def scheduled_sessions(self, room_id: RoomId, limit: int) -> list[Planned]:
        kept = self._tables.scheduled_sessions.get(room_id, {}).values()
        return [self._planned(session) for session in _by_due(kept)[:limit]]

    async def scheduled_session(self, room_id: RoomId, session_id: ScheduledSessionId) -> Planned | None:
        session = self._tables.scheduled_sessions.get(room_id, {}).get(session_id)
        return self._planned(session) if session else None

    async def begun_sessions(self, room_id: RoomId, since: Timestamp, limit: int) -> list[ScheduledSession]:
        kept = self._tables.scheduled_sessions.get(room_id, {}).values()
        found = sorted((one for one in kept if one.due_at is not None or one.ends_at >= since), key=lambda one: one.id)
        latest_first = sorted(found, key=lambda one: one.ends_at, reverse=True)
        return sorted(latest_first, key=lambda one: one.due_at is None)[:limit]

    async def upcoming_sessions(self, user_id: UserId, due_by: Timestamp, limit: int) -> list[Upcoming]:
        found = [
            Upcoming(session, user_id in self._tables.going[session.id])
            for session in _by_due(self._all_scheduled(), due_by)
            if self._tables.member(session.room_id, user_id)
        ]
        return sorted(found, key=lambda one: not one.is_going)[:limit]

    async def due_scheduled_sessions(self, at: Timestamp, limit: int) -> list[ScheduledSession]:
        return _by_due(self._all_scheduled(), at)[:limit]

    async def advance_scheduled_session(
        self, session_id: ScheduledSessionId, due_at: Timestamp, following: Timestamp | None
    ) -> bool:
        found = next((one for one in self._all_scheduled() if one.id == session_id), None)
        if found is None or found.due_at != due_at:
            return False
        self._tables.scheduled_sessions[found.room_id][session_id] = replace(found, due_at=following)
        return True

    async def purge_scheduled_sessions(self, before: Timestamp, limit: int) -> int:
        over = [one for one in self._all_scheduled() if one.due_at is None and one.ends_at < before]
        for session in over[:limit]:
            self._delete_session(session)
        return len(over[:limit])

    async def sessions_scheduled_by(
        self, user_id: UserId, *, after: ScheduledSessionId | None = None, limit: int
    ) -> Sequence[ScheduledSession]:
        return _page((one for one in self._all_scheduled() if one.created_by == user_id), after, limit)

    async def sessions_going_to(
        self, user_id: UserId, *, after: ScheduledSessionId | None = None, limit: int
    ) -> Sequence[ScheduledSession]:
        return _page((one for one in self._all_scheduled() if user_id in self._tables.going[one.id]), after, limit)

    def _all_scheduled(self) -> Iterable[ScheduledSession]:
        return (session for kept in self._tables.scheduled_sessions.values() for session in kept.values())

    def _planned(self, session: ScheduledSession) -> Planned:
        users = sorted((at, user_id) for user_id, at in self._tables.going[session.id].items())
        return Planned(session, tuple(user_id for _, user_id in users))

    def _planner(self, room_id: RoomId, user_id: UserId) -> Planner:
        member = self._tables.member(room_id, user_id)
        muted_until = self._tables.effective_member(member).muted_until if member else None
        return Planner(self._tables.authority_of(room_id, user_id), muted_until)

    def _require_schedule_space(self, room_id: RoomId, max_open: int) -> None:
        if sum(one.due_at is not None for one in self._tables.scheduled_sessions[room_id].values()) >= max_open:
            raise TooManyScheduledSessions

    def _delete_session(self, session: ScheduledSession) -> None:
        del self._tables.scheduled_sessions[session.room_id][session.id], self._tables.going[session.id]


def _by_due(sessions: Iterable[ScheduledSession], until: Timestamp | None = None) -> list[ScheduledSession]:
    """Return the sessions that are not over, the next one first; with `until`, only those that are due by then."""
    dues = [(one.due_at, one.id, one) for one in sessions if one.due_at is not None]
    return [one for due_at, _, one in sorted(dues) if until is None or due_at <= until]


def _is_retry(known: ScheduledSession, session: ScheduledSession) -> bool:
    key = (session.created_by, session.client_id)
    return session.client_id is not None and (known.created_by, known.client_id) == key


def _page(sessions: Iterable[ScheduledSession], after: ScheduledSessionId | None, limit: int) -> list[ScheduledSession]:
    found = (session for session in sessions if after is None or session.id > after)
    return sorted(found, key=lambda session: session.id)[:limit]
