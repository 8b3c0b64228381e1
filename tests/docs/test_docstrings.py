"""Docstrings open with a noun or a verb of the field, not with a relative clause or a causative."""

import ast
import re

import pytest

from tests.support.paths import ROOT, find_files

FOLDERS = (
    "api_docs",
    "bench",
    "chaos",
    "cli",
    "config",
    "domain",
    "handlers",
    "publisher",
    "runtime",
    "services",
    "socket_engine",
    "socket_events",
    "storage",
    "text",
)
"""Folders whose docstrings are checked."""

OPENINGS = re.compile(
    r"(What|Whatever|Who|Whoever|Whom|Whose|Where|Whether|That|How|Which|One that|Those"
    r"|Have|Let|Note|Say|Tell|Hear|Make|Keep|Give|Know|Ask|Show|Hold|Look)\b"
)


def docstrings(source: str) -> list[tuple[int, str]]:
    """Return (line, text) of every docstring, those of attributes included."""
    statements = [child for node in ast.walk(ast.parse(source)) for child in ast.iter_child_nodes(node)]
    values = [child.value for child in statements if isinstance(child, ast.Expr)]
    return [(v.lineno, v.value.strip()) for v in values if isinstance(v, ast.Constant) and isinstance(v.value, str)]


def odd_openings(source: str) -> list[tuple[int, str]]:
    """Return (line, first line) of the docstrings that open with a word of OPENINGS."""
    return [(line, text.splitlines()[0]) for line, text in docstrings(source) if OPENINGS.match(text)]


@pytest.mark.parametrize("pattern", ["app.py", "server.py", ".ci/*.py", *(f"{folder}/*.py" for folder in FOLDERS)])
def test_docstrings_open_plainly(pattern):
    texts = {file.relative_to(ROOT).as_posix(): file.read_text("utf-8") for file in find_files(pattern)}
    assert sum(len(docstrings(text)) for text in texts.values()) > 0, "there is nothing to check"

    found = {name: odd_openings(text) for name, text in texts.items()}

    assert {name: odd for name, odd in found.items() if odd} == {}


def test_odd_openings_are_found():
    source = '"""What it is."""\nclass A:\n    """A thing."""\n    x = 1\n    """Whether it is."""\n'
    method = '    def f(self):\n        """Make it."""\n'
    assert odd_openings(source + method) == [(1, "What it is."), (5, "Whether it is."), (7, "Make it.")]
    assert odd_openings('"""Whatsoever, Keeper, Maker."""') == []
