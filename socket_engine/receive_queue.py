"""Receive queue: packets of one client that wait for its earlier ones, bounded by number and size."""

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

Job = TypeVar("Job")

MAX_WAITING = 256
"""Maximum number of waiting packets; further events are rejected at once (load shedding)."""
MAX_CHARACTERS = 1_000_000
"""Total size of waiting packets, in characters, from which no more are accepted.

Below this size a packet of any size is accepted, so that a queue may hold almost twice as much.
"""


class ReceiveQueue(Generic[Job]):
    """Queue of jobs in the order of arrival. The first one is in progress."""

    __slots__ = ("_characters", "_jobs")

    def __init__(self) -> None:
        self._jobs: deque[tuple[Job, int]] = deque()
        self._characters = 0

    @property
    def has_capacity(self) -> bool:
        """True if the queue accepts another job."""
        return len(self._jobs) < MAX_WAITING and self._characters < MAX_CHARACTERS

    @property
    def first(self) -> Job | None:
        """The job in progress; None if the queue is empty."""
        return self._jobs[0][0] if self._jobs else None

    def append(self, job: Job, characters: int) -> None:
        """Append a job; `characters` is the size of its packet."""
        self._jobs.append((job, characters))
        self._characters += characters

    def pop(self) -> None:
        """Remove the first job, which is done."""
        self._characters -= self._jobs.popleft()[1]

    def drop(self, is_void: Callable[[Job], bool]) -> int:
        """Remove the jobs behind the first one for which `is_void` returns True, and return their number."""
        (first, *others), self._jobs = self._jobs, deque()
        kept = [other for other in others if not is_void(other[0])]
        self._jobs.extend((first, *kept))
        self._characters = sum(characters for _, characters in self._jobs)
        return len(others) - len(kept)

    def count(self, is_meant: Callable[[Job], bool]) -> int:
        """Return the number of jobs for which `is_meant` returns True."""
        return sum(1 for job, _ in self._jobs if is_meant(job))
