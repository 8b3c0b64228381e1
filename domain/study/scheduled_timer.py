"""Timers that a scheduled session starts and stops: pure functions, in Unix milliseconds."""

from datetime import date

import msgspec

from domain.base import ScheduledSessionId
from domain.clock import to_milliseconds
from domain.study.schedule import ScheduledSession, occurrences
from domain.study.timer import PlanChange, Timer, TimerChange, TimerPlan
from domain.study.timer_actions import apply
from domain.study.timer_phases import stored_at, timer_at

MAX_DELAY = 5 * 60_000
"""Milliseconds after the start of an occurrence until which its timer is started, after an outage for example."""


def scheduled_start(
    timer: Timer, session_id: ScheduledSessionId, plan: TimerPlan, at: int, now: int, *, is_empty: bool
) -> Timer | None:
    """Return the timer to store at the start of an occurrence; None if it is left alone.

    It is left alone if it is not idle, if it was changed since the start, or if the start was over `MAX_DELAY` ago. The
    timer counts as changed at the start, so that after a crash a second attempt leaves it alone. Its first phase
    begins at the start, too: a late one is shorter, and all breaks are when members expect them. A change after `now`
    is of a clock that was ahead until it was corrected.

    Args:
        timer: the stored timer.
        session_id: the scheduled session.
        plan: its plan.
        at: start of the occurrence.
        now: this moment, `at` or later.
        is_empty: True if the room is empty.
    """
    is_changed = timer.changed_at is not None and at <= to_milliseconds(timer.changed_at) <= now
    if is_changed or now > at + MAX_DELAY or timer_at(timer, at).state != "idle":
        return None
    change = TimerChange(action="start", version=timer.version, plan=PlanChange(**msgspec.structs.asdict(plan)))
    started = apply(timer, change, at, None, is_empty=is_empty)
    return msgspec.structs.replace(started, scheduled_session_id=session_id)


def scheduled_stop(timer: Timer, session_id: ScheduledSessionId, now: int) -> Timer | None:
    """Return the timer to store at the end of an occurrence; None if it is left alone.

    It is left alone unless the session started it and no person has changed it since.
    """
    if timer.scheduled_session_id != session_id or timer_at(timer, now).state == "idle":
        return None
    return apply(timer, TimerChange(action="stop", version=timer.version), now, None)


def scheduled_handover(
    timer: Timer, session: ScheduledSession, first: date, rest_id: ScheduledSessionId, now: int
) -> Timer | None:
    """Return the timer to store after a session was split while its timer runs; None if it is left alone.

    If the present occurrence is one of the new session, that session stops the timer at its end. It is left alone
    unless the session started it and no person has changed it since.

    Args:
        timer: the stored timer.
        session: the session before the split.
        first: first date of the new session.
        rest_id: the new session.
        now: this moment.
    """
    present = next(occurrences(session, now), None)
    if present is None or present.date < first or to_milliseconds(present.starts_at) > now:
        return None
    if timer.scheduled_session_id != session.id or timer_at(timer, now).state == "idle":
        return None
    here = stored_at(timer, now)
    return msgspec.structs.replace(here, version=here.version + 1, scheduled_session_id=rest_id)
