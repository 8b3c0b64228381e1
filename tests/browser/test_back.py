"""Back, Forward and reloads: views return as they were left, and a new visit begins at the top."""

import asyncio

import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

SCROLLED = """async (top) => {
    while (Math.abs(scrollY - top) > 1) await new Promise(requestAnimationFrame);
}"""
"""Wait until the page is scrolled to a position."""

MIDDLE = """(log = document.getElementById("messages")) => {
    const middle = log.scrollTop + log.clientHeight / 2;
    const rows = [...log.querySelectorAll("[data-seq]")];
    const row = rows.find((row) => row.offsetTop + row.offsetHeight > middle);
    return row && [Number(row.dataset.seq), Math.round(row.offsetTop - log.scrollTop)];
}"""
"""The number of the message in the middle of the list, and its distance from the top of the list."""


async def scrolls_to(page, top):
    """Scroll the page."""
    await page.evaluate("(top) => scrollTo(0, top)", top)
    await page.evaluate(SCROLLED, top)


async def has_rooms(ada, number):
    """Create rooms by the API."""
    for begun in range(0, number, 8):
        await asyncio.gather(*(ada.account.opens(f"Room {at:03}") for at in range(begun, min(begun + 8, number))))


async def test_back_returns_to_position_and_link_in_the_list_of_rooms(hall):
    ada = await hall.member("Ada Okafor")
    await has_rooms(ada, 40)
    page = ada.page
    cards = page.get_by_role("main").locator(".card")
    await page.goto("/rooms")
    await expect(cards).to_have_count(40)
    await scrolls_to(page, 600)
    left = cards.nth(20)
    name = await left.get_by_role("heading").inner_text()
    await left.focus()
    top = await page.evaluate("Math.round(scrollY)")
    assert top > 0
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1, name=name)).to_be_focused()

    await page.go_back()
    await page.evaluate(SCROLLED, top)
    await expect(cards.filter(has_text=name)).to_be_focused()

    await page.reload()
    await expect(cards).to_have_count(40)
    await page.evaluate(SCROLLED, top)

    await page.get_by_role("link", name="Home").click()
    await expect(page).to_have_url(f"{ada.url}/dashboard")
    await page.get_by_role("link", name="Rooms", exact=True).click()
    await expect(cards).to_have_count(40)
    assert await page.evaluate("scrollY") == 0, "a new visit begins at the top"
    await page.go_back()
    await page.go_back()
    await page.evaluate(SCROLLED, top)


async def test_back_returns_to_the_messages_that_were_read(hall):
    ada = await hall.member("Ada Okafor")
    room, other = await ada.account.opens("Calculus"), await ada.account.opens("Chemistry")
    for number in range(1, 301):
        await ada.account.post(f"/api/study-rooms/{room}/messages", {"content": f"message {number}"})
    page, log = ada.page, ada.talk
    await page.goto(f"/rooms/{room}")
    await expect(log).to_contain_text("message 300")
    first = log.locator("[data-seq='60']")
    while await first.count() == 0:
        before = await log.locator("[data-seq]").first.get_attribute("data-seq")
        await log.evaluate("(log) => (log.scrollTop = 0)")
        await expect(log.locator("[data-seq]").first).not_to_have_attribute("data-seq", before)
    await first.scroll_into_view_if_needed()
    await expect(page.get_by_role("button", name="Jump to latest")).to_be_visible()
    position = await log.evaluate(MIDDLE)

    rooms = page.get_by_role("navigation", name="My rooms")
    await rooms.get_by_role("link", name="Chemistry").click()
    await expect(page.get_by_role("heading", level=1, name="Chemistry")).to_be_visible()
    await page.go_back()
    await expect(log).to_contain_text(f"message {position[0]}")
    assert await log.evaluate(MIDDLE) == position

    # after a reload, the messages around the position are loaded
    await page.reload()
    await expect(log).to_contain_text(f"message {position[0]}")
    await page.wait_for_function(f"(at) => String(({MIDDLE})()) === String(at)", arg=position)

    await rooms.get_by_role("link", name="Chemistry").click()
    await expect(page).to_have_url(f"{ada.url}/rooms/{other}")
    await rooms.get_by_role("link", name="Calculus").click()
    await expect(log.locator("[data-seq='300']")).to_be_in_viewport()
