"""Chart of growth: small panels side by side, both axes logarithmic, as SVG.

It has its own background and its own dark colours, so that it can be read anywhere.
"""

from collections.abc import Mapping, Sequence
from html import escape
from math import ceil, floor, log10
from typing import NamedTuple

WIDTH = 930
_PANEL = 290
_GAP = 15
_TOP = 82
_LEFT, _RIGHT = 48, 22  # within a panel, for the labels and half a size
_PLOT = 210
_LINE = 15

STYLE = """
text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328 }
.small { font-size: 11px; fill: #59636e }
.panel { font-weight: 600; font-size: 13px }
.ground { fill: #ffffff; stroke: #d1d9e0 }
.grid { stroke: #d1d9e0; stroke-width: 1 }
.line { fill: none; stroke-width: 2.5; stroke-linejoin: round }
.s0 { stroke: #0969da; color: #0969da } .s1 { stroke: #bc4c00; color: #bc4c00; stroke-dasharray: 7 4 }
.s2 { stroke: #57606a; color: #57606a; stroke-dasharray: 2 4 }
.dot { fill: currentColor; stroke: none }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc } .small { fill: #9198a1 } .ground { fill: #0d1117; stroke: #3d444d } .grid { stroke: #3d444d }
.s0 { stroke: #58a6ff; color: #58a6ff } .s1 { stroke: #f0883e; color: #f0883e } .s2 { stroke: #b1bac4; color: #b1bac4 }
}
""".strip()


class Panel(NamedTuple):
    """Content of one panel.

    Attributes:
        title: text above it.
        across: label of the x axis.
        up: label of the y axis.
        sizes: x values of its points, ascending, above 0.
        lines: name → size → value, above 0; a missing size is a missing point.
        notes: lines of text below it, such as reasons for missing points.
    """

    title: str
    across: str
    up: str
    sizes: Sequence[int]
    lines: Mapping[str, Mapping[int, float]]
    notes: Sequence[str] = ()


class _Axis(NamedTuple):
    """A logarithmic axis: maps values from `low` to `high` to coordinates."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        return self.start + (self.end - self.start) * log10(value / self.low) / log10(self.high / self.low)


def draw(title: str, caption: str, panels: Sequence[Panel]) -> str:
    """Return the chart. Lines of one name look the same in all panels; at most three names."""
    names = list(dict.fromkeys(name for panel in panels for name in panel.lines))
    height = _TOP + _PLOT + 55 + _LINE * max(len(panel.notes) for panel in panels)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="t d">',
        f'<title id="t">{escape(title)}</title>',
        f'<desc id="d">{escape(_told(panels))}</desc>',
        f"<style>{STYLE}</style>",
        f'<rect class="ground" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="6"/>',
    ]
    parts.append(text_at(WIDTH - _GAP - _RIGHT, 30, caption, "small", "end"))
    for number, name in enumerate(names):
        x = _GAP + _LEFT + number * 160
        parts.append(f'<path class="line s{number}" d="M{x} 26h36"/>{_marker(number, x + 18, 26)}')
        parts.append(text_at(x + 46, 30, name))
    for number, panel in enumerate(panels):
        parts += _panel(panel, _GAP + number * (_PANEL + _GAP), names)
    return "\n".join([*parts, "</svg>", ""])


def short(value: float) -> str:
    """Format a value for an axis, such as 300, 5k or 1M."""
    for unit, name in ((1e6, "M"), (1e3, "k")):
        if value >= unit:
            return f"{value / unit:.3g}{name}"
    return f"{value:.3g}"


def decades(values: Sequence[float]) -> tuple[float, float]:
    """Return the powers of ten around all values; always two different ones."""
    low, high = floor(log10(min(values, default=1))), ceil(log10(max(values, default=10)))
    return 10.0**low, 10.0 ** max(high, low + 1)


def _panel(panel: Panel, left: float, names: Sequence[str]) -> list[str]:
    bottom = _TOP + _PLOT
    xs = _Axis(min(panel.sizes), max(panel.sizes), left + _LEFT, left + _PANEL - _RIGHT)
    ys = _Axis(*decades([value for line in panel.lines.values() for value in line.values()]), bottom, _TOP)
    parts = [
        text_at(left + _LEFT, _TOP - 28, panel.title, "panel"),
        text_at(left + _LEFT, _TOP - 12, panel.up, "small"),
        text_at((xs.start + xs.end) / 2, bottom + 36, panel.across, "small", "middle"),
    ]
    value = ys.low
    while value <= ys.high * 1.01:
        y = ys.at(value)
        parts.append(f'<path class="grid" d="M{xs.start:.0f} {y:.1f}H{xs.end:.0f}"/>')
        parts.append(text_at(left + _LEFT - 8, y + 4, short(value), "small", "end"))
        value *= 10
    for size in panel.sizes:
        parts.append(f'<path class="grid" d="M{xs.at(size):.1f} {_TOP}V{bottom + 4}"/>')
        parts.append(text_at(xs.at(size), bottom + 19, f"{size:,}", "small", "middle"))
    for name, line in panel.lines.items():
        number = names.index(name)
        points = [(xs.at(size), ys.at(line[size])) for size in panel.sizes if size in line]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline class="line s{number}" points="{path}"/>')
        parts += [_marker(number, x, y) for x, y in points]
    parts += [
        text_at(left + _LEFT, bottom + 55 + _LINE * number, note, "small") for number, note in enumerate(panel.notes)
    ]
    return parts


def _marker(number: int, x: float, y: float) -> str:
    """Return a circle, a square or a diamond, because colours alone are not accessible."""
    if number == 0:
        return f'<circle class="dot s0" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>'
    turned = f' transform="rotate(45 {x:.1f} {y:.1f})"' if number == 2 else ""
    return f'<rect class="dot s{number}" x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8"{turned}/>'


def text_at(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    of_kind = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{of_kind}>{escape(text)}</text>'


def _told(panels: Sequence[Panel]) -> str:
    """Return a description of the chart for screen readers."""
    return " ".join(
        f"{panel.title}, {name}: "
        + ", ".join(f"{line[size]:,.0f} {panel.up} at {size:,}" for size in panel.sizes if size in line)
        + "."
        for panel in panels
        for name, line in panel.lines.items()
        if line
    )
