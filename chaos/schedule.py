"""What is done to whom, and when: all of it drawn from a seed before the run begins."""

import random
from collections.abc import Sequence
from typing import NamedTuple


class Planned(NamedTuple):
    """One fault to come. `chosen` and `away` are numbers of clients: whom it hits, and who is gone meanwhile."""

    number: int
    kind: str
    after: float
    """Seconds of calm before it."""
    lasts: float
    """Seconds until it is healed."""
    chosen: tuple[int, ...]
    away: tuple[int, ...]

    def __str__(self) -> str:
        hits = f", hits {', '.join(map(str, self.chosen))}" if self.chosen else ""
        away = ", ".join(map(str, self.away))
        return f"{self.number:3}  {self.kind:24} after {self.after:.1f} s, for {self.lasts:4.1f} s; {away} away{hits}"


class Sort(NamedTuple):
    """What may be drawn of one kind of fault: for how many seconds, and which share of the clients it hits."""

    kind: str
    shortest: float
    longest: float
    share: float = 0.0


def schedule(seed: int, sorts: Sequence[Sort], faults: int, clients: int) -> list[Planned]:
    """Return at least `faults` faults: every kind once, in any order, and so again. The same for the same arguments."""
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
