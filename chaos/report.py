"""Results as a table: one row for each kind of fault on each storage."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from chaos import checker
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
