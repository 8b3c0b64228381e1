"""Versions of tags: detect whether a cached value is still current, without searching for all values to invalidate."""

from collections import Counter
from collections.abc import Callable, Iterable

MAX_TAGS = 20_000
"""Approximate maximum number of stored versions. A tag without one has the version of the latest evicted change."""
MAX_HELD_TAGS = 5_000
"""Maximum number of tags that are held one by one. A hold that would exceed it holds all tags."""


class ChangeVersions:
    """Versions of tags. A tag is a name, such as `room:` with an id; a value depends on some tags.

    A change raises the version of a tag. A value that was read before the change is detected as stale at its next
    lookup. So the cost of a change does not depend on the number of values.

    Args:
        max_tags: as `MAX_TAGS`.
        max_held: as `MAX_HELD_TAGS`.
    """

    def __init__(self, max_tags: int = MAX_TAGS, max_held: int = MAX_HELD_TAGS) -> None:
        self.now = 0
        """Number of changes so far: the version of a value if its read begins now."""
        # Two generations instead of an order: a change costs one assignment for each tag.
        self._recent: dict[str, int] = {}
        self._older: dict[str, int] = {}
        self._older_until = 0
        self._forgotten_until = 0
        self._max_recent = max(1, max_tags // 2)
        self._held: Counter[str] = Counter()
        self._max_held = max_held
        self._all_held = 0

    def change(self, tags: Iterable[str]) -> None:
        """Record that these tags have changed."""
        if len(self._recent) >= self._max_recent:
            self._forgotten_until, self._older_until = self._older_until, self.now
            self._recent, self._older = {}, self._recent
        self.now = now = self.now + 1
        recent = self._recent
        for tag in tags:
            recent[tag] = now

    def has_changed(self, tags: Iterable[str], since: int) -> bool:
        """Return True if one of these tags may have changed after `since`, or is held."""
        recent, older, forgotten_until = self._recent, self._older, self._forgotten_until
        for tag in tags:
            version = recent.get(tag)
            if version is None:
                version = older.get(tag, forgotten_until)
            if version > since:
                return True
        return bool(self._all_held) or (bool(self._held) and any(tag in self._held for tag in tags))

    def hold(self, tags: Iterable[str]) -> Callable[[], None]:
        """Treat these tags as changed until the returned function is called."""
        held = set(tags)
        if len(self._held) + len(held) > self._max_held:
            self._all_held += 1
            return self._release_all
        self._held.update(held)
        return lambda: self._release(held)

    def _release_all(self) -> None:
        self._all_held -= 1

    def _release(self, tags: Iterable[str]) -> None:
        for tag in tags:
            self._held[tag] -= 1
            if not self._held[tag]:
                del self._held[tag]
