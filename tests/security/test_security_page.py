"""Tables of docs/security.md match the ASVS and name existing tests."""

import ast
import re
from collections import Counter
from functools import cache

import pytest

from tests.security.asvs import LEVELS
from tests.support.doc_checks import broken_links, codes, table
from tests.support.paths import ROOT, find_files

PAGE = ROOT / "docs" / "security.md"
KINDS = ("held", "written", "operator", "not applicable", "not met")


def rows(page: str) -> list[list[str]]:
    """Return every row of the tables of requirements."""
    parts = re.split(r"^### ", page, flags=re.MULTILINE)[1:]
    return [row for part in parts for row in table(part, "number")]


def wrong_numbers(page: str) -> dict[str, list[str]]:
    """Return differences between the page and the standard; {} if they agree."""
    said = [f"{number} of level {level}" for number, level, *_ in rows(page)]
    known = [f"{number} of level {level}" for number, level in LEVELS.items()]
    found = {
        "not on the page": sorted(set(known) - set(said)),
        "not in the standard": sorted(set(said) - set(known)),
        "twice": sorted(name for name, times in Counter(said).items() if times > 1),
    }
    return {what: names for what, names in found.items() if names}


@cache
def known_tests() -> set[str]:
    """Return every test of the project, as tests/folder/file::name or web/tests/file::name."""
    found = set()
    for file in find_files("tests/*test_*.py"):
        for node in ast.parse(file.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                found.add(f"{file.relative_to(ROOT).as_posix()}::{node.name}")
    for file in find_files("web/tests/*.test.ts"):
        names = re.findall(r'^test\("(.+?)"', file.read_text("utf-8"), re.MULTILINE)
        found |= {f"{file.relative_to(ROOT).as_posix()}::{name}" for name in names}
    assert len(found) > 1000, "the tests are somewhere else"
    return found


def wrong_answers(page: str, tests: set[str]) -> list[str]:
    """Return errors in the answers to the requirements."""
    found = []
    for number, _, asks, how in rows(page):
        kind, _, why = how.partition(": ")
        named = [name for name in codes(how) if "/test_" in name]
        found += [f"{number}: there is no {name}" for name in named if name not in tests]
        if kind not in KINDS or len(asks) < 10:
            found.append(f"{number}: says nothing")
        elif kind == "held" and not named:
            found.append(f"{number}: held by no test")
        elif kind == "written" and "](" not in why:
            found.append(f"{number}: written nowhere")
        elif len(why.split()) < 2 and kind not in {"held", "written"}:
            found.append(f"{number}: without a reason")
    return found


def wrong_attacks(page: str, tests: set[str]) -> list[str]:
    """Return errors in the table of attacks: a row without an existing test, or without its limits."""
    known = tests | {name.partition("::")[0] for name in tests}
    found = []
    for attack, *others in table(page, "attack"):
        if attack.startswith("**"):
            continue
        named, left = codes(others[0]), others[1] if len(others) == 2 else ""
        found += [f"{attack}: there is no {name}" for name in named if name not in known]
        if not named:
            found.append(f"{attack}: held by no test")
        if not left:
            found.append(f"{attack}: does not say what is not held")
    return found


def counted(page: str) -> list[list[str]]:
    """Return the expected rows of the summary."""
    kinds = [(level, how.partition(":")[0]) for _, level, _, how in rows(page)]
    lines = []
    for which in ("1", "2", "3", "all"):
        of_it = Counter(kind for level, kind in kinds if which in {level, "all"})
        lines.append([which, str(of_it.total()), *(str(of_it[kind]) for kind in KINDS)])
    return lines


PAGE_NOW = PAGE.read_text("utf-8")


def test_every_requirement_is_answered_under_its_number_and_level():
    assert wrong_numbers(PAGE_NOW) == {}


def test_every_answer_has_a_test_that_there_is_or_a_reason():
    assert len(rows(PAGE_NOW)) > 100
    assert wrong_answers(PAGE_NOW, known_tests()) == []


def test_attacks_name_tests_that_exist_and_what_is_not_held():
    attacks = [attack for attack, *_ in table(PAGE_NOW, "attack")]
    assert len(attacks) == len(set(attacks)) > 30
    assert wrong_attacks(PAGE_NOW, known_tests()) == []


def test_attack_without_test_or_rest_is_reported():
    head = "| attack | held by | not held |\n|---|---|---|\n"
    page = (
        head
        + "| **Part** | | |\n| a | `tests/unit/test_text.py` | x |\n| b | `test_none.py` | x |\n| c | nothing | x |\n"
    )

    known = {"tests/unit/test_text.py::test_a"}
    assert wrong_attacks(page, known) == ["b: there is no test_none.py", "c: held by no test"]


def test_the_summary_counts_right():
    assert table(PAGE_NOW, "level") == counted(PAGE_NOW)


@pytest.mark.parametrize("page", ["README.md", "SECURITY.md", "docs/operating.md"])
def test_the_page_is_found(page):
    said = (ROOT / page).read_text("utf-8")
    assert re.search(r"\]\((docs/)?security\.md", said)
    assert broken_links(said, (ROOT / page).parent) == set()


def test_what_is_wrong_would_be_said():
    [number, level, *_] = rows(PAGE_NOW)[0]
    line = next(line for line in PAGE_NOW.splitlines(keepends=True) if line.startswith(f"| {number} |"))
    tests = known_tests()

    assert wrong_numbers(PAGE_NOW.replace(line, "")) == {"not on the page": [f"{number} of level {level}"]}
    assert wrong_numbers(PAGE_NOW.replace(line, line + line)) == {"twice": [f"{number} of level {level}"]}
    other = line.replace(f"| {number} | {level} |", f"| {number} | 9 |")
    assert set(wrong_numbers(PAGE_NOW.replace(line, other))) == {"not on the page", "not in the standard"}
    for how, what in {
        "held: `tests/unit/test_text.py::test_made_up`": "there is no tests/unit/test_text.py::test_made_up",
        "held: of course": "held by no test",
        "written: somewhere": "written nowhere",
        "not met:": "says nothing",
        "fine": "says nothing",
        "not applicable: no": "without a reason",
    }.items():
        changed = PAGE_NOW.replace(line, f"| {number} | {level} | that all is as it should be | {how} |\n")
        assert wrong_answers(changed, tests) == [f"{number}: {what}"]
