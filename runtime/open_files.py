"""Open files: raise the limit of the process, and derive the limit of connections from it."""

import errno
import os

try:
    import resource
except ImportError:  # no such limit on Windows
    resource = None  # type: ignore[assignment]

RESERVE = 64
"""Files for what is no connection: the database, the mail server, the log."""
MAX_MACOS_FILES = 10_240
"""The most that macOS allows if its hard limit says "unlimited"."""
UNLIMITED = 1 << 20
"""Number that stands for no limit."""
_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE})


def raise_limit() -> int:
    """Raise the soft limit of open files to the hard one, and return what it was."""
    if resource is None:
        return UNLIMITED
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in (hard, MAX_MACOS_FILES):
        if _finite(wanted) <= _finite(soft):
            break
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            break
        except (OSError, ValueError):
            continue
    return _finite(soft)


def max_open_files() -> int:
    """Return how many files may be open."""
    return UNLIMITED if resource is None else _finite(resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def max_connections(wanted: int) -> int:
    """Return how many connections there may be: what is wanted, or what the limit leaves beside `RESERVE`."""
    allowed = max_open_files()
    return max(1, min(wanted, allowed - min(RESERVE, allowed // 2)))


def are_exhausted() -> bool:
    """Return True if no more file can be opened: uvloop closes what it cannot accept, without an error."""
    try:
        os.close(os.dup(1))
    except OSError as failure:
        return failure.errno in _EXHAUSTED
    return False


def _finite(value: int) -> int:
    return UNLIMITED if resource is not None and value == resource.RLIM_INFINITY else min(value, UNLIMITED)
