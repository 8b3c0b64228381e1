"""Modules of the page that need no browser, run in Node.js."""

import json
import os
import subprocess
from typing import Any

from tests.support import missing
from tests.support.node import find_node
from tests.support.paths import ROOT

APP = ROOT / "web" / "app"
_WITHIN = 30
_MODULE = """
import { readFileSync } from "node:fs";
Object.defineProperty(globalThis, "navigator", { value: { language: "en-GB" }, configurable: true });
const load = (name) => import(`${process.argv[1]}/${name}`);
const run = async (given) => { BODY };
const returned = JSON.stringify(await run(JSON.parse(readFileSync(0, "utf-8"))));
process.stdout.write(returned, () => process.exit());
"""


def run_in_node(script: str, given: Any = None, *, time_zone: str = "UTC") -> Any:
    """Run a script and return what it returns, as JSON. Without Node.js, skip, or fail if CI is set.

    Args:
        script: the body of an async function; `given` is in its scope, and `load("format.js")` imports a module.
        given: anything that JSON can express.
        time_zone: the reader's, such as "Europe/Berlin".
    """
    node = find_node()
    if node is None:
        missing.skip("There is no Node.js here, so modules of the page are NOT tested: `make install` brings one.")
    ended = subprocess.run(  # noqa: S603 - our own modules
        [node, "--input-type=module", "--eval", _MODULE.replace("BODY", script), APP.as_uri()],
        env={**os.environ, "TZ": time_zone},
        input=json.dumps(given),
        capture_output=True,
        check=False,
        text=True,
        timeout=_WITHIN,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)
