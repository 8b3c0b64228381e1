"""Signals that end the process: an orderly end from the first moment on.

The kernel has no default actions for PID 1: a container whose server has no handler yet does not hear SIGTERM, and is
killed when its time is up. So these handlers are set before anything else is imported.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn, Protocol

_TERMINATION_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class EventLoop(Protocol):
    """What is needed of an asyncio event loop, without importing asyncio."""

    def is_closed(self) -> bool:
        """Return True if it runs nothing any more."""

    def call_soon_threadsafe(self, callback: Callable[[int], object], number: int, /) -> object:
        """Call back with the number in the next turn of the loop."""


def termination_signals() -> list[signal.Signals]:
    """Return the signals that end the process: SIGHUP only if it was not started to outlive its terminal (nohup)."""
    return [
        number
        for number in _TERMINATION_SIGNALS
        if number != signal.SIGHUP or signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN
    ]


def install_handlers() -> None:
    """End with 128 + the number of the signal, closing what is open, until `serve` has handlers of its own."""
    for number in termination_signals():
        signal.signal(number, _end)


@contextmanager
def end_between_callbacks(loop: EventLoop) -> Iterator[None]:
    """End as `install_handlers` has it, but only between two callbacks of the loop, or once it is closed.

    `SystemExit` in the middle of a callback would leave half-made objects, such as a connection to the database that
    nobody closes. A callback that blocks delays the end.

    Args:
        loop: the event loop that is run and closed inside this context, in the main thread.
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
        if received:  # perhaps too late for the loop
            _exit(received[0])


def ignore_signals() -> None:
    """Ignore these signals from here on: the process ends anyway."""
    for number in _TERMINATION_SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _end(number: int, _: FrameType | None) -> NoReturn:
    ignore_signals()  # a second one would interrupt the closing
    _exit(number)


def _exit(number: int) -> NoReturn:
    raise SystemExit(128 + number)
