"""Servers of tests: one that changes nothing by itself runs no housekeeping."""

import asyncio

from tests.support.served import STILL, served


def housekeeping():
    return {task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("housekeeping: purging")}


async def test_still_server_runs_no_housekeeping():
    async with served("memory://", STILL):
        assert housekeeping() == set()


async def test_other_servers_run_housekeeping():
    async with served("memory://"):
        assert len(housekeeping()) >= 4
