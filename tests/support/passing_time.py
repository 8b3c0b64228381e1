"""Time that passes when a test says so, for a server process and for the pages of a browser."""

import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.async_api import BrowserContext, Page

from tests.support.paths import ROOT

_SHIFTED = """(() => {
    const Real = Date;
    globalThis.shift = %d;
    globalThis.Date = class extends Real {
        constructor(...given) { given.length ? super(...given) : super(Real.now() + shift); }
        static now() { return Real.now() + shift; }
    };
})()"""


def where_it_is_afternoon() -> str:
    """Return a time zone in which it is between 16:00 and 17:00."""
    ahead = (16 - datetime.now(UTC).hour + 12) % 24 - 12
    return f"Etc/GMT{-ahead:+d}" if ahead else "UTC"


async def shift_clock(context: BrowserContext, milliseconds: int) -> None:
    """Set the clock of a browser wrong from the next page on; a page may change its `shift`."""
    await context.add_init_script(_SHIFTED % milliseconds)


class PassingTime:
    """Time of a server and of pages that are open in browsers, which begins at an hour of today.

    Args:
        folder: folder for a file.
        hour: hour in UTC at which it begins.
    """

    def __init__(self, folder: Path, hour: int) -> None:
        now = datetime.now(UTC)
        self._passed = now.replace(hour=hour, minute=0, second=0, microsecond=0) - now
        self._clock = folder / "clock"
        self._set()
        self.environ = {
            "PYTHONPATH": str(ROOT / "chaos" / "clock_shift"),
            "CHAOS_CLOCK": str(self._clock),
            "CHAOS_TIME_PASSES": "1",
            "STUDYHALL_SOCKET_PING_INTERVAL": "86400",  # pings that time passes over would be missed
        }

    @property
    def now(self) -> datetime:
        """Time of the server."""
        return datetime.now(UTC) + self._passed

    async def opens(self, context: BrowserContext, ahead: float = 0) -> None:
        """Set the clock of a browser to this time, `ahead` seconds too far."""
        await shift_clock(context, round((self._passed.total_seconds() + ahead) * 1000))

    async def passes(self, seconds: float, *pages: Page) -> None:
        """Move the clocks of the server and of pages on. The server finds out by the next request."""
        for page in pages:
            await page.evaluate("by => { shift += by; }", seconds * 1000)
        self._passed += timedelta(seconds=seconds)
        self._set()

    def _set(self) -> None:
        with self._clock.open("r+b" if self._clock.exists() else "wb") as file:  # the server maps this file
            file.write(struct.pack("d", self._passed.total_seconds()))
