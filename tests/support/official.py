"""The official clients, from npm and PyPI. They report what they do as words with a value."""

import asyncio
import json

from tests.support import missing
from tests.support.node import find_node
from tests.support.paths import ROOT
from tests.support.process import START_WITHIN

SCRIPTS = ROOT / "tests" / "official_client"
NODE = find_node() or "node"
WITHIN = 30  # seconds; a client waits for up to 5 between two attempts to connect


def look_for_npms():
    """Skip the test if npm's client is not installed; if CI is set, fail it."""
    if not (SCRIPTS / "node_modules").is_dir():
        missing.skip("The official client is not there, so it is NOT tested: `make install` fetches it.")


class Told:
    """Reports of a client as pairs of word and value, the same for both languages."""

    def __init__(self):
        self.all = []
        self.asked_to_say = 0
        self.more = asyncio.Event()

    def tell(self, word, value=None):
        self.all.append((word, value))
        self.more.set()

    def of(self, word):
        return [value for told, value in self.all if told == word]

    async def until(self, condition, within=WITHIN):
        async with asyncio.timeout(within):
            while not condition(self):
                self.more.clear()
                await self.more.wait()

    async def hears(self, word, number=1):
        """Wait until a word has been reported `number` times, and return its value that time."""
        await self.until(lambda told: len(told.of(word)) >= number)
        return self.of(word)[number - 1]


class Script(Told):
    """A script in Node with the official client."""

    @classmethod
    async def run(cls, stack, name, **given):
        script = cls()
        process = await asyncio.create_subprocess_exec(
            NODE, SCRIPTS / name, json.dumps(given), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        script._process, script._reader = process, asyncio.create_task(script._read())
        stack.push_async_callback(script._close)
        return script

    def kill(self):
        """Kill the process."""
        self._process.kill()

    def do(self, word, value=None):
        self._process.stdin.write(json.dumps([word, value]).encode() + b"\n")

    async def _read(self):
        async for line in self._process.stdout:
            self.tell(*json.loads(line))

    async def _close(self):
        self._process.stdin.close()
        try:
            async with asyncio.timeout(START_WITHIN):
                await self._process.wait()
        finally:
            if self._process.returncode is None:
                self._process.kill()
        await self._reader
