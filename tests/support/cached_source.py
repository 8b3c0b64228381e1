"""Parts of tests of the cache: a clock, and a source of data."""

import asyncio

from tests.support.tasks import settle


class Time:
    """Seconds that a test sets."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


class Source:
    """A source of data that counts its reads, and answers when it is released."""

    def __init__(self, value="value"):
        self.value = value
        self.asked = 0
        self.open = asyncio.Event()
        self.open.set()

    async def fetch(self):
        self.asked += 1
        value = self.value
        await self.open.wait()
        if isinstance(value, Exception):
            raise value
        return value


async def asking(cache, source, count=1):
    """Return tasks that wait for the source, which is closed."""
    source.open.clear()
    tasks = [asyncio.create_task(cache.get_or_fetch("key", source.fetch)) for _ in range(count)]
    await settle()
    return tasks
