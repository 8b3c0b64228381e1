"""Timers: their plans, the stored record, the record that clients receive, and the changes that clients send.

Lengths of phases are seconds. timer_phases.py derives the phase of a time, timer_actions.py changes a timer.
"""

from typing import Annotated, Literal, TypeAlias

import msgspec

from domain.base import EXAMPLE_ROOM, Payload, Record, RoomId, ScheduledSessionId, Seq, Timestamp, UserId
from domain.errors.base import InvalidInput
from domain.errors.fields import FieldError
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
