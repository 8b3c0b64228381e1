"""All views and dialogs are accessible: axe-core finds no serious fault in any theme, size and language."""

from contextlib import asynccontextmanager

import pytest
from playwright.async_api import expect

from tests.browser.test_admin import make_admin
from tests.support.browser import DESKTOP, NO_CONNECTION, PASSWORD, PHONE, opened
from tests.support.passing_time import where_it_is_afternoon
from tests.support.served import signs_in
from tests.support.walk import Walk

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

LARGE = {**DESKTOP, "viewport": {"width": 1440, "height": 900}}
THEMES = ("light", "dark", "light contrast", "dark contrast")
LOOKS_ON_DESK = (*THEMES, "right to left", "forced colours", "zoom", "320", "320 right to left")
LOOKS_ON_PHONE = ("dark", "320")
LOOKS_IN_GERMAN = ("words", "390", "320", "zoom")
"""The words of another language change what fits, but no colour."""


QUESTION = "What are you working on?"


@asynccontextmanager
async def walking(chromium, tmp_path, device, looks, **fields):
    """Begin a walk, and fail at its end if there were faults."""
    storage = f"sqlite:///{tmp_path / 'studyhall.db'}"
    async with opened(chromium, storage, presence_grace=2) as hall:
        ada = await hall.api.person("Ada", "Okafor", timeZone=where_it_is_afternoon(), **fields)
        await make_admin(storage, ada.user["email"])
        walk = Walk(hall, ada, device, looks)
        await walk.begins()
        yield walk
    assert not walk.faults, "\n".join(walk.faults)


@pytest.mark.parametrize(
    ("device", "looks"), [(LARGE, LOOKS_ON_DESK), (PHONE, LOOKS_ON_PHONE)], ids=["desktop", "phone"]
)
async def test_axe_finds_no_serious_fault_in_any_view_and_dialog(chromium, tmp_path, device, looks):
    async with walking(chromium, tmp_path, device, looks) as walk:
        await views_of_guests(walk)
        await walk.here("/nowhere")
        await walk.through("/rooms/nowhere", "/invite/over", "/rooms/new")
        await walk.through("/dashboard", "/rooms", "/tasks", "/progress")
        await walk.fills()
        await walk.looking.through(walk.guest.page, f"/invite/{walk.code}")
        await walk.views()
        await study_time(walk)
        await timer_of_room(walk)
        await dialogs_of_people(walk)
        await walk.opens(f"/rooms/{walk.room}")
        if not walk.is_narrow:
            await dialogs_without_words(walk)
        await dialogs_of_invitations(walk)
        await unusual_messages(walk)


async def test_axe_finds_no_serious_fault_in_german(chromium, tmp_path):
    async with walking(chromium, tmp_path, LARGE, LOOKS_IN_GERMAN, language="de") as walk:
        await views_of_guests(walk)
        await walk.fills()
        await walk.views()
        await walk.opens(f"/rooms/{walk.room}")
        await dialogs_without_words(walk)
        for person in (walk.guest, walk.ada):
            assert await person.page.evaluate("document.documentElement.lang") == "de"


async def views_of_guests(walk):
    page = walk.guest.page
    await walk.looking.at(page, "/")
    await walk.looking.through(page, "/sign-up", "/forgot", "/reset/over", "/sign-in")
    walk.guest.expects("401", "422")
    await page.locator("form button[type=submit]").click()
    await page.locator("[aria-invalid=true], [role=alert]").first.wait_for()
    await walk.looking.here(page, "a refused sign-in")


async def dialogs_without_words(walk):
    """Check dialogs of the open room, without a word of any language."""
    for selector in (".invite-button", ".person .dots"):
        await walk.page.locator(selector).last.click()
        await walk.dialog(None, is_beside=selector == ".person .dots")
        await walk.closes()
    for keys in ("Control+k", "?"):
        await walk.page.locator("h1").evaluate("heading => heading.focus()")
        await walk.page.keyboard.press(keys)
        await walk.dialog(None)
        await walk.closes()


async def study_time(walk):
    """Check study time at home while it is counted, and the dialogs of Progress."""
    page = walk.page
    await walk.opens("/progress")
    await page.get_by_role("button", name="Change Sheet 4").click()
    await walk.dialog("Change study time")
    await walk.closes()
    await page.get_by_role("button", name="Add study time").click()
    await walk.dialog("Add study time")
    await walk.closes()
    await walk.opens("/dashboard")
    await expect(page.get_by_role("region", name="Next dates").get_by_role("link")).to_contain_text("You are going")
    now = page.get_by_role("region", name="Now in your rooms").get_by_role("link", name="Calculus")
    await expect(now).to_contain_text("W" * 80)
    card = page.get_by_role("region", name="Your study time")
    await expect(card).to_contain_text("Today: 1 h of 1 h")
    await card.get_by_role("button", name="Count my time").click()
    await card.get_by_role("timer").wait_for()
    await walk.here("home while others study and time is counted")


async def timer_of_room(walk):
    """Check a timer that runs, its settings and the leaderboard."""
    page = walk.page
    timer = f"{walk.path}/timer"
    version = (await walk.ada.account.get(timer)).data["version"]
    assert (await walk.ada.account.put(timer, {"action": "start", "version": version})).status == 200
    await walk.opens(f"/rooms/{walk.room}")
    await page.locator(".timer-left").wait_for()
    await walk.here("a room with a timer that runs")
    if walk.is_narrow:
        await page.get_by_role("button", name="Show the timer").click()
        await walk.dialog("Study")
    await page.get_by_role("button", name="Timer settings").click()
    await walk.dialog("Timer settings", is_beside=True)
    await walk.closes()
    stop = page.get_by_role("button", name="Stop", exact=True)
    await stop.click()
    await page.get_by_role("button", name="Count my time").click()
    await stop.wait_for()
    await page.get_by_role("button", name="Leaderboard").click()
    leaderboard = page.get_by_role("dialog", name="Leaderboard")
    await expect(leaderboard.get_by_role("row", name="Ada Okafor")).to_be_visible()
    await walk.dialog("Leaderboard", is_beside=True)
    await walk.closes()
    if walk.is_narrow:
        await walk.closes()


async def dialogs_of_people(walk):
    """Check the list of people on a phone, the activity's field, and the dialogs about a message and a member."""
    page = walk.page
    message = page.get_by_role("listitem").filter(has_text="see https://example.org")
    await message.get_by_role("button", name="Actions for message").focus()
    await page.keyboard.press("Enter")
    await walk.dialog("From Ben Lindqvist")
    await walk.closes()
    if walk.is_narrow:
        await page.get_by_role("button", name="2 people here").click()
        await walk.dialog("People")
    await expect(page.get_by_text("W" * 80)).to_be_visible()
    await page.get_by_role("button", name=QUESTION).click()
    await expect(page.get_by_role("textbox", name=QUESTION)).to_be_focused()
    await walk.beside.here(page, "the field of an activity")
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Manage Ben").last.click()
    await walk.dialog("Ben Lindqvist", is_beside=True)
    await page.get_by_role("button", name="Ban", exact=True).click()
    await walk.beside.here(page, "a question")
    await walk.opens("/rooms")


async def dialogs_of_invitations(walk):
    """Check the link into a public room, and a new invitation into a private one."""
    await walk.ada.opens_invitations()
    await walk.dialog("Invite people")
    await walk.closes()
    await walk.opens(f"/rooms/{walk.private}")
    await walk.ada.opens_invitations()
    await walk.page.get_by_role("button", name="Create invitation").click()
    await walk.page.get_by_label("New invitation").wait_for()
    await walk.dialog("Invite people")
    await walk.closes()


async def unusual_messages(walk):
    """Check a message that was not sent, the room of a member who may not write, and the question for the password."""
    page, ada = walk.page, walk.ada
    await ada.has_a_refused_message(walk.room)
    await page.get_by_text("Not sent").wait_for()
    await walk.here("a refused message")
    muted = walk.guest
    await muted.continues(await signs_in(walk.hall.api, walk.ben), f"/rooms/{walk.room}")
    await muted.page.get_by_text("You cannot write here").wait_for()
    await walk.looking.here(muted.page, "the room of a muted member")
    await walk.opens(f"/invite/{walk.code}")
    ada.expects("401", NO_CONNECTION)
    await walk.account.put("/api/auth/password", {"currentPassword": PASSWORD, "newPassword": PASSWORD})
    await page.get_by_role("dialog", name="Sign in again").wait_for(timeout=20_000)
    await walk.here("the password again")
