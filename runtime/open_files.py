"""Limit of open files: raise it for the process, and derive the maximum number of connections from it."""

import errno
import os

try:
    import resource
except ImportError:  # Windows has no such limit
    resource = None  # type: ignore[assignment]

RESERVE = 64
"""Number of files that are reserved for the database, the mail server, the log and others."""
MAX_MACOS_FILES = 10_240
"""Maximum soft limit that macOS accepts if its hard limit is "unlimited"."""
UNLIMITED = 1 << 20
"""Number that represents no limit."""
_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE})


def raise_limit() -> int:
    """Raise the soft limit of open files to the hard limit, and return the old soft limit."""
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
    """Return the soft limit of open files."""
    return UNLIMITED if resource is None else _finite(resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def max_connections(wanted: int) -> int:
    """Return the maximum number of connections: `wanted`, lowered to the limit of open files minus `RESERVE`."""
    allowed = max_open_files()
    return max(1, min(wanted, allowed - min(RESERVE, allowed // 2)))


def are_exhausted() -> bool:
    """Return True if no more files can be opened.

    uvloop does not report this: it closes a connection that it cannot accept, without an error.
    """
    try:
        os.close(os.dup(1))
    except OSError as failure:
        return failure.errno in _EXHAUSTED
    return False


def _finite(value: int) -> int:
    return UNLIMITED if resource is not None and value == resource.RLIM_INFINITY else min(value, UNLIMITED)
