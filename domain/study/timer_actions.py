"""Changes of a timer by people, by a schedule and by a correction of the clock: pure functions.

Times are Unix milliseconds, lengths of phases are seconds.
"""

import msgspec

from domain.base import Timestamp, UserId
from domain.clock import from_milliseconds, to_milliseconds
from domain.errors.study import TimerStateConflict
from domain.study.timer import Phase, Timer, TimerChange
from domain.study.timer_phases import stored_at

MAX_PHASE = 14_400
"""Seconds to which a phase can be extended."""


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
