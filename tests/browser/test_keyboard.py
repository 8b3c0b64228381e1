"""Long lists with a keyboard alone: one stop of the Tab key each, and ways past them."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.support.browser import opened

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

FOCUSED = "() => document.activeElement.id || document.activeElement.textContent.trim()"


async def presses_until(page, element, most=25):
    """Press Tab until an element has the focus, and return how often."""
    for presses in range(1, most + 1):
        await page.keyboard.press("Tab")
        if await element.evaluate("element => element === document.activeElement"):
            return presses
    raise AssertionError(f"it is more than {most} presses away")


async def test_composer_is_few_tab_presses_away_with_304_rooms(chromium):
    async with opened(chromium) as hall:
        ada = await hall.member("Ada Okafor")
        for begun in range(0, 304, 8):
            await asyncio.gather(*(ada.account.opens(f"Room {number:03}") for number in range(begun, begun + 8)))
        here = await ada.account.opens("\u00c9tude")
        await skips_with_links(ada, f"/rooms/{here}")
        await walks_through_rooms(ada)
        await walks_through_cards(ada)


async def skips_with_links(ada, path):
    """Take each link that skips something; stay in the list of rooms."""
    page = ada.page
    current = page.get_by_role("link", name="\u00c9tude")
    for presses, words, target in (
        (1, "Skip to writing", ada.composer),
        (2, "Skip to messages", ada.talk),
        (3, "Skip to rooms", current),
    ):
        await page.goto(path)
        await expect(page.locator(".room-list li")).to_have_count(305)
        assert await presses_until(page, page.get_by_role("link", name=words)) == presses
        await page.keyboard.press("Enter")
        await expect(target).to_be_focused()
    await page.keyboard.press("Shift+Tab")
    # the list of rooms, the account, Schedule, Invite, the menu and the messages lie before it
    assert await presses_until(page, ada.composer) <= 7
    await page.get_by_role("link", name="Skip to rooms").focus()
    await page.keyboard.press("Enter")


async def walks_through_rooms(ada):
    page, keys = ada.page, ada.page.keyboard
    rooms = page.get_by_role("navigation", name="My rooms").get_by_role("listitem").get_by_role("link")
    await expect(page.get_by_text("Use the arrow keys").first).to_be_visible()
    for key, place in (("End", 304), ("ArrowDown", 304), ("Home", 0), ("ArrowDown", 1), ("ArrowUp", 0)):
        await keys.press(key)
        await expect(rooms.nth(place)).to_be_focused()
    await keys.press("r")
    assert (await page.evaluate(FOCUSED)).startswith("Room")
    await keys.press("e")
    await expect(page.get_by_role("link", name="\u00c9tude")).to_be_focused()
    await keys.press("ArrowDown")
    below = await page.evaluate(FOCUSED)
    await keys.press("Tab")
    await keys.press("Shift+Tab")
    assert await page.evaluate(FOCUSED) == below, "the list remembers where one was"


async def walks_through_cards(ada):
    page, keys = ada.page, ada.page.keyboard
    await page.goto("/rooms")
    await expect(page.locator(".room-rows .room-row")).to_have_count(305)
    assert await presses_until(page, page.locator(".room-rows .room-row").first) <= 15
    await keys.press("ArrowDown")
    reached, second_line = await page.evaluate("""() => {
        const cards = [...document.querySelectorAll(".room-rows .room-row")];
        const isBelow = (card) => card.offsetTop > cards[0].offsetTop;
        return [cards.indexOf(document.activeElement), cards.findIndex(isBelow)];
    }""")
    assert reached == second_line == 1
    await keys.press("Tab")
    assert await page.evaluate("() => document.activeElement.closest('.room-rows')") is None
