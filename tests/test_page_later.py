"""Views that are fetched when they are opened."""

import asyncio

import pytest
from playwright.async_api import expect

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Preact runs effects after the next frame, or after 35 ms: never here, so that the view arrives before them
NO_EFFECTS = """
    const { setTimeout } = window;
    window.requestAnimationFrame = () => 0;
    window.setTimeout = (act, pause, ...given) => setTimeout(act, pause === 35 ? 2 ** 30 : pause, ...given);
"""


async def test_view_that_arrives_before_effects_run_is_shown(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    ben = await hall.member("Ben Lindqvist")
    ben.expects("404|403")
    is_outside = asyncio.Event()

    async def hold(route):
        await is_outside.wait()
        await route.continue_()

    await ben.context.add_init_script(NO_EFFECTS)
    await ben.page.route("**/views/door.js", hold)
    ben.page.on("requestfinished", lambda request: request.url.endswith("/basic-info") and is_outside.set())

    await ben.page.goto(f"/rooms/{room}")

    await expect(ben.page.get_by_role("button", name="Join this room")).to_be_visible()
