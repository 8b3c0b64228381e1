"""domain/study/timer_phases.py and timer_actions.py: the phase at a time, and changes by people."""

import msgspec
import pytest
from hypothesis import given, strategies as st

from domain.clock import from_milliseconds, to_milliseconds
from domain.errors.base import InvalidInput
from domain.errors.study import TimerStateConflict
from domain.study.timer import PlanChange, Timer, TimerChange, TimerPlan
from domain.study.timer_actions import MAX_PHASE, apply, shifted
from domain.study.timer_phases import MAX_EMPTY, MAX_UNATTENDED, stored_at, timer_at, view_at

NOW = 1_800_000_000_000
MINUTE = 60_000
ROOM, ADA = "room", "ada"
IDLE = Timer(room_id=ROOM)
PLAN = TimerPlan(focus=1500, short_break=300, long_break=900, rounds=2)
CYCLE = [("focus", 1, 1500), ("shortBreak", 1, 300), ("focus", 2, 1500), ("longBreak", 2, 900)]

plans = st.builds(
    TimerPlan,
    focus=st.integers(60, 14_400),
    short_break=st.integers(30, 7_200),
    long_break=st.integers(30, 7_200),
    rounds=st.integers(1, 12),
)
changes = st.one_of(
    st.sampled_from(["start", "pause", "resume", "skip", "stop"]).map(lambda action: {"action": action}),
    st.builds(lambda seconds: {"action": "extend", "seconds": seconds}, st.integers(60, 1800)),
    st.builds(
        lambda plan, auto: {
            "action": "configure",
            "plan": PlanChange(**msgspec.structs.asdict(plan)),
            "auto_continue": auto,
        },
        plans,
        st.booleans() | st.none(),
    ),
)
waits = st.integers(0, 5 * 3600_000)


def change(timer, action, at=NOW, *, is_empty=False, **fields):
    return apply(timer, TimerChange(action=action, version=0, **fields), at, ADA, is_empty=is_empty)


def begun(plan=PLAN, at=NOW, **fields):
    return change(Timer(room_id=ROOM, plan=plan), "start", at, **fields)


@st.composite
def histories(draw, *, is_empty=False):
    """Return a timer after some changes, and the time of the last."""
    timer, now = begun(draw(plans), is_empty=is_empty), NOW
    for fields in draw(st.lists(changes, max_size=6)):
        now += draw(waits)
        try:
            timer = apply(timer, TimerChange(version=0, **fields), now, ADA, is_empty=is_empty)
        except TimerStateConflict:
            continue
    return timer, now


# The phase at a time


def test_phases_follow_the_plan_without_a_gap():
    timer, at = begun(), NOW
    for number, (phase, round_number, seconds) in enumerate(CYCLE * 3):
        for now in (at, at + seconds * 1000 - 1):
            moment = timer_at(timer, now)
            assert (moment.phase, moment.round, moment.version) == (phase, round_number, 1 + number)
            assert (moment.started_at, moment.ends_at) == (at, at + seconds * 1000)
            assert moment.remaining == moment.ends_at - now
        at += seconds * 1000


@given(plans, st.integers(0, 10**12))
def test_phase_is_that_of_counting_phase_by_phase(plan, later):
    later %= 3 * plan.cycle * 1000
    phase, round_number, started_at, version = "focus", 1, NOW, 1
    while NOW + later >= started_at + plan.seconds(phase) * 1000:
        started_at += plan.seconds(phase) * 1000
        phase, round_number = plan.after(phase, round_number)
        version += 1
    moment = timer_at(begun(plan), NOW + later)
    assert (moment.phase, moment.round, moment.started_at, moment.version) == (phase, round_number, started_at, version)


@given(plans, st.integers(0, 10**13))
def test_any_time_later_is_derived_at_once(plan, later):
    moment = timer_at(begun(plan), NOW + later)
    assert moment.started_at <= NOW + later < moment.ends_at


@given(histories(), waits, waits)
def test_restart_in_between_changes_nothing(history, first, second):
    """A process that stores the phase of its time, and one that does not, end each phase in the same millisecond."""
    timer, now = history
    restarted = stored_at(timer, now + first)
    assert timer_at(restarted, now + first + second) == timer_at(timer, now + first + second)


@given(histories(is_empty=True), waits, waits)
def test_restart_in_an_empty_room_changes_nothing(history, first, second):
    timer, now = history
    restarted = stored_at(timer, now + first)
    assert timer_at(restarted, now + first + second) == timer_at(timer, now + first + second)


@given(histories(), st.lists(waits, max_size=5))
def test_version_grows_with_time_and_exactly_at_changes(history, steps):
    timer, now = history
    moment = timer_at(timer, now)
    for step in steps:
        now += step
        later = timer_at(timer, now)
        assert later.version >= moment.version
        is_same = moment.changes_at is None or now < moment.changes_at
        assert (later.version == moment.version) == is_same
        if is_same:
            assert later._replace(remaining=None) == moment._replace(remaining=None)
        moment = later


@given(histories())
def test_change_at_the_announced_time_is_one_version(history):
    timer, now = history
    moment = timer_at(timer, now)
    if moment.changes_at is not None:
        assert timer_at(timer, moment.changes_at).version == moment.version + 1
        assert timer_at(timer, moment.changes_at - 1).version == moment.version


@given(histories(), changes, waits)
def test_each_change_is_one_version(history, fields, wait):
    timer, now = history
    before = timer_at(timer, now + wait)
    try:
        changed = apply(timer, TimerChange(version=0, **fields), now + wait, ADA)
    except TimerStateConflict:
        return
    if changed is not timer:
        after = timer_at(changed, now + wait)
        assert after.version == changed.version == before.version + 1
        assert (changed.changed_by, to_milliseconds(changed.changed_at)) == (ADA, now + wait)


@given(histories(), waits)
def test_view_at_has_the_times_of_the_moment(history, wait):
    timer, now = history
    moment, view = timer_at(timer, now + wait), view_at(timer, now + wait)
    assert to_milliseconds(view.server_time) == now + wait
    assert (view.remaining is None) == (view.duration is None) == (view.phase is None) == (view.state == "idle")
    if view.state == "running":
        assert to_milliseconds(view.ends_at) == moment.ends_at
        assert round(view.remaining * 1000) == moment.ends_at - now - wait
        assert moment.ends_at - moment.started_at == view.duration * 1000
    else:
        assert view.started_at is view.ends_at is None


@given(histories(), st.integers(-86_400_000, 86_400_000), waits)
def test_shift_moves_the_times_and_is_one_version(history, milliseconds, wait):
    timer, now = history
    moved, kept = timer_at(shifted(timer, milliseconds), now + wait + milliseconds), timer_at(timer, now + wait)
    assert moved.version == kept.version + 1
    assert (moved.state, moved.phase, moved.round, moved.remaining) == (
        kept.state,
        kept.phase,
        kept.round,
        kept.remaining,
    )


# Without autoContinue


def test_phase_without_auto_continue_ends_paused():
    timer = begun(auto_continue=False)
    moment = timer_at(timer, NOW + 25 * MINUTE)
    assert (moment.state, moment.phase, moment.version, moment.remaining) == ("paused", "shortBreak", 2, 300_000)
    assert moment == timer_at(timer, NOW + 100 * MINUTE)
    resumed = change(timer, "resume", NOW + 100 * MINUTE)
    assert timer_at(resumed, NOW + 100 * MINUTE).ends_at == NOW + 105 * MINUTE
    assert timer_at(resumed, NOW + 105 * MINUTE).state == "paused"


def test_skip_without_auto_continue_goes_on_running():
    moment = timer_at(change(begun(auto_continue=False), "skip", NOW + MINUTE), NOW + MINUTE)
    assert (moment.state, moment.phase, moment.ends_at) == ("running", "shortBreak", NOW + 6 * MINUTE)


# The stop of an empty room


def test_timer_of_an_empty_room_stops_after_a_cycle():
    timer = msgspec.structs.replace(begun(), empty_since=from_milliseconds(NOW + MINUTE))
    stop = NOW + MINUTE + PLAN.cycle * 1000
    last, stopped = timer_at(timer, stop - 1), timer_at(timer, stop)
    assert (last.state, last.version, last.changes_at) == ("running", 5, stop)
    assert (stopped.state, stopped.version, stopped.changes_at, stopped.changed_by) == ("idle", 6, None, None)
    assert timer_at(timer, stop + 10**9) == stopped
    restarted = change(timer, "start", stop + MINUTE)
    assert (restarted.version, restarted.plan) == (7, PLAN)


def test_timer_of_an_empty_room_stops_after_four_hours_at_most():
    timer = begun(TimerPlan(14_400, 7_200, 7_200, 12), is_empty=True)
    assert timer_at(timer, NOW + MAX_EMPTY * 1000 - 1).state == "running"
    assert timer_at(timer, NOW + MAX_EMPTY * 1000).state == "idle"


def test_paused_timer_of_an_empty_room_stops_too():
    timer = change(begun(), "pause", NOW + MINUTE, is_empty=True)
    assert timer_at(timer, NOW + MINUTE + PLAN.cycle * 1000 - 1).state == "paused"
    assert timer_at(timer, NOW + MINUTE + PLAN.cycle * 1000).state == "idle"


def test_personal_timer_stops_twelve_hours_after_its_last_change():
    timer = apply(Timer(room_id=None), TimerChange(action="start", version=0), NOW, ADA, is_empty=True)
    paused = apply(timer, TimerChange(action="pause", version=0), NOW + MINUTE, ADA, is_empty=True)
    for one, changed in ((timer, NOW), (paused, NOW + MINUTE)):
        assert timer_at(one, changed + MAX_UNATTENDED * 1000 - 1).state != "idle"
        assert timer_at(one, changed + MAX_UNATTENDED * 1000).state == "idle"


# Changes


def test_pause_and_resume_move_the_end_by_the_pause():
    paused = change(begun(), "pause", NOW + 10 * MINUTE + 1)
    assert (paused.remaining, timer_at(paused, NOW + 10**9).remaining) == (15 * MINUTE - 1, 15 * MINUTE - 1)
    resumed = timer_at(change(paused, "resume", NOW + 70 * MINUTE), NOW + 70 * MINUTE)
    assert (resumed.ends_at, resumed.duration) == (NOW + 85 * MINUTE - 1, 1500)


def test_pause_counts_for_the_phase_of_its_time():
    paused = change(begun(), "pause", NOW + 26 * MINUTE)
    assert (paused.phase, paused.remaining, paused.version) == ("shortBreak", 4 * MINUTE, 3)


def test_skip_of_a_paused_timer_waits_at_the_next_phase():
    moment = timer_at(change(change(begun(), "pause"), "skip"), NOW + 10**9)
    assert (moment.state, moment.phase, moment.remaining) == ("paused", "shortBreak", 300_000)


def test_skip_of_the_last_round_goes_to_the_long_break_and_round_one():
    timer = begun()
    for phase, round_number, _ in [*CYCLE[1:], *CYCLE]:
        timer = change(timer, "skip")
        assert (timer.phase, timer.round) == (phase, round_number)


def test_plan_of_one_round_has_long_breaks_only():
    timer = begun(TimerPlan(60, 30, 40, 1))
    assert [timer_at(timer, NOW + at).phase for at in (0, 60_000, 100_000, 160_000)] == ["focus", "longBreak"] * 2


def test_configure_while_running_holds_from_the_next_phase():
    timer = change(begun(), "configure", NOW + MINUTE, plan=PlanChange(focus=3000, short_break=600))
    now = timer_at(timer, NOW + MINUTE)
    assert (now.ends_at, now.plan, now.next_plan.focus) == (NOW + 25 * MINUTE, PLAN, 3000)
    later = timer_at(timer, NOW + 25 * MINUTE)
    assert (later.ends_at, later.plan.focus, later.next_plan) == (NOW + 35 * MINUTE, 3000, None)
    again = change(timer, "configure", NOW + 2 * MINUTE, plan=PlanChange(rounds=1))
    assert again.next_plan == TimerPlan(3000, 600, 900, 1), "changes add up"
    back = change(again, "configure", NOW + 2 * MINUTE, plan=PlanChange(**msgspec.structs.asdict(PLAN)))
    assert back.next_plan is None


def test_configure_of_a_phase_that_waits_to_begin_holds_at_once():
    timer = change(begun(auto_continue=False), "configure", NOW + 30 * MINUTE, plan=PlanChange(short_break=600))
    assert (timer.state, timer.phase, timer.remaining, timer.next_plan) == ("paused", "shortBreak", 600_000, None)
    paused = change(change(begun(), "pause", NOW + 1), "configure", NOW + 2, plan=PlanChange(focus=600))
    assert (paused.remaining, paused.next_plan.focus) == (1_499_999, 600)


def test_configure_while_idle_holds_at_once():
    timer = change(IDLE, "configure", plan=PlanChange(focus=600), auto_continue=False)
    assert (timer.state, timer.plan.focus, timer.auto_continue, timer.version) == ("idle", 600, False, 1)


@pytest.mark.parametrize("timer", [IDLE, begun(), change(begun(), "pause", NOW + 5)])
def test_configure_that_changes_nothing_is_no_version(timer):
    plan = PlanChange(focus=timer.plan.focus)
    assert change(timer, "configure", NOW + 6, plan=plan, auto_continue=True) is timer


def test_fewer_rounds_than_have_passed_lead_to_the_long_break():
    timer = change(change(begun(), "skip"), "skip")
    timer = change(timer, "configure", plan=PlanChange(rounds=1))
    assert timer_at(timer, NOW + 25 * MINUTE).phase == "longBreak"
    in_break = change(change(begun(TimerPlan(rounds=4)), "skip"), "configure", plan=PlanChange(rounds=1))
    assert [timer_at(in_break, NOW + 5 * MINUTE)[i] for i in (1, 2)] == ["focus", 1]


def test_extension_moves_the_end_of_this_phase_only():
    timer = change(begun(), "extend", NOW + MINUTE, seconds=60)
    moment = timer_at(timer, NOW + MINUTE)
    assert (moment.ends_at, moment.duration, moment.started_at) == (NOW + 26 * MINUTE, 1560, NOW)
    assert timer_at(timer, NOW + 26 * MINUTE).ends_at == NOW + 31 * MINUTE
    assert change(change(timer, "pause", NOW + MINUTE), "extend", seconds=60).remaining == 26 * MINUTE


def test_extension_beyond_four_hours_is_rejected():
    timer = begun(TimerPlan(focus=MAX_PHASE - 60))
    assert change(timer, "extend", seconds=60).duration == MAX_PHASE
    with pytest.raises(TimerStateConflict):
        change(timer, "extend", seconds=61)


def test_extension_without_seconds_is_invalid():
    with pytest.raises(InvalidInput) as failure:
        TimerChange(action="extend", version=0)
    assert [error.field for error in failure.value.errors] == ["seconds"]


def test_stop_forgets_the_phase_and_takes_the_next_plan():
    timer = change(change(begun(), "configure", plan=PlanChange(focus=600)), "stop", NOW + MINUTE)
    assert timer == Timer(
        room_id=ROOM,
        version=3,
        plan=TimerPlan(600, 300, 900, 2),
        changed_by=ADA,
        changed_at=from_milliseconds(NOW + MINUTE),
    )


@pytest.mark.parametrize(
    ("state", "actions"),
    [
        (IDLE, ("pause", "resume", "skip", "stop", "extend")),
        (begun(), ("start", "resume")),
        (change(begun(), "pause"), ("start", "pause")),
    ],
)
def test_action_that_does_not_fit_the_state_is_rejected(state, actions):
    for action in actions:
        with pytest.raises(TimerStateConflict):
            change(state, action, seconds=60)


def test_start_takes_a_plan_and_a_presence():
    timer = change(IDLE, "start", plan=PlanChange(focus=60), auto_continue=False)
    assert (timer.plan.focus, timer.plan.rounds, timer.auto_continue, timer.empty_since) == (60, 4, False, None)
    assert begun(is_empty=True).empty_since == from_milliseconds(NOW)
    assert change(begun(is_empty=True), "pause").empty_since is None


def test_time_before_the_last_change_is_that_of_the_change():
    moment = timer_at(begun(), NOW - 5000)
    assert (moment.phase, moment.version, moment.remaining) == ("focus", 1, 1_500_000)
