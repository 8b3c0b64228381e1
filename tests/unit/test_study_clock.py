"""services/study/clock.py, and milliseconds in domain/clock.py."""

import pytest
from hypothesis import given, strategies as st

from domain.clock import Instant, from_milliseconds, to_milliseconds
from services.study.clock import StudyClock

BEGAN = 1_800_000_000_000
LAST_MILLISECOND = 253_402_300_799_999
"""Of the year 9999."""


class Clocks:
    """Both clocks, moved by the test; `wall` in Unix milliseconds, `monotonic` in seconds."""

    def __init__(self):
        self.wall, self.monotonic = BEGAN, 5.0

    def instant(self):
        return Instant(self.monotonic, from_milliseconds(self.wall))

    def advance(self, seconds):
        self.monotonic += seconds
        self.wall += int(seconds * 1000)


@pytest.fixture
def clocks():
    return Clocks()


@pytest.fixture
def study_clock(clocks):
    return StudyClock(clocks)


@given(st.integers(0, LAST_MILLISECOND))
def test_milliseconds_and_timestamps_convert_without_loss(milliseconds):
    assert to_milliseconds(from_milliseconds(milliseconds)) == milliseconds


def test_now_follows_the_monotonic_clock(clocks, study_clock):
    clocks.advance(2.5)
    assert study_clock.now() == BEGAN + 2500
    assert study_clock.timestamp() == from_milliseconds(BEGAN + 2500)


@pytest.mark.parametrize("step", [-3_600_000, 3_600_000])
def test_step_of_the_wall_clock_is_drift_and_moves_nothing(clocks, study_clock, step):
    clocks.wall += step
    assert study_clock.now() == BEGAN
    assert study_clock.drift() == step


def test_start_behind_the_last_checkpoint_begins_at_it(clocks, study_clock):
    study_clock.start(from_milliseconds(BEGAN + 60_000))
    clocks.advance(1)
    assert study_clock.now() == BEGAN + 61_000
    assert study_clock.drift() == -60_000


@pytest.mark.parametrize("checkpoint", [None, from_milliseconds(BEGAN - 60_000)])
def test_start_after_the_last_checkpoint_begins_at_the_wall_clock(clocks, study_clock, checkpoint):
    clocks.wall += 5000
    study_clock.start(checkpoint)
    assert study_clock.now() == BEGAN + 5000


def test_shift_moves_now_by_the_difference(clocks, study_clock):
    clocks.wall += 5000
    study_clock.shift(study_clock.drift())
    assert study_clock.now() == BEGAN + 5000
    assert study_clock.drift() == 0
