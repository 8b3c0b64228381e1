"""Schedule of faults and affected clients, drawn from a seed before the run begins."""

import random
from collections.abc import Sequence
from typing import NamedTuple


class Planned(NamedTuple):
    """One scheduled fault. `chosen` are the numbers of affected clients, `away` of disconnected ones."""

    number: int
    kind: str
    after: float
    """Seconds without faults before it."""
    lasts: float
    """Seconds until it is healed."""
    chosen: tuple[int, ...]
    away: tuple[int, ...]

    def __str__(self) -> str:
        hits = f", hits {', '.join(map(str, self.chosen))}" if self.chosen else ""
        away = ", ".join(map(str, self.away))
        return f"{self.number:3}  {self.kind:24} after {self.after:.1f} s, for {self.lasts:4.1f} s; {away} away{hits}"


class Sort(NamedTuple):
    """One kind of fault: its name, range of durations in seconds, and the share of affected clients."""

    kind: str
    shortest: float
    longest: float
    share: float = 0.0


def schedule(seed: int, sorts: Sequence[Sort], faults: int, clients: int) -> list[Planned]:
    """Return at least `faults` faults, in rounds with every kind once in random order.

    Deterministic: the same arguments give the same schedule.
    """
    chance = random.Random(seed)
    planned: list[Planned] = []
    while len(planned) < faults:
        for sort in chance.sample(sorts, len(sorts)):
            everybody = chance.sample(range(clients), clients)
            away = everybody[: chance.randint(1, 2)]
            chosen = everybody[len(away) :][: round(sort.share * clients)]
            planned.append(
                Planned(
                    number=len(planned) + 1,
                    kind=sort.kind,
                    after=round(chance.uniform(0.5, 1.5), 1),
                    lasts=round(chance.uniform(sort.shortest, sort.longest), 1),
                    chosen=tuple(sorted(chosen)),
                    away=tuple(sorted(away)),
                )
            )
    return planned
