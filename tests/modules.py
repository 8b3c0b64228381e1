"""Modules of the page that need no browser, run in Node."""

import asyncio
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.node import find_node

APP = Path(__file__).parents[1] / "web" / "app"
_EACH = """
let said = "";
for await (const part of process.stdin.setEncoding("utf8")) said += part;
process.stdout.write(JSON.stringify(JSON.parse(said).map((value) => %s(value))));
"""


async def evaluated(module: str, function: str, values: Sequence[Any]) -> list[Any]:
    """Return what an exported function of a module without imports returns for each of the values."""
    node = find_node()
    if node is None:
        missing = "There is no Node.js here, so modules of the page are NOT tested: `make install` brings one."
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    source = (APP / module).read_text("utf-8") + _EACH % function
    process = await asyncio.create_subprocess_exec(
        *(node, "--input-type=module", "--eval", source),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate(json.dumps(list(values)).encode())
    assert process.returncode == 0
    found: list[Any] = json.loads(out)
    return found
