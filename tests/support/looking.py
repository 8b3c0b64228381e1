"""Accessibility checks of views with axe-core, and of their width."""

from functools import cache
from itertools import groupby
from typing import NamedTuple

from playwright.async_api import expect

from tests.support.paths import ROOT

AXE = ROOT / "tests" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
SIZES = ("scrollable-region-focusable", "target-size")
CHECK = "(looks) => globalThis.look?.(looks)"
FOLLOW = """async (path) => {
    const link = Object.assign(document.createElement("a"), { href: path });
    document.body.append(link);
    link.click();
    link.remove();
    await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
}"""


class Window(NamedTuple):
    """A window of the browser: all looks in it are checked at once."""

    size: tuple[int, int]
    scheme: str = "null"
    forced: str = "none"


class Look(NamedTuple):
    """How the page is shown, and which answers of axe-core depend on it."""

    theme: str = "light"
    has_contrast: bool = False
    """Whether the theme is the one with high contrast."""
    direction: str = "ltr"
    size: tuple[int, int] | None = None
    """Width and height in pixels; None for those of the device. A window of 1440 pixels at 200 % has 720 of them."""
    scheme: str = "null"
    """Scheme of the system, for pages without themes."""
    is_forced: bool = False
    """Whether the system forces colours."""
    has_colours: bool = False
    rules: tuple[str, ...] = ()
    """More rules of axe-core that depend on it; target-size takes as long as all that do not depend on the look."""

    def window(self, device):
        """Return what shows it, on a device of this size."""
        return Window(self.size or device, self.scheme, "active" if self.is_forced else "none")

    def asked(self, name, *, is_whole):
        """Return the argument of a check in the page; a whole check has all rules."""
        fields = ("theme", "has_contrast", "direction", "has_colours")
        rules = SIZES if is_whole else self.rules
        return {"name": name, "is_whole": is_whole, "rules": rules} | {field: getattr(self, field) for field in fields}


LOOKS = {
    "light": Look(has_colours=True),
    "dark": Look("dark", has_colours=True),
    "light contrast": Look(has_contrast=True, has_colours=True),
    "dark contrast": Look("dark", has_contrast=True, has_colours=True),
    "forced colours": Look(is_forced=True, has_colours=True),
    "light scheme": Look(scheme="light", has_colours=True),
    "dark scheme": Look(scheme="dark", has_colours=True),
    "words": Look(),
    "right to left": Look(direction="rtl"),
    "zoom": Look(size=(720, 450), rules=SIZES[:1]),
    "390": Look(size=(390, 844)),
    "320": Look(size=(320, 640), has_colours=True, rules=SIZES),
    "320 right to left": Look(direction="rtl", size=(320, 640)),
}


@cache
def _scripts():
    """Return axe-core and the checks with it: half a megabyte, which a page gets when it is checked first."""
    assert AXE.exists(), "`make install` fetches axe-core"
    return f"{AXE.read_text()}\n{(ROOT / 'tests' / 'axe' / 'look.js').read_text()}null"


class Looking:
    """Findings of axe, view by view.

    Args:
        looks: names of `LOOKS` in which each view is checked: all rules in the first, then only those whose answer
            depends on the look, and in each the width. Looks with the same window come together.
    """

    def __init__(self, *looks):
        self.looks = looks
        self.faults = []

    async def at(self, page, *paths):
        """Load views and check each."""
        for path in paths:
            await page.goto(path)
            await self._complete(page)
            await self.here(page, path)

    async def through(self, page, *paths):
        """Open views as links do, and check each. Loading the page would take longer than the checks."""
        for path in paths:
            await self.follow(page, path)
            await self.here(page, path)

    async def follow(self, page, path):
        """Open a view as a link does, and wait until it is complete."""
        await page.evaluate(FOLLOW, path)
        await self._complete(page)

    async def _complete(self, page):
        await page.get_by_role("heading", level=1).wait_for()
        await expect(page.locator("[aria-busy=true]")).to_have_count(0)

    async def here(self, page, name):
        """Check the open view in all looks, and show it as before."""
        device = tuple(page.viewport_size.values())
        before = shown = Window(device)
        for window, looks in groupby(self.looks, key=lambda look: LOOKS[look].window(device)):
            await self._show(page, window, shown)
            await self._check(page, name, list(looks))
            shown = window
        await self._show(page, before, shown)

    async def _show(self, page, window, shown):
        if window.size != shown.size:
            await page.set_viewport_size(dict(zip(("width", "height"), window.size, strict=True)))
        if window.scheme != shown.scheme:
            await page.emulate_media(color_scheme=window.scheme)
        if window.forced != shown.forced:
            await page.emulate_media(forced_colors=window.forced)

    async def _check(self, page, name, looks):
        asked = [LOOKS[look].asked(look, is_whole=look == self.looks[0]) for look in looks]
        found = await page.evaluate(CHECK, asked)
        if found is None:
            await page.evaluate(_scripts())
            found = await page.evaluate(CHECK, asked)
        for look, one in zip(looks, found, strict=True):
            assert look != self.looks[0] or one["passed"] > 5, f"axe found nothing to check on {name}"
            self.faults += [f"{name}, {look}: {fault}" for fault in one["faults"]]
            # not innerWidth, which would grow with it on a phone
            if one["width"] > page.viewport_size["width"]:
                self.faults.append(f"{name}, {look}: it is {one['width']} pixels wide, and scrolls horizontally")
