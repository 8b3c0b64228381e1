"""Signals that end a process with an event loop: at once, and never in the middle of what the loop runs."""

import asyncio
import os
import signal

import pytest

from runtime import signals
from runtime.event_loop import new_event_loop

EXIT_CODE = 128 + signal.SIGTERM


@pytest.fixture(autouse=True)
def _handlers():
    """Install the handlers of a process, and put back those of the tests."""
    numbers = signal.SIGTERM, signal.SIGINT, signal.SIGHUP
    before = {number: signal.getsignal(number) for number in numbers}
    signals.install_handlers()
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(params=[new_event_loop, asyncio.new_event_loop], ids=["served", "asyncio"])
def runner(request):
    """A runner with each event loop in turn."""
    return asyncio.Runner(loop_factory=request.param)


def send_sigterm():
    os.kill(os.getpid(), signal.SIGTERM)


def run(runner, work):
    with signals.end_between_callbacks(runner.get_loop()), runner:
        return runner.run(work())


def test_signal_in_a_callback_ends_the_loop_after_the_callback(runner):
    steps = []

    async def work():
        send_sigterm()
        steps.append("callback completed")
        try:
            await asyncio.Event().wait()
        finally:
            steps.append("cancelled")

    with pytest.raises(SystemExit) as ended:
        run(runner, work)

    assert ended.value.code == EXIT_CODE
    assert steps == ["callback completed", "cancelled"]


def test_signal_before_the_loop_runs_ends_it_at_its_start(runner):
    async def work():
        await asyncio.Event().wait()

    def run_late():
        with signals.end_between_callbacks(runner.get_loop()), runner:
            send_sigterm()
            runner.run(work())

    with pytest.raises(SystemExit) as ended:
        run_late()

    assert ended.value.code == EXIT_CODE


def test_signal_that_interrupts_a_waiting_loop_ends_it(runner):
    async def work():
        asyncio.get_running_loop().call_later(0.01, send_sigterm)
        await asyncio.Event().wait()

    with pytest.raises(SystemExit) as ended:
        run(runner, work)

    assert ended.value.code == EXIT_CODE


def test_signal_for_which_the_loop_has_no_turn_left_ends_what_follows(runner):
    def end_late():
        with signals.end_between_callbacks(runner.get_loop()):
            runner.close()
            send_sigterm()

    with pytest.raises(SystemExit) as ended:
        end_late()

    assert ended.value.code == EXIT_CODE


def test_second_signal_does_not_interrupt_the_end(runner):
    cleaned_up = []

    async def work():
        try:
            send_sigterm()
            await asyncio.Event().wait()
        finally:
            os.kill(os.getpid(), signal.SIGINT)
            cleaned_up.append(True)

    with pytest.raises(SystemExit) as ended:
        run(runner, work)

    assert (ended.value.code, cleaned_up) == (EXIT_CODE, [True])


def test_signals_are_handled_as_before_once_the_loop_is_closed(runner):
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    async def work():
        return "done"

    assert run(runner, work) == "done"
    assert {number: signal.getsignal(number) for number in before} == before
    with pytest.raises(SystemExit) as ended:
        send_sigterm()
    assert ended.value.code == EXIT_CODE
