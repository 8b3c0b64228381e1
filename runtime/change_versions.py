"""When facts changed last, counted in changes: tells whether a value that was read is still current."""

from collections import Counter
from collections.abc import Callable, Iterable

from runtime.bounded_dict import BoundedDict

MAX_FACTS = 20_000
"""Facts whose last change is remembered. Beyond that, other facts count as changed when the oldest of these was."""
MAX_HELD_FACTS = 5_000
"""Facts that are held one by one. Beyond that, all facts are."""


class ChangeVersions:
    """Versions of facts. A fact is a name, such as `room:` with an id; a value depends on some facts.

    Instead of searching for all values that depend on a fact, a change raises the fact's version. A value read before
    that is found to be out of date when it is looked up. So a change costs the same however many values depend on it.

    Args:
        max_facts: as `MAX_FACTS`.
        max_held: as `MAX_HELD_FACTS`.
    """

    def __init__(self, max_facts: int = MAX_FACTS, max_held: int = MAX_HELD_FACTS) -> None:
        self.now = 0
        """Number of changes so far. A value has the number from when its reading began."""
        self._last: BoundedDict[str, int] = BoundedDict(max_facts)
        self._max_facts = max_facts
        self._floor = 0
        self._held: Counter[str] = Counter()
        self._max_held = max_held
        self._all_held = 0

    def change(self, facts: Iterable[str]) -> None:
        """Record that these facts have changed."""
        self.now += 1
        last = self._last
        for fact in facts:
            if len(last) >= self._max_facts and fact not in last:
                self._floor = next(iter(last.values()))
            last[fact] = self.now

    def has_changed(self, facts: Iterable[str], since: int) -> bool:
        """Return True if one of these facts may have changed after `since`, or is held."""
        last, floor = self._last.get, self._floor
        for fact in facts:
            if last(fact, floor) > since:
                return True
        return bool(self._all_held) or (bool(self._held) and any(fact in self._held for fact in facts))

    def hold(self, facts: Iterable[str]) -> Callable[[], None]:
        """Count these facts as changed all the time, until the returned function is called."""
        held = set(facts)
        if len(self._held) + len(held) > self._max_held:
            self._all_held += 1
            return self._release_all
        self._held.update(held)
        return lambda: self._release(held)

    def _release_all(self) -> None:
        self._all_held -= 1

    def _release(self, facts: Iterable[str]) -> None:
        for fact in facts:
            self._held[fact] -= 1
            if not self._held[fact]:
                del self._held[fact]
