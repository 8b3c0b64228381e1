"""The servers that break a promise on purpose can still be made of the server as it is, and the two runs' options."""

import py_compile

import pytest

from chaos import mutation, run
from chaos.mutants import MUTANTS, Edit, Stale
from chaos.page import replaced
from chaos.violation import KINDS
from tests.support.paths import ROOT


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.does)
def test_each_mutant_can_be_made_of_the_server_as_it_is(mutant, tmp_path):
    home = tmp_path / "server"

    mutant.build(ROOT, home)

    for file in {edit.file for edit in mutant.edits}:
        assert (home / file).read_text("utf-8") != (ROOT / file).read_text("utf-8")
        if file.endswith(".py"):
            py_compile.compile(str(home / file), doraise=True)
    assert mutant.reported <= set(KINDS)
    assert not (home / "tests").exists()


def test_lines_are_replaced_where_they_are_with_the_indentation_that_they_have():
    text = "class Counter:\n    def next(self):\n        self.last += 1\n        return self.last\n"

    changed = Edit("counter.py", "self.last += 1\nreturn self.last", "if True:\n    return 7").applied(text)

    assert changed == "class Counter:\n    def next(self):\n        if True:\n            return 7\n"


@pytest.mark.parametrize(
    ("old", "times"),
    [
        pytest.param("gone()", 0, id="not there"),
        pytest.param("twice()", 2, id="there twice"),
        pytest.param("more(", 0, id="part of a line"),
        pytest.param("more()\nnothing()", 0, id="other lines after it"),
    ],
)
def test_lines_that_are_not_there_once_are_an_error(old, times):
    with pytest.raises(Stale, match=rf"^counter.py has this {times} times, not once"):
        Edit("counter.py", old, "pass").applied("twice()\nif more():\n    more()\n    twice()\n")


def test_a_page_gets_its_table_between_its_marks():
    page = "Before\n<!-- chaos: begin -->\nold\n<!-- chaos: end -->\nAfter\n"

    assert replaced(page, "chaos", "new") == "Before\n<!-- chaos: begin -->\n\nnew\n\n<!-- chaos: end -->\nAfter\n"
    with pytest.raises(ValueError, match="no one place"):
        replaced(page, "mutants", "new")


@pytest.mark.parametrize(
    ("main", "arguments", "said"),
    [
        (run.main, ["--only", "flood"], "--only: no such fault; there are: kill -9, SIGTERM"),
        (run.main, ["--quick", "--only", "SIGSTOP"], "--only: no such fault in a quick run; there are: kill -9"),
        (mutation.main, ["--only", "flood"], "--only: no mutant does something with 'flood' in it"),
    ],
    ids=["no such fault", "not in a quick run", "no such mutant"],
)
def test_an_option_that_chooses_nothing_is_an_error_that_says_so(main, arguments, said, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2
    assert said in capsys.readouterr().err
