"""The project's folder, and the files in it that guards read.

Guards find their files here: a pattern that matches no file is an error, so a guard cannot pass after its files moved.
"""

import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

_FOREIGN = {"node_modules", "build", "data", "dist", "htmlcov", "__pycache__"}


def find_root(start: Path) -> Path:
    """Return the closest folder above `start` that has a setup.cfg.

    Raises:
        LookupError: no folder above has one.
    """
    for folder in start.resolve().parents:
        if (folder / "setup.cfg").is_file():
            return folder
    raise LookupError(f"no folder above {start} has a setup.cfg")


ROOT = find_root(Path(__file__))
"""The project's folder, however deep below it this module is."""


def find_files(*patterns: str, root: Path = ROOT) -> list[Path]:
    """Return the project's files that match any of the patterns, sorted by path, each once.

    Hidden folders are left out, except `.ci`. So are installed packages and build output.

    Args:
        patterns: paths from `root`, such as "services/*.py"; `*` matches across folders.
        root: the folder to search.

    Raises:
        LookupError: a pattern matches no file.
    """
    paths = _paths(root)
    found = set()
    for pattern in patterns:
        matches = [path for path in paths if fnmatchcase(path, pattern)]
        if not matches:
            raise LookupError(f"no file of the project matches {pattern}: files were moved, or the guard is stale")
        found.update(matches)
    return [root / path for path in sorted(found)]


@cache
def _paths(root: Path) -> list[str]:
    return list(_walk(root))


def _walk(root: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in _FOREIGN and (name[0] != "." or name == ".ci")]
        yield from (Path(folder, name).relative_to(root).as_posix() for name in names)
