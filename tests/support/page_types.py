"""web/app/core/api-types.ts, generated from api_docs/. `make api-types` writes it, and a test compares it."""

import json
import subprocess

from api_docs.page_types import document
from tests.support.node import find_node
from tests.support.paths import ROOT

FILE = ROOT / "web" / "app" / "core" / "api-types.ts"
TOOLS = ROOT / "web" / "tools"
_WITHIN = 60.0


def generated() -> str:
    """Return the content of the file as the API is now. Node.js and the packages of web/tools/ are required."""
    node = find_node()
    assert node
    ended = subprocess.run(  # noqa: S603 - our own script
        [node, TOOLS / "api-types.mjs"],
        input=json.dumps(document()),
        capture_output=True,
        check=False,
        text=True,
        timeout=_WITHIN,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


if __name__ == "__main__":
    FILE.write_text(generated(), "utf-8")
