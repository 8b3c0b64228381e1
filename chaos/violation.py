"""A broken guarantee."""

from typing import NamedTuple

KINDS = (
    "lost",
    "doubled",
    "out of order",
    "hole",
    "missing",
    "misnumbered",
    "ghost",
    "stranger",
    "false ok",
    "never acked",
    "silent",
    "refused",
    "presence",
    "joined twice",
    "left twice",
    "left while here",
    "unversioned",
    "heard early",
    "timer",
    "time lost",
    "time gained",
    "put out",
    "not back",
    "false ready",
    "false dead",
    "unforeseen",
)


class Violation(NamedTuple):
    """A violation of one of `KINDS`; `at` is in monotonic seconds, in the time of the fault that it belongs to."""

    at: float
    kind: str
    said: str
