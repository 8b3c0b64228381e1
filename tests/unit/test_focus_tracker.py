"""domain/study/focus_tracker.py: rules of focus sessions, and random histories against a model that only looks back."""

from itertools import count, pairwise

import pytest
from hypothesis import example, given, settings, strategies as st

from domain.study.focus_changes import Checked, Ended, Saved
from domain.study.focus_tracker import FocusTracker
from domain.study.focus_user import BRIDGE, CHECK_AFTER, RESPOND_WITHIN, SLACK

USER, ROOM, OTHER_ROOM = "ada", "room", "other room"
MINUTE = 60_000


class World:
    """A tracker, and the rows that a storage would have: what is left after a crash."""

    def __init__(self):
        self.ids = count(1)
        self.rows = {}
        self.ended = []
        self.checks = []
        self.alive_at = 0
        self.start()

    def start(self):
        self.tracker = FocusTracker(lambda: next(self.ids))

    def take(self, changes):
        """Store changes as a storage does."""
        for change in changes:
            match change:
                case Saved(session, acted_at, checked_at, _):
                    self.rows[session.id] = (copied(session), acted_at, checked_at)
                    assert len([row for row in self.rows.values() if row[0].user_id == session.user_id]) == 1
                case Ended(session, ended_at, _, is_piece):
                    del self.rows[session.id]
                    self.ended.append((session.user_id, session.started_at, ended_at, session.source, is_piece))
                case Checked(session, respond_by):
                    self.checks.append((session.id, respond_by))

    def do(self, name, *arguments, **options):
        self.take(getattr(self.tracker, name)(*arguments, **options))

    def crash(self, now):
        """Lose the memory, and start again at a time with the rows of the storage."""
        self.start()
        rows = list(self.rows.values())
        self.take(self.tracker.restore([(copied(one), *rest) for one, *rest in rows], self.alive_at, now))

    def of(self, user=USER):
        """Return the sessions of a user that ended, as pairs of times."""
        return sorted((start, end) for one, start, end, *_ in self.ended if one == user)


def copied(session):
    """Return a session as it is read from a storage."""
    names = {"room_id", "task_id", "activity", "ends_at", "client_id", "is_piece"}
    fields = {name: getattr(session, name) for name in names}
    again = type(session)(session.id, session.user_id, session.source, session.started_at, **fields)
    again.lost_at = session.lost_at
    return again


@pytest.fixture
def world():
    """A user who is connected and in a room since 0."""
    world = World()
    world.do("join", USER, "tab", ROOM, 0, follows=True)
    return world


def test_stop_ends_the_session(world):
    world.do("start", USER, 1000)
    world.do("stop", USER, 61_000)
    world.do("stop", USER, 62_000)
    assert world.of() == [(1000, 61_000)]


def test_start_without_connection_is_rejected(world):
    for user, room in (("bob", None), (USER, OTHER_ROOM)):
        with pytest.raises(ValueError, match="no connection"):
            world.tracker.start(user, 1000, room_id=room)


def test_second_start_on_another_device_ends_the_first(world):
    world.do("connect", USER, "phone", 500)
    world.do("start", USER, 1000)
    world.do("start", USER, 5000)
    assert world.of() == [(1000, 5000)]
    assert world.tracker.session(USER).started_at == 5000


def test_sessions_that_follow_each_other_lose_no_part_of_a_second(world):
    world.do("start", USER, 1000, room_id=ROOM)
    world.do("start", USER, 5900, room_id=ROOM)
    world.do("leave", USER, "tab", ROOM, 9800)
    world.do("stop", USER, 71_000)
    assert world.of() == [(1000, 5000), (5000, 9000), (9000, 71_000)]


def test_whole_phase_counts_to_the_second_for_users_who_are_free(world):
    world.do("join", "bob", "tab", ROOM, 0, follows=True)
    world.do("start", "bob", MINUTE)
    world.do("stop", "bob", 2 * MINUTE + 3)
    world.do("begin_phase", ROOM, 27 * MINUTE, 2 * MINUTE)  # heard of 5 ms after its start
    world.do("end_phase", ROOM, 27 * MINUTE, 27 * MINUTE)
    assert world.of() == [(2 * MINUTE, 27 * MINUTE)]
    assert world.of("bob")[-1] == (2 * MINUTE + 3, 27 * MINUTE)


def test_loss_that_is_bridged_counts(world):
    world.do("start", USER, 0)
    world.do("lose", USER, "tab", 10_000, 40_000)
    world.do("tick", 10_000 + BRIDGE - 1)
    world.do("connect", USER, "again", 10_000 + BRIDGE - 1)
    world.do("stop", USER, 10 * MINUTE)
    assert world.of() == [(0, 10 * MINUTE)]


def test_loss_that_is_not_bridged_ends_at_the_last_packet(world):
    world.do("start", USER, 0)
    world.do("lose", USER, "tab", 10_000, 40_000)
    world.do("connect", USER, "again", 10_000 + BRIDGE)
    assert world.of() == [(0, 10_000)]
    assert world.tracker.session(USER) is None


def test_other_device_keeps_the_session(world):
    world.do("connect", USER, "phone", 0)
    world.do("start", USER, 0)
    world.do("lose", USER, "tab", 1000, 1000)
    world.do("disconnect", USER, "phone", 9000)
    assert world.of() == [(0, 9000)]


def test_phase_opens_and_ends_the_session_of_followers(world):
    world.do("join", "bob", "phone", ROOM, 0, follows=False)
    world.do("begin_phase", ROOM, 25 * MINUTE, 0)
    assert world.tracker.session("bob") is None
    assert world.tracker.session(USER).source == "timer"
    world.do("tick", 25 * MINUTE + 70)
    world.do("end_phase", ROOM, 25 * MINUTE, 25 * MINUTE + 90)
    assert world.of() == [(0, 25 * MINUTE)]


def test_pause_and_extension_move_the_end(world):
    world.do("begin_phase", ROOM, 25 * MINUTE, 0)
    world.do("begin_phase", ROOM, 30 * MINUTE, MINUTE)
    world.do("tick", 26 * MINUTE)
    assert world.ended == []
    world.do("end_phase", ROOM, 27 * MINUTE, 27 * MINUTE)
    assert world.of() == [(0, 27 * MINUTE)]


def test_stop_opts_out_of_this_phase_only(world):
    world.do("begin_phase", ROOM, 25 * MINUTE, 0)
    world.do("stop", USER, 5 * MINUTE)
    world.do("disconnect", USER, "tab", 6 * MINUTE)
    world.do("join", USER, "again", ROOM, 7 * MINUTE, follows=True)
    assert world.tracker.session(USER) is None
    world.do("end_phase", ROOM, 25 * MINUTE, 25 * MINUTE)
    world.do("begin_phase", ROOM, 55 * MINUTE, 30 * MINUTE)
    assert world.tracker.session(USER).started_at == 30 * MINUTE


def test_start_in_a_phase_is_of_the_timer(world):
    world.do("begin_phase", ROOM, 25 * MINUTE, 0)
    world.do("stop", USER, MINUTE)
    world.do("start", USER, 2 * MINUTE, room_id=ROOM, task_id="task")
    session = world.tracker.session(USER)
    assert (session.source, session.task_id, session.ends_at) == ("timer", "task", 25 * MINUTE)


def test_return_after_the_phase_counts_to_its_end(world):
    world.do("begin_phase", ROOM, 10 * MINUTE, 0)
    world.do("lose", USER, "tab", 9 * MINUTE, 9 * MINUTE)
    world.do("end_phase", ROOM, 10 * MINUTE, 10 * MINUTE)
    world.do("join", USER, "again", ROOM, 13 * MINUTE, follows=True)
    assert world.of() == [(0, 10 * MINUTE)]


def test_connection_without_the_room_does_not_continue_its_timer(world):
    world.do("begin_phase", ROOM, 30 * MINUTE, 0)
    world.do("lose", USER, "tab", MINUTE, MINUTE)
    world.do("connect", USER, "again", 2 * MINUTE)
    world.do("tick", MINUTE + BRIDGE)
    assert world.of() == [(0, MINUTE)]


def test_running_room_joined_last_opens_the_session(world):
    world.do("join", USER, "tab", OTHER_ROOM, 0, follows=True)
    world.do("begin_phase", ROOM, 20 * MINUTE, MINUTE)
    assert world.tracker.session(USER).room_id == ROOM
    world.do("begin_phase", OTHER_ROOM, 30 * MINUTE, 2 * MINUTE)
    world.do("leave", USER, "tab", ROOM, 3 * MINUTE)
    assert world.of() == [(MINUTE, 3 * MINUTE)]
    assert world.tracker.session(USER).room_id == OTHER_ROOM


def test_leaving_splits_a_stopwatch(world):
    world.do("start", USER, 0, room_id=ROOM, activity="Essay")
    world.do("leave", USER, "tab", ROOM, 30_000)
    world.do("stop", USER, 50_000)
    assert [(start, end, piece) for _, start, end, _, piece in world.ended] == [
        (0, 30_000, True),
        (30_000, 50_000, True),
    ]


def test_removal_ends_a_lost_session_at_its_loss(world):
    world.do("begin_phase", ROOM, 30 * MINUTE, 0)
    world.do("lose", USER, "tab", MINUTE, MINUTE)
    world.do("remove", USER, ROOM, 2 * MINUTE)
    assert world.of() == [(0, MINUTE)]


def test_deleted_room_ends_its_sessions(world):
    world.do("begin_phase", ROOM, 30 * MINUTE, 0)
    world.do("close_room", ROOM, MINUTE)
    assert world.of() == [(0, MINUTE)]


def test_unfollowing_ends_and_following_opens(world):
    world.do("begin_phase", ROOM, 30 * MINUTE, 0)
    world.do("set_follow", USER, ROOM, MINUTE, follows=False)
    world.do("set_follow", USER, ROOM, 2 * MINUTE, follows=True)
    assert world.of() == [(0, MINUTE)]
    assert world.tracker.session(USER).started_at == 2 * MINUTE


def test_unanswered_check_ends_the_session_when_it_was_sent(world):
    world.do("start", USER, 0)
    world.do("tick", CHECK_AFTER)
    assert [respond_by for _, respond_by in world.checks] == [CHECK_AFTER + RESPOND_WITHIN]
    assert not world.tracker.is_focusing(USER)
    world.do("tick", CHECK_AFTER + RESPOND_WITHIN)
    assert world.of() == [(0, CHECK_AFTER)]
    world.do("begin_phase", ROOM, 10 * CHECK_AFTER, CHECK_AFTER + 2 * RESPOND_WITHIN)
    assert world.tracker.session(USER) is None
    world.do("act", USER, CHECK_AFTER + 3 * RESPOND_WITHIN, CHECK_AFTER + 3 * RESPOND_WITHIN)
    assert world.tracker.session(USER).source == "timer"


def test_answered_check_starts_two_hours_again(world):
    world.do("start", USER, 0)
    world.do("tick", CHECK_AFTER)
    world.do("act", USER, CHECK_AFTER + 1000, CHECK_AFTER + 1000)
    world.do("tick", 2 * CHECK_AFTER)
    assert len(world.checks) == 1
    world.do("tick", 2 * CHECK_AFTER + 1000)
    assert len(world.checks) == 2


def test_two_hours_count_over_phases(world):
    for start in range(0, CHECK_AFTER, 30 * MINUTE):
        world.do("begin_phase", ROOM, start + 25 * MINUTE, start)
        world.do("end_phase", ROOM, start + 25 * MINUTE, start + 25 * MINUTE)
    world.do("begin_phase", ROOM, CHECK_AFTER + 25 * MINUTE, CHECK_AFTER)
    assert len(world.checks) == 1


def test_phase_that_ends_during_a_check_waits_for_the_answer(world):
    world.do("begin_phase", ROOM, CHECK_AFTER + MINUTE, 0)
    world.do("tick", CHECK_AFTER)
    world.do("tick", CHECK_AFTER + 2 * MINUTE)
    assert world.ended == []
    world.do("act", USER, CHECK_AFTER + 3 * MINUTE, CHECK_AFTER + 3 * MINUTE)
    assert world.of() == [(0, CHECK_AFTER + MINUTE)]


def test_resumed_session_counts_the_gap(world):
    world.do("start", USER, 0)
    session = world.tracker.session(USER)
    world.do("stop", USER, MINUTE)
    world.do("resume", copied(session), 3 * MINUTE)
    world.ended.clear()
    world.do("stop", USER, 4 * MINUTE)
    assert world.of() == [(0, 4 * MINUTE)]


def test_second_kill_leaves_the_session_as_much_time_as_the_first(world):
    world.do("start", USER, 0)
    world.alive_at = 0
    world.crash(MINUTE)
    world.crash(2 * MINUTE)
    world.do("connect", USER, "tab", BRIDGE + MINUTE - 1)
    assert world.of() == []
    assert world.tracker.session(USER).lost_at is None


def test_state_of_a_user_is_dropped_when_it_is_not_needed(world):
    world.do("lose", USER, "tab", 0, 0)
    world.do("tick", BRIDGE)
    assert (len(world.tracker), world.tracker.next_deadline()) == (0, None)


# Random histories. Seconds of one user with two devices; each event has a second of its own.

HORIZON = 2400
DEVICES = ("tab", "phone")
STOPWATCH_EVENTS = ("connect", "lose", "disconnect", "start", "stop", "crash")
TIMER_EVENTS = ("join", "lose", "leave", "begin", "end", "follow", "unfollow", "crash")


def histories(kinds):
    """Return histories: events by second, all before the horizon, each with a device and a number."""
    event = st.tuples(st.sampled_from(kinds), st.sampled_from(DEVICES), st.integers(0, 45))
    return st.dictionaries(st.integers(1, HORIZON - 1), event, max_size=25).map(lambda events: sorted(events.items()))


def connections_of(history, leaving):
    """Return for each second the number of connections, and the time and kind of the end of the last one."""
    there, ends, seen = set(), {}, 0
    counts = []
    events = dict(history)
    for second in range(HORIZON + 1):
        kind, device, lag = events.get(second, ("", "", 0))
        if kind in {"connect", "join"}:
            there.add(device)
            seen = max(seen, second)
        elif kind == "crash" and there:
            there.clear()
            ends[second] = ("crashed", second)
        elif kind == "crash" and ends:  # a session that waits is waited for longer
            how, at = ends[last := max(ends)]
            if how == "lost" and second - at < bridge(how):
                ends[last] = ("crashed", at)
        elif kind in {"lose", *leaving} and device in there:
            there.discard(device)
            seen = max(seen, second - lag if kind == "lose" else second)
            if not there:
                ends[second] = ("lost", seen) if kind == "lose" else ("left", second)
        counts.append(len(there))
    return counts, ends


def bridge(how, slack=SLACK):
    """Return the seconds after a loss in which a connection continues the session."""
    return (BRIDGE + slack * (how == "crashed")) // 1000


def stopwatch_model(history, slack=SLACK, *, waits=True):
    """Return the pairs of seconds that count: from each start to the earliest thing that ends it.

    Without `waits`, a session whose connection does not come back ends at the loss, else at the horizon.
    """
    counts, ends = connections_of(history, {"disconnect"})
    starts = [second for second, (kind, *_) in history if kind == "start" and counts[second]]
    stops = [second for second, (kind, *_) in history if kind == "stop"]
    found = []
    for start in starts:
        end = min((second for second in (*starts, *stops) if second > start), default=HORIZON)
        for gone, (how, at) in sorted(ends.items()):
            if not start < gone <= end:
                continue
            back = next((second for second in range(gone, HORIZON + 1) if counts[second]), None)
            limit = HORIZON if back is None else back
            is_over = how == "left" or limit - at >= bridge(how, slack) or (back is None and not waits)
            if is_over or gone < end < limit:  # stopped while the connection was lost
                end = max(start, at)
                break
        found.append((start, end))
    return found


def run(history, world, actions):
    """Do the events of a history, with a tick before each, and check what always holds."""
    for second, (kind, device, lag) in history:
        now = second * 1000
        world.do("tick", now)
        world.alive_at = now
        actions(world, kind, device, lag, now)
    world.do("tick", HORIZON * 1000)
    check(world)


def check(world):
    """Sessions do not overlap, and none is outside of the time."""
    sessions = world.of()
    assert all(0 <= start <= end <= HORIZON * 1000 for start, end in sessions)
    assert all(before[1] <= after[0] for before, after in pairwise(sessions))


def totals(world):
    """Return the counted seconds, with those of the open session, which has lived until its loss or the horizon."""
    open_now = [(row[0].started_at, row[0].lost_at) for row in world.rows.values()]
    total = sum(end - start for start, end in world.of())
    return (total + sum((HORIZON * 1000 if lost is None else lost) - start for start, lost in open_now)) / 1000


def stopwatch(world, kind, device, lag, now):
    match kind:
        case "connect":
            world.do("connect", USER, device, now)
        case "lose":
            world.do("lose", USER, device, max(0, now - lag * 1000), now)
        case "disconnect":
            world.do("disconnect", USER, device, now)
        case "start" if world.tracker.is_connected(USER):
            world.do("start", USER, now)
        case "stop":
            world.do("stop", USER, now)
        case "crash":
            world.crash(now)


@settings(max_examples=400, deadline=None)
@given(histories(STOPWATCH_EVENTS))
def test_counted_time_of_stopwatch_equals_the_model(history):
    world = World()
    run(history, world, stopwatch)
    expected = stopwatch_model(history)
    open_now = [row[0] for row in world.rows.values()]
    waiting = [one.lost_at for one in open_now if one.lost_at is not None]
    if waiting:  # it may still come back: the model has counted it until the horizon
        expected = [(start, waiting[0] / 1000 if end == HORIZON else end) for start, end in expected]
    assert totals(world) == sum(end - start for start, end in expected)


def lost_from(counted, lost):
    """Return the second at which the session that counts is lost: a session that has ended since stays as it is."""
    start = len(counted)
    while start > lost and counted[start - 1]:
        start -= 1
    return start


def uncount(counted, start):
    counted[start:] = [False] * (len(counted) - start)


def timer_model(history):
    """Return the seconds that count, each for itself: the phase runs, the user follows it, and is there or comes back.

    A gap counts if the second before it did, and the user is in the room again soon enough, up to the end of the phase.
    """
    counts, ends = connections_of(history, {"leave"})
    events = dict(history)
    phase, follows, counted, until, gap = False, True, [], 0, 0
    for second in range(HORIZON + 1):
        kind = events.get(second, ("", "", 0))[0]
        if kind == "begin":
            phase = True
        elif kind == "end":
            phase = False
        elif kind in {"follow", "unfollow"}:
            follows = kind == "follow"
            if not follows and not counts[second]:  # it ends at the loss, because nobody is there
                uncount(counted, gap)  # also if the phase has ended since
        if second in ends:
            how, at = ends[second]
            gap = lost_from(counted, at)
            back = next((later for later in range(second, HORIZON + 1) if counts[later]), None)
            if how != "left" and back is not None and back - at < bridge(how):
                until = back if second and counted[-1] else 0
            else:
                until = 0
                uncount(counted, gap)  # it was noticed later
        counted.append(phase and follows and (counts[second] > 0 or second < until))
        if not counted[-1]:
            until = 0
    return counted


def timer(world, kind, device, lag, now):
    match kind:
        case "join":
            world.do("join", USER, device, ROOM, now, follows=world.follows)
        case "lose":
            world.do("lose", USER, device, max(0, now - lag * 1000), now)
        case "leave":
            world.do("disconnect", USER, device, now)
        case "begin":
            world.phase = 10**9
            world.do("begin_phase", ROOM, world.phase, now)
        case "end":
            world.phase = None
            world.do("end_phase", ROOM, now, now)
        case "follow" | "unfollow":
            world.follows = kind == "follow"
            world.do("set_follow", USER, ROOM, now, follows=world.follows)
        case "crash":
            world.crash(now)
            if world.phase:
                world.do("begin_phase", ROOM, world.phase, now)


@settings(max_examples=400, deadline=None)
@given(histories(TIMER_EVENTS))
@example(
    [(second, (kind, "tab", 0)) for second, kind in enumerate(["begin", "join", "lose", "end", "unfollow", "join"])]
)
def test_counted_time_of_timer_equals_the_model(history):
    world = World()
    world.follows, world.phase = True, None
    run(history, world, timer)
    assert totals(world) == sum(timer_model(history)[:HORIZON])


@settings(max_examples=300, deadline=None)
@given(histories(STOPWATCH_EVENTS), st.integers(1, 59))
def test_kill_costs_less_than_a_minute_and_gains_nothing(history, offset):
    """The last checkpoint was up to 60 s before a kill; without kills the model is met exactly.

    The lower bound is what counts with a connection within 5 minutes of a kill, the upper bound what a checkpoint at
    the kill itself would give.
    """
    exact, world = World(), World()
    run(history, exact, stopwatch)
    for second, (kind, device, lag) in history:
        now = second * 1000
        world.do("tick", now)
        world.alive_at = max(0, (second - offset) // 60 * 60 + offset) * 1000
        stopwatch(world, kind, device, lag, now)
    world.do("tick", HORIZON * 1000)
    check(world)
    kills = sum(kind == "crash" for _, (kind, *_) in history)
    least = sum(end - start for start, end in stopwatch_model(history, slack=0, waits=False))
    assert least - 60 * kills <= totals(world) <= totals(exact)
