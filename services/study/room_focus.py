"""Study time of present users in their rooms, as the others there see it: today's total, and the session that runs.

It is in memory for rooms with present users, and nothing is read for users who do not show their time. Totals are read
once for each room with a user who does, then sessions that end are added.
"""

from collections.abc import Sequence
from datetime import date

from domain.base import FocusSessionId, RoomId, UserId
from domain.clock import from_milliseconds
from domain.connections import Connection
from domain.presence import StudyInRoom
from domain.rooms import Member
from domain.study.days import DayRule, day_end, day_of, day_start
from domain.study.focus_changes import Ended, OpenFocus, Saved
from domain.study.leaderboard import room_days, running_since
from domain.study.progress import FocusTotal
from services.context import ServiceContext
from services.presence.presence import Presence
from services.study.clock import StudyClock
from services.study.focus import FocusSessions


class _Room:
    """Study time in a room today, in its time zone.

    Attributes:
        members: whether a member follows the timer, and shows their time; of all that came since the room was empty.
        seconds: counted time of today, of members with shown time.
        last: the session that was added last to the time of a user, and its seconds.
        changes: number of changes of `seconds`, for reads that run meanwhile.
    """

    __slots__ = ("changes", "day", "day_ends_at", "last", "members", "rule", "seconds")

    def __init__(self, rule: DayRule) -> None:
        self.rule = rule
        self.members: dict[UserId, tuple[bool, bool]] = {}
        self.seconds: dict[UserId, int] = {}
        self.last: dict[UserId, tuple[FocusSessionId, int]] = {}
        self.day = date.min
        self.day_ends_at = 0
        self.changes = 0

    def begin_day(self, now: int) -> bool:
        """Begin the current day if it has not begun; return True if it had not."""
        if now < self.day_ends_at:
            return False
        self.day = day_of(now, self.rule)
        self.day_ends_at = day_end(self.day, self.rule)
        self.seconds = dict.fromkeys(self.seconds, 0)
        self.last.clear()
        self.changes += 1
        return True

    def count(self, session: OpenFocus, ended_at: int) -> None:
        """Add a session that ended."""
        since = max(session.started_at, day_start(self.day, self.rule))
        seconds = max(0, ended_at - since) // 1000
        self.changes += 1
        if session.user_id in self.seconds:
            self.seconds[session.user_id] += seconds
            self.last[session.user_id] = session.id, seconds

    def reopen(self, session: OpenFocus) -> None:
        """Subtract a session that was added and runs again."""
        last = self.last.pop(session.user_id, None)
        self.changes += 1
        if last is not None and last[0] == session.id:
            self.seconds[session.user_id] -= last[1]


class RoomFocus:
    """Study time of present users, for the lists of people of their rooms."""

    def __init__(self, ctx: ServiceContext, clock: StudyClock, focus: FocusSessions, presence: Presence) -> None:
        self._storage = ctx.storage
        self._lookups = ctx.lookups
        self._clock = clock
        self._focus = focus
        self._presence = presence
        self._rooms: dict[RoomId, _Room] = {}
        focus.subscribe(self.focus_changed)

    async def prepare(self, room_id: RoomId, user_id: UserId) -> None:
        """Read what is needed to show a user about to join a room. Nothing happens without a membership."""
        room, member = await self._lookups.room(room_id), await self._lookups.member(room_id, user_id)
        if room is None or member is None:
            return
        rule, state = room_days(room.time_zone), self._rooms.get(room_id)
        if state is None or state.rule != rule:
            former = state.members if state else {}
            state = self._rooms[room_id] = _Room(rule)
            state.members |= former
        state.members[user_id] = member.follow_timer, member.show_on_leaderboard
        if state.begin_day(self._clock.now()):
            self._presence.forget_shown(room_id)
        if member.show_on_leaderboard and user_id not in state.seconds:
            await self._read(room_id, state, user_id)

    async def settings_changed(self, member: Member) -> None:
        """Publish the study time of a present member by their current settings."""
        state = self._rooms.get(member.room_id)
        if state is None:
            return
        state.members[member.user_id] = member.follow_timer, member.show_on_leaderboard
        if member.show_on_leaderboard and member.user_id not in state.seconds:
            await self._read(member.room_id, state, member.user_id)
        self._presence.study_changed(member.room_id, member.user_id)

    async def recount(self, user_id: UserId) -> None:
        """Read today's time of a user again after a correction of stored sessions, where it is shown."""
        for room_id in self._presence.rooms_of(user_id):
            state = self._rooms.get(room_id)
            if state is not None and state.members.get(user_id, (True, False))[1]:
                await self._read(room_id, state, user_id)
                self._presence.study_changed(room_id, user_id)

    async def _read(self, room_id: RoomId, state: _Room, user_id: UserId) -> None:
        """Read today's time of the members with shown time, again if sessions end meanwhile."""
        changes = -1
        while changes != state.changes:
            await self._focus.flush()
            changes = state.changes
            totals = await self._storage.room_totals(room_id, state.day.isoformat(), user_id)
        state.seconds = {one.user.id: one.seconds for one in totals if one.is_shown}

    def joined(self, connection: Connection, member: Member) -> None:
        """Use the settings of a member after joining."""
        if state := self._rooms.get(member.room_id):
            state.members[connection.user_id] = member.follow_timer, member.show_on_leaderboard

    def left(self, connection: Connection, room_id: RoomId) -> None:
        """Ignore a connection that left a room."""

    def removed(self, room_id: RoomId, user_id: UserId) -> None:
        """Ignore a user removed from a room."""

    def room_closed(self, room_id: RoomId) -> None:
        """Forget a room that was deleted or is empty."""
        self._rooms.pop(room_id, None)

    def focus_changed(self, changes: Sequence[tuple[Saved | Ended, bool]]) -> None:
        """Count sessions that ended, and publish what changed for users with shown time.

        Args:
            changes: changes of sessions; True for one that the room's timer caused, which clients compute.
        """
        changed: dict[tuple[RoomId, UserId], bool] = {}
        for change, by_timer in changes:
            session = change.session
            state = self._rooms.get(session.room_id) if session.room_id else None
            if state is None or session.room_id is None or (isinstance(change, Saved) and not change.is_new):
                continue
            if state.begin_day(self._clock.now()):
                self._presence.forget_shown(session.room_id)
            if isinstance(change, Saved):
                state.reopen(session)
            elif not change.is_too_short:
                state.count(session, change.ended_at)
            if state.members.get(session.user_id, (True, False))[1]:
                key = session.room_id, session.user_id
                changed[key] = changed.get(key, True) and by_timer
        for (room_id, user_id), by_timer in changed.items():
            self._presence.study_changed(room_id, user_id, silently=by_timer)

    def of(self, room_id: RoomId, user_id: UserId) -> StudyInRoom:
        """Return the study time of a user as the others in a room see it."""
        state = self._rooms.get(room_id)
        follows, is_shown = state.members.get(user_id, (True, False)) if state else (True, False)
        if state is None or not is_shown:
            return StudyInRoom(follows)
        now, started_at = self._clock.now(), self._focus.started_at(room_id, user_id)
        since = running_since(started_at, day_start(state.day, state.rule), now)
        today = FocusTotal(
            seconds=state.seconds.get(user_id, 0),
            running_since=None if since is None else from_milliseconds(since),
        )
        return StudyInRoom(follows, today, None if started_at is None else from_milliseconds(started_at))
