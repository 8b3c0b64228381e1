"""Study time that the server has counted, compared with the study time of each user as seen from outside."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from chaos.record import Closed, Joined, Name, Room, Run, Study, StudyRead
from chaos.timers import Phase, focus_phases
from chaos.violation import Violation
from domain.clock import seconds_between, to_milliseconds

SLACK = 2.0
"""Seconds by which a count may differ: whole seconds, and messages between busy processes."""
MINUTE = 60.0
"""Seconds under which a session is not stored."""
DETECTION = 10.0
"""Seconds within which server and client may disagree about a connection."""
AGAIN = 5.0
"""Seconds after an outage of the storage in which a missed checkpoint is stored."""
CORRECTED = 80.0
"""Seconds in which the server follows a clock that was set."""
KILL = "kill -9"
BEHIND = "kill -9, clock behind"


class Counted(NamedTuple):
    """One session, or one phase that a user followed: seconds that are missing or too many.

    `allowed` are the seconds that the faults in between may cost.
    """

    at: float
    user: str
    said: str
    loss: float
    gain: float
    allowed: float


def study_time(run: Run) -> Iterator[Violation]:
    """No user loses study time, except the last seconds before a crash without a return, and no user gains any."""
    for one in counted(run):
        if one.loss > one.allowed + SLACK:
            yield Violation(one.at, "time lost", f"{one.loss:.1f} s of {one.user}: {one.said}")
        if one.gain > SLACK:
            yield Violation(one.at, "time gained", f"{one.gain:.1f} s of {one.user}: {one.said}")
    for user, read in run.study_reads.items():
        yield from _totals(user, read)


def counted(run: Run) -> list[Counted]:
    """Return what was counted of each stopwatch, and of each phase and all time of users that follow a timer."""
    found = [_stopwatch(run, study) for study in run.studies if study.user in run.study_reads]
    known = {study.session for study in run.studies}
    for user, read in run.study_reads.items():
        if user in run.followers:
            found += _follower(run, user, read)
        else:
            for session in read.sessions:
                if session["id"] not in known:
                    said = f"a session that nobody started: {session}"
                    found.append(Counted(read.at.first, user, said, 0.0, _seconds(session, read), 0.0))
    return found


def kills(run: Run) -> int:
    """Return how often the server was killed while the three users on five connections studied."""
    return sum(fault.kind.startswith(KILL) for fault in run.faults)


def _stopwatch(run: Run, study: Study) -> Counted:
    read = run.study_reads[study.user]
    stopped = study.stopped or read.at
    session = next((one for one in read.sessions if one["id"] == study.session), None)
    seconds = 0.0 if session is None else _seconds(session, read)
    least = stopped.first - study.started.last
    allowed = _cost(run, study.started.first, stopped.last)
    loss = max(0.0, least - seconds)
    if session is None and study.stopped and least - allowed < MINUTE + SLACK:
        loss = 0.0  # it ended, under a minute
    most = stopped.last - study.started.first + _regained(run, study.started.first, stopped.last)
    gain = max(0.0, seconds - most)
    said = f"{seconds:.1f} s of at least {least:.1f} s are counted, for {study}"
    return Counted(study.started.first, study.user, said, loss, gain, allowed)


def _follower(run: Run, user: str, read: StudyRead) -> Iterator[Counted]:
    """Yield the study time in each phase that the user followed, and then all of it."""
    now = to_milliseconds(read.stats["serverTime"])
    most, allowed = 0.0, 0.0
    stays = _stays(run, user, run.followers[user])
    for phase in focus_phases(run, run.followers[user]):
        if phase.starts_at > now:
            continue
        is_open = phase.ends_at > now
        length = (min(phase.ends_at, now) - phase.starts_at) / 1000
        cost = _cost(run, phase.began, phase.over)
        allowed += cost
        if is_open or length > MINUTE - SLACK or not phase.is_known:
            most += length + SLACK
        late = _late(run, user, phase, stays)
        if phase.is_known and late is not None and (is_open or length - late - cost > MINUTE + SLACK):
            seconds = sum(_seconds(session, read) for session in read.sessions if _overlaps(session, phase))
            said = f"{seconds:.1f} s are counted of {phase}, joined after {late:.1f} s"
            yield Counted(phase.began, user, said, max(0.0, length - late - seconds), 0.0, cost)
    total = sum(_seconds(session, read) for session in read.sessions)
    gain = max(0.0, total - most - allowed)
    yield Counted(read.at.last, user, f"{total:.1f} s of at most {most:.1f} s", 0.0, gain, allowed)


def _late(run: Run, user: str, phase: Phase, stays: list[tuple[float, float]]) -> float | None:
    """Return the seconds of a phase before the user was surely in the room; None if that is not known.

    A phase that began while the server was away is counted from its first timer.
    """
    names = {name for name, person in run.people.items() if person.id == user}
    if any(fault.study_loss and phase.began < fault.end and fault.begin < phase.over for fault in run.faults):
        return None
    sure = phase.began
    for deaf in run.deaf:
        is_hit = deaf.who is None or bool(deaf.who & names)
        if is_hit and deaf.begin - DETECTION < phase.began < deaf.end + DETECTION:
            sure = max(sure, deaf.end)
    joined = [begin for begin, end in stays if end > sure + DETECTION]
    before = max(0, phase.known_at - phase.starts_at) / 1000
    return before + max(0.0, min(joined) - phase.began) if joined else None


def _stays(run: Run, user: str, room: Room) -> list[tuple[float, float]]:
    """Return the times in which each connection of the user was in the room."""
    names: set[Name] = {name for name, person in run.people.items() if person.id == user}
    begun: dict[int, float] = {}
    found = []
    for event in run.events:
        match event:
            case Joined(who=who, connection=connection, answer={"ok": True}) if who in names and event.room == room:
                begun.setdefault(connection, event.at)
            case Closed(connection=connection) if connection in begun:
                found.append((begun.pop(connection), event.at))
    return found + [(begin, run.end) for begin in begun.values()]


def _overlaps(session: dict[str, Any], phase: Phase) -> bool:
    ends = session["endedAt"]
    is_before_end = to_milliseconds(session["startedAt"]) < phase.ends_at
    return is_before_end and (ends is None or to_milliseconds(ends) > phase.starts_at)


def _cost(run: Run, begin: float, end: float) -> float:
    """Return the seconds of study time that faults may have cost in this time.

    A checkpoint that the storage could not store comes right after the outage: a crash before that costs its time, too.
    """
    found = [fault for fault in run.faults if fault.study_loss and fault.begin < end and begin < fault.end]
    outages = [fault.unwritable for fault in run.faults if fault.unwritable]
    return sum(fault.study_loss for fault in found) + sum(
        until - since for fault in found for since, until in outages if 0 < fault.begin - until < AGAIN
    )


def _regained(run: Run, begin: float, end: float) -> float:
    """Return the seconds that a crash may add to a session, if it began after one with the clock behind."""
    return sum(
        fault.study_loss
        for fault in run.faults
        if fault.kind == BEHIND
        and any(
            other.kind.startswith(KILL) and max(fault.end, begin) < other.begin < min(fault.end + CORRECTED, end)
            for other in run.faults
        )
    )


def _seconds(session: dict[str, Any], read: StudyRead) -> float:
    if session["endedAt"] is not None:
        return float(session["seconds"])
    return seconds_between(session["startedAt"], read.stats["serverTime"])


def _totals(user: str, read: StudyRead) -> Iterator[Violation]:
    """The totals of a user are the sums of the sessions."""
    ended = sum(session["seconds"] for session in read.sessions if session["endedAt"] is not None)
    running = next((session["startedAt"] for session in read.sessions if session["endedAt"] is None), None)
    total = read.stats["total"]
    if total != {"seconds": ended, "runningSince": running}:
        said = f"the total of {user} is {total}, of the sessions {ended} s since {running}"
        yield Violation(read.at.last, "time lost" if total["seconds"] < ended else "time gained", said)
