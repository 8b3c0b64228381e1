"""Guards find what they check: files are found after moves, and empty results are errors."""

import ast
import asyncio
import configparser
import importlib.metadata
import re
import subprocess
import sys
import tomllib
from types import SimpleNamespace

import pytest

from runtime import event_loop
from tests import conftest
from tests.support.paths import ROOT, find_files, find_root
from tests.support.skipping import SkippingLoop


def settings():
    parsed = configparser.ConfigParser()
    parsed.read(ROOT / "setup.cfg", "utf-8")
    return parsed


# Files


@pytest.mark.parametrize("inner", ["test_a.py", "tests/test_a.py", "tests/http/rooms/test_a.py"])
def test_root_is_found_from_any_depth(tmp_path, inner):
    (tmp_path / "setup.cfg").touch()

    assert find_root(tmp_path / inner) == tmp_path


def test_root_that_is_missing_is_an_error(tmp_path):
    with pytest.raises(LookupError, match="no folder above"):
        find_root(tmp_path / "test_a.py")


def test_files_are_found_at_every_depth(tmp_path):
    for name in ("services/a.py", "services/rooms/b.py", "other/c.py", ".ci/run", "node_modules/d.py", ".venv/e.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    assert find_files("services/*.py", root=tmp_path) == [tmp_path / "services/a.py", tmp_path / "services/rooms/b.py"]
    assert len(find_files("*.py", root=tmp_path)) == 3
    assert find_files("*/run", root=tmp_path) == [tmp_path / ".ci/run"]


def test_pattern_without_a_file_is_an_error(tmp_path):
    (tmp_path / "a.py").touch()

    with pytest.raises(LookupError, match=r"matches services/\*\.py"):
        find_files("*.py", "services/*.py", root=tmp_path)


def test_empty_table_fails_collection(pytestconfig):
    assert pytestconfig.getini("empty_parameter_set_mark") == "fail_at_collect"


def test_patterns_of_ruff_match_files():
    """A pattern of a moved file would leave its rules on or off without a word."""
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["ruff"]["lint"]["per-file-ignores"]
    assert len(patterns) > 5
    for pattern in patterns:
        for single in expanded(pattern):
            assert find_files(single)


def expanded(pattern):
    """Return the patterns that a pattern with one pair of braces stands for."""
    before, brace, rest = pattern.partition("{")
    if not brace:
        return [pattern]
    choices, _, after = rest.partition("}")
    return [f"{before}{choice}{after}" for choice in choices.split(",")]


def test_patterns_of_packages_match_files():
    data = settings()["options.package_data"]
    patterns = [f"{package.replace('.', '/')}/{pattern}" for package in data for pattern in data[package].split()]
    assert len(patterns) >= 3
    assert find_files(*patterns)


def test_coverage_omits_folders_that_exist():
    folders = {pattern.removesuffix("/*") for pattern in settings()["coverage:run"]["omit"].split()} - {".venv"}
    assert {"bench", "chaos", "tests"} <= folders
    assert {folder for folder in folders if not (ROOT / folder).is_dir()} == set()


def test_folder_of_the_project_is_counted_nowhere():
    """A test that counts the folders above it looks at other files once it has moved."""
    pattern = re.compile(r"__file__\)[\w().]*\.parents?\b")
    texts = {file.name: file.read_text("utf-8") for file in find_files("tests/*.py")}
    assert [name for name, text in texts.items() if pattern.search(text)] == []
    assert pattern.search("Path(__file__" + ").resolve().parent.parent")


# Event loops


def item(*marks):
    """Return a collected test with these marks."""
    found = set(marks)
    return SimpleNamespace(
        get_closest_marker=lambda name: name if name in found else None,
        add_marker=found.add,
        path=ROOT / "tests" / "unit" / "test_a.py",
    )


TEST_FOLDERS = sorted(file.parent for file in find_files("tests/*/__init__.py"))


def test_folders_of_tests_are_packages():
    """Without them, two files of one name collide, and `http` is the standard library's."""
    folders = {file.parent for file in find_files("tests/*test_*.py")}
    assert folders <= set(TEST_FOLDERS)
    assert len(folders) > 8


def test_folders_of_tests_are_markers():
    markers = {line.partition(":")[0] for line in settings()["tool:pytest"]["markers"].splitlines()}
    assert {folder.relative_to(ROOT / "tests").parts[0] for folder in TEST_FOLDERS} - {"support", "cases"} <= markers


def test_tests_are_marked_with_their_folder(request):
    assert request.node.get_closest_marker("docs")
    assert request.node.get_closest_marker("http") is None


def test_names_of_packages_are_not_taken_by_dependencies():
    """A package with a module called `text` would replace ours, or ours would replace it."""
    ours = {name.partition(".")[0] for name in settings()["options"]["packages"].split()}
    ours |= {*settings()["options"]["py_modules"].split(), "tests", "bench", "chaos"}
    packages = importlib.metadata.packages_distributions()
    assert {"aiohttp", "socketio", "pytest"} <= set(packages)
    assert {name: packages[name] for name in ours & set(packages) if set(packages[name]) != {"studyhall"}} == {}


def test_marks_choose_event_loops():
    served = {"served": event_loop.new_event_loop}

    assert conftest.pytest_asyncio_loop_factories(item()) == served
    assert conftest.pytest_asyncio_loop_factories(item("both_loops")) == served | {"asyncio": asyncio.new_event_loop}
    assert conftest.pytest_asyncio_loop_factories(item("skips_time")) == {"skipping": SkippingLoop}


def test_slow_tests_run_first():
    items = [item(), item("slow"), item("both_loops"), item("slow", "both_loops")]
    quick, slow, both, slow_both = items

    conftest.pytest_collection_modifyitems(items)

    assert items == [slow, slow_both, quick, both]


def test_marked_files_are_collected_on_their_event_loops():
    """Collect the files as a run does, and compare what is on each loop."""
    texts = {file: file.read_text("utf-8") for file in find_files("tests/*test_*.py")}
    both, skipping = (
        [file for file, text in texts.items() if re.search(rf"^pytestmark = .*\b{mark}\b", text, re.MULTILINE)]
        for mark in ("both_loops", "skips_time")
    )
    lines = lines_of({*both, *skipping})
    collected = {loop: set(re.findall(rf"^(.+::\w+)\[{loop}\b", lines, re.MULTILINE)) for loop in LOOPS}
    skips = "|".join(re.escape(file.relative_to(ROOT).as_posix()) for file in skipping)

    assert collected["served"] == collected["asyncio"]
    assert len(collected["asyncio"]) >= 100
    assert len(re.findall(rf"^(?:{skips})::test_\w+$", lines, re.MULTILINE)) >= 9


LOOPS = ("served", "asyncio")


def lines_of(files):
    """Return the ids of the tests that pytest collects from the files, one per line."""
    assert files
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *map(str, files)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)  # noqa: S603
    return ran.stdout


# Processes


STARTS = re.compile(r"\b(started|ended|run_in_node|Script\.run|ProcessPoolExecutor|certificate)\(|\((postgres|pupil)\b")
"""How tests start processes. `make test-fast` leaves out those that do, by their marks."""


def process_starters(text):
    """Return the names of tests that start a process, and which of them are marked."""
    module = ast.parse(text)
    marked_file = re.search(r"^pytestmark = .*\b(slow|processes)\b", text, re.MULTILINE)
    found, marked = set(), set()
    for node in module.body:
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef) and node.name.startswith("test_"):
            decorators = " ".join(map(ast.unparse, node.decorator_list))
            node.decorator_list = []
            if STARTS.search(ast.unparse(node)):
                found.add(node.name)
                if marked_file or re.search(r"\bmark\.(slow|processes)\b|\bCLIENTS\b", decorators):
                    marked.add(node.name)
    return found, marked


def test_tests_that_start_processes_are_marked():
    files = find_files(*(f"tests/{folder}/test_*.py" for folder in ("unit", "http", "sockets", "storage")))
    files = [file for file in files if not {"postgres", "pgbouncer"} & {*file.stem.split("_")}]  # left out by name
    each = {file.name: process_starters(file.read_text("utf-8")) for file in files}
    assert {name: found - marked for name, (found, marked) in each.items() if found - marked} == {}
    assert sum(len(found) for found, _ in each.values()) > 20


# Workers


def test_killed_worker_ends_the_run_with_a_failure(tmp_path):
    """Kill a worker as faulthandler does after its timeout; before --max-worker-restart=0 the run waited forever."""
    (tmp_path / "test_killed.py").write_text("import os\ndef test_a(): pass\ndef test_b(): os._exit(1)\n")
    for number in range(3):
        (tmp_path / f"test_{number}.py").write_text("def test_a(): pass\ndef test_b(): pass\ndef test_c(): pass\n")
    options = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "setup.cfg"), *options, str(tmp_path)]

    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603

    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "crashed while running" in ran.stdout
