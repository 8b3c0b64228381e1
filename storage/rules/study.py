"""Rules of timers."""

from domain.study.timer import Timer


def is_current(stored: Timer | None, expected_version: int) -> bool:
    """Return True if the stored timer, None if there is none, has the version that a change was made for."""
    return (stored.version if stored else 0) == expected_version
