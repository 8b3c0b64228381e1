"""`make mutants`: verify that `make chaos` detects each guarantee that is broken on purpose."""

import argparse
import asyncio
import logging
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from chaos.campaign import campaign
from chaos.checker import violations
from chaos.faults import sorts
from chaos.mutants import MUTANTS, Mutant
from chaos.page import fill
from chaos.people import CLIENTS
from chaos.schedule import schedule
from tests.support.paths import ROOT

STORAGE = "sqlite"
AT_ONCE = 2
"""Mutants that run concurrently: a run mostly waits."""
MOST_NAMED = 4
"""Maximum of violation kinds printed for a mutant; expected kinds come first."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 1 if a mutant was not found."""
    parser = argparse.ArgumentParser(
        prog="make mutants", description="Break guarantees, and verify that chaos finds each."
    )
    parser.add_argument("--seed", type=int, default=5, help="seed of the schedule of faults, the same for each mutant")
    parser.add_argument("--only", metavar="TEXT", default="", help="only mutants with this text in their description")
    parser.add_argument("--page", type=Path, metavar="FILE", help="file of a page into which the table is written")
    given = parser.parse_args(arguments)
    chosen = [mutant for mutant in MUTANTS if given.only in mutant.does]
    if not chosen:
        parser.error(f"--only: no mutant does something with {given.only!r} in it")
    return asyncio.run(_run(chosen, given.seed, given.page))


async def _run(mutants: Sequence[Mutant], seed: int, page: Path | None) -> int:
    logging.disable()  # the clients' libraries log connections that are reset on purpose
    turns = asyncio.Semaphore(AT_ONCE)

    async def examine(mutant: Mutant) -> tuple[str, bool]:
        async with turns:
            found = await _found(mutant, seed)
        named, is_found = _named(mutant, found), not mutant.reported.isdisjoint(found)
        print(f"{'' if is_found else 'NOT FOUND: '}{mutant.does}: {named}", flush=True)
        return f"| {mutant.does} | {named} |", is_found

    rows = await asyncio.gather(*map(examine, mutants))
    table = ["| in the server | reported |", "|---|---|", *(row for row, _ in rows)]
    times_found = sum(is_found for _, is_found in rows)
    print("\n" + "\n".join(table) + f"\n\n{times_found} of {len(mutants)} were found.")
    if page is not None:
        text = f"Seed {seed}, {datetime.now(UTC):%Y-%m-%d}.\n\n" + "\n".join(table)
        fill(page, "mutants", text)
    return 0 if times_found == len(mutants) else 1


async def _found(mutant: Mutant, seed: int) -> Counter[str]:
    """Return the number of violations by kind."""
    kinds = sorts(STORAGE, quick=True)
    plan = schedule(seed, kinds, len(kinds), CLIENTS)
    with tempfile.TemporaryDirectory(prefix="studyhall-mutant-") as folder:
        home = Path(folder) / "server"
        mutant.build(ROOT, home)
        run = await campaign(STORAGE, plan, seed, lambda _: None, home)
    return Counter(violation.kind for violation in violations(run))


def _named(mutant: Mutant, found: Counter[str]) -> str:
    kinds = sorted(found, key=lambda kind: (kind not in mutant.reported, -found[kind]))
    return ", ".join(f"{kind} {found[kind]:,} times" for kind in kinds[:MOST_NAMED]) or "nothing"


if __name__ == "__main__":
    sys.exit(main())
