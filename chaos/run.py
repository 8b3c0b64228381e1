"""`make chaos`: break the real server in every known way while clients chat, on SQLite and on PostgreSQL."""

import argparse
import asyncio
import logging
import multiprocessing
import random
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from chaos import report
from chaos.campaign import campaign
from chaos.checker import violations
from chaos.faults import FAULTS, sorts
from chaos.page import fill
from chaos.people import CLIENTS
from chaos.record import Run
from chaos.schedule import Planned, schedule
from tests.support.paths import ROOT

FAULTS_EACH = 30
_NAMES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 1 if a guarantee was broken."""
    parser = argparse.ArgumentParser(prog="make chaos", description="Inject faults into the server while clients chat.")
    parser.add_argument("--seed", type=int, help="seed of the schedule; the same seed repeats it")
    parser.add_argument("--storage", choices=[*FAULTS, "both"], default="both")
    parser.add_argument(
        "--faults", type=int, default=FAULTS_EACH, metavar="N", help="minimum of faults on each storage"
    )
    parser.add_argument("--quick", action="store_true", help="only some kinds of faults, once each: less than a minute")
    parser.add_argument("--only", action="append", metavar="KIND", help="only faults with this text in their name")
    parser.add_argument("--home", type=Path, default=ROOT, metavar="CHECKOUT", help="checkout of the server under test")
    parser.add_argument("--page", type=Path, metavar="FILE", help="file of a page into which the table is written")
    given = parser.parse_args(arguments)
    seed = random.SystemRandom().randrange(10_000) if given.seed is None else given.seed
    storages = [*FAULTS] if given.storage == "both" else [given.storage]
    plans = {}
    for storage in storages:
        known = sorts(storage, quick=given.quick)
        chosen = [sort for sort in known if any(part in sort.kind for part in given.only or [""])]
        if chosen:
            plans[storage] = schedule(seed, chosen, len(chosen) if given.quick else given.faults, CLIENTS)
    if not plans:
        kinds = dict.fromkeys(sort.kind for storage in storages for sort in sorts(storage))
        parser.error(f"--only: no such fault{' in a quick run' if given.quick else ''}; there are: {', '.join(kinds)}")
    return _run(seed, plans, given.home.resolve(), given.page)


def _run(seed: int, plans: dict[str, list[Planned]], home: Path, page: Path | None) -> int:
    print(f"seed {seed} (--seed repeats this schedule)")
    for storage, plan in plans.items():
        print(f"\n{_NAMES[storage]}, {len(plan)} faults:", *plan, sep="\n")
    print(flush=True)
    began = time.monotonic()
    # One process for each storage: two dozen clients that catch up occupy a core.
    with ProcessPoolExecutor(len(plans), multiprocessing.get_context("spawn")) as processes:
        begun = [processes.submit(_suffer, storage, plan, seed, began, home) for storage, plan in plans.items()]
        runs = [one.result() for one in begun]
    rows, study, broken = [], [], 0
    print()
    for storage, run in zip(plans, runs, strict=True):
        found = violations(run)
        broken += len(found)
        rows += report.rows(_NAMES[storage], run, found)
        study.append(report.study_row(_NAMES[storage], run))
        print(*report.told(_NAMES[storage], found, run.faults[0].begin), sep="\n")
    table = "\n".join([*report.table(rows), "", *report.study_table(study)])
    print(f"\n{table}\n\n{'No guarantee was' if not broken else f'{broken} guarantees were'} broken.")
    if page is not None:
        text = f"Seed {seed}, {datetime.now(UTC):%Y-%m-%d}, {CLIENTS} clients on each storage.\n\n{table}"
        fill(page, "chaos", text)
    return 1 if broken else 0


def _suffer(storage: str, plan: list[Planned], seed: int, began: float, home: Path) -> Run:
    logging.disable()  # the clients' libraries log connections that are reset on purpose

    def say(what: str) -> None:
        print(f"{time.monotonic() - began:4.0f} s  {_NAMES[storage]:10} {what}", flush=True)

    return asyncio.run(campaign(storage, plan, seed, say, home))


if __name__ == "__main__":
    sys.exit(main())
