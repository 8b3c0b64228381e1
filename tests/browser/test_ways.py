"""Back, links, doors and where the focus is: a person in the page always knows where they are."""

import re

import pytest
from playwright.async_api import expect

from tests.support.browser import PHONE

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

IN_HISTORY = """async (number) => {
    while ((history.state?.layers ?? 0) !== number) await new Promise(requestAnimationFrame);
}"""
ACTIVE = "document.activeElement.tagName"


async def has_layers(page, number):
    """Wait until so many dialogs stand in the history."""
    await page.evaluate(IN_HISTORY, number)


async def test_back_closes_a_dialog_and_leaves_the_room_only_then(hall):
    ada = await hall.member("Ada Okafor")
    page = ada.page
    room = await ada.account.opens("Calculus")
    ben = await hall.api.person("Ben", "Lindqvist")
    await ben.joins(room)
    await page.goto("/rooms")
    await page.get_by_role("link", name="Calculus").first.click()
    await page.get_by_role("button", name="Invite").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_have_count(1)
    await page.go_back()
    await expect(dialog).to_have_count(0)
    await expect(ada.composer).to_be_visible()

    # forward opens nothing, and is no trap
    await page.go_forward()
    await expect(dialog).to_have_count(0)
    await expect(ada.composer).to_be_visible()

    # a question above a dialog: one Back each
    people = page.get_by_role("complementary", name="People")
    await people.get_by_role("button", name="Manage Ben").click()
    await page.get_by_role("button", name="Remove").click()
    await expect(dialog).to_have_count(2)
    await page.go_back()
    await expect(page.get_by_role("dialog", name="Ben Lindqvist")).to_have_count(1)
    await expect(page.get_by_role("dialog", name="Remove")).to_have_count(0)
    await page.go_back()
    await expect(dialog).to_have_count(0)
    await expect(ada.composer).to_be_visible()

    # closed by Escape, a dialog leaves nothing behind: the next Back leaves the room
    await page.get_by_role("button", name="Invite").click()
    await expect(dialog).to_have_count(1)
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await has_layers(page, 0)
    await page.go_back()
    await expect(page.get_by_role("heading", name="Rooms", exact=True)).to_be_visible()


async def test_back_on_a_phone_closes_the_drawer_and_a_link_in_it_leads_on(hall):
    ada = await hall.member("Ada Okafor", device=PHONE)
    page = ada.page
    room = await ada.account.opens("Calculus")
    await page.goto("/rooms")
    await page.get_by_role("link", name="Calculus").first.click()
    await page.get_by_role("button", name="1 person here").click()
    await has_layers(page, 1)
    await page.go_back()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page).to_have_url(re.compile(f"/rooms/{room}$"))

    # a reload while it is open: the entry that is left behind costs no extra Back
    await page.get_by_role("button", name="1 person here").click()
    await has_layers(page, 1)
    await page.reload()
    await has_layers(page, 0)
    await ada.opens_room_menu()
    await has_layers(page, 1)
    await page.get_by_role("link", name="Room settings").click()
    await expect(page).to_have_url(re.compile("/settings$"))
    # the script knows an entry before the browser does: a Back between the two is lost
    await expect(page.get_by_role("heading", name="Room settings")).to_be_visible()
    await page.go_back()
    await expect(page).to_have_url(re.compile(f"/rooms/{room}$"))
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.go_back()
    await expect(page).to_have_url(re.compile("/rooms$"))


async def test_links_to_own_views_open_in_the_same_tab(hall):
    ada = await hall.member("Ada Okafor")
    room, other = await ada.account.opens("Calculus"), await ada.account.opens("Chemistry")
    said = f"see {ada.url}/rooms/{other} and {ada.url}/api/docs and https://example.org/rooms/{other}"
    await ada.account.post(f"/api/study-rooms/{room}/messages", {"content": said})
    await ada.page.goto(f"/rooms/{room}")
    await expect(ada.talk.get_by_role("link")).to_have_count(3)
    targets = await ada.talk.get_by_role("link").evaluate_all("links => links.map((link) => link.target)")
    assert targets == ["", "_blank", "_blank"]
    await ada.page.evaluate("window.isSamePage = true")

    await ada.talk.get_by_role("link").first.click()

    await expect(ada.page.get_by_role("heading", name="Chemistry")).to_be_visible()
    assert await ada.page.evaluate("window.isSamePage"), "it was not loaded again"
    assert len(ada.context.pages) == 1


async def test_a_full_room_offers_no_join(hall):
    ada, ben = await hall.member("Ada Okafor"), await hall.member("Ben Lindqvist")
    room = await ada.account.opens("Calculus", capacity=2)
    page = ben.page
    await page.goto(f"/rooms/{room}")
    join, full = page.get_by_role("button", name="Join room"), page.get_by_text("This room is full.")
    await expect(join).to_be_visible()
    invite = (await ada.account.post(f"/api/study-rooms/{room}/invites", {})).data
    await (await hall.api.person("Cleo", "Rossi")).joins(room)

    # the last seat was taken after the page was loaded
    ben.expects("409")
    await join.click()
    await expect(full).to_be_visible()
    await expect(join).to_have_count(0)
    assert await page.evaluate(ACTIVE) != "BODY"
    await page.goto("/rooms")
    await expect(page.get_by_role("link", name="Calculus")).to_contain_text("2 of 2 members, full")
    await page.goto(f"/invite/{invite['code']}")
    await expect(full).to_be_visible()
    await expect(join).to_have_count(0)

    await ada.account.put(f"/api/study-rooms/{room}", {"capacity": 3})
    await page.get_by_role("button", name="Check again").click()
    await join.click()
    await expect(ben.composer).to_be_visible()
