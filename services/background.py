"""What is done every so often, with nobody waiting for it."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple

log = logging.getLogger(__name__)

RUN_TIMEOUT = 60.0
"""Seconds after which a run is given up; the next one goes on with what is left."""
JITTER = 0.1
"""The share of a job's time by which its runs come earlier or later: several servers do not clean up at once."""


class Job(NamedTuple):
    """Something that is to be done regularly.

    Attributes:
        name: what the log calls it.
        work: does it. It may be cut off at any await, and is called again all the same.
        interval: seconds between two runs, `JITTER` more or less. The first one comes within `JITTER` of it.
    """

    name: str
    work: Callable[[], Awaitable[object]]
    interval: float


class BackgroundJobs:
    """Runs jobs in the background, never two at once, from `start` until `close`.

    A run that fails, or takes longer than `longest`, is told in one line of the log, and the next one is due as if it
    had not.

    Args:
        jobs: what is to be done.
        run_timeout: seconds that one run may take.
        chance: returns a number from 0 up to 1, another one each time.
        sleep: waits for so many seconds.
    """

    def __init__(
        self,
        jobs: Iterable[Job],
        *,
        run_timeout: float = RUN_TIMEOUT,
        chance: Callable[[], float] = random.random,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._jobs = list(jobs)
        self._run_timeout = run_timeout
        self._chance = chance
        self._sleep = sleep
        self._lock = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to count the time."""
        self._tasks = [asyncio.create_task(self._repeat(job), name=f"housekeeping: {job.name}") for job in self._jobs]

    async def close(self) -> None:
        """Begin no more runs and cut off the one that goes on."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _repeat(self, job: Job) -> None:
        await self._sleep(job.interval * JITTER * self._chance())
        while True:
            async with self._lock:
                await self._run(job)
            await self._sleep(job.interval * (1 - JITTER + 2 * JITTER * self._chance()))

    async def _run(self, job: Job) -> None:
        try:
            async with asyncio.timeout(self._run_timeout) as deadline:
                await job.work()
        except asyncio.CancelledError as failure:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise
            log.warning("%s failed: %r", job.name, failure)  # a driver's time-out in disguise
        except Exception as failure:  # noqa: BLE001  # whatever it was, the next run is due all the same
            if deadline.expired():
                log.warning("%s took longer than %.0f s; its next run goes on", job.name, self._run_timeout)
            else:
                log.warning("%s failed: %.500r", job.name, failure)
