"""LogThrottle of runtime/logs.py"""

import pytest

from runtime import logs
from runtime.logs import THROTTLE_INTERVAL, LogThrottle


class _Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return _Clock()


def test_one_line_of_a_key_is_allowed_per_interval(clock):
    throttle = LogThrottle(clock)
    assert [throttle.allow("full") for _ in range(3)] == [True, False, False]
    clock.now = THROTTLE_INTERVAL - 0.001
    assert not throttle.allow("full")
    clock.now = THROTTLE_INTERVAL
    assert [throttle.allow("full") for _ in range(2)] == [True, False]


def test_keys_have_intervals_of_their_own(clock):
    throttle = LogThrottle(clock)
    assert throttle.allow("full")
    assert throttle.allow("busy")
    assert not throttle.allow("full")


def test_an_omitted_line_does_not_prolong_the_interval(clock):
    throttle = LogThrottle(clock, interval=10)
    assert throttle.allow("full")
    clock.now = 9.0
    assert not throttle.allow("full")
    clock.now = 10.0
    assert throttle.allow("full")


def test_omitted_lines_are_counted_since_the_last_line(clock):
    throttle = LogThrottle(clock, interval=10)
    assert [throttle.count_omitted("ada") for _ in range(4)] == [0, None, None, None]
    clock.now = 10.0
    assert [throttle.count_omitted("ada") for _ in range(2)] == [3, None]
    clock.now = 20.0
    assert throttle.count_omitted("ada") == 1


def test_the_key_logged_longest_ago_is_forgotten_first(clock, monkeypatch):
    monkeypatch.setattr(logs, "_MAX_TRACKED", 2)
    throttle = LogThrottle(clock)
    assert [throttle.allow(key) for key in ("ada", "bob", "cy")] == [True, True, True]
    assert len(throttle) == 2
    assert not throttle.allow("bob")
    assert throttle.allow("ada")
