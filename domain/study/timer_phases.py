"""Phases of a timer: what the stored record is at a time, derived by pure functions.

Nothing here reads a clock or does I/O. Times are Unix milliseconds, lengths of phases are seconds. A stored timer is
written when a person changes it, not at the end of a phase: `timer_at` derives the phase from the time. So a restart,
another process and a client that joins late calculate the same `endsAt`.
"""

from typing import NamedTuple

import msgspec

from domain.base import UserId
from domain.clock import from_milliseconds, to_milliseconds
from domain.study.timer import Phase, State, Timer, TimerPlan, TimerView

MAX_EMPTY = 4 * 3600
"""Seconds after which a room's timer stops at the latest while it is empty."""
MAX_UNATTENDED = 12 * 3600
"""Seconds after the last change of a personal timer at which it stops."""


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
