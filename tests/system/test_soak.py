"""The soak: what counts as flat, what is drawn, and a short one against the real server."""

import asyncio
import re
import sys
from xml.etree import ElementTree as ET

import pytest

from bench.soak.drawing import Panel, draw, ticks, told
from bench.soak.trend import trend
from tests.support.paths import ROOT
from tests.support.process import START_WITHIN

SVG = "{http://www.w3.org/2000/svg}"
SECONDS = 12


def line(*, slope, start=50.0, warm_up=0.0, minutes=15, noise=1.0):
    """Return a number asked every 5 s that grows by `slope` an hour, and by `warm_up` in the first third."""
    seconds = minutes * 60
    return [
        (at, start + slope * at / 3600 + warm_up * min(1, 3 * at / seconds) + noise * (-1) ** (at // 5))
        for at in range(0, seconds + 1, 5)
    ]


def test_the_slope_is_that_of_the_number_in_an_hour():
    found = trend(line(slope=30), swing=4)
    assert found.slope == pytest.approx(30, abs=1)
    assert (found.since, found.until) == (300, 900)
    assert found.start == pytest.approx(52.5, abs=0.1)
    assert found.end == pytest.approx(57.5, abs=0.1)
    assert found.allowed == pytest.approx(24)


@pytest.mark.parametrize(("slope", "flat"), [(-100, True), (0, True), (20, True), (28, False), (500, False)])
def test_what_rises_more_than_it_swings_is_not_flat(slope, flat):
    assert trend(line(slope=slope), swing=4).flat == flat


def test_the_warm_up_does_not_count():
    assert trend(line(slope=0, warm_up=400), swing=4).flat


def test_a_longer_soak_finds_a_smaller_leak():
    assert trend(line(slope=10, minutes=15), swing=4).flat
    assert not trend(line(slope=10, minutes=60), swing=4).flat


@pytest.mark.parametrize(
    ("high", "marks"), [(0, [0, 1]), (3, [0, 1, 2, 3]), (10, [0, 5, 10]), (97, [0, 50, 100]), (500, [0, 200, 400, 600])]
)
def test_an_axis_has_round_marks(high, marks):
    assert ticks(0, high) == marks


def test_the_picture_has_each_line_its_trend_and_the_verdict():
    lines = {"sqlite": line(slope=0), "postgres": line(slope=600)}
    panel = Panel("Memory <now>", " MB", lines, {name: trend(series, 4) for name, series in lines.items()})
    flat = Panel("Tasks", "", {"sqlite": line(slope=0)}, {"sqlite": trend(line(slope=0), 4)})

    root = ET.fromstring(draw("Soak", "15 min", [panel, flat]))  # noqa: S314  # our own

    drawn = [len(found.get("points").split()) for found in root.iter(f"{SVG}polyline")]
    assert drawn == [181, 2, 181, 2, 181, 2]
    texts = [found.text for found in root.iter(f"{SVG}text")]
    assert "postgres: not flat" in texts
    assert "flat" in texts
    assert "Memory <now>, postgres: 100.0 to 200.0 MB, +600.0 MB an hour of at most +24.0: NOT FLAT." in told_in(root)


def told_in(root):
    return re.sub(r"9\d\.\d|100\.\d", "100.0", re.sub(r"20\d\.\d|199\.\d", "200.0", root.find(f"{SVG}desc").text))


def test_each_number_is_told_in_a_sentence():
    lines = {"sqlite": line(slope=0, noise=0)}
    [sentence] = told([Panel("Tasks", "", lines, {"sqlite": trend(lines["sqlite"], 4)})])
    assert sentence == "Tasks, sqlite: 50.0 to 50.0, +0.0 an hour of at most +24.0: flat."


async def test_a_short_soak_of_the_real_server_asks_draws_and_tells(tmp_path):
    file = tmp_path / "soak.svg"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.soak", "--storages", "sqlite"),
        *("--minutes", str(SECONDS / 60), "--haste", "8", "--swings", "10", "--draw", str(file)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), SECONDS + 2 * START_WITHIN)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()

    assert process.returncode == 0, said.decode()
    visits = dict(reversed(visit.split()) for visit in re.search(r"visits: (.*);", said.decode())[1].split(", "))
    assert {kind for kind, count in visits.items() if int(count) > 0} == {"talk", "poll", "read", "begin"}
    root = ET.fromstring(file.read_text())  # noqa: S314  # our own
    lines = [found.get("points").split() for found in root.iter(f"{SVG}polyline")]
    assert len(lines) == 2 * 9
    assert all(len(points) >= 10 for points in lines[::2])
    told_of = root.find(f"{SVG}desc").text
    for name in ("Memory", "Files and sockets open", "Connections to the database", "Tasks", "Cache entries"):
        start, end = map(float, re.search(rf"{name}, sqlite: ([\d.]+) to ([\d.]+)", told_of).groups())
        assert start > 0, name
        assert end > 0, name
