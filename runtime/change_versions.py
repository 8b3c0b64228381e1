"""Versions of facts: detect whether a cached value is still current, without searching for all values to invalidate."""

from collections import Counter
from collections.abc import Callable, Iterable

MAX_FACTS = 20_000
"""Approximate maximum number of stored versions. A fact without one has the version of the latest evicted change."""
MAX_HELD_FACTS = 5_000
"""Maximum number of facts that are held one by one. A hold that would exceed it holds all facts."""


class ChangeVersions:
    """Versions of facts. A fact is a name, such as `room:` with an id; a value depends on some facts.

    A change raises the version of a fact. A value that was read before the change is detected as stale at its next
    lookup. So the cost of a change does not depend on the number of values.

    Args:
        max_facts: as `MAX_FACTS`.
        max_held: as `MAX_HELD_FACTS`.
    """

    def __init__(self, max_facts: int = MAX_FACTS, max_held: int = MAX_HELD_FACTS) -> None:
        self.now = 0
        """Number of changes so far: the version of a value whose read begins now."""
        # Two generations instead of an order: a change costs one assignment for each fact.
        self._recent: dict[str, int] = {}
        self._older: dict[str, int] = {}
        self._older_until = 0
        self._forgotten_until = 0
        self._max_recent = max(1, max_facts // 2)
        self._held: Counter[str] = Counter()
        self._max_held = max_held
        self._all_held = 0

    def change(self, facts: Iterable[str]) -> None:
        """Record that these facts have changed."""
        if len(self._recent) >= self._max_recent:
            self._forgotten_until, self._older_until = self._older_until, self.now
            self._recent, self._older = {}, self._recent
        self.now = now = self.now + 1
        recent = self._recent
        for fact in facts:
            recent[fact] = now

    def has_changed(self, facts: Iterable[str], since: int) -> bool:
        """Return True if one of these facts may have changed after `since`, or is held."""
        recent, older, forgotten_until = self._recent, self._older, self._forgotten_until
        for fact in facts:
            version = recent.get(fact)
            if version is None:
                version = older.get(fact, forgotten_until)
            if version > since:
                return True
        return bool(self._all_held) or (bool(self._held) and any(fact in self._held for fact in facts))

    def hold(self, facts: Iterable[str]) -> Callable[[], None]:
        """Treat these facts as changed until the returned function is called."""
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
