"""Background jobs that run at intervals."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple

log = logging.getLogger(__name__)

RUN_TIMEOUT = 60.0
"""Timeout of a run in seconds; the next run continues."""
JITTER = 0.1
"""Random share of the interval by which runs come earlier or later, so that several servers do not run at once."""


class Job(NamedTuple):
    """A recurring job.

    Attributes:
        name: name in the log.
        work: function that does it. It may be cancelled at any await, and is called again.
        interval: seconds between two runs, plus or minus `JITTER`. The first run starts within `JITTER` of it.
        retry_interval: seconds from a failed run to the next one; None if that comes as usual.
    """

    name: str
    work: Callable[[], Awaitable[object]]
    interval: float
    retry_interval: float | None = None


class BackgroundJobs:
    """Runs jobs in the background, never two at once, from `start` until `close`.

    A run that fails, or exceeds `run_timeout`, is logged in one line; the next one follows as the job says.

    Args:
        jobs: the jobs.
        run_timeout: timeout of one run in seconds.
        chance: returns random numbers from 0 up to 1.
        sleep: waits for the given number of seconds.
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
        """Start the timers."""
        self._tasks = [asyncio.create_task(self._repeat(job), name=f"housekeeping: {job.name}") for job in self._jobs]

    async def close(self) -> None:
        """Start no more runs and cancel the current one."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _repeat(self, job: Job) -> None:
        await self._sleep(job.interval * JITTER * self._chance())
        while True:
            async with self._lock:
                is_done = await self._run(job)
            if is_done or job.retry_interval is None:
                await self._sleep(job.interval * (1 - JITTER + 2 * JITTER * self._chance()))
            else:
                await self._sleep(job.retry_interval)

    async def _run(self, job: Job) -> bool:
        """Run a job once; return False if it failed."""
        try:
            async with asyncio.timeout(self._run_timeout) as deadline:
                await job.work()
        except asyncio.CancelledError as failure:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise
            log.warning("%s failed: %r", job.name, failure)  # a driver's timeout, raised as a cancellation
        except Exception as failure:  # noqa: BLE001  # log any failure and continue with the next run
            if deadline.expired():
                log.warning("%s took longer than %.0f s; its next run continues", job.name, self._run_timeout)
            else:
                log.warning("%s failed: %.500r", job.name, failure)
        else:
            return True
        return False
