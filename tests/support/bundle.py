"""The built page: names of its files."""

import json
from functools import cache
from typing import Any

from tests.support import missing
from tests.support.paths import ROOT

DIST = ROOT / "web" / "dist"


@cache
def bundle() -> dict[str, Any]:
    """Return the manifest of the bundle. Without one, skip the test, or fail it if CI is set."""
    manifest = DIST / "manifest.json"
    if not manifest.is_file():
        missing.skip("The page is not built, so it is NOT tested: `make install` builds it.")
    return json.loads(manifest.read_text("utf-8"))
