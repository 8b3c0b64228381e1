"""Servers of tests: one that changes nothing by itself runs no periodic jobs."""

import asyncio

from tests.support.served import STILL, served


def periodic_jobs():
    return {task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("housekeeping: ")}


async def test_still_server_runs_no_periodic_jobs():
    async with served("memory://", STILL):
        assert periodic_jobs() == set()


async def test_other_servers_run_periodic_jobs():
    async with served("memory://"):
        assert len(periodic_jobs()) >= 4
