"""Load shedding: queueing delay is bounded, on any machine."""

from runtime.load_shedding import MEASURE_INTERVAL, LoadShedder


class Line:
    """People who wait, on a clock that the test sets."""

    def __init__(self, most=1_000_000):
        self.now = 0.0
        self.backlog = LoadShedder(2, 10, most, lambda: self.now)
        self.refused = 0

    def come(self, count):
        for _ in range(count):
            if self.backlog.is_overloaded:
                self.refused += 1
            else:
                self.backlog.enter()

    def go(self, count):
        self.backlog.leave(min(count, self.backlog.waiting))

    def pass_periods(self, periods, *, coming, going):
        """Simulate periods in which work arrives and ends at these rates per second."""
        for _ in range(periods):
            self.now += MEASURE_INTERVAL
            self.go(round(going * MEASURE_INTERVAL))
            self.come(round(coming * MEASURE_INTERVAL))


def test_a_few_may_always_wait():
    line = Line()

    line.pass_periods(10, coming=4, going=0)

    assert (line.refused, line.backlog.waiting) == (0, 10)
    line.pass_periods(3, coming=4, going=0)
    assert line.refused == 2, "one was taken while nothing was known of the speed; then, nothing is being done"


def test_a_rush_after_a_long_silence_may_wait_up_to_the_bound_by_number():
    line = Line(most=500)
    line.pass_periods(8, coming=4, going=4)
    line.now += 60

    line.come(600 - line.backlog.waiting)

    assert (line.refused, line.backlog.waiting) == (100, 500)


def test_under_a_steady_load_nobody_is_refused():
    line = Line()

    line.pass_periods(100, coming=8, going=8)

    assert line.refused == 0


def test_as_many_wait_as_are_done_in_the_time_on_a_fast_machine_and_on_a_slow_one():
    for speed in (100, 5_000):
        line = Line()

        line.pass_periods(40, coming=10 * speed, going=speed)

        assert line.backlog.waiting <= 2 * speed
        assert line.backlog.waiting >= 1.5 * speed, "it could have done more of it in time"
        assert line.refused


def test_who_comes_after_a_rush_is_over_is_not_refused():
    line = Line()
    line.pass_periods(20, coming=10_000, going=100)
    line.pass_periods(20, coming=0, going=100)
    refused = line.refused

    line.pass_periods(20, coming=90, going=100)

    assert line.refused == refused


def test_a_machine_that_stands_still_takes_no_more_than_a_few():
    line = Line()
    line.pass_periods(20, coming=1_000, going=1_000)
    line.pass_periods(20, coming=1_000, going=0)
    waiting = line.backlog.waiting

    line.pass_periods(20, coming=1_000, going=0)

    assert line.backlog.waiting == waiting
