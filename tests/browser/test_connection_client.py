"""The client of Socket.IO, a module that only users with a session load."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.support.browser import NO_CONNECTION
from tests.support.bundle import bundle

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

NOT_LOADED = "Failed to fetch dynamically imported module"


def client() -> str:
    return f"**/assets/{bundle()['connection']}"


def banner(person):
    return person.page.get_by_role("status").filter(has_text="connection")


async def test_client_is_preloaded_only_with_a_session(hall):
    ada = await hall.somebody("Ada Okafor")
    await ada.page.goto("/sign-in")
    preloaded = ada.page.locator(f"link[rel=modulepreload][href*='{bundle()['connection']}']")
    await expect(ada.page.get_by_label("Email")).to_be_visible()
    await expect(preloaded).to_have_count(0)
    ben = await hall.member("Ben Lindqvist")
    asked = []
    tools = await ben.context.new_cdp_session(ben.page)
    await tools.send("Network.enable")
    tools.on("Network.requestWillBeSent", lambda event: asked.append(event["request"]["url"].rpartition("/")[2]))
    async with ben.page.expect_websocket():
        await ben.page.goto("/rooms")
    assert asked.count(bundle()["connection"]) == 1, "the preloaded module is the one that is used"


async def test_late_client_shows_the_banner_until_it_arrives(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    released = asyncio.Event()

    async def hold(route):
        await released.wait()
        await route.continue_()

    await ada.page.route(client(), hold)
    await ada.page.goto(f"/rooms/{room}")
    await expect(banner(ada)).to_be_visible()
    await ada.says("written meanwhile")
    released.set()
    await ada.reads("written meanwhile")
    await expect(banner(ada)).to_have_count(0)


@pytest.mark.parametrize("is_pressed", [False, True])
async def test_client_that_fails_is_a_lost_connection(hall, is_pressed):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    ada.expects(NO_CONNECTION, NOT_LOADED)
    await ada.context.route(client(), lambda route: route.abort())
    await ada.page.goto(f"/rooms/{room}")
    await expect(banner(ada)).to_be_visible()
    await ada.says("written meanwhile")
    if is_pressed:  # while the client fails, else the page might connect before the press
        async with ada.page.expect_event("domcontentloaded"):
            await banner(ada).get_by_role("button", name="Try now").click()
        await expect(banner(ada)).to_be_visible()
    await ada.context.unroute(client())
    await ada.reads("written meanwhile")
    await expect(banner(ada)).to_have_count(0)


async def test_retry_loads_the_page_again_if_the_client_is_gone(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    ada.expects("404", NOT_LOADED)
    await ada.page.route(client(), lambda route: route.fulfill(status=404))
    await ada.page.goto(f"/rooms/{room}")
    await ada.composer.fill("half a thought")
    button = banner(ada).get_by_role("button", name="Try now")
    await expect(button).to_be_visible()
    async with ada.page.expect_event("load"):
        await button.click()
    await expect(ada.composer).to_have_value("half a thought")
