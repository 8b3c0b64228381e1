"""What one client sent and waits for what it sent before."""

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

Job = TypeVar("Job")

MAX_WAITING = 256
"""Packets that may wait; events beyond are refused at once."""
MAX_CHARACTERS = 1_000_000
"""Characters after which no more may wait. One packet may have as many, and be put on top of one less."""


class ReceiveQueue(Generic[Job]):
    """Jobs in the order in which they came. The first one is being done."""

    __slots__ = ("_characters", "_jobs")

    def __init__(self) -> None:
        self._jobs: deque[tuple[Job, int]] = deque()
        self._characters = 0

    @property
    def has_capacity(self) -> bool:
        """Whether one more may wait."""
        return len(self._jobs) < MAX_WAITING and self._characters < MAX_CHARACTERS

    @property
    def first(self) -> Job | None:
        """The job that is to be done; None where there is none."""
        return self._jobs[0][0] if self._jobs else None

    def append(self, job: Job, characters: int) -> None:
        """Have a job wait, which came with so many characters."""
        self._jobs.append((job, characters))
        self._characters += characters

    def pop(self) -> None:
        """Forget the first job, which is done."""
        self._characters -= self._jobs.popleft()[1]

    def drop(self, is_void: Callable[[Job], bool]) -> int:
        """Forget the jobs behind the first for which something holds, and return how many those were."""
        (first, *others), self._jobs = self._jobs, deque()
        kept = [other for other in others if not is_void(other[0])]
        self._jobs.extend((first, *kept))
        self._characters = sum(characters for _, characters in self._jobs)
        return len(others) - len(kept)

    def count(self, is_meant: Callable[[Job], bool]) -> int:
        """Return for how many jobs something holds."""
        return sum(1 for job, _ in self._jobs if is_meant(job))
