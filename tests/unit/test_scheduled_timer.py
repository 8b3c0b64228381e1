"""domain/study/scheduled_timer.py: starts and stops of timers by scheduled sessions, over random histories."""

import msgspec
from hypothesis import given, strategies as st

from domain.clock import to_milliseconds
from domain.study.scheduled_timer import MAX_DELAY, scheduled_start, scheduled_stop
from domain.study.timer import Timer, TimerChange
from domain.study.timer_phases import timer_at
from tests.unit.test_timer import ADA, IDLE, NOW, PLAN, ROOM, change, changes, histories, plans, waits

SESSION = "session"
HOUR = 3_600_000


def start(timer, at, now=None, plan=PLAN, *, is_empty=False):
    return scheduled_start(timer, SESSION, plan, at, at if now is None else now, is_empty=is_empty)


@given(histories(is_empty=True), plans, waits, st.integers(0, MAX_DELAY))
def test_idle_timer_starts_with_the_date_whatever_was_before(history, plan, wait, delay):
    timer, changed_at = history
    at = changed_at + 1 + wait
    started = start(timer, at, at + delay, plan)
    if timer_at(timer, at).state != "idle":
        assert started is None
        return
    moment = timer_at(started, at)
    assert (moment.state, moment.phase, moment.round, moment.started_at) == ("running", "focus", 1, at)
    assert (moment.plan, moment.changed_by) == (plan, None)
    assert moment.version == timer_at(timer, at).version + 1
    assert started.scheduled_session_id == SESSION
    assert start(started, at, at + delay, plan) is None, "a second attempt"
    stopped = change(started, "stop", at + delay)
    assert start(stopped, at, at + delay, plan) is None, "a second attempt after a person's stop"
    assert start(timer, at, at + MAX_DELAY + 1, plan) is None


@given(changes, waits, waits)
def test_end_stops_only_the_own_timer_that_nobody_changed(fields, wait, more):
    started = start(IDLE, NOW)
    now = NOW + 1 + wait
    stopped = scheduled_stop(started, SESSION, now)
    assert (stopped.state, stopped.changed_by, stopped.scheduled_session_id) == ("idle", None, None)
    assert stopped.version == timer_at(started, now).version + 1
    assert scheduled_stop(stopped, SESSION, now) is None
    assert scheduled_stop(started, "another", now) is None
    if fields["action"] not in {"start", "resume"}:
        action = TimerChange(version=0, **fields)
        changed = change(started, action.action, now, plan=action.plan, seconds=60)
        assert scheduled_stop(changed, SESSION, now + more) is None


def test_timer_in_an_empty_room_has_stopped_by_itself_before_the_end():
    started = start(IDLE, NOW, is_empty=True)
    assert to_milliseconds(started.empty_since) == NOW
    assert scheduled_stop(started, SESSION, NOW + 24 * HOUR) is None


def test_timer_that_runs_or_was_changed_since_is_left_alone():
    running = change(Timer(room_id=ROOM), "start", NOW - HOUR // 6)
    assert start(running, NOW) is None
    assert start(change(IDLE, "configure", NOW, auto_continue=False), NOW, NOW + 5) is None
    configured_by_a_clock_ahead = change(IDLE, "configure", NOW + HOUR, auto_continue=False)
    assert start(configured_by_a_clock_ahead, NOW, NOW + 5) is not None
    paused = msgspec.structs.replace(change(running, "pause", NOW - 5), changed_by=ADA)
    assert start(paused, NOW) is None
