"""Safe use of standard output and standard error: with any encoding, closed, full, or a pipe without a reader."""

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
    """Configure both streams to accept any text in any encoding; reserve the file descriptors of closed ones."""
    for number in _STANDARD:
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # else the database file could get this descriptor, and receive printed text
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def close() -> None:
    """Flush both streams; discard their data on failure, because the interpreter would print a traceback at exit."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and not _flushed(stream):
            _discard(stream)


def require_output() -> None:
    """Check that output can be printed; to be called before an operation that prints its result only once.

    Raises:
        SettingsError: standard output is closed or broken.
    """
    if sys.stdout is None:
        raise SettingsError("standard output is closed, and nothing was done: the result would be lost")
    try:
        mode = fcntl.fcntl(sys.stdout.fileno(), fcntl.F_GETFL) & os.O_ACCMODE
        poll = select.poll()
        poll.register(sys.stdout.fileno(), 0)
        broken = mode == os.O_RDONLY or any(event & (select.POLLERR | select.POLLNVAL) for _, event in poll.poll(0))
    except OSError:  # not a file, as in a notebook
        return
    if broken:
        raise SettingsError("standard output cannot be written, and nothing was done: the result would be lost")


def print_output(text: str, *, is_last: bool = True) -> bool:
    """Print `text` and return True; if standard output fails, print it to standard error and return False.

    Args:
        text: one or more lines.
        is_last: False if others, such as the log, continue to write to standard output and report its failure.
    """
    try:
        print(text, flush=True)  # noqa: T201  # output of a command
    except OSError as error:
        if is_last:
            _discard(sys.stdout)
        print_error(f"standard output failed ({error.strerror}); it was to receive:\n{text}")
        return False
    return sys.stdout is not None


def print_error(text: str) -> None:
    """Print `text` to standard error with the name of the program as prefix; failures are ignored."""
    if sys.stderr is not None:
        with suppress(OSError):
            print(f"studyhall: {text}", file=sys.stderr, flush=True)  # noqa: T201  # as above


def _flushed(stream: TextIO) -> bool:
    try:
        stream.flush()
    except (OSError, ValueError):
        return False
    return True


def _discard(stream: TextIO) -> None:
    """Redirect the stream's remaining data to os.devnull, because the interpreter flushes it once more at exit."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
        stream.flush()
