"""Looking at views with axe-core, which a page that is looked at has as an init script, and at whether they fit."""

from playwright.async_api import expect

from tests.support.paths import ROOT

AXE = ROOT / "tests" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
LOOK = """async (options) => {
    // colours that are still on their way to those of the other scheme are nobody's fault
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
COLOURS = {"runOnly": ["color-contrast"]}  # one rule of some ninety


class Looking:
    """What axe found, view by view.

    Args:
        schemes: colour schemes in which each view is looked at, "light" and "dark"; none to see only whether it fits.
    """

    def __init__(self, schemes):
        self.schemes = schemes
        self.faults = []

    async def at(self, page, *paths):
        """Open views and look at each when it is complete."""
        for path in paths:
            await page.goto(path)
            await page.get_by_role("heading", level=1).wait_for()
            await expect(page.get_by_text("Loading", exact=True)).to_have_count(0)
            await self.here(page, path)

    async def here(self, page, name):
        """Look at what is in the window: at all of it in the first scheme, at what a scheme changes in others."""
        for scheme in self.schemes:
            await page.emulate_media(color_scheme=scheme)
            whole = scheme == self.schemes[0]
            found = await page.evaluate(LOOK, {} if whole else COLOURS)
            # over a picture or beneath a dialog axe leaves colours undecided
            enough = found["passed"] > 10 if whole else found["passed"] + found["undecided"]
            assert enough, f"there was nothing to look at on {name}"
            self.faults += [f"{name}, {scheme}: {fault}" for fault in found["faults"]]
        wide = await page.evaluate("document.documentElement.scrollWidth")
        if wide > page.viewport_size["width"]:  # a phone's innerWidth would grow with it
            self.faults.append(f"{name}: it is {wide} pixels wide, and can be pushed sideways")
