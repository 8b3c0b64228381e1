"""Locks by key."""

import asyncio

from runtime.key_locks import KeyLocks


async def test_work_with_one_key_runs_one_after_the_other():
    locks, steps = KeyLocks(), []

    async def work(key, name):
        async with locks.of(key):
            steps.append(f"{name} begins")
            await asyncio.sleep(0)
            steps.append(f"{name} ends")

    await asyncio.gather(work("ada", "a"), work("ada", "b"), work("bob", "c"))
    of_ada = [step for step in steps if step[0] in "ab"]
    assert of_ada == ["a begins", "a ends", "b begins", "b ends"]
    assert steps.index("c begins") < steps.index("a ends"), "another key does not wait"


async def test_locks_nobody_holds_are_freed():
    locks = KeyLocks()
    for number in range(100):
        async with locks.of(str(number)):
            assert len(locks) == 1
    assert len(locks) == 0
