"""The checker of the chaos run sees every way in which a promise can be broken, and nothing where none is."""

import pytest

from chaos import checker, report
from chaos.record import (
    Answered,
    Applied,
    Census,
    Closed,
    Deaf,
    Heard,
    Joined,
    Joining,
    LastTimer,
    Noticed,
    Opened,
    Person,
    Pressed,
    Probe,
    Refused,
    Run,
    Sent,
    Study,
    StudyRead,
    TimerHeard,
    Window,
)
from chaos.schedule import Sort, schedule
from chaos.violation import KINDS
from domain.clock import from_milliseconds

ROOM, FOREIGN = "room", "foreign"
ADA, BEN = "user ada", "user ben"


def message(seq, key=None, content="hello", room=ROOM):
    return {"id": f"m{seq}", "roomId": room, "seq": seq, "content": content, "clientMessageId": key or f"k{seq}"}


def entered(missed=(), last=0, epoch="e", recovered=True):
    return {"ok": True, "epoch": epoch, "recovered": recovered, "missed": list(missed), "lastSeq": last}


def refused(code):
    return {"ok": False, "error": {"code": code, "message": code}}


def ok(said):
    return {"ok": True, "message": said}


def users(*ids, version=1):
    return "room-users", ([{"id": user} for user in ids], {"roomId": ROOM, "version": version})


def came(user, version):
    return "user-joined", ({"id": user, "roomId": ROOM, "version": version},)


def went(user, version):
    return "user-left", ({"userId": user, "roomId": ROOM, "version": version},)


def comes(at=0.0, who="ada", connection=1, since=0, answer=None):
    return [
        Opened(at, who, connection),
        Joining(at, who, connection, ROOM, since),
        Joined(at + 0.1, who, connection, ROOM, since, answer or entered()),
    ]


def says(at, said, who="ada", connection=1, answer=None, after=0.1):
    sent = Sent(at, who, connection, said["roomId"], said["clientMessageId"], said["content"])
    ack = Answered(at + after, who, connection, sent.room, sent.key, at, answer or ok(said))
    return [sent, ack]


def hears(at, *messages, who="ada", connection=1):
    return [Heard(at, who, connection, said["roomId"], said) for said in messages]


def is_told(*notices, at=30.0):
    return [Noticed(at, "ada", 1, ROOM, event, said) for event, said in notices]


def stamp(seconds):
    return from_milliseconds(round(seconds * 1000))


def a_timer(version, start=0, end=75, phase="focus", round_number=1):
    return {
        "version": version, "state": "running", "phase": phase, "round": round_number, "startedAt": stamp(start),
        "serverTime": stamp(start), "endsAt": stamp(end), "duration": end - start, "plan": {}, "nextPlan": None,
        "autoContinue": True,
    }  # fmt: skip


def shows(*timers, who="ada"):
    """Return timers, each received at its start."""
    return [TimerHeard(10.0 + 10.0 * number, who, 1, ROOM, timer) for number, timer in enumerate(timers)]


def holds(seq, after=0.1, **more):
    """Return a send whose message is acked as held, and later has this number."""
    return says(12.0, message(seq), answer={"ok": True, "held": True, "message": message(seq) | {"seq": 0}} | more)


def a_session(seconds=70, start=10, end=None, number=1):
    ended_at = stamp(start + seconds if end is None else end)
    return {"id": f"s{number}", "startedAt": stamp(start), "endedAt": ended_at, "seconds": seconds}


def read(*sessions, total=None, running=None, at=95.0):
    seconds = sum(session["seconds"] for session in sessions) if total is None else total
    stats = {"serverTime": stamp(at), "total": {"seconds": seconds, "runningSince": running}}
    return {ADA: StudyRead(Window(at, at + 0.1), list(sessions), stats)}


def studied(seconds=70.0, start=10.0):
    return [Study(ADA, "s1", Window(start, start + 0.1), Window(start + seconds, start + seconds + 0.1))]


QUIET = {"quiet": frozenset({ROOM})}
FOLLOWS = QUIET | {"followers": {ADA: ROOM}}
KILLED = {"faults": [Applied("kill -9, for 6 minutes", 40.0, 42.0, 42.5, None, None, 60.0)]}


def a_run(*events, history=(), **more):
    given = {"people": {"ada": Person(ADA, frozenset({ROOM}))}, "histories": {ROOM: list(history)}, "end": 100.0}
    return Run(**given | {"events": [event for some in events for event in some]} | more)


def a_fault(*, ready=21.0, unwritable=None, touched=None):
    return Applied("a fault", 10.0, 20.0, ready, unwritable, touched)


def talk(*numbers):
    """Return sends of messages, one per second from second 1 on."""
    return [event for seq in numbers for event in says(float(seq), message(seq))]


ONE, TWO, THREE = message(1), message(2), message(3)
ALL = [ONE, TWO, THREE]

FINE = {
    "talk": a_run(comes(), talk(1, 2), hears(2.0, ONE, TWO), history=[ONE, TWO]),
    "a return": a_run(
        comes(),
        talk(1),
        hears(1.0, ONE),
        [Closed(3.0, "ada", 1)],
        [Opened(5.0, "ada", 2), Joining(5.0, "ada", 2, ROOM, 1)],
        hears(5.1, THREE, connection=2),
        [Joined(5.2, "ada", 2, ROOM, 1, entered([TWO, THREE], 3))],
        says(6.0, TWO, connection=2),
        says(6.0, THREE, connection=2),
        history=ALL,
    ),
    "a retry": a_run(
        comes(),
        says(1.0, ONE, answer=refused("storage_unavailable")),
        hears(2.0, ONE),
        says(2.0, ONE),
        says(3.0, ONE),
        history=[ONE],
    ),
    "a lost connection instead of an answer": a_run(
        comes(), [Sent(1.0, "ada", 1, ROOM, "k1", "hello"), Closed(4.0, "ada", 1)],
        comes(5.0, connection=2, answer=entered([ONE], 1)), says(6.0, ONE, connection=2), history=[ONE],
    ),
    "a silence while nobody could be reached": a_run(
        comes(), says(1.0, ONE, after=14.0), hears(15.0, ONE), history=[ONE], deaf=[Deaf(2.0, 14.0, frozenset({"ada"}))]
    ),
    "a client that was silent since the server was deaf": a_run(
        comes(), [Closed(15.0, "ada", 1)], deaf=[Deaf(1.0, 8.0, None)], faults=[a_fault(touched=frozenset())]
    ),
    "presence": a_run(
        comes(), is_told(users(ADA), came(BEN, 2), went(BEN, 3), ("status-updated", ({"version": 4},)), came(BEN, 5))
    ),
    "a grace that is over": a_run(
        comes(), comes(0.0, "ben", 2), is_told(users(ADA, BEN)), [Closed(31.0, "ben", 2, "torn")],
        is_told(went(BEN, 2), at=33.1), comes(33.5, "ben", 3), is_told(came(BEN, 3), at=33.6),
        people={"ada": Person(ADA, frozenset({ROOM})), "ben": Person(BEN, frozenset({ROOM}))},
    ),
    "held until the break": a_run(
        comes(), shows(a_timer(1), a_timer(2, 20, 50, "shortBreak")), holds(1), hears(21.0, ONE),
        history=[ONE], **QUIET,
    ),
    "timers": a_run(
        shows(a_timer(1), a_timer(1), a_timer(2)), **QUIET,
        presses=[Pressed(20.0, "ada", ROOM, 1)],
        last_timers=[LastTimer(90.0, ROOM, a_timer(2), {"ada": a_timer(2)})],
    ),
    "a stopwatch": a_run(studies=studied(), study_reads=read(a_session())),
    "a stopwatch under a minute": a_run(studies=studied(30.0), study_reads=read()),
    "a stopwatch that ends with a long kill": a_run(
        studies=studied(75.0), study_reads=read(a_session(61)), **KILLED,
    ),
    "a phase that was followed": a_run(
        comes(), shows(a_timer(1, 10, 85), a_timer(2, 85, 115, "shortBreak")), **FOLLOWS,
        study_reads=read(a_session(75)),
    ),
    "who is not let in": a_run(
        [Joined(1.0, "ada", 1, FOREIGN, 0, refused("not_a_member"))],
        says(1.0, message(1, "k", room=FOREIGN), answer=refused("not_a_member")),
    ),
    "a fault that is owned up to": a_run(
        faults=[a_fault(unwritable=(10.0, 20.0), touched=frozenset({"ada"}))],
        probes=[
            Probe(9.0, 9.1, "/readyz", 200),
            Probe(12.0, 12.1, "/readyz", 503),
            Probe(12.0, 12.1, "/healthz", 200),
            Probe(19.9, 20.1, "/readyz", 200),
            Probe(31.0, 32.0, "/healthz", 0),
        ],
        deaf=[Deaf(30.0, 33.0, None)],
        events=[Opened(0.0, "ada", 1), Closed(12.0, "ada", 1)],
        censuses=[Census(25.0, ROOM, *[frozenset({ADA})] * 3, 1)],
    ),
}  # fmt: skip

BROKEN = {
    "acked, and not kept": ("lost", a_run(comes(), talk(1))),
    "kept twice": (
        "doubled",
        a_run(comes(), says(1.0, ONE), hears(1.0, ONE, message(2, "k1")), history=[ONE, message(2, "k1")]),
    ),
    "announced twice": ("doubled", a_run(comes(), talk(1), hears(1.0, ONE, ONE), history=[ONE])),
    "caught up twice": (
        "doubled",
        a_run(
            comes(), talk(1, 2), hears(1.0, ONE),
            comes(3.0, connection=2, since=1, answer=entered([ONE, TWO], 2)), history=[ONE, TWO],
        ),
    ),
    "announced in another order": (
        "out of order",
        a_run(comes(answer=entered(ALL, 3)), talk(1, 2, 3), hears(4.0, TWO, ONE), history=ALL),
    ),
    "left out": ("hole", a_run(comes(), talk(1, 2, 3), hears(1.0, ONE, THREE), history=ALL)),
    "not caught up": (
        "hole",
        a_run(
            comes(), talk(1, 2, 3), hears(1.0, ONE), comes(3.0, connection=2, since=1, answer=entered([THREE], 3)),
            history=ALL,
        ),
    ),
    "begun anew for no reason": (
        "hole", a_run(comes(answer=entered([ONE], 1, recovered=False)), talk(1), history=[ONE]),
    ),
    "another epoch": (
        "hole", a_run(comes(), comes(2.0, connection=2, answer=entered(epoch="another"))),
    ),
    "never told": ("missing", a_run(comes(), talk(1, 2), hears(1.0, ONE), history=[ONE, TWO])),
    "a number left out": (
        {"misnumbered", "hole"},  # who sees such a history sees the hole, too
        a_run(
            comes(answer=entered([ONE, THREE], 3, recovered=False)), says(1.0, ONE), says(1.0, THREE),
            history=[ONE, THREE],
        ),
    ),
    "told, and not kept": ("ghost", a_run(comes(), hears(1.0, ONE))),
    "told otherwise": (
        "ghost", a_run(comes(), says(1.0, ONE), hears(1.0, message(1, content="hullo")), history=[ONE]),
    ),
    "kept, and sent by nobody": ("ghost", a_run(comes(), hears(1.0, ONE), history=[ONE])),
    "heard by a stranger": ("stranger", a_run(hears(1.0, message(1, room=FOREIGN)))),
    "presence told to a stranger": ("stranger", a_run([Noticed(1.0, "ada", 1, FOREIGN, *users(BEN))])),
    "a stranger let in": ("stranger", a_run([Joined(1.0, "ada", 1, FOREIGN, 0, entered())])),
    "a stranger kept": (
        "stranger",
        a_run(
            says(1.0, message(1, "k", room=FOREIGN), answer=refused("not_a_member")),
            histories={FOREIGN: [message(1, "k", room=FOREIGN)]},
        ),
    ),
    "acked as another": (
        "false ok", a_run(comes(), says(1.0, ONE, answer=ok(TWO)), hears(1.0, ONE), history=[ONE]),
    ),
    "kept as another": (
        "false ok",
        a_run(
            comes(), says(1.0, ONE, answer=ok(message(1, content="hullo"))), hears(1.0, message(1, content="hullo")),
            history=[message(1, content="hullo")],
        ),
    ),
    "acked while nothing can be kept": (
        "false ok",
        a_run(
            comes(), says(15.0, ONE), hears(15.0, ONE), history=[ONE], faults=[a_fault(unwritable=(10.0, 20.0))],
        ),
    ),
    "refused up to the end": (
        "never acked", a_run(comes(), says(1.0, ONE, answer=refused("storage_unavailable"))),
    ),
    "answered late": ("silent", a_run(comes(), says(1.0, ONE, after=5.5), hears(6.0, ONE), history=[ONE])),
    "not answered": (
        "silent",
        a_run(
            comes(), [Sent(1.0, "ada", 1, ROOM, "k1", "hello")], hears(2.0, ONE),
            [Closed(8.0, "ada", 1)], comes(9.0, connection=2, since=1), says(9.5, ONE, connection=2), history=[ONE],
        ),
    ),
    "a member refused a room": ("refused", a_run([Joined(1.0, "ada", 1, ROOM, 0, refused("not_a_member"))])),
    "a member refused a word": (
        "refused",
        a_run(comes(), says(1.0, ONE, answer=refused("not_a_member")), hears(2.0, ONE), says(2.0, ONE), history=[ONE]),
    ),
    "not let in": ("refused", a_run([Refused(1.0, "ada", "token_invalid")])),
    "shown and gone": (
        "presence", a_run(censuses=[Census(1.0, ROOM, frozenset(), frozenset({ADA}), frozenset(), 0)]),
    ),
    "there and not shown": (
        "presence", a_run(censuses=[Census(1.0, ROOM, frozenset({ADA}), frozenset(), frozenset({ADA}), 1)]),
    ),
    "kept otherwise": (
        "presence", a_run(censuses=[Census(1.0, ROOM, frozenset(), frozenset(), frozenset({ADA}), 0)]),
    ),
    "counted otherwise": ("presence", a_run(censuses=[Census(1.0, ROOM, *[frozenset({ADA})] * 3, 2)])),
    "come twice": ("joined twice", a_run(comes(), is_told(users(ADA), came(ADA, 2)))),
    "there twice": ("joined twice", a_run(comes(), is_told(users(ADA, ADA)))),
    "gone twice": ("left twice", a_run(comes(), is_told(users(ADA, BEN), went(BEN, 2), went(BEN, 3)))),
    "said to go": ("left while here", a_run(comes(), is_told(users(ADA), went(ADA, 2)))),
    "said to go within the grace": (
        "left while here",
        a_run(
            comes(), comes(0.0, "ben", 2), is_told(users(ADA, BEN)), [Closed(31.0, "ben", 2, "torn")],
            is_told(went(BEN, 2), at=31.1), comes(31.5, "ben", 3),
            people={"ada": Person(ADA, frozenset({ROOM})), "ben": Person(BEN, frozenset({ROOM}))},
        ),
    ),
    "a version left out": ("unversioned", a_run(comes(), is_told(users(ADA), came(BEN, 3)))),
    "told before who is there": ("unversioned", a_run(comes(), is_told(came(BEN, 3)))),
    "held and kept as another": (
        "false ok",
        a_run(
            comes(), shows(a_timer(1), a_timer(2, 20, 50, "shortBreak")),
            holds(1, message=message(0, "k1", "hullo")), hears(21.0, ONE), history=[ONE], **QUIET,
        ),
    ),
    "released in another order": (
        "out of order",
        a_run(
            comes(), shows(a_timer(1), a_timer(2, 20, 50, "shortBreak")), holds(2), holds(1), hears(21.0, ONE, TWO),
            history=[ONE, TWO], **QUIET,
        ),
    ),
    "published in the phase that holds it": (
        "heard early",
        a_run(
            comes(), [TimerHeard(1.0, "ada", 1, ROOM, a_timer(1))], holds(1), hears(15.0, ONE),
            [TimerHeard(40.0, "ada", 1, ROOM, a_timer(2, 20, 50, "shortBreak"))], history=[ONE], **QUIET,
        ),
    ),
    "another end of the same phase": ("timer", a_run(shows(a_timer(1), a_timer(1, 1, 76)), **QUIET)),
    "another timer at the end": (
        "timer", a_run(last_timers=[LastTimer(90.0, ROOM, a_timer(2), {"ada": a_timer(1)})], **QUIET),
    ),
    "two presses of one button": (
        "timer", a_run(presses=[Pressed(20.0, "ada", ROOM, 1), Pressed(20.0, "ben", ROOM, 1)], **QUIET),
    ),
    "a stopwatch that lost time": ("time lost", a_run(studies=studied(), study_reads=read(a_session(66)))),
    "a stopwatch that is gone": ("time lost", a_run(studies=studied(), study_reads=read())),
    "a stopwatch that runs, and is gone": (
        "time lost", a_run(studies=[Study(ADA, "s1", Window(80.0, 80.1), None)], study_reads=read()),
    ),
    "a long kill that cost over a minute": (
        "time lost", a_run(studies=studied(130.0), study_reads=read(a_session(67)), **KILLED),
    ),
    "a stopwatch that gained time": ("time gained", a_run(studies=studied(), study_reads=read(a_session(74)))),
    "a stopwatch that nobody started": ("time gained", a_run(study_reads=read(a_session()))),
    "a phase that was not counted": (
        "time lost",
        a_run(comes(), shows(a_timer(1, 10, 85), a_timer(2, 85, 115, "shortBreak")), study_reads=read(), **FOLLOWS),
    ),
    "a phase that was counted twice": (
        "time gained",
        a_run(
            comes(), shows(a_timer(1, 10, 85), a_timer(2, 85, 115, "shortBreak")),
            study_reads=read(a_session(75), a_session(75, number=2)), **FOLLOWS,
        ),
    ),
    "a total that is not of its sessions": (
        "time lost", a_run(studies=studied(), study_reads=read(a_session(), total=69)),
    ),
    "put out by what others suffer": (
        "put out", a_run(comes(), [Closed(15.0, "ada", 1)], faults=[a_fault(touched=frozenset())]),
    ),
    "put out after it had heard again": (
        "put out",
        a_run(
            comes(), talk(1), hears(8.5, ONE), [Closed(15.0, "ada", 1)], history=[ONE],
            deaf=[Deaf(2.0, 8.0, None)], faults=[a_fault(touched=frozenset())],
        ),
    ),
    "ready late": ("not back", a_run(faults=[a_fault(ready=30.5)])),
    "never ready": ("not back", a_run(faults=[a_fault(ready=None)])),
    "ready while nothing can be kept": (
        "false ready",
        a_run(faults=[a_fault(unwritable=(10.0, 20.0))], probes=[Probe(15.0, 15.1, "/readyz", 200)]),
    ),
    "not alive": ("false dead", a_run(probes=[Probe(15.0, 15.1, "/healthz", 503)])),
    "alive late": ("false dead", a_run(probes=[Probe(15.0, 16.1, "/healthz", 200)])),
    "a traceback": ("unforeseen", a_run(complaints=[(1.0, "Traceback"), (2.0, "Traceback")])),
}  # fmt: skip


def as_set(kinds):
    return {kinds} if isinstance(kinds, str) else kinds


@pytest.mark.parametrize("name", FINE)
def test_where_all_is_well_nothing_is_reported(name):
    assert checker.violations(FINE[name]) == []


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_reported_as_what_it_is_and_as_nothing_else(name):
    kinds, run = BROKEN[name]
    assert {violation.kind for violation in checker.violations(run)} == as_set(kinds)


def test_every_kind_of_violation_has_been_seen():
    assert set().union(*(as_set(kinds) for kinds, _ in BROKEN.values())) == set(KINDS)


def test_times_in_which_nobody_could_be_reached_count_once_for_whom_they_concern():
    deaf = [Deaf(2.0, 6.0, None), Deaf(3.0, 5.0, None), Deaf(5.0, 8.0, frozenset({"ada"})), Deaf(8.0, 9.0, frozenset())]
    [silence] = checker.silences(a_run(says(1.0, ONE, after=9.0), deaf=deaf))
    assert silence.seconds == pytest.approx(3.0)


def test_a_row_counts_what_was_sent_up_to_the_next_fault():
    faults = [
        Applied("storm", 0.0, 1.0, 1.5, None, None),
        Applied("flood", 10.0, 11.0, 13.0, None, None),
        Applied("storm", 20.0, 21.0, 21.25, None, None),
    ]
    run = a_run(
        comes(),
        says(1.0, ONE),
        says(12.0, TWO, after=2.0),
        says(22.0, THREE),
        hears(25.0, ONE, THREE),
        history=[ONE, THREE],
        faults=faults,
    )
    found = checker.violations(run)
    storm, flood, everything = report.rows("SQLite", run, found)

    assert storm == ("storm", "SQLite", 2, 2, 2, 2, 0, 0, 2, 0, 0, pytest.approx(0.1), 0.5)
    assert flood == ("flood", "SQLite", 1, 1, 1, 0, 1, 0, 0, 0, 0, pytest.approx(2.0), 2.0)
    assert everything[2:10] == (3, 3, 3, 2, 1, 0, 2, 0)
    assert list(report.table([flood]))[-1] == "| flood | SQLite | 1 | 1 | 1 | 0 | 1 | 0 | 0 | 0 | 0 | 2.0 s | 2.0 s |"


def test_row_of_study_names_losses_with_and_without_a_fault_that_may_cost_time():
    short = Study(ADA, "s2", Window(80.0, 80.1), None)
    reads = read(a_session(30, 10), a_session(10, 80, number=2) | {"endedAt": None, "seconds": 0}, running=stamp(80))
    run = a_run(
        shows(a_timer(1), a_timer(1), a_timer(2, 20, 50, "shortBreak")), holds(1), history=[ONE],
        studies=[*studied(85.0), short], study_reads=reads, trio=frozenset({ADA}), **KILLED, **QUIET,
    )  # fmt: skip

    assert report.study_row("SQLite", run) == (
        "SQLite", 3, 2, 1, 2, 1, 1, pytest.approx(54.9), pytest.approx(54.9), 0.0, 0.0,
    )  # fmt: skip


def test_a_seed_is_a_schedule_in_which_every_kind_comes_in_turn():
    sorts = [Sort("storm", 1.0, 2.0, 0.5), Sort("flood", 0.0, 0.0)]
    plan = schedule(7, sorts, 5, 10)

    assert plan == schedule(7, sorts, 5, 10) != schedule(8, sorts, 5, 10)
    assert [planned.number for planned in plan] == [1, 2, 3, 4, 5, 6]
    for first, second in zip(plan[::2], plan[1::2], strict=True):
        assert {first.kind, second.kind} == {"storm", "flood"}
    for planned in plan:
        assert len(planned.chosen) == (5 if planned.kind == "storm" else 0)
        assert 1 <= len(planned.away) <= 2
        assert not set(planned.away) & set(planned.chosen)
