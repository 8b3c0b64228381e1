"""Control of asyncio tasks in tests."""

import asyncio


async def settle() -> None:
    """Run every task until it waits."""
    for _ in range(50):
        await asyncio.sleep(0)
