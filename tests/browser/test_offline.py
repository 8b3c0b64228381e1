"""Moving about in the page while there is no connection."""

import re

import pytest
from playwright.async_api import expect

from tests.support.browser import NO_CONNECTION
from tests.support.bundle import bundle

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

STALE = re.compile(r"Shown as it was at \d{1,2}:\d\d\.")


async def sees_room(ada, *texts):
    """See the messages of the open room, and who is in it."""
    await ada.reads(*texts)
    people = ada.page.get_by_role("complementary", name="People")
    await expect(people.get_by_role("heading", name="In the room")).to_be_visible()
    await ada.has_loaded()


async def goes_offline(ada):
    """Lose the connection at Home."""
    await expect(ada.page.get_by_role("heading", name="Recent messages")).to_be_visible()
    await ada.has_loaded()
    await ada.context.set_offline(True)
    await expect(ada.page.get_by_role("status").filter(has_text="You are offline")).to_be_visible()


async def test_offline_views_show_what_is_known(hall):
    ada = await hall.member("Ada Okafor")
    await ada.account.opens("Unseen")
    room = await ada.account.opens("Calculus")
    ben = await hall.member("Ben Lindqvist", room)
    page, main = ada.page, ada.page.get_by_role("navigation", name="Main")
    ada.expects(NO_CONNECTION, "TypeError: Failed to fetch")
    physics = await ada.account.opens("Physics")
    await page.goto(f"/rooms/{physics}")
    await ada.says("seen before")
    await sees_room(ada, "seen before")
    await page.get_by_role("navigation", name="My rooms").get_by_role("link", name="Calculus").click()
    await ben.says("one")
    await ada.says("two")
    await sees_room(ada, "one", "two")
    await main.get_by_role("link", name="Home").click()
    await goes_offline(ada)

    # a room that was open: its messages, marked, and a message can be written
    await page.get_by_role("link", name=re.compile("Calculus")).first.click()
    await expect(ada.words).to_have_text(["one", "two"])
    await expect(page.get_by_text(STALE)).to_be_visible()
    people = page.get_by_role("complementary", name="People")
    await ada.opens_room_menu()
    await expect(page.get_by_role("link", name="Room settings")).to_be_visible()
    await ada.says("three")

    # one that was open before that: the same, though nobody is in it any more
    await page.get_by_role("navigation", name="My rooms").get_by_role("link", name="Physics").click()
    await expect(ada.words).to_have_text(["seen before"])
    await expect(page.get_by_text(STALE)).to_be_visible()
    await expect(people.get_by_role("heading", name="Members")).to_be_visible()
    await expect(people.get_by_role("heading", name="In the room")).to_have_count(0)

    # one that was not: no skeleton without a word, and nothing that is not known
    await page.get_by_role("navigation", name="My rooms").get_by_role("link", name="Unseen").click()
    await expect(page.get_by_text("Messages appear when the connection is back.")).to_be_visible()
    await expect(page.get_by_role("link", name=re.compile("Leave room|Room settings"))).to_have_count(0)

    await main.get_by_role("link", name="Home").click()
    await expect(page.get_by_role("heading", name="Recent messages")).to_be_visible()
    await expect(page.get_by_text(STALE)).to_be_visible()
    await main.get_by_role("link", name="Rooms").click()
    await expect(
        page.get_by_role("region", name="My rooms").get_by_role("link", name=re.compile("Calculus"))
    ).to_be_visible()
    await expect(page.get_by_text(STALE)).to_be_visible()

    # a view that has to be fetched: the button does not leave the page
    await page.get_by_role("link", name="Account of").click()
    await page.get_by_role("button", name="Load the page again").click()
    await expect(page.get_by_text("The server cannot be reached. Check your connection")).to_be_visible()

    await ada.context.set_offline(False)
    await expect(page.get_by_role("heading", name="Your account")).to_be_visible(timeout=20_000)
    await main.get_by_role("link", name="Rooms").click()
    await expect(page.get_by_text(STALE)).to_have_count(0)
    await page.get_by_role("link", name=re.compile("Calculus")).first.click()
    await ada.reads("one", "two", "three")
    await expect(page.get_by_text(STALE)).to_have_count(0)
    await ben.reads("one", "two", "three")


async def test_what_could_not_be_loaded_loads_with_the_connection(hall):
    ada = await hall.member("Ada Okafor")
    page, main = ada.page, ada.page.get_by_role("navigation", name="Main")
    ada.expects(NO_CONNECTION, "TypeError: Failed to fetch")
    await page.goto("/account")
    await expect(page.get_by_text("This device")).to_be_visible()
    await main.get_by_role("link", name="Home").click()
    await ada.context.set_offline(True)
    await page.get_by_role("link", name="Account of").click()
    told = page.get_by_role("alert").filter(has_text="The server cannot be reached.")
    first = page.get_by_role("region", name="Calendar").get_by_role("alert")
    await expect(page.get_by_text("Not loaded", exact=True)).to_have_count(2)
    await expect(told).to_have_count(1)
    again = first.get_by_role("button", name="Try again")
    await again.click()  # of all three
    await expect(again).to_be_focused()
    await expect(told).to_have_count(1)

    await ada.context.set_offline(False)

    await expect(page.get_by_text("This device")).to_be_visible(timeout=20_000)
    await expect(page.get_by_role("button", name="Turn on")).to_be_visible()
    await expect(page.get_by_role("alert")).to_have_count(0)


async def test_page_that_did_not_start_is_not_left_without_a_server(hall):
    ada = await hall.somebody()
    ada.expects(NO_CONNECTION, "Failed to load")
    await ada.context.route(f"**/assets/{bundle()['entry']}", lambda route: route.abort())
    await ada.page.goto("/sign-in")
    again = ada.page.get_by_role("link", name="Load the page again")
    await ada.context.set_offline(True)
    await again.click()
    await expect(ada.page.get_by_role("alert")).to_contain_text("The server cannot be reached.")
    await ada.context.unroute(f"**/assets/{bundle()['entry']}")
    await ada.context.set_offline(False)
    await again.click()
    await expect(ada.page.get_by_label("Email")).to_be_visible()
