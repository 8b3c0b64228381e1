"""Modules of the page in Node.js: the ones that need no browser."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.node import find_node

APP = Path(__file__).parent.parent / "web" / "app"
_NODE = find_node() or "node"
_WITHIN = 30
_MODULE = """
Object.defineProperty(globalThis, "navigator", { value: { language: "en-GB" }, configurable: true });
const load = (name) => import(`${process.argv[2]}/${name}`);
const run = async (given) => { BODY };
console.log(JSON.stringify(await run(JSON.parse(process.argv[1]))));
process.exit();
"""


def run_in_node(script: str, given: Any = None, *, time_zone: str = "UTC") -> Any:
    """Run a script and return what it returns, as JSON.

    Args:
        script: the body of an async function; `given` is in its scope, and `load("format.js")` imports a module.
        given: anything that JSON can express.
        time_zone: the reader's, such as "Europe/Berlin".
    """
    module = _MODULE.replace("BODY", script)
    ended = subprocess.run(  # noqa: S603 - our own modules
        [_NODE, "--input-type=module", "--eval", module, json.dumps(given), APP.as_uri()],
        env={**os.environ, "TZ": time_zone},
        capture_output=True,
        check=False,
        text=True,
        timeout=_WITHIN,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)
