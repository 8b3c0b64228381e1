"""Size of the page, file by file, and time to open it: `make weight`.

Sizes are compressed transfer sizes. Times are from the navigation to a usable room, in Chromium on this machine, with
the browser cache of a first visit; the median of several.
"""

import asyncio
import time
from statistics import median

import config
from runtime.web_assets import WebAssets
from tests.support.browser import Hall, launched, opened

VISITS = 9
USABLE = """() => document.querySelector("[role=log] .words") && document.querySelector("textarea:enabled")"""


def weights() -> None:
    """Print the size of each file."""
    page = WebAssets(config.ROOT / "web", auto_reload=False)
    page.load()
    later = page.compressed_sizes(lazy=True)
    listed(later)
    print(f"{sum(later.values()):>8,}  loaded on demand, in {len(later)} files\n")
    first = page.compressed_sizes()
    listed(first)
    for kind in ("app/", "style/", "vendor/"):
        print(f"{sum(size for name, size in first.items() if name.startswith(kind)):>8,}  {kind} together")
    print(f"{sum(first.values()):>8,}  a first visit, in {len(first)} files")


def listed(sizes: dict[str, int]) -> None:
    """Print files, the largest first."""
    for name, size in sorted(sizes.items(), key=lambda item: -item[1]):
        print(f"{size:>8,}  {name or 'index.html'}")


async def times(hall: Hall) -> list[float]:
    """Open a room repeatedly, and return the milliseconds that each took."""
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    for number in range(50):
        await ada.account.post(f"/api/study-rooms/{room}/messages", {"content": f"message {number}"})
    taken = []
    for _ in range(VISITS + 1):
        await ada.page.goto(
            "/healthz"
        )  # has the page's opener policy; without it, the browser would start another process
        began = time.perf_counter()
        await ada.page.goto(f"/rooms/{room}", wait_until="commit")
        await ada.page.wait_for_function(USABLE)
        taken.append((time.perf_counter() - began) * 1000)
    return taken[1:]


async def main() -> None:
    """Print sizes and times."""
    weights()
    async with launched() as browser, opened(browser) as hall:
        taken = await times(hall)
    lowest, highest = min(taken), max(taken)
    print(f"{median(taken):>8,.0f}  ms until a room is usable, with a warm cache ({lowest:.0f} to {highest:.0f})")


if __name__ == "__main__":
    asyncio.run(main())
