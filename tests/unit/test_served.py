"""Servers of tests: one that changes nothing by itself runs no periodic jobs."""

import asyncio

from tests.support.served import STILL, served

CONNECTIONS = {"closing stalled connections", "looking after connections"}
"""Jobs of the connections themselves: they use no storage."""


def periodic_jobs():
    names = {task.get_name() for task in asyncio.all_tasks()}
    return {name.removeprefix("housekeeping: ") for name in names if name.startswith("housekeeping: ")} - CONNECTIONS


async def test_still_server_runs_no_periodic_jobs():
    async with served("memory://", STILL):
        assert periodic_jobs() == set()


async def test_other_servers_run_periodic_jobs():
    async with served("memory://"):
        assert len(periodic_jobs()) >= 4
