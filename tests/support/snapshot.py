"""Snapshots: JSON files in tests/snapshots/ with the expected answers of the server."""

import json
import os
from collections.abc import Iterator
from typing import Any

from tests.support.paths import ROOT

FOLDER = ROOT / "tests" / "snapshots"
ACCEPT = "ACCEPT_SNAPSHOTS"
"""Environment variable. If it is set, tests write the snapshots instead of comparing with them."""
MAX_LINES = 20
MISSING = "nothing"


def check(name: str, found: Any) -> None:
    """Compare JSON with the snapshot of this name.

    Raises:
        AssertionError: with a line for each path that differs, and the command that accepts the difference.
    """
    file = FOLDER / f"{name}.json"
    if os.environ.get(ACCEPT):
        file.write_text(written(found), "utf-8")
    before = json.loads(file.read_text("utf-8")) if file.exists() else {}
    changes = differences(before, found)
    if changes:
        more = [f"… and {len(changes) - MAX_LINES} more"] if len(changes) > MAX_LINES else []
        lines = "\n".join([*changes[:MAX_LINES], *more])
        raise AssertionError(
            f"tests/snapshots/{file.name} differs in {len(changes)} places:\n{lines}\n"
            f"If this is intended, accept it with `make snapshots` and commit the file."
        )


def written(found: Any) -> str:
    """Return the text of a snapshot: keys in order, a line for each value."""
    return json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def differences(before: Any, after: Any) -> list[str]:
    """Return a line for each path at which two JSON values differ."""
    was, now = dict(_leaves(before)), dict(_leaves(after))
    paths = [path for path in {**was, **now} if was.get(path, MISSING) != now.get(path, MISSING)]
    return [f"{path or 'the whole'}: {was.get(path, MISSING)} → {now.get(path, MISSING)}" for path in sorted(paths)]


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key, part in value.items():
            yield from _leaves(part, f"{path} / {key}" if path else key)
    elif isinstance(value, list) and value:
        for number, part in enumerate(value):
            yield from _leaves(part, f"{path}[{number}]")
    else:
        yield path, json.dumps(value, ensure_ascii=False)


PROSE = {"description", "summary", "title", "example", "examples"}
NAMES = {
    "channels",
    "content",
    "headers",
    "messages",
    "operations",
    "parameters",
    "paths",
    "properties",
    "responses",
    "schemas",
    "securitySchemes",
    "servers",
}
"""Keys whose object maps names to parts of the document: a property may be called `description`."""


def without_prose(part: Any, *, names: bool = False) -> Any:
    """Return a document of the API without titles, descriptions and examples, on which no program depends."""
    if isinstance(part, list):
        return [without_prose(item) for item in part]
    if not isinstance(part, dict):
        return part
    return {
        key: value if key in {"enum", "const", "default"} else without_prose(value, names=key in NAMES and not names)
        for key, value in part.items()
        if names or key not in PROSE
    }
