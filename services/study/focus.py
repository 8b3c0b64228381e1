"""Focus sessions: connects the focus tracker with connections, events, the study clock and storage."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

import msgspec

from domain.accounts import User
from domain.base import FocusSessionId, RoomId, TaskId, UserId
from domain.clock import from_milliseconds, to_milliseconds
from domain.connections import CHAT, Connection
from domain.errors.base import AppError
from domain.errors.rooms import NotPresent
from domain.errors.study import FocusSessionRuns, TaskNotFound
from domain.rooms import Member
from domain.study.focus import FocusChange, FocusSession, FocusState, StartFocus
from domain.study.focus_changes import Ended, FocusChangeEvent, Saved
from domain.study.focus_tracker import FocusTracker
from domain.study.focus_user import BRIDGE
from domain.study.timer_phases import TimerMoment
from runtime.earliest_timer import EarliestTimer
from services.access import RoomAccess
from services.context import ServiceContext
from services.study.clock import StudyClock
from services.study.focus_changes import FocusChanges, FocusSubscriber
from services.study.focus_rows import open_focus, restored
from services.study.focus_writer import FocusWriter
from services.study.timers import Timers

log = logging.getLogger(__name__)

CHECKPOINT_INTERVAL = 50.0
"""Seconds between two checkpoints, 10 % more or less: after a crash less than 60 s are lost."""
CHECKPOINT_RETRY_INTERVAL = 1.0
"""Seconds from a checkpoint that failed to the next one: an outage of the storage must not double the loss."""
PROMPT = 1000
"""Milliseconds after the start of a phase within which sessions begin with it: it is not heard of at once."""
ACT_PRECISION = 1_800_000
"""Milliseconds by which the stored time of a user's last act may be behind."""


class FocusSessions:
    """Counts study time.

    The truth is in memory; storage follows at once. A command is answered when its change is stored.
    """

    def __init__(self, ctx: ServiceContext, clock: StudyClock, access: RoomAccess, timers: Timers) -> None:
        self._storage = ctx.storage
        self._clock = clock
        self._access = access
        self._timers = timers
        timers.subscribe(self.phase_changed)
        self._tracker = FocusTracker(ctx.new_id)
        self._writer = FocusWriter(ctx.storage, clock)
        self._changes = FocusChanges(ctx, clock, self._tracker, self._writer)
        self._timer = EarliestTimer(self.tick, now=lambda: clock.now() / 1000)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._clock_offset = 0  # milliseconds to add to times of the loop's clock

    def subscribe(self, subscriber: FocusSubscriber) -> None:
        """Call `subscriber` with changes of sessions; True for one that clients compute from the room's timer."""
        self._changes.subscribe(subscriber)

    def __len__(self) -> int:
        """Return the number of users with a connection or an open session."""
        return len(self._tracker)

    @property
    def unstored(self) -> int:
        """Number of sessions with state that is not stored yet."""
        return len(self._writer)

    # Start, checkpoints, end

    async def start(self) -> None:
        """Take over the open sessions of an earlier process: their connections were lost at the last checkpoint."""
        last = await self._storage.last_checkpoint()
        rows = await self._storage.open_focus()
        alive_at = 0 if last is None else to_milliseconds(last)
        self._note(self._tracker.restore(map(restored, rows), alive_at, self._clock.now()))
        if rows:
            log.info("restored focus sessions: %d open at the last checkpoint", len(rows))

    async def checkpoint(self) -> None:
        """Store what is not stored yet, and that the open sessions have lived until now."""
        for session, acted_at, checked_at in self._tracker.open_sessions():
            if acted_at >= session.stored_act + ACT_PRECISION:
                self._changes.put(Saved(session, acted_at, checked_at, is_new=False))
        await self._writer.flush(checkpoint=True)

    async def close(self) -> None:
        """Store the last states: sessions stay open, for a server that starts in the next 5 minutes."""
        self._timer.cancel()
        self._changes.cancel()
        try:
            await self.checkpoint()
        except AppError as failure:
            log.warning("storing focus sessions at shutdown failed: %s", failure)

    def correction(self) -> AbstractAsyncContextManager[None]:
        """Store nothing while the study clock is moved (`FocusWriter.correction`)."""
        return self._writer.correction()

    def clock_moved(self, milliseconds: int) -> None:
        """Follow the study clock, which was moved together with the stored times."""
        self._tracker.shift(milliseconds)
        for session, acted_at, checked_at in self._tracker.open_sessions():  # rows that wait have the times of before
            self._changes.put(Saved(session, acted_at, checked_at, is_new=False))
        self._adjust_offset()
        self._timer.cancel()
        self.tick()

    # Commands

    async def begin(self, request: StartFocus, user: User) -> FocusState:
        """Start a session, or continue one that has just ended; end the open one.

        Raises:
            RoomNotFound, NotAMember: as for `RoomAccess.require_member`.
            NotPresent: the user has no connection to /chat, or none in the room.
            FocusSessionNotFound, ResumeTooLate, FocusOverlap: the session cannot be continued.
            TaskNotFound: the user has no such task.
        """
        if request.room_id is not None:
            await self._access.require_member(request.room_id, user)
        await self.require_task(request.task_id, user.id)
        if request.resume is not None:
            return await self._resume(request.resume, user.id)
        if request.client_id is not None:
            made = await self._storage.focus_session_by_client_id(user.id, request.client_id)
            if made is not None and made.ended_at is not None:
                return self._changes.state(user.id, made.shown)
            session = self._tracker.session(user.id)
            if session is not None and session.client_id == request.client_id:
                return await self._answer(user.id, [])
        self._require_connection(user.id, request.room_id)
        changes = self._tracker.start(
            *(user.id, self._clock.now()),
            room_id=request.room_id,
            task_id=request.task_id,
            activity=request.activity or "",
            client_id=request.client_id,
        )
        return await self._answer(user.id, changes)

    async def _resume(self, session_id: FocusSessionId, user_id: UserId) -> FocusState:
        self._require_connection(user_id, None)
        open_now = self._tracker.session(user_id)
        if open_now is not None and open_now.id == session_id:
            return await self._answer(user_id, [])
        await self._writer.flush()
        since = from_milliseconds(self._clock.now() - BRIDGE)
        reopened = await self._storage.reopen_focus_session(user_id, session_id, since)
        if self._tracker.session(user_id) is not None or not self._tracker.is_connected(user_id):
            session = open_focus(reopened)
            self._note([Ended(session, self._clock.now(), self._clock.now(), is_piece=True)])
        else:
            self._note(self._tracker.resume(open_focus(reopened), self._clock.now()))
        return await self._answer(user_id, [])

    async def require_task(self, task_id: TaskId | msgspec.UnsetType | None, user_id: UserId) -> None:
        """Raise `TaskNotFound` if an id is not that of a task of the user."""
        if isinstance(task_id, str) and await self._storage.task(user_id, task_id) is None:
            raise TaskNotFound

    def _require_connection(self, user_id: UserId, room_id: RoomId | None) -> None:
        if not self._tracker.is_connected(user_id):
            raise NotPresent("Connect to /chat before starting a focus session.")
        if room_id is not None and not self._tracker.is_connected(user_id, room_id):
            raise NotPresent

    async def stop(self, user: User) -> FocusState:
        """End the user's session, and follow no timer until its next phase. Idempotent."""
        return await self._answer(user.id, self._tracker.stop(user.id, self._clock.now()))

    async def confirm(self, user: User) -> FocusState:
        """Answer a check: the session goes on."""
        now = self._clock.now()
        return await self._answer(user.id, self._tracker.act(user.id, now, now))

    def current(self, user: User) -> FocusState:
        """Return the user's open session and the check that waits for an answer."""
        return self._changes.state(user.id)

    async def change_open(self, session_id: FocusSessionId, change: FocusChange, user: User) -> FocusSession | None:
        """Change the activity or the task of the session if it is the user's open one, and return it; else None.

        Raises:
            FocusSessionRuns: the times of an open session do not change.
        """
        session = self._tracker.session(user.id)
        if session is None or session.id != session_id:
            return None
        if change.started_at is not None or change.ended_at is not None:
            raise FocusSessionRuns
        activity = session.activity if change.activity is None else change.activity
        task_id = session.task_id if change.task_id is msgspec.UNSET else change.task_id
        changes = self._tracker.change(user.id, self._clock.now(), activity=activity, task_id=task_id)
        return (await self._answer(user.id, changes)).session

    async def flush(self, *, checkpoint: bool = False) -> None:
        """Store what is not stored yet, before sessions are read; and a checkpoint, before one is entered."""
        await self._writer.flush(checkpoint=checkpoint)

    def push_state(self, user_id: UserId) -> None:
        """Push the user's state, because stored sessions changed."""
        self._changes.push(user_id)

    # Presence of users

    def is_focusing(self, user_id: UserId, room_id: RoomId | None = None) -> bool:
        """Return True if a session of the user runs, in the room if one is given: they are not away then."""
        return self._tracker.is_focusing(user_id, room_id)

    def started_in(self, room_id: RoomId) -> dict[UserId, int]:
        """Return the starts of the open sessions in a room in Unix milliseconds, by user."""
        return self._tracker.started_in(room_id)

    def started_at(self, room_id: RoomId, user_id: UserId) -> int | None:
        """Return the start of the user's open session in a room in Unix milliseconds; None without one."""
        session = self._tracker.session(user_id)
        return session.started_at if session is not None and session.room_id == room_id else None

    def is_idle(self, user_id: UserId) -> bool:
        """Return True if the user has not answered a check."""
        return self._tracker.is_idle(user_id)

    def connected(self, connection: Connection) -> None:
        """Count a new connection to /chat."""
        if connection.namespace == CHAT:
            self._adjust_offset()
            self._note(self._tracker.connect(connection.user_id, connection.id, self._clock.now()))

    def connection_closed(self, connection: Connection) -> None:
        """End what needs a connection to /chat after an intentional disconnect; wait if the client may return."""
        if connection.namespace != CHAT:
            return
        now = self._clock.now()
        user_id, connection_id = connection.user_id, connection.id
        if connection.may_return:
            packet_at = self._at(connection.last_packet_at) if connection.last_packet_at else now
            self._note(self._tracker.lose(user_id, connection_id, min(packet_at, now), now))
        else:
            self._note(self._tracker.disconnect(user_id, connection_id, now))

    def acted(self, user_id: UserId, at: float) -> None:
        """Record an act of a user, at a time of the loop's clock.

        It is called for each event and must be cheap: an act moves the next check, which `tick` finds when it is due.
        """
        act_at = int(at * 1000) + self._clock_offset
        if self._tracker.note_act(user_id, act_at):
            self._note(self._tracker.act(user_id, act_at, self._clock.now()))

    def joined(self, connection: Connection, member: Member) -> None:
        """Count a connection that joined a room."""
        room_id, now = member.room_id, self._clock.now()
        moment = self._timers.phase_of(room_id)  # of a timer that runs since before the start, nothing was heard
        if moment is not None and moment.is_focus and moment.ends_at is not None:
            self._note(self._tracker.begin_phase(room_id, moment.ends_at, now), silently=True)
        self._note(self._tracker.join(connection.user_id, connection.id, room_id, now, follows=member.follow_timer))

    def phase_changed(self, room_id: RoomId, before: TimerMoment, after: TimerMoment) -> None:
        """Open and end the sessions of a room after a change of its timer."""
        now = self._clock.now()
        is_same = before.is_focus and after.is_focus and before.round == after.round
        if before.is_focus and not is_same and before.ends_at is not None:
            self._note(self._tracker.end_phase(room_id, min(before.ends_at, now), now), silently=True)
        if after.is_focus and after.ends_at is not None and after.started_at is not None:
            at = after.started_at if now - after.started_at < PROMPT else now
            self._note(self._tracker.begin_phase(room_id, after.ends_at, at), silently=True)

    async def set_follow(self, room_id: RoomId, user_id: UserId, *, follows: bool) -> None:
        """Count the phases of a room's timer for a user from now on, or not."""
        await self._answer(user_id, self._tracker.set_follow(user_id, room_id, self._clock.now(), follows=follows))

    def left(self, connection: Connection, room_id: RoomId) -> None:
        """Remove a connection from a room that it left."""
        self._note(self._tracker.leave(connection.user_id, connection.id, room_id, self._clock.now()))

    def removed(self, room_id: RoomId, user_id: UserId) -> None:
        """Remove a user from a room, with all connections."""
        self._note(self._tracker.remove(user_id, room_id, self._clock.now()))

    def room_closed(self, room_id: RoomId) -> None:
        """Remove all users from a deleted room."""
        self._note(self._tracker.close_room(room_id, self._clock.now()))

    def tick(self) -> None:
        """Do what is due: ends of phases, losses that were not bridged, checks."""
        self._adjust_offset()
        self._note(self._tracker.tick(self._clock.now()))

    # Changes

    async def _answer(self, user_id: UserId, changes: Sequence[FocusChangeEvent]) -> FocusState:
        """Store the changes of a command, and return the user's state after it."""
        self._note(changes)
        return await self._changes.answer(user_id, changes)

    def _note(self, changes: Sequence[FocusChangeEvent], *, silently: bool = False) -> None:
        self._changes.note(changes, silently=silently)
        if (due := self._tracker.next_deadline()) is not None:
            self._timer.schedule(due / 1000)

    def _at(self, loop_time: float) -> int:
        """Return a time of the loop's clock on the study clock."""
        self._adjust_offset()
        return int(loop_time * 1000) + self._clock_offset

    def _adjust_offset(self) -> None:
        loop = self._loop = self._loop or asyncio.get_running_loop()
        self._clock_offset = self._clock.now() - int(loop.time() * 1000)
