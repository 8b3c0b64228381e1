"""Size of the page, file by file, and the time to open it: `make weight`.

Sizes are compressed transfer sizes. Times are medians of several visits in Chromium on this machine: of a first visit
on a slow phone in each language (an empty cache, "Slow 4G" of Chromium's developer tools, the CPU four times slower),
and of a later visit without throttling.
"""

import asyncio
import time
from statistics import median
from typing import Any, NamedTuple

from playwright.async_api import CDPSession, Page

import config
from runtime.web_assets import WebAssets
from tests.support.browser import Hall, Person, launched, opened

VISITS = 9
SLOW_VISITS = 5
USABLE = """() => document.querySelector("[role=log] .words") && document.querySelector("textarea:enabled")"""
FRONT_USABLE = (
    """() => document.querySelector("main h1") && performance.getEntriesByName("first-contentful-paint")[0]"""
)
SLOW_4G = {
    "offline": False,
    "latency": 562.5,
    "downloadThroughput": 1_440_000 / 8,
    "uploadThroughput": 675_000 / 8,
}
"""Throttling of requests as in Chromium's developer tools: milliseconds, and bytes a second."""
SLOWER_CPU = 4
COLUMNS = (9, 8, 16, 11, 17)
WATCH_TASKS = """
window.longTasks = [];
new PerformanceObserver((list) => longTasks.push(...list.getEntries().map((task) => task.duration)))
    .observe({ type: "longtask", buffered: true });
"""
MEASURED = """() => ({
    paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN,
    usable: performance.now(),
    longest: Math.max(0, ...window.longTasks),
})"""


class Visit(NamedTuple):
    """Measures of one visit: requests, bytes received, and milliseconds since the navigation."""

    requests: int
    received: int
    paint: float
    usable: float
    longest: float


def weights() -> list[str]:
    """Print the size of each file; return the languages of the page."""
    page = WebAssets(config.ROOT / "web", auto_reload=False)
    page.load()
    later = page.compressed_sizes(lazy=True)
    listed(later)
    print(f"{sum(later.values()):>8,}  loaded on demand, in {len(later)} files\n")
    first = page.compressed_sizes()
    listed(first)
    print(f"{sum(first.values()):>8,}  a first visit, in {len(first)} files")
    for language in page.languages[1:]:
        sizes = page.compressed_sizes(language=language)
        print(f"{sum(sizes.values()):>8,}  the same in {language}, in {len(sizes)} files")
    return page.languages


def listed(sizes: dict[str, int]) -> None:
    """Print files, the largest first."""
    for name, size in sorted(sizes.items(), key=lambda item: -item[1]):
        print(f"{size:>8,}  {name or 'index.html'}")


async def opened_room(hall: Hall) -> tuple[Person, str]:
    """Return a member, and the path of a room with 50 messages."""
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    for number in range(50):
        await ada.account.post(f"/api/study-rooms/{room}/messages", {"content": f"message {number}"})
    return ada, f"/rooms/{room}"


async def times(page: Page, path: str) -> list[float]:
    """Open a room repeatedly, and return the milliseconds that each took."""
    taken = []
    for _ in range(VISITS + 1):
        await page.goto("/healthz")  # has the page's opener policy; without it, the browser would start another process
        began = time.perf_counter()
        await page.goto(path, wait_until="commit")
        await page.wait_for_function(USABLE)
        taken.append((time.perf_counter() - began) * 1000)
    return taken[1:]


async def slow_visits(page: Page, path: str) -> list[Visit]:
    """Open a path repeatedly as a slow phone with an empty cache does."""
    visits = []
    await page.add_init_script(WATCH_TASKS)
    tools = await page.context.new_cdp_session(page)
    await tools.send("Network.enable")
    for _ in range(SLOW_VISITS):
        await page.goto("/healthz")
        visits.append(await _slow_visit(page, tools, path))
    return visits


async def _slow_visit(page: Page, tools: CDPSession, path: str) -> Visit:
    asked: set[str] = set()
    received: list[int] = []

    def ask(event: dict[str, Any]) -> None:
        if event["type"] != "WebSocket":
            asked.add(event["requestId"])

    def finish(event: dict[str, Any]) -> None:
        received.append(int(event["encodedDataLength"]))

    await tools.send("Network.clearBrowserCache")
    await tools.send("Network.emulateNetworkConditions", SLOW_4G)
    await tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_CPU})
    tools.on("Network.requestWillBeSent", ask)
    tools.on("Network.loadingFinished", finish)
    try:
        await page.goto(path, wait_until="commit")
        await page.wait_for_function(USABLE if path != "/" else FRONT_USABLE)
        measured = await page.evaluate(MEASURED)
    finally:
        tools.remove_listener("Network.requestWillBeSent", ask)
        tools.remove_listener("Network.loadingFinished", finish)
        await tools.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        await tools.send(
            "Network.emulateNetworkConditions", SLOW_4G | dict.fromkeys(SLOW_4G, -1) | {"offline": False, "latency": 0}
        )
    return Visit(len(asked), sum(received), **measured)


def print_row(what: str, visits: list[Visit]) -> None:
    """Print the medians of visits, in the columns of `Visit`."""
    medians = (median(values) for values in zip(*visits, strict=True))
    print(f"{what:<24}", *(f"{value:>{width},.0f}" for value, width in zip(medians, COLUMNS, strict=True)))


async def main() -> None:
    """Print sizes and times."""
    languages = weights()
    async with launched() as browser, opened(browser) as hall:
        ada, path = await opened_room(hall)
        taken = await times(ada.page, path)
        lowest, highest = min(taken), max(taken)
        print(f"{median(taken):>8,.0f}  ms until a room is usable, with a warm cache ({lowest:.0f} to {highest:.0f})\n")
        session = await ada.context.storage_state()
        print(f"Slow 4G, CPU / {SLOWER_CPU}, medians  requests    bytes  first paint, ms  usable, ms  longest task, ms")
        for language in languages:
            member = await hall.somebody(ada.name, locale=language, storage_state=session)
            print_row(f"a room in {language}", await slow_visits(member.page, path))
            guest = await hall.somebody("Ben Lindqvist", locale=language)
            print_row(f"the front page in {language}", await slow_visits(guest.page, "/"))


if __name__ == "__main__":
    asyncio.run(main())
