"""The folder for files of tests: in memory, where a commit waits for no disk."""

import contextlib
import os
import shutil

_MEMORY = "/dev/shm"  # noqa: S108  # only private folders are made in it
_WANTED = 4 << 30  # bytes: the databases of all test processes, and copies of the page and its packages


def memory_folder() -> str | None:
    """Return a folder in memory; None if it lacks space, or programs in it cannot be run."""
    with contextlib.suppress(OSError):
        can_run = not os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC
        if can_run and shutil.disk_usage(_MEMORY).free > _WANTED:
            return _MEMORY
    return None
