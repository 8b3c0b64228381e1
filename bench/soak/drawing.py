"""Chart of a soak: a panel for each number, time from left to right, in the style of bench/picture.py."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from math import ceil, floor, log10
from typing import NamedTuple

from bench.picture import STYLE, WIDTH, text_at
from bench.soak.trend import Series, Trend

_COLUMNS = 3
_CELL, _GAP = 290, 15
_TOP, _PLOT, _ROW = 88, 120, 210
_LEFT, _RIGHT = 48, 12

_OURS = """
.line { stroke-width: 1.5 } .trend { stroke-width: 3; opacity: 0.45 } .warming { fill: #d1d9e0; opacity: 0.35 }
@media (prefers-color-scheme: dark) { .warming { fill: #3d444d } }
"""


class Panel(NamedTuple):
    """One number: its title, its unit, its values by storage, and its trends."""

    title: str
    unit: str
    lines: Mapping[str, Series]
    trends: Mapping[str, Trend]


def draw(title: str, caption: str, panels: Sequence[Panel]) -> str:
    """Return the chart. A panel with a number that is not flat is marked."""
    names = list(dict.fromkeys(name for panel in panels for name in panel.lines))
    height = _TOP + _ROW * ceil(len(panels) / _COLUMNS) - 50
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="t d">',
        f'<title id="t">{escape(title)}</title>',
        f'<desc id="d">{escape(" ".join(told(panels)))}</desc>',
        f"<style>{STYLE}{_OURS}</style>",
        f'<rect class="ground" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="6"/>',
        text_at(WIDTH - _GAP - _RIGHT, 30, caption, "small", "end"),
    ]
    for number, name in enumerate(names):
        x = _GAP + _LEFT + number * 150
        parts += [f'<path class="line s{number}" d="M{x} 26h36"/>', text_at(x + 46, 30, name)]
    for number, panel in enumerate(panels):
        row, column = divmod(number, _COLUMNS)
        parts += _panel(panel, _GAP + column * (_CELL + _GAP), _TOP + row * _ROW, names)
    return "\n".join([*parts, "</svg>", ""])


def told(panels: Sequence[Panel]) -> Iterator[str]:
    """Yield a description of the chart, a sentence for each number and storage."""
    for panel in panels:
        for name, trend in panel.trends.items():
            verdict = "flat" if trend.flat else "NOT FLAT"
            yield (
                f"{panel.title}, {name}: {trend.start:,.1f} to {trend.end:,.1f}{panel.unit}, "
                f"{trend.slope:+,.1f}{panel.unit} an hour of at most {trend.allowed:+,.1f}: {verdict}."
            )


def ticks(low: float, high: float) -> list[float]:
    """Return three to six round values, the first at or below `low`, the last at or above `high`."""
    rough = max(high - low, 4) / 4  # counts are whole numbers
    power = 10.0 ** floor(log10(rough))
    step = next(power * n for n in (1, 2, 5, 10) if power * n >= rough)
    return [step * n for n in range(floor(low / step), max(ceil(high / step), floor(low / step) + 1) + 1)]


def _panel(panel: Panel, left: float, top: float, names: Sequence[str]) -> Iterator[str]:
    series = list(panel.lines.values())
    first, last = min(line[0][0] for line in series), max(line[-1][0] for line in series)
    marks = ticks(0, max(value for line in series for _, value in line))
    start, end, bottom = left + _LEFT, left + _CELL - _RIGHT, top + _PLOT

    def at(moment: float, value: float) -> str:
        across = start + (end - start) * (moment - first) / (last - first)
        return f"{across:.1f},{bottom - _PLOT * value / marks[-1]:.1f}"

    yield text_at(start, top - 10, panel.title + (f",{panel.unit}" if panel.unit else ""), "panel")
    warm = min(trend.since for trend in panel.trends.values())
    width = (end - start) * (warm - first) / (last - first)
    yield f'<rect class="warming" x="{start:.1f}" y="{top}" width="{width:.1f}" height="{_PLOT}"/>'
    for mark in marks:
        y = bottom - _PLOT * mark / marks[-1]
        yield f'<path class="grid" d="M{start:.0f} {y:.1f}H{end:.0f}"/>'
        yield text_at(start - 8, y + 4, f"{mark:,.4g}", "small", "end")
    yield text_at(start, bottom + 19, "0", "small", "middle")
    yield text_at(end, bottom + 19, _duration(last - first), "small", "end")
    for number, name in enumerate(names):
        if name not in panel.lines:
            continue
        points = " ".join(at(moment, value) for moment, value in panel.lines[name])
        yield f'<polyline class="line s{number}" points="{points}"/>'
        trend = panel.trends[name]
        ends = f"{at(trend.since, trend.start)} {at(trend.until, trend.end)}"
        yield f'<polyline class="line trend s{number}" points="{ends}"/>'
    wrong = [name for name, trend in panel.trends.items() if not trend.flat]
    said = f"{', '.join(wrong)}: not flat" if wrong else "flat"
    yield text_at((start + end) / 2, bottom + 19, said, "panel" if wrong else "small", "middle")


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 120 else f"{seconds:.0f} s"
