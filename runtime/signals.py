"""Signals that end the process: an orderly end from the first moment on.

The kernel has no default actions for PID 1: a container whose server has no handler yet does not hear SIGTERM, and is
killed when its time is up. So these handlers are set before anything else is imported.
"""

import signal
from types import FrameType
from typing import NoReturn

_TERMINATION_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


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


def ignore_signals() -> None:
    """Ignore these signals from here on: the process ends anyway."""
    for number in _TERMINATION_SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _end(number: int, _: FrameType | None) -> NoReturn:
    ignore_signals()  # a second one would interrupt the closing
    raise SystemExit(128 + number)
