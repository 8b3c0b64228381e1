"""Back, Forward and reloads: views return as they were left, and a new visit begins at the top."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.browser.test_admin import make_admin
from tests.browser.test_late_answers import HeldBack
from tests.support.browser import opened

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
    rows = page.get_by_role("main").locator(".room-row")
    await page.goto("/rooms")
    await expect(rows).to_have_count(40)
    await scrolls_to(page, 600)
    left = rows.nth(20)
    name = await left.get_by_role("heading").inner_text()
    await left.focus()
    top = await page.evaluate("Math.round(scrollY)")
    assert top > 0
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1, name=name)).to_be_focused()

    await page.go_back()
    await page.evaluate(SCROLLED, top)
    await expect(rows.filter(has_text=name)).to_be_focused()

    await page.reload()
    await expect(rows).to_have_count(40)
    await page.evaluate(SCROLLED, top)

    await page.get_by_role("link", name="Home").click()
    await expect(page).to_have_url(f"{ada.url}/dashboard")
    await page.get_by_role("link", name="Rooms", exact=True).click()
    await expect(rows).to_have_count(40)
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


async def test_back_returns_to_search_and_pages_of_rooms(hall):
    ada, ben = await hall.member("Ada Okafor"), await hall.api.person("Ben", "Lindqvist")
    for begun in range(0, 48, 8):
        await asyncio.gather(*(ben.opens(f"Chess {at:03}") for at in range(begun, begun + 8)))
    page = ada.page
    rows = page.get_by_role("main").locator(".room-row")
    search = page.get_by_role("searchbox", name="Search rooms")
    await page.goto("/dashboard")
    await page.goto("/rooms")
    await search.fill("chess")
    await expect(page).to_have_url(f"{ada.url}/rooms?search=chess")
    for loaded in (20, 40):
        await expect(rows).to_have_count(loaded)
        await page.get_by_role("button", name="Show more").click()
    await expect(rows).to_have_count(48)
    await rows.last.scroll_into_view_if_needed()
    top = await page.evaluate("Math.round(scrollY)")
    await rows.last.click()
    await expect(page.get_by_role("button", name="Join room")).to_be_visible()

    await page.go_back()
    await expect(search).to_have_value("chess")
    await expect(rows).to_have_count(48)
    await page.evaluate(SCROLLED, top)
    await expect(rows.last).to_be_focused()

    # letters are no entries of the history
    await page.go_back()
    await expect(page).to_have_url(f"{ada.url}/dashboard")
    await page.go_forward()
    await expect(search).to_have_value("chess")
    await search.fill("chess 04")
    await expect(rows).to_have_count(8)
    await page.get_by_role("link", name="Rooms", exact=True).click()
    await expect(search).to_have_value("")


async def test_back_returns_to_search_pages_and_filters_of_the_administration(chromium, tmp_path):
    storage = f"sqlite:///{tmp_path / 'studyhall.db'}"
    async with opened(chromium, storage) as hall:
        ada = await hall.somebody("Ada Okafor")
        account = await hall.api.person("Ada", "Okafor")
        await make_admin(storage, ada.email)
        for number in range(45):
            await hall.api.person("Chiara", f"Rossi-{number}")
        room, ben = await account.opens("Calculus"), await hall.api.person("Ben", "Lindqvist")
        dora = await hall.api.person("Dora", "Vale")
        await ben.joins(room)
        await dora.joins(room)
        said = (await ben.post(f"/api/study-rooms/{room}/messages", {"content": "rude words"})).data
        await dora.post(f"/api/study-rooms/{room}/messages/{said['id']}/report", {})
        await ada.signs_in()
        await returns_to_users(ada)
        await returns_to_reports(ada)


async def returns_to_users(ada):
    """Leave pages of a search for another section, and go back."""
    page = ada.page
    people = page.get_by_role("list", name="Users").get_by_role("listitem")
    await page.goto("/admin/users")
    more = page.get_by_role("button", name="Show more")
    await expect(more).to_be_visible()
    async with HeldBack(page, "**/api/users?*search=rossi*") as held:
        await page.get_by_label("Search users").fill("rossi")
        await held.asked.wait()
        await expect(page).to_have_url(f"{ada.url}/admin/users?search=rossi")
        await expect(more).to_have_count(0)  # it would continue the list of before
    for loaded in (20, 40):
        await expect(people).to_have_count(loaded)
        await more.click()
    await expect(people).to_have_count(45)
    await scrolls_to(page, 1_000)
    await page.get_by_role("link", name="Reports").evaluate("(link) => link.click()")
    await expect(page.get_by_role("heading", level=1, name="Reports")).to_be_focused()
    assert await page.evaluate("scrollY") == 0
    await page.go_back()
    await expect(people).to_have_count(45)
    await page.evaluate(SCROLLED, 1_000)
    await page.get_by_label("Search users").fill("rossi-4")
    await expect(people).to_have_count(6)


async def returns_to_reports(ada):
    """Leave a filter of reports for another section, and go back."""
    page = ada.page
    status = page.get_by_label("Status of the reports")
    await page.goto("/admin/reports")
    await expect(page.get_by_text("rude words")).to_be_visible()
    await status.select_option("Resolved")
    await expect(page.get_by_text("rude words")).to_have_count(0)
    await page.get_by_role("link", name="Announcements").click()
    await page.go_back()
    await expect(status).to_have_value("resolved")
    await expect(page.get_by_text("rude words")).to_have_count(0)
