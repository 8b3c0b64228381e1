# ruff: noqa: RUF001 - a table has dashes and times signs
"""Report: ratios of Studyhall to its peers, row by row, and the machine that was used."""

import json
import platform
import re
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench import growth, picture
from bench.growth import Panel, Reached, Series
from bench.hostile import VISITS, Result
from bench.servers import HOME, PEERS, Cores, node
from bench.size import Size

RESULTS = HOME / "bench" / "results"
PICTURE = HOME / "docs" / "growth.svg"
MOST_OF_A_CORE = 0.9
A_LEAK = 0.5
"""MB left by every visit above which a leak is marked: memory use is never exactly constant."""

Trials = Mapping[str, Mapping[str, Sequence[float]]]
"""Measured values: server → row → one for each round, in the order of measurement."""


class Row(NamedTuple):
    """A row. Targets are ratios to the peers; below 1, less is better; None is no target.

    In the title, names in braces are replaced by the `Size` of the run.
    """

    key: str
    title: str
    to_seed: float | None = None
    to_bare: float | None = None
    is_compared: bool = True


ROWS = (
    Row("deliveries", "one room, {people:,} sockets, {senders} senders flat out: deliveries/s", 10, 8),
    Row("cpu", "server CPU per delivery there: µs", 1 / 10, 1 / 5),
    Row("joins", "connect with a token and join that room: joins/s", 8, 1.5),
    Row("messages", "{rooms} rooms of {room_size}, {spread_senders} senders flat out: messages/s acked", 10, 1.5),
    Row("echo p50", "send to own ack at {load:.0%} of the seed's maximum, p50: ms", 1 / 5),
    Row("echo p99", "the same, p99: ms", 1 / 5),
    Row(
        "echo left",
        "messages without an ack when that load ended; many mean that the server was overloaded",
        is_compared=False,
    ),
    Row("memory", "memory per idle socket, of {idle:,}: kB", 1 / 2, 1 / 2),
    Row("GET me", "GET me: requests/s", 10),
    Row("GET dashboard", "GET dashboard: requests/s", 10),
    Row("GET study-rooms", "GET study-rooms: requests/s", 10),
    Row("GET room", "GET room: requests/s", 10),
    Row("GET 50 messages", "GET 50 messages: requests/s", 10),
    Row("POST message", "POST message: requests/s", 10),
    Row("sign-ins", "sign-ins over HTTP, argon2id and bcrypt at the cost of production: sign-ins/s"),
)


def comparison(trials: Trials, size: Size) -> str:
    """Return the table of ratios. A ratio is the median of the ratios of the rounds."""
    lines = [
        "| row | Studyhall | seed | ratio | wanted | bare Socket.IO | ratio | wanted |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in ROWS:
        ours = trials["Studyhall"].get(row.key)
        if not ours:
            continue
        cells = [row.title.format_map(size._asdict()), _number(median(ours))]
        for peer, target in (("seed", row.to_seed), ("bare Socket.IO", row.to_bare)):
            theirs = trials[peer].get(row.key)
            if not theirs or not row.is_compared:
                cells += [_number(median(theirs)) if theirs else "–", "–", "–"]
                continue
            ratio = median(our / their for our, their in zip(ours, theirs, strict=True))
            cells += [_number(median(theirs)), _ratio(ratio, target), _wanted(target)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def storages(trials: Trials) -> str:
    """Return the table of Studyhall on each storage."""
    lines = ["| storage | messages/s acked | deliveries/s |", "|---|--:|--:|"]
    for storage, values in trials.items():
        cells = [_number(median(values[row])) for row in ("messages in one room", "deliveries")]
        lines.append("| " + " | ".join([storage, *cells]) + " |")
    return "\n".join(lines)


def growing(panel: Panel, series: Series) -> str:
    """Return the table of one panel of growth."""
    lines = [
        f"| {panel.title.lower()}, {panel.of}: {panel.measures} | "
        + " | ".join(f"{size:,}" for size in panel.sizes)
        + " |",
        "|---|" + "--:|" * len(panel.sizes),
    ]
    for name, reached in series.items():
        lines.append(f"| {name} | " + " | ".join(_reached(panel, reached[size]) for size in panel.sizes) + " |")
    return "\n".join(lines)


def draw(grown: Sequence[Series], commit: str) -> Path:
    """Draw the growth of the servers, all panels in one chart, and return its path."""
    panels = [
        picture.Panel(
            panel.title,
            panel.of,
            panel.measures,
            panel.sizes,
            {
                name: {size: values[panel.row] for size, values in reached.items() if not isinstance(values, str)}
                for name, reached in series.items()
            },
            [
                f"{name}, {size:,}: {why}"
                for name, reached in series.items()
                for size, why in reached.items()
                if isinstance(why, str)
            ],
        )
        for panel, series in zip(growth.PANELS, grown, strict=True)
    ]
    caption = f"one trial a point, {datetime.now(UTC):%Y-%m-%d}, commit {commit}"
    PICTURE.write_text(picture.draw("How Studyhall and its peers grow", caption, panels), "utf-8")
    return PICTURE


def hostility(results: Mapping[str, Result | str]) -> str:
    """Return the table of memory after hostile clients."""
    times = " | ".join(f"after {number}" for number in range(1, VISITS + 1))
    lines = [
        f"| Studyhall's memory, MB | before | peak | {times} | left by every visit | cut off | sockets left |",
        "|---|" + "--:|" * (VISITS + 5),
    ]
    for kind, result in results.items():
        if isinstance(result, str):
            lines.append(f"| {kind} | **{result}** |" + " – |" * (VISITS + 4))
            continue
        last, left = result.visits[-1], result.leaked / 1e6
        sizes = [result.before, max(visit.peak for visit in result.visits), *(visit.after for visit in result.visits)]
        cells = [f"{size / 1e6:.1f}" for size in sizes]
        cells.append(f"**{left:+.1f}**" if left > A_LEAK else f"{left:+.1f}")
        cells += [f"{last.came - last.stayed:,} of {last.came:,}", str(last.connections)]
        lines.append("| " + " | ".join([kind, *cells]) + " |")
    return "\n".join(lines)


def busiest(shares: Mapping[str, float]) -> str:
    """Return the generator's share of its core in each scenario, with a warning if the generator was the bottleneck."""
    said = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
    too_busy = [name for name, share in shares.items() if share > MOST_OF_A_CORE]
    warning = f" **In {', '.join(too_busy)} the generator was the bottleneck.**" if too_busy else ""
    return f"Maximum share of its core that the load generator used: {said}.{warning}"


def surroundings(cores: Cores, database: str, commit: str) -> str:
    """Return the environment: machine, versions, and the commit at the start of the run."""
    cpu = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text("utf-8"), re.MULTILINE)
    memory = int(Path("/proc/meminfo").read_text("utf-8").split()[1]) / 1e6
    ours = ("aiohttp", "python-socketio", "python-engineio", "uvloop", "msgspec", "aiopg")
    wanted = json.loads((PEERS / "seed" / "package.json").read_text("utf-8"))["dependencies"]
    theirs = ("express", "socket.io", "sequelize", "pg")
    node_version = _said([node(), "--version"])
    return "\n".join(
        [
            f"- {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {commit}",
            f"- {cpu[1] if cpu else platform.machine()}, {memory:.0f} GB, {platform.system()} {platform.release()}",
            f"- {cores}",
            f"- Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in ours),
            f"- Node.js {node_version}, " + ", ".join(f"{name} {wanted[name]}" for name in theirs),
            f"- {database}, fsync on, the same server for Studyhall and the seed",
        ]
    )


def commit() -> str:
    """Return the measured commit, with `-changed` if the tree has uncommitted changes; "unknown" without git."""
    found = _said(["git", "-C", str(HOME), "rev-parse", "--short", "HEAD"])
    if not found:
        return "unknown"
    return found + ("-changed" if _said(["git", "-C", str(HOME), "status", "--porcelain"]) else "")


def write(page: str, commit: str) -> Path:
    """Write the page of results of a commit, and return its path."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{datetime.now(UTC):%Y-%m-%d}-{commit}.md"
    file.write_text(page, "utf-8")
    return file


def _said(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except FileNotFoundError:
        return ""


def _reached(panel: Panel, reached: Reached) -> str:
    if isinstance(reached, str):
        return reached
    each = f" ({_number(reached['memory'])} kB each)" if "memory" in reached else ""
    return _number(reached[panel.row]) + each


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _ratio(ratio: float, target: float | None) -> str:
    said = f"{ratio:.2f} ×" if ratio < 10 else f"{ratio:.0f} ×"
    if target is None:
        return said
    reached = ratio >= target if target > 1 else ratio <= target
    return f"**{said}**" if reached else f"{said} (short)"


def _wanted(target: float | None) -> str:
    if target is None:
        return "–"
    return f"≥ {target:g} ×" if target > 1 else f"≤ 1/{1 / target:g}"
