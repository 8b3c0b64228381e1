"""Timers: the stored record, the record that clients receive, and the pure functions that derive one from the other.

Nothing here reads a clock or does I/O. Times are Unix milliseconds, lengths of phases are seconds. A stored timer is
written when a person changes it, not at the end of a phase: `timer_at` derives the phase from the time. So a restart,
another process and a client that joins late calculate the same `endsAt`.
"""

from typing import Annotated, Literal, NamedTuple, TypeAlias

import msgspec

from domain.base import EXAMPLE_ROOM, Payload, Record, RoomId, ScheduledSessionId, Seq, Timestamp, UserId
from domain.clock import from_milliseconds, to_milliseconds
from domain.errors.base import InvalidInput
from domain.errors.fields import FieldError
from domain.errors.study import TimerStateConflict
from text import normalise

State: TypeAlias = Literal["idle", "running", "paused"]
Phase: TypeAlias = Literal["focus", "shortBreak", "longBreak"]
TimerControl: TypeAlias = Literal["members", "moderators"]
"""Users with the right to change a room's timer: all members, or only moderators, the owner and admins."""
Action: TypeAlias = Literal["start", "pause", "resume", "skip", "stop", "configure", "extend"]

FocusSeconds = Annotated[int, msgspec.Meta(ge=60, le=14_400)]
BreakSeconds = Annotated[int, msgspec.Meta(ge=30, le=7_200)]
Rounds = Annotated[int, msgspec.Meta(ge=1, le=12)]
ExtensionSeconds = Annotated[int, msgspec.Meta(ge=60, le=1_800)]

MAX_EMPTY = 4 * 3600
"""Seconds after which a room's timer stops at the latest while it is empty."""
MAX_UNATTENDED = 12 * 3600
"""Seconds after the last change of a personal timer at which it stops."""
MAX_PHASE = 14_400
"""Seconds to which a phase can be extended."""


class TimerPlan(Record, frozen=True):
    """Lengths of the phases in seconds, and the number of focus phases before the long break."""

    focus: int = 1500
    short_break: int = 300
    long_break: int = 900
    rounds: int = 4

    def seconds(self, phase: Phase) -> int:
        """Return the length of a phase."""
        return {"focus": self.focus, "shortBreak": self.short_break, "longBreak": self.long_break}[phase]

    @property
    def cycle(self) -> int:
        """Length of all rounds with their breaks, in seconds."""
        return self.rounds * self.focus + (self.rounds - 1) * self.short_break + self.long_break

    def after(self, phase: Phase, round_number: int) -> tuple[Phase, int]:
        """Return the phase that follows, and its round. A break has the round of the focus phase before it."""
        if phase == "focus":
            return ("shortBreak" if round_number < self.rounds else "longBreak"), round_number
        return "focus", (round_number + 1 if phase == "shortBreak" and round_number < self.rounds else 1)


DEFAULT_PLAN = TimerPlan()


class Timer(Record, kw_only=True, frozen=True):
    """A timer as it is stored: the last change, from which `timer_at` derives every later moment.

    Attributes:
        room_id: the room; None for the timer of a user alone.
        version: number of changes and of ends of phases until this change.
        phase, round: None and 0 while idle.
        started_at: start of the phase, moved later by each pause, so that it ends `duration` after it; None unless the
            timer runs.
        duration: length of the phase in seconds, extensions included; 0 while idle.
        remaining: milliseconds that are left of the phase; None unless the timer is paused.
        plan: lengths of the phases.
        next_plan: plan that holds from the next phase; None if it is the same.
        auto_continue: False if each phase waits for `resume`.
        empty_since: time since which the room is empty; None while a user is. Of a personal timer, the
            time of the last change.
        changed_by: user of the last change; None for the server.
        changed_at: time of the last change; None if there was none.
        scheduled_session_id: the scheduled session that started the timer; None after a change by a person.
    """

    room_id: RoomId | None
    version: int = 0
    state: State = "idle"
    phase: Phase | None = None
    round: int = 0
    started_at: Timestamp | None = None
    duration: int = 0
    remaining: int | None = None
    plan: TimerPlan = DEFAULT_PLAN
    next_plan: TimerPlan | None = None
    auto_continue: bool = True
    empty_since: Timestamp | None = None
    changed_by: UserId | None = None
    changed_at: Timestamp | None = None
    scheduled_session_id: ScheduledSessionId | None = None


class TimerMoment(NamedTuple):
    """A timer at one moment. Times are Unix milliseconds.

    Attributes:
        state, phase, round, duration, plan, next_plan, auto_continue, changed_by: as in `Timer`, at this moment.
        version: version of the stored timer plus the phases that have ended since.
        started_at, ends_at: start and end of the phase; None unless the timer runs.
        remaining: milliseconds that are left of the phase; None while idle.
        changes_at: next time at which the timer changes by itself; None if it does not.
    """

    state: State
    phase: Phase | None
    round: int
    version: int
    started_at: int | None
    ends_at: int | None
    duration: int
    remaining: int | None
    plan: TimerPlan
    next_plan: TimerPlan | None
    auto_continue: bool
    changed_by: UserId | None
    changes_at: int | None

    @property
    def is_focus(self) -> bool:
        """True while a focus phase runs."""
        return self.state == "running" and self.phase == "focus"


class TimerView(Record, kw_only=True, frozen=True):
    """A timer as it is sent, at `serverTime`.

    `version` counts changes and ends of phases. `startedAt` is moved by pauses, so that the phase ends `duration`
    seconds after it; it and `endsAt` are null unless the timer runs. `remaining` and `duration` are in seconds, null
    while idle.
    `nextPlan` holds from the next phase. `changedBy` is null for the server, and without a change.
    """

    room_id: RoomId | None
    state: State
    phase: Phase | None
    round: int
    started_at: Timestamp | None
    ends_at: Timestamp | None
    remaining: float | None
    duration: int | None
    plan: TimerPlan
    next_plan: TimerPlan | None
    auto_continue: bool
    version: int
    changed_by: UserId | None
    server_time: Timestamp


class PlanChange(Payload, frozen=True):
    """Changed lengths of a plan in seconds; the others stay."""

    focus: FocusSeconds | None = None
    short_break: BreakSeconds | None = None
    long_break: BreakSeconds | None = None
    rounds: Rounds | None = None
    EXAMPLE = {"focus": 3000, "shortBreak": 600}


class TimerChange(Payload, kw_only=True, frozen=True):
    """PUT /api/study-rooms/:id/timer and PUT /api/focus/timer.

    `plan` and `autoContinue` count for `start` and `configure`, `seconds` for `extend`.
    """

    action: Action
    version: Seq
    plan: PlanChange | None = None
    auto_continue: bool | None = None
    seconds: ExtensionSeconds | None = None
    EXAMPLE = {"action": "start", "version": 0, "plan": {"focus": 1500, "shortBreak": 300}}

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.action == "extend" and self.seconds is None:
            raise InvalidInput([FieldError("seconds", "required", "is required")])


class SetTimer(TimerChange, kw_only=True, frozen=True):
    """`set-timer`. It has the fields of PUT /api/study-rooms/:id/timer."""

    room_id: str
    RULES = {"room_id": normalise.uuid}
    EXAMPLE = {"roomId": EXAMPLE_ROOM, "action": "start", "version": 0}


def timer_at(timer: Timer, now: int) -> TimerMoment:
    """Return the timer at a time, in constant time whatever has passed.

    Args:
        timer: the stored timer.
        now: Unix milliseconds. Before the last change, the answer is the one for the time of the change.
    """
    stops_at = _stops_at(timer)
    if stops_at is None or now < stops_at:
        return _unattended(timer, now, stops_at)
    last = _unattended(timer, stops_at - 1, None)
    plan = last.next_plan or last.plan
    return TimerMoment(
        "idle", None, 0, last.version + 1, None, None, 0, None, plan, None, last.auto_continue, None, None
    )


def view_at(timer: Timer, now: int) -> TimerView:
    """Return the timer as it is sent at a time."""
    moment = timer_at(timer, now)
    return TimerView(
        room_id=timer.room_id,
        state=moment.state,
        phase=moment.phase,
        round=moment.round,
        started_at=None if moment.started_at is None else from_milliseconds(moment.started_at),
        ends_at=None if moment.ends_at is None else from_milliseconds(moment.ends_at),
        remaining=None if moment.remaining is None else moment.remaining / 1000,
        duration=moment.duration or None,
        plan=moment.plan,
        next_plan=moment.next_plan,
        auto_continue=moment.auto_continue,
        version=moment.version,
        changed_by=moment.changed_by,
        server_time=from_milliseconds(now),
    )


def stored_at(timer: Timer, now: int) -> Timer:
    """Return the timer to store in place of `timer` so that nothing changes: its phase of this moment."""
    moment = timer_at(timer, now)
    return msgspec.structs.replace(
        timer,
        version=moment.version,
        state=moment.state,
        phase=moment.phase,
        round=moment.round,
        started_at=None if moment.started_at is None else from_milliseconds(moment.started_at),
        duration=moment.duration,
        remaining=moment.remaining if moment.state == "paused" else None,
        plan=moment.plan,
        next_plan=moment.next_plan,
        changed_by=moment.changed_by,
        empty_since=None if moment.state == "idle" else timer.empty_since,
    )


def apply(timer: Timer, change: TimerChange, now: int, by: UserId | None, *, is_empty: bool = False) -> Timer:
    """Return the timer to store after a change; `timer` itself if `configure` changes nothing.

    Args:
        timer: the stored timer.
        change: the change; its version is not compared here.
        now: Unix milliseconds.
        by: the user; None for the server.
        is_empty: True if the room is empty, and for a personal timer.

    Raises:
        TimerStateConflict: the action does not fit the state, such as a pause of a timer that does not run.
    """
    here = stored_at(timer, now)
    changed = _ACTIONS[change.action](here, change, now)
    if change.action == "configure" and changed == here:
        return timer
    is_stopped = changed.state == "idle"
    return msgspec.structs.replace(
        changed,
        version=here.version + 1,
        empty_since=from_milliseconds(now) if is_empty and not is_stopped else None,
        changed_by=by,
        changed_at=from_milliseconds(now),
        scheduled_session_id=None,
    )


def shifted(timer: Timer, milliseconds: int) -> Timer:
    """Return the timer with its times moved, after a correction of the clock; the version is the next one."""

    def moved(at: Timestamp | None) -> Timestamp | None:
        return None if at is None else from_milliseconds(to_milliseconds(at) + milliseconds)

    return msgspec.structs.replace(
        timer, version=timer.version + 1, started_at=moved(timer.started_at), empty_since=moved(timer.empty_since)
    )


# Derivation


def _stops_at(timer: Timer) -> int | None:
    """Return the time at which the timer stops by itself; None if it does not."""
    if timer.state == "idle" or timer.empty_since is None:
        return None
    plan = timer.next_plan or timer.plan
    limit = MAX_UNATTENDED if timer.room_id is None else min(plan.cycle, MAX_EMPTY)
    return to_milliseconds(timer.empty_since) + limit * 1000


def _unattended(timer: Timer, now: int, stops_at: int | None) -> TimerMoment:
    """Return the timer at a time before it stops by itself."""
    fields = timer.plan, timer.next_plan, timer.auto_continue, timer.changed_by
    if timer.state == "idle" or timer.phase is None:
        return TimerMoment("idle", None, 0, timer.version, None, None, 0, None, *fields, None)
    if timer.state == "paused" or timer.started_at is None:
        left = timer.remaining or 0
        return TimerMoment(
            "paused", timer.phase, timer.round, timer.version, None, None, timer.duration, left, *fields, stops_at
        )
    started_at = to_milliseconds(timer.started_at)
    ends_at = started_at + timer.duration * 1000
    if now < ends_at:
        left = min(ends_at - now, timer.duration * 1000)
        return _running(timer.phase, timer.round, timer.version, started_at, timer.duration, left, fields, stops_at)
    return _after_end(timer, ends_at, now, stops_at)


def _after_end(timer: Timer, ends_at: int, now: int, stops_at: int | None) -> TimerMoment:
    """Return the timer at a time after the end of its stored phase."""
    plan = timer.next_plan or timer.plan
    fields = plan, None, timer.auto_continue, timer.changed_by
    phase, round_number = plan.after(timer.phase or "focus", timer.round)
    if not timer.auto_continue:
        duration = plan.seconds(phase)
        return TimerMoment(
            "paused", phase, round_number, timer.version + 1, None, None, duration, duration * 1000, *fields, stops_at
        )
    cycles, _ = divmod(now - ends_at, plan.cycle * 1000)
    started_at = ends_at + cycles * plan.cycle * 1000
    version = timer.version + 1 + cycles * 2 * plan.rounds
    while now >= started_at + plan.seconds(phase) * 1000:
        started_at += plan.seconds(phase) * 1000
        phase, round_number = plan.after(phase, round_number)
        version += 1
    duration = plan.seconds(phase)
    left = started_at + duration * 1000 - now
    return _running(phase, round_number, version, started_at, duration, left, fields, stops_at)


def _running(
    phase: Phase,
    round_number: int,
    version: int,
    started_at: int,
    duration: int,
    left: int,
    fields: tuple[TimerPlan, TimerPlan | None, bool, UserId | None],
    stops_at: int | None,
) -> TimerMoment:
    ends_at = started_at + duration * 1000
    changes_at = ends_at if stops_at is None else min(ends_at, stops_at)
    return TimerMoment(
        "running", phase, round_number, version, started_at, ends_at, duration, left, *fields, changes_at
    )


# Actions: each returns the timer after the action, from the timer as `stored_at` returns it.


def _start(timer: Timer, change: TimerChange, now: int) -> Timer:
    if timer.state != "idle":
        raise TimerStateConflict("The timer has been started already.")
    configured = _configured(timer, change)
    return _begin(configured, "focus", 1, from_milliseconds(now))


def _pause(timer: Timer, _change: TimerChange, now: int) -> Timer:
    if timer.state != "running" or timer.started_at is None:
        raise TimerStateConflict("The timer does not run.")
    left = to_milliseconds(timer.started_at) + timer.duration * 1000 - now
    remaining = min(max(0, left), timer.duration * 1000)
    return msgspec.structs.replace(timer, state="paused", started_at=None, remaining=remaining)


def _resume(timer: Timer, _change: TimerChange, now: int) -> Timer:
    if timer.state != "paused" or timer.remaining is None:
        raise TimerStateConflict("The timer is not paused.")
    started_at = now + timer.remaining - timer.duration * 1000
    return msgspec.structs.replace(timer, state="running", started_at=from_milliseconds(started_at), remaining=None)


def _skip(timer: Timer, _change: TimerChange, now: int) -> Timer:
    """Begin the next phase, running or paused as the one before."""
    if timer.phase is None:
        raise TimerStateConflict("The timer has not been started.")
    planned = msgspec.structs.replace(timer, plan=timer.next_plan or timer.plan, next_plan=None)
    phase, round_number = planned.plan.after(timer.phase, timer.round)
    return _begin(planned, phase, round_number, None if timer.state == "paused" else from_milliseconds(now))


def _stop(timer: Timer, _change: TimerChange, _now: int) -> Timer:
    if timer.state == "idle":
        raise TimerStateConflict("The timer has not been started.")
    return msgspec.structs.replace(
        timer,
        state="idle",
        phase=None,
        round=0,
        started_at=None,
        duration=0,
        remaining=None,
        plan=timer.next_plan or timer.plan,
        next_plan=None,
    )


def _configure(timer: Timer, change: TimerChange, _now: int) -> Timer:
    """Change the plan: at once if no part of the phase has passed, else from the next phase."""
    if timer.phase is None:
        return _configured(timer, change)
    if timer.state == "paused" and timer.remaining == timer.duration * 1000 == timer.plan.seconds(timer.phase) * 1000:
        return _begin(_configured(timer, change), timer.phase, timer.round, None)
    planned = _configured(timer, change)
    next_plan = None if planned.plan == timer.plan else planned.plan
    return msgspec.structs.replace(planned, plan=timer.plan, next_plan=next_plan)


def _extend(timer: Timer, change: TimerChange, _now: int) -> Timer:
    if timer.phase is None:
        raise TimerStateConflict("The timer has not been started.")
    seconds = change.seconds or 0
    if timer.duration + seconds > MAX_PHASE:
        raise TimerStateConflict("A phase takes at most four hours.")
    remaining = None if timer.remaining is None else timer.remaining + seconds * 1000
    return msgspec.structs.replace(timer, duration=timer.duration + seconds, remaining=remaining)


def _configured(timer: Timer, change: TimerChange) -> Timer:
    """Return the timer with the changed plan, which holds at once."""
    changed = change.plan.provided() if change.plan else {}
    plan = msgspec.structs.replace(timer.next_plan or timer.plan, **changed)
    auto_continue = timer.auto_continue if change.auto_continue is None else change.auto_continue
    return msgspec.structs.replace(timer, plan=plan, next_plan=None, auto_continue=auto_continue)


def _begin(timer: Timer, phase: Phase, round_number: int, at: Timestamp | None) -> Timer:
    """Return the timer at the start of a phase, running since `at`; paused without it."""
    duration = timer.plan.seconds(phase)
    return msgspec.structs.replace(
        timer,
        state="paused" if at is None else "running",
        phase=phase,
        round=round_number,
        started_at=at,
        duration=duration,
        remaining=duration * 1000 if at is None else None,
    )


_ACTIONS = {
    "start": _start,
    "pause": _pause,
    "resume": _resume,
    "skip": _skip,
    "stop": _stop,
    "configure": _configure,
    "extend": _extend,
}
