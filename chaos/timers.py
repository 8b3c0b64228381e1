"""Timers of rooms: one version is one phase with one end, for every client, after every restart and in the storage."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from chaos.record import Joined, Room, Run, TimerHeard
from chaos.violation import Violation
from domain.clock import to_milliseconds

_SAME = ("state", "phase", "round", "startedAt", "endsAt", "duration", "plan", "nextPlan", "autoContinue")
"""Fields of a timer that only change with its version."""


class Shown(NamedTuple):
    """A timer as it was received."""

    at: float
    room: Room
    timer: dict[str, Any]


class Phase(NamedTuple):
    """A focus phase. `began` is the first time at which a client knew of it, `over` that of the next version."""

    began: float
    over: float
    known_at: int
    """Time of the study clock at which it was sent first: later than its start if the server was away."""
    starts_at: int
    ends_at: int
    """Earlier than planned if the phase was skipped. All three are Unix milliseconds of the study clock."""
    is_known: bool
    """False if no client has received the next version, so that the phase may have been skipped."""


def shown(run: Run) -> Iterator[Shown]:
    """Yield the timers of all events, acks and responses, in the order of time."""
    for event in run.events:
        match event:
            case TimerHeard(at=at, room=room, timer=timer):
                yield Shown(at, room, timer)
            case Joined(at=at, room=room, answer={"ok": True, "timer": timer}) if room in run.quiet:
                yield Shown(at, room, timer)


def timers(run: Run) -> Iterator[Violation]:
    """No two timers of a room differ in one version, and every client ends with the server's."""
    first: dict[tuple[Room, int], dict[str, Any]] = {}
    for at, room, timer in shown(run):
        known = first.setdefault((room, timer["version"]), timer)
        if differing := _differing(known, timer):
            yield Violation(at, "timer", f"version {timer['version']} in {room} differs: {differing}")
    for last in run.last_timers:
        for who, timer in last.shown.items():
            if timer["version"] != last.stored["version"] or _differing(timer, last.stored):
                yield Violation(last.at, "timer", f"{who} shows {timer}, the server {last.stored}")


def presses(run: Run) -> Iterator[Violation]:
    """Of several people that press at once, in the same version, one changes the timer."""
    times = Counter((press.room, press.version) for press in run.presses)
    for press in run.presses:
        if times.pop((press.room, press.version), 0) > 1:
            yield Violation(press.at, "timer", f"version {press.version} in {press.room} was changed twice")


def focus_phases(run: Run, room: Room) -> list[Phase]:
    """Return the focus phases of a room that a client knew of, in their order."""
    versions: dict[int, Shown] = {}
    for one in shown(run):
        if one.room == room:
            versions.setdefault(one.timer["version"], one)
    found: list[Phase] = []
    began: Shown | None = None
    for version, one in sorted(versions.items()):
        timer = one.timer
        if timer["state"] != "running" or timer["phase"] != "focus":
            began = None
            continue
        began = began or one
        later = versions.get(version + 1)
        if later is not None and later.timer["phase"] == "focus" and later.timer["round"] == timer["round"]:
            continue  # the clock was corrected: the same phase with other times
        ends_at = to_milliseconds(timer["endsAt"])
        if later is not None and later.timer["startedAt"] is not None:
            ends_at = min(ends_at, to_milliseconds(later.timer["startedAt"]))
        over = min((other.at for number, other in versions.items() if number > version), default=run.end)
        times = to_milliseconds(began.timer["serverTime"]), to_milliseconds(timer["startedAt"]), ends_at
        found.append(Phase(began.at, over, *times, is_known=later is not None))
        began = None
    return found


def _differing(one: dict[str, Any], other: dict[str, Any]) -> str:
    return ", ".join(f"{name} {one[name]} and {other[name]}" for name in _SAME if one[name] != other[name])
