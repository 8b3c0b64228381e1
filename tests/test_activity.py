"""Input that the page reports: how often, and what counts as input. Runs web/app/activity.js in Node."""

import asyncio
import json

import pytest

from config import HOME
from tests.node import find_node

SCRIPT = """
const { isInput, sparing } = await import(process.argv[1]);
let now = 0;
const reported = [];
const act = sparing(() => reported.push(now), () => 60_000, () => now);
for (now of [5, 6, 59_999, 60_004, 60_005, 90_000, 120_005, 10, 60_009, 60_010]) act();
const log = (scrollTop) => ({ type: "scroll", target: { scrollTop, scrollHeight: 1000, clientHeight: 300 } });
console.log(JSON.stringify({
    reported,
    inputs: [
        isInput({ type: "keydown" }),
        isInput({ type: "wheel" }),
        isInput(log(200)),
        isInput(log(699)),
        isInput({ type: "pointermove", screenX: 1, screenY: 2 }, null),
        isInput({ type: "pointermove", screenX: 1, screenY: 2 }, { screenX: 1, screenY: 2 }),
    ],
}));
"""


async def test_input_is_reported_once_a_minute():
    node = find_node()
    if node is None:
        pytest.skip("There is no Node.js here.")
    process = await asyncio.create_subprocess_exec(
        node,
        "--input-type=module",
        "-e",
        SCRIPT,
        (HOME / "web/app/activity.js").as_uri(),
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    found = json.loads(output)
    assert found["reported"] == [5, 60_005, 120_005, 10, 60_010]
    assert found["inputs"] == [True, True, True, False, True, False]
