"""Termination signals: handlers for a clean exit, installed before anything else is imported.

The kernel has no default actions for PID 1. Without a handler, the server of a container would ignore SIGTERM and be
killed after the grace period.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn, Protocol

_TERMINATION_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class EventLoop(Protocol):
    """Interface of an asyncio event loop, so that asyncio need not be imported before the handlers are installed."""

    def is_closed(self) -> bool:
        """Return True if the loop is closed."""

    def call_soon_threadsafe(self, callback: Callable[[int], object], number: int, /) -> object:
        """Call `callback(number)` in the next iteration of the loop."""


def termination_signals() -> list[signal.Signals]:
    """Return the signals that end the process; SIGHUP is not one if the process runs under nohup."""
    return [
        number
        for number in _TERMINATION_SIGNALS
        if number != signal.SIGHUP or signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN
    ]


def install_handlers() -> None:
    """Install handlers that exit with status 128 + signal number after cleanup, until `serve` installs its own."""
    for number in termination_signals():
        signal.signal(number, _end)


@contextmanager
def end_between_callbacks(loop: EventLoop) -> Iterator[None]:
    """Context in which a signal ends the process only between two callbacks of the loop, or after it is closed.

    Otherwise as `install_handlers`. `SystemExit` inside a callback would leave objects half constructed, such as a
    database connection that is never closed. A callback that blocks delays the exit.

    Args:
        loop: event loop that is run and closed inside this context, in the main thread.
    """
    received: list[int] = []

    def end_soon(number: int, _: FrameType | None) -> None:
        ignore_signals()
        received.append(number)
        if not loop.is_closed():
            loop.call_soon_threadsafe(_exit, number)

    for number in termination_signals():
        signal.signal(number, end_soon)
    try:
        yield
    finally:
        for number in _TERMINATION_SIGNALS:
            if signal.getsignal(number) is end_soon:
                signal.signal(number, _end)
        if received:  # the loop may have ended before it called _exit
            _exit(received[0])


def ignore_signals() -> None:
    """Ignore termination signals, because the process is exiting already."""
    for number in _TERMINATION_SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _end(number: int, _: FrameType | None) -> NoReturn:
    ignore_signals()  # a second signal would interrupt the cleanup
    _exit(number)


def _exit(number: int) -> NoReturn:
    raise SystemExit(128 + number)
