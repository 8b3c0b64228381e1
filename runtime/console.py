"""Standard output and standard error in any state: any encoding, closed, full, or a pipe without a reader."""

import fcntl
import os
import select
import sys
from contextlib import suppress
from io import TextIOWrapper
from typing import TextIO

from domain.errors.settings import SettingsError

_STDOUT = 1
_STANDARD = (0, 1, 2)


def configure() -> None:
    """Make both streams accept any text, whatever their encoding; reserve the numbers of closed ones."""
    for number in _STANDARD:
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # else the database would get this number, and receive what is printed
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def close() -> None:
    """Flush both streams; a failure is dropped, as the interpreter would print a traceback for it at exit."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and not _flushed(stream):
            _discard(stream)


def require_output() -> None:
    """Raise `SettingsError` if nothing can be printed: call it before an act whose result is printed only once."""
    if sys.stdout is None:
        raise SettingsError("standard output is closed, and nothing was done: the result would be lost")
    try:
        mode = fcntl.fcntl(sys.stdout.fileno(), fcntl.F_GETFL) & os.O_ACCMODE
        poll = select.poll()
        poll.register(sys.stdout.fileno(), 0)
        broken = mode == os.O_RDONLY or any(event & (select.POLLERR | select.POLLNVAL) for _, event in poll.poll(0))
    except OSError:  # no file at all, as in a notebook
        return
    if broken:
        raise SettingsError("standard output cannot be written, and nothing was done: the result would be lost")


def print_output(text: str, *, is_last: bool = True) -> bool:
    """Print `text` and return True; if standard output fails print it to standard error and return False.

    Args:
        text: lines of it.
        is_last: False if others, such as the log, go on to write to standard output, and report that it fails.
    """
    try:
        print(text, flush=True)  # noqa: T201  # the reader is who typed the command
    except OSError as error:
        if is_last:
            _discard(sys.stdout)
        print_error(f"standard output failed ({error.strerror}); it was to receive:\n{text}")
        return False
    return sys.stdout is not None


def print_error(text: str) -> None:
    """Print `text` to standard error, after the name of the program; a failure is dropped."""
    if sys.stderr is not None:
        with suppress(OSError):
            print(f"studyhall: {text}", file=sys.stderr, flush=True)  # noqa: T201  # the same


def _flushed(stream: TextIO) -> bool:
    try:
        stream.flush()
    except (OSError, ValueError):
        return False
    return True


def _discard(stream: TextIO) -> None:
    """Send what the stream still holds nowhere: the interpreter flushes it once more at exit."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
        stream.flush()
