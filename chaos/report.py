"""Results as a table: one row for each kind of fault on each storage."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from chaos import checker, held, study_time, timers
from chaos.record import Answered, Run
from chaos.violation import Violation

_HEAD = (
    ("fault", "---"),
    ("storage", "---"),
    ("times", "--:"),
    ("sends", "--:"),
    ("acks", "--:"),
    ("stored", "--:"),
    ("lost", "--:"),
    ("doubled", "--:"),
    ("out of order", "--:"),
    ("ghosts", "--:"),
    ("other", "--:"),
    ("longest silence", "--:"),
    ("ready again", "--:"),
)
_COLUMNS = {
    "lost": {"lost"},
    "doubled": {"doubled"},
    "out of order": {"out of order", "hole", "missing", "misnumbered"},
}
_GHOSTS = {"ghost", "stranger", "joined twice", "left twice", "left while here", "presence"}


class Row(NamedTuple):
    """All faults of one kind on one storage, each until the next fault begins."""

    fault: str
    storage: str
    times: int
    sends: int
    acks: int
    stored: int
    lost: int
    doubled: int
    out_of_order: int
    ghosts: int
    other: int
    silence: float
    """Maximum of seconds that a send waited while the server could answer."""
    ready: float | None
    """Maximum of seconds from the end of a fault to readiness; None if the server was not ready again."""


def rows(storage: str, run: Run, violations: list[Violation]) -> list[Row]:
    """Return a row for each kind of fault, in the order of their first occurrence, then one for all."""
    times = [(fault.begin, fault.kind) for fault in run.faults]
    kinds = list(dict.fromkeys(kind for _, kind in times))

    def kind_at(at: float) -> str:
        return next((kind for begin, kind in reversed(times) if begin <= at), times[0][1])

    acked = {event.key for event in run.events if isinstance(event, Answered) and event.answer["ok"]}
    stored = {message.get("clientMessageId") for messages in run.histories.values() for message in messages}
    sends = [(kind_at(event.at), key) for key, event in checker.first_sends(run).items()]
    silences = [(kind_at(silence.sent.at), silence.seconds) for silence in checker.silences(run)]
    broken = [(kind_at(violation.at), violation.kind) for violation in violations]

    def row(name: str, among: set[str]) -> Row:
        keys = [key for kind, key in sends if kind in among]
        here = [what for kind, what in broken if kind in among]
        ghosts = sum(what in _GHOSTS for what in here)
        counted = [sum(what in names for what in here) for names in _COLUMNS.values()]
        ready = [fault.ready and fault.ready - fault.end for fault in run.faults if fault.kind in among]
        return Row(
            name,
            storage,
            len(ready),
            len(keys),
            len(acked.intersection(keys)),
            len(stored.intersection(keys)),
            *counted,
            ghosts,
            len(here) - sum(counted) - ghosts,
            max((seconds for kind, seconds in silences if kind in among), default=0.0),
            None if None in ready else max(seconds for seconds in ready if seconds is not None),
        )

    return [*(row(kind, {kind}) for kind in kinds), row("all", set(kinds))]


def table(found: list[Row]) -> Iterator[str]:
    """Yield the lines of a table in Markdown."""
    yield _line([name for name, _ in _HEAD])
    yield "|" + "|".join(rule for _, rule in _HEAD) + "|"
    for row in found:
        *counted, silence, ready = row
        yield _line([*map(str, counted), f"{silence:.1f} s", "never" if ready is None else f"{ready:.1f} s"])


_STUDY = (
    ("storage", "---"),
    ("timers compared", "--:"),
    ("versions", "--:"),
    ("held messages", "--:"),
    ("sessions", "--:"),
    ("users", "--:"),
    ("kills of three on five connections", "--:"),
    ("greatest loss of the three", "--:"),
    ("greatest loss of all", "--:"),
    ("greatest loss without such a kill", "--:"),
    ("greatest gain", "--:"),
)


class StudyRow(NamedTuple):
    """Checks of timers, held messages and study time on one storage; losses and gains in seconds."""

    storage: str
    timers: int
    versions: int
    held: int
    sessions: int
    users: int
    kills: int
    loss_of_trio: float
    loss: float
    loss_of_others: float
    """Greatest loss of a session or phase in which no fault may cost study time."""
    gain: float


def study_row(storage: str, run: Run) -> StudyRow:
    """Return the row of a storage."""
    shown = list(timers.shown(run))
    counted = study_time.counted(run)
    return StudyRow(
        storage,
        len(shown) + sum(len(last.shown) for last in run.last_timers),
        len({(one.room, one.timer["version"]) for one in shown}),
        len(held.held_keys(run)),
        len(counted),
        len(run.study_reads),
        study_time.kills(run),
        max((one.loss for one in counted if one.user in run.trio), default=0.0),
        max((one.loss for one in counted), default=0.0),
        max((one.loss for one in counted if not one.allowed), default=0.0),
        max((one.gain for one in counted), default=0.0),
    )


def study_table(found: list[StudyRow]) -> Iterator[str]:
    """Yield the lines of the table of study in Markdown."""
    yield _line([name for name, _ in _STUDY])
    yield "|" + "|".join(rule for _, rule in _STUDY) + "|"
    for row in found:
        yield _line([f"{cell:.1f} s" if isinstance(cell, float) else str(cell) for cell in row])


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def told(storage: str, violations: list[Violation], begin: float, most: int = 20) -> Iterator[str]:
    """Yield the violations as lines, the first `most` of each kind; `begin` is the start of the run."""
    counts: dict[str, int] = {}
    for violation in violations:
        counts[violation.kind] = counts.get(violation.kind, 0) + 1
        if counts[violation.kind] <= most:
            yield f"{storage}: {violation.kind}, {violation.at - begin:.1f} s after the first fault: {violation.said}"
    if counts:
        yield f"{storage}: {_counted(counts)}"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{kind} {number} times" for kind, number in counts.items())
