"""A short chaos run: `make chaos` does it for longer, with every fault that there is."""

import subprocess
import sys

from chaos.faults import FAULTS, QUICK
from chaos.people import PEOPLE
from tests.support.paths import ROOT


def test_nothing_is_lost_doubled_or_made_up_while_the_server_and_its_storage_are_broken():
    ran = subprocess.run(
        [sys.executable, "-m", "chaos.run", "--quick", "--seed", "5"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout + ran.stderr
    rows = [line.strip("| ").split(" | ") for line in ran.stdout.splitlines() if line.startswith("| ")]
    begin = next(number for number, row in enumerate(rows) if row[0] == "storage")
    study, rows = rows[begin + 1 :], rows[:begin]
    for fault, storage, times, sends, acks, stored, *_ in rows[1:]:
        assert int(sends) == int(acks) == int(stored) >= int(times) > 0, (fault, storage)
    for storage, name in (("sqlite", "SQLite"), ("postgres", "PostgreSQL")):
        assert {row[0] for row in rows if row[1] == name} == {*QUICK[storage], "all"}
    assert [row[0] for row in study] == ["SQLite", "PostgreSQL"]
    for _, timers, versions, held, sessions, users, *_ in study:
        assert int(timers) > int(versions) > 3
        assert int(held) > 0
        assert int(sessions) >= int(users) == PEOPLE


def test_the_short_run_has_kinds_that_there_are():
    for storage, kinds in QUICK.items():
        assert set(kinds) <= {fault.sort.kind for fault in FAULTS[storage]}
