"""Accessibility checks of views with axe-core, and of their width. The page needs axe-core as an init script."""

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
COLOURS = {"runOnly": ["color-contrast"]}  # one of some ninety rules


class Looking:
    """Findings of axe, view by view.

    Args:
        schemes: colour schemes in which each view is checked, "light" and "dark"; none to check only the width.
    """

    def __init__(self, schemes):
        self.schemes = schemes
        self.faults = []

    async def at(self, page, *paths):
        """Open views and check each when it has loaded."""
        for path in paths:
            await page.goto(path)
            await page.get_by_role("heading", level=1).wait_for()
            await expect(page.get_by_text("Loading", exact=True)).to_have_count(0)
            await self.here(page, path)

    async def here(self, page, name):
        """Check the open view: all rules in the first scheme, colours in the others."""
        for scheme in self.schemes:
            await page.emulate_media(color_scheme=scheme)
            whole = scheme == self.schemes[0]
            found = await page.evaluate(LOOK, {} if whole else COLOURS)
            # over a picture or below a dialog, axe cannot decide about colours
            enough = found["passed"] > 10 if whole else found["passed"] + found["undecided"]
            assert enough, f"axe found nothing to check on {name}"
            self.faults += [f"{name}, {scheme}: {fault}" for fault in found["faults"]]
        wide = await page.evaluate("document.documentElement.scrollWidth")
        if wide > page.viewport_size["width"]:  # not innerWidth, which would grow with it on a phone
            self.faults.append(f"{name}: it is {wide} pixels wide, and scrolls horizontally")
