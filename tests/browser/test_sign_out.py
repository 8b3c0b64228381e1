"""Signing out without a connection: the page says it, and keeps trying until the server has ended the sign-in."""

import asyncio
import json

import pytest
from playwright.async_api import expect

from tests.support.browser import NO_CONNECTION

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

SAID = "You are signed out in this browser. Your session ends on the server when you are online."
ROUTE = "**/api/auth/sign-out"


async def ready(hall):
    """Return a user on their account's page, signed in in the browser and by the API."""
    ada = await hall.member("Ada Okafor")
    ada.expects(NO_CONNECTION, "TypeError: Failed to fetch", "401")
    await ada.page.goto("/account")
    await expect(ada.page.get_by_role("heading", name="Sessions")).to_be_visible()
    assert await sign_ins(ada) == 2
    return ada


async def sign_ins(ada):
    return len((await ada.account.get("/api/auth/sessions")).data)


async def ends(ada):
    """Wait until the server has ended the browser's sign-in."""
    async with asyncio.timeout(20):
        while await sign_ins(ada) != 1:
            await asyncio.sleep(0.05)


async def stored(page):
    return json.dumps(await page.evaluate("({ ...localStorage })"))


async def signs_out(ada):
    await ada.page.get_by_role("button", name="Sign out", exact=True).click()
    await expect(ada.page).to_have_url(f"{ada.url}/")


async def test_signing_out_online_ends_the_sign_in_and_says_nothing(hall):
    ada = await ready(hall)
    await signs_out(ada)
    await ends(ada)
    await expect(ada.page.get_by_text(SAID)).to_have_count(0)
    assert "ending" not in await stored(ada.page)


async def test_signing_out_offline_is_said_and_done_with_the_connection(hall):
    ada = await ready(hall)
    kept = json.loads(await ada.page.evaluate("localStorage.getItem('studyhall.session')"))
    await ada.context.set_offline(True)

    await signs_out(ada)

    await expect(ada.page.get_by_role("status").filter(has_text=SAID)).to_be_visible()
    assert await sign_ins(ada) == 2
    left = await stored(ada.page)
    assert "ending" in left
    assert not [secret for secret in (kept["token"], kept["refreshToken"].partition(".")[2]) if secret in left]
    await ada.context.set_offline(False)
    await ends(ada)
    await expect(ada.page.get_by_text(SAID)).to_have_count(0)
    assert "ending" not in await stored(ada.page)


async def test_a_sign_out_that_waits_outlives_the_page(hall):
    ada = await ready(hall)
    await ada.context.route(ROUTE, lambda route: route.abort())
    await signs_out(ada)
    await expect(ada.page.get_by_text(SAID)).to_be_visible()
    await ada.page.reload()
    await expect(ada.page.get_by_text(SAID)).to_be_visible()
    await ada.page.close()
    assert await sign_ins(ada) == 2

    await ada.context.unroute(ROUTE)
    page = await ada.context.new_page()
    await page.goto("/sign-in")

    await ends(ada)
    await expect(page.get_by_text(SAID)).to_have_count(0)


async def test_another_user_may_sign_in_while_a_sign_out_waits(hall):
    ada = await ready(hall)
    await ada.context.route(ROUTE, lambda route: route.abort())
    await signs_out(ada)
    await expect(ada.page.get_by_text(SAID)).to_be_visible()
    ben = await hall.api.person("Ben", "Lindqvist")
    await ada.page.goto("/sign-in")
    await ada.page.get_by_label("Email").fill(ben.user["email"])
    await ada.page.get_by_label("Password").fill("correct horse battery")
    await ada.page.get_by_role("main").get_by_role("button", name="Sign in").click()
    await expect(ada.page.get_by_role("heading", level=1)).to_contain_text("Ben")

    await ada.context.unroute(ROUTE)
    await ada.page.reload()

    await ends(ada)
    await expect(ada.page.get_by_role("heading", level=1)).to_contain_text("Ben")
