"""The unit tests of the page, web/tests/, run by Node.js."""

import subprocess

import pytest

from tests.support import missing
from tests.support.bundle import bundle
from tests.support.node import find_node
from tests.support.paths import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.processes]

TOOLS = ROOT / "web" / "tools"
WITHIN = 120.0


def test_page_units_pass():
    bundle()  # is there if the packages are
    node = find_node()
    if node is None or not (TOOLS / "node_modules").is_dir():
        missing.skip("Node.js or the packages of web/tools/ are not here, so the page is NOT tested: `make install`.")
    ended = subprocess.run(  # noqa: S603 - our own script
        [node, TOOLS / "test.mjs"], check=False, capture_output=True, text=True, timeout=WITHIN
    )
    assert ended.returncode == 0, f"{ended.stdout}\n{ended.stderr}"
    assert "# pass 0" not in ended.stdout
