"""Accessibility checks of views with axe-core, and of their width. The page needs axe-core as an init script."""

from typing import NamedTuple

from playwright.async_api import expect

from tests.support.paths import ROOT

AXE = ROOT / "tests" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
LOOK = """async (options) => {
    // wait for transitions to the colours of the other scheme
    do await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
    while (document.getAnimations().some(({ playState }) => playState === "running"));
    const { violations, passes, incomplete } = await axe.run({ resultTypes: ["violations"], ...options });
    return {
        passed: passes.length,
        undecided: incomplete.length,
        faults: violations.filter(({ impact }) => ["serious", "critical"].includes(impact)).flatMap(({ id, nodes }) =>
            nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`)),
    };
}"""
# of some ninety rules, those whose answer depends on colours and sizes
COLOURS = {"runOnly": ["color-contrast"]}
SIZES = {"runOnly": ["color-contrast", "scrollable-region-focusable", "target-size"]}


class Look(NamedTuple):
    """How the page is shown."""

    scheme: str = "light"
    theme: str = "system"
    """Theme that the user chose, as in ui/appearance.tsx."""
    forced: bool = False
    """Whether the system forces colours."""
    direction: str = "ltr"
    size: tuple[int, int] | None = None
    """Width and height in pixels; None for those of the device. A window of 1440 pixels at 200 % has 720 of them."""


LOOKS = {
    "light": Look(),
    "dark": Look("dark"),
    "light contrast": Look(theme="contrast"),
    "dark contrast": Look("dark", "contrast"),
    "forced colours": Look(forced=True),
    "right to left": Look(direction="rtl"),
    "390": Look(size=(390, 844)),
    "320": Look("dark", size=(320, 640)),
    "320 right to left": Look(direction="rtl", size=(320, 640)),
    "zoom": Look(size=(720, 450)),
}
SHOW = """([theme, direction]) => {
    dispatchEvent(new CustomEvent("appearance", { detail: { theme } }));
    document.documentElement.dir = direction;
}"""


class Looking:
    """Findings of axe, view by view.

    Args:
        schemes: names of `LOOKS` in which each view is checked; none to check only the width.
    """

    def __init__(self, schemes):
        self.schemes = schemes
        self.faults = []

    async def at(self, page, *paths):
        """Open views and check each when it has loaded."""
        for path in paths:
            await page.goto(path)
            await page.get_by_role("heading", level=1).wait_for()
            await expect(page.locator("[aria-busy=true]")).to_have_count(0)
            await self.here(page, path)

    async def here(self, page, name):
        """Check the open view: all rules in the first scheme, colours or sizes in the others, and in each the width."""
        device = page.viewport_size
        for scheme in self.schemes:
            look = LOOKS[scheme]
            await page.emulate_media(color_scheme=look.scheme, forced_colors="active" if look.forced else "none")
            width, height = look.size or device.values()
            await page.set_viewport_size({"width": width, "height": height})
            await page.evaluate(SHOW, [look.theme, look.direction])
            whole = scheme == self.schemes[0]
            found = await page.evaluate(LOOK, {} if whole else SIZES if look.size else COLOURS)
            # over a picture or below a dialog, axe cannot decide about colours
            enough = found["passed"] > 10 if whole else found["passed"] + found["undecided"]
            assert enough, f"axe found nothing to check on {name}"
            self.faults += [f"{name}, {scheme}: {fault}" for fault in found["faults"]]
            await self._check_width(page, f"{name}, {scheme}")
        if not self.schemes:
            await self._check_width(page, name)
        await page.set_viewport_size(device)

    async def _check_width(self, page, name):
        wide = await page.evaluate("document.documentElement.scrollWidth")
        if wide > page.viewport_size["width"]:  # not innerWidth, which would grow with it on a phone
            self.faults.append(f"{name}: it is {wide} pixels wide, and scrolls horizontally")
