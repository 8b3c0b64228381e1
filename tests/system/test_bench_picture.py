"""The picture that the bench draws."""

from xml.etree import ElementTree as ET

import pytest

from bench.picture import Panel, decades, draw, short

NAMES = ("Studyhall", "seed", "bare Socket.IO")
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def panels():
    lines = {name: {10: 100.0 * n, 100: 2000.0 * n, 5000: 90_000.0 * n} for n, name in enumerate(NAMES, 1)}
    return [Panel(f"Panel <{n}>", "sockets & more", "messages/s", (10, 100, 5000), lines) for n in range(3)]


def parsed(svg):
    return ET.fromstring(svg)  # noqa: S314  # our own


def lines_of(svg):
    return [
        [tuple(map(float, point.split(","))) for point in line.get("points").split()]
        for line in parsed(svg).iter(f"{SVG}polyline")
    ]


def texts_of(svg):
    return [text.text for text in parsed(svg).iter(f"{SVG}text")]


def test_it_is_well_formed_and_told_in_words(panels):
    root = parsed(draw("Growth <of> & all", "one <trial>", panels))
    assert root.find(f"{SVG}title").text == "Growth <of> & all"
    assert "Panel <0>, seed: 200 messages/s at 10, 4,000 messages/s at 100" in root.find(f"{SVG}desc").text
    assert root.get("aria-labelledby").split() == [root.find(f"{SVG}{part}").get("id") for part in ("title", "desc")]


def test_every_line_goes_through_its_points_and_more_is_higher(panels):
    drawn = lines_of(draw("Growth", "one trial", panels))
    assert len(drawn) == 9
    for line in drawn:
        assert len(line) == 3
        assert [x for x, _ in line] == sorted(x for x, _ in line)
        assert [y for _, y in line] == sorted((y for _, y in line), reverse=True)


def test_ten_times_as_much_is_as_far_wherever_it_is(panels):
    panel = panels[0]._replace(sizes=(10, 100, 1000), lines={"Studyhall": {10: 1.0, 100: 10.0, 1000: 100.0}})
    [[first, second, third]] = lines_of(draw("Growth", "one trial", [panel]))
    assert second[0] - first[0] == pytest.approx(third[0] - second[0], abs=0.2)
    assert first[1] - second[1] == pytest.approx(second[1] - third[1], abs=0.2)


def test_a_point_that_is_absent_is_not_drawn_and_its_reason_is_said(panels):
    panel = panels[0]._replace(lines={"Studyhall": {10: 5.0, 100: 6.0}, "seed": {}}, notes=["seed: too slow"])
    svg = draw("Growth", "one trial", [panel])
    assert [len(line) for line in lines_of(svg)] == [2, 0]
    assert "seed: too slow" in texts_of(svg)


def test_a_server_looks_the_same_in_every_panel(panels):
    panels[1] = panels[1]._replace(lines=dict(reversed(panels[1].lines.items())))
    lines = list(parsed(draw("Growth", "one trial", panels)).iter(f"{SVG}polyline"))
    assert [line.get("class")[-2:] for line in lines] == ["s0", "s1", "s2", "s2", "s1", "s0", "s0", "s1", "s2"]


@pytest.mark.parametrize(("value", "said"), [(1, "1"), (999, "999"), (5000, "5k"), (1e6, "1M"), (0.1, "0.1")])
def test_an_axis_says_values_in_short(value, said):
    assert short(value) == said


@pytest.mark.parametrize(
    ("values", "around"),
    [([3, 250], (1, 1000)), ([10, 1000], (10, 1000)), ([100], (100, 1000)), ([], (1, 10)), ([0.5], (0.1, 1))],
)
def test_an_axis_ends_at_powers_of_ten(values, around):
    assert decades(values) == pytest.approx(around)
