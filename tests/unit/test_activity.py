"""Input that the page reports: how often, and what counts as input."""

import pytest

from tests.support.page_modules import run_in_node

SCRIPT = """
const { isInput, sparing } = await load("core/activity");
let now = 0;
const reported = [];
const act = sparing(() => reported.push(now), () => 60_000, () => now);
for (now of [5, 6, 59_999, 60_004, 60_005, 90_000, 120_005, 10, 60_009, 60_010]) act();
const log = (scrollTop) => ({ type: "scroll", target: { scrollTop, scrollHeight: 1000, clientHeight: 300 } });
return {
    reported,
    inputs: [
        isInput({ type: "keydown" }),
        isInput({ type: "wheel" }),
        isInput(log(200)),
        isInput(log(699)),
        isInput({ type: "pointermove", screenX: 1, screenY: 2 }, null),
        isInput({ type: "pointermove", screenX: 1, screenY: 2 }, { screenX: 1, screenY: 2 }),
        isInput({ type: "focus", target: globalThis }),
        isInput({ type: "focus", target: {} }),
    ],
};
"""


@pytest.mark.processes
def test_input_is_reported_once_a_minute():
    found = run_in_node(SCRIPT)
    assert found["reported"] == [5, 60_005, 120_005, 10, 60_010]
    assert found["inputs"] == [True, True, True, False, True, False, True, False]
