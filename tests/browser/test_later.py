"""Views that are fetched when they are opened."""

import asyncio
import re

import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

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
    await ben.page.route("**/assets/room-gate-*.js", hold)
    ben.page.on("requestfinished", lambda request: request.url.endswith("/basic-info") and is_outside.set())

    await ben.page.goto(f"/rooms/{room}")

    await expect(ben.page.get_by_role("button", name="Join room")).to_be_visible()


async def test_desk_is_fetched_before_anything_is_drawn_where_it_is_the_first_view(hall):
    ada = await hall.member("Ada Okafor")
    asked, released = asyncio.Event(), asyncio.Event()

    async def hold(route):
        asked.set()
        await released.wait()
        await route.continue_()

    await ada.page.route("**/assets/home-*.js", hold)
    await ada.page.goto("/", wait_until="commit")
    await asked.wait()
    await expect(ada.page.locator(".app-skeleton")).to_be_visible()
    assert await ada.page.locator(".layout").count() == 1, "nothing else stands in its place for a moment"
    released.set()
    await expect(ada.page.get_by_role("heading", level=1)).to_contain_text("Ada")


async def test_guest_fetches_the_desk_while_the_form_is_filled_in(hall):
    ada = await hall.somebody("Ada Okafor")
    fetched = []
    ada.page.on("requestfinished", lambda request: fetched.append(request.url))
    await ada.page.goto("/sign-in", wait_until="networkidle")
    await expect(ada.page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert not [url for url in fetched if re.search("/assets/(home|socket)-", url)]
    async with (
        ada.page.expect_response("**/assets/home-*.js") as home,
        ada.page.expect_response("**/assets/socket-*.js") as client,
    ):
        await ada.page.get_by_label("Email").press("a")
    assert (await home.value).ok
    assert (await client.value).ok


async def test_dialog_that_cannot_be_loaded_says_so_in_a_dialog(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    ada.expects("net::ERR_", "Failed to fetch dynamically imported module")
    page = ada.page
    await page.route("**/assets/invite-dialog-*.js", lambda route: route.abort())
    await page.goto(f"/rooms/{room}")
    await ada.opens_invitations()
    dialog = page.get_by_role("dialog", name="Not loaded")
    await expect(dialog.get_by_role("alert")).to_contain_text("could not be loaded")

    await page.keyboard.press("Escape")

    await expect(page.get_by_role("alert")).to_have_count(0)
    await page.unroute_all()
    await ada.opens_invitations()
    await expect(page.get_by_label("Link to this room")).to_be_visible()
