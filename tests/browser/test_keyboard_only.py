"""A keyboard alone: sign up, create a room, talk, mute a member, sign out."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.support.browser import PASSWORD, opened
from tests.support.served import Person as Account

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

ROOMS = 304
MAX_PRESSES_TO_COMPOSER = 25
MAX_PRESSES = 60
"""Presses of Tab to any other control of a view."""

SHOWS_FOCUS = """element => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
    return (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
}"""


async def tab_to(page, element, most=MAX_PRESSES):
    """Press Tab until an element has the focus, which must be visible there. Return the number of presses."""
    await expect(element).to_have_count(1)
    for presses in range(1, most + 1):
        await page.keyboard.press("Tab")
        if await element.evaluate("element => element === document.activeElement"):
            assert await element.evaluate(SHOWS_FOCUS), "nothing shows the focus"
            return presses
    raise AssertionError(f"it is more than {most} presses away")


async def test_keyboard_signs_up_creates_talks_mutes_and_signs_out(chromium):
    async with opened(chromium) as hall:
        ada = await hall.somebody("Ada Okafor")
        ben = await hall.api.person("Ben", "Lindqvist")
        await signs_up(ada)
        await has_rooms(ada, hall.api)
        room = await creates_a_room(ada)
        await talks(ada, ben, room)
        await mutes(ada, ben, room)
        await signs_out(ada)


async def signs_up(ada):
    """Fill in and send the form of the start page."""
    page, keys = ada.page, ada.page.keyboard
    await page.goto("/")
    for label, text in (
        ("First name", ada.first_name),
        ("Last name", ada.last_name),
        ("Email", ada.email),
        ("Password", PASSWORD),
    ):
        await tab_to(page, page.get_by_label(label))
        await keys.type(text)
    await tab_to(page, page.get_by_role("button", name="Create account"))
    await keys.press("Enter")
    await expect(page).to_have_url(f"{ada.url}/dashboard")
    await expect(page.get_by_role("heading", level=1)).to_be_focused()


async def has_rooms(ada, api):
    """Create many rooms by the API, and wait until the page lists them."""
    answer = await api.request("POST", "/api/auth/login", {"email": ada.email, "password": PASSWORD})
    ada.account = Account(api, answer.body)
    for begun in range(0, ROOMS, 8):
        await asyncio.gather(*(ada.account.opens(f"Room {number:03}") for number in range(begun, begun + 8)))


async def creates_a_room(ada):
    """Create a room, close the dialog with its link, and return its id."""
    page, keys = ada.page, ada.page.keyboard
    await page.reload()
    create = page.get_by_role("link", name="Create room").first
    await expect(create).to_be_visible()
    await tab_to(page, create)
    await keys.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_be_focused()
    await tab_to(page, page.get_by_label("Name", exact=True))
    await keys.type("Calculus")
    await tab_to(page, page.get_by_role("button", name="Create room"))
    await keys.press("Enter")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await keys.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_role("heading", name="Calculus", level=1)).to_be_focused()
    return page.url.rpartition("/")[2]


async def talks(ada, ben, room):
    """Open the room again, reach the composer in few presses, and send a message."""
    page, keys = ada.page, ada.page.keyboard
    await page.reload()
    await expect(ada.composer).to_be_visible()
    assert await tab_to(page, ada.composer) <= MAX_PRESSES_TO_COMPOSER
    await keys.type("Hello")
    await keys.press("Enter")
    await ada.reads("Hello")
    await expect(ada.composer).to_be_focused()
    await ben.joins(room)
    await ben.post(f"/api/study-rooms/{room}/messages", {"content": "Good evening"})
    await ada.reads("Hello", "Good evening")


async def mutes(ada, ben, room):
    """Mute the other member from the list of people, and leave the dialog."""
    page, keys = ada.page, ada.page.keyboard
    people = page.get_by_role("complementary", name="People")
    manage = people.get_by_role("button", name="Ben Lindqvist")
    await expect(manage).to_be_visible()
    await tab_to(page, manage)
    await keys.press("Enter")
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_be_visible()
    await tab_to(page, dialog.get_by_role("button", name="Mute").first)
    await keys.press("Enter")
    await expect(dialog).to_contain_text("muted for")
    refused = await ben.post(f"/api/study-rooms/{room}/messages", {"content": "And now?"})
    assert refused.status == 403
    await keys.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(manage).to_be_focused()


async def signs_out(ada):
    """Sign out on the account's page."""
    page, keys = ada.page, ada.page.keyboard
    await tab_to(page, page.get_by_role("link", name="Account of Ada Okafor"))
    await keys.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_be_focused()
    await tab_to(page, page.get_by_role("button", name="Sign out", exact=True))
    await keys.press("Enter")
    await expect(page).to_have_url(f"{ada.url}/")
    await expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
