"""Everybody can use the page: with a keyboard alone, and with what reads it aloud."""

import pytest
from playwright.async_api import expect

from tests.support.browser import PASSWORD

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


async def tab_to(page, name, role=None):
    """Press Tab until what has this name has the focus, and see that it can be seen there."""
    for _ in range(40):
        await page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if await focused.count() and await focused.evaluate(NAME) == name:
            if role:
                assert await focused.evaluate("element => element.tagName.toLowerCase()") == role
            assert await focused.evaluate(SHOWS_FOCUS), f"nothing shows that {name} has the focus"
            return
    raise AssertionError(f"Tab never came to {name}")


NAME = """element => (element.labels?.[0] ?? element).textContent.trim()"""
SHOWS_FOCUS = """element => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
    return (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
}"""


async def test_the_keyboard_alone_leads_from_signing_up_to_a_sent_message(hall):
    ada = await hall.somebody("Ada Okafor")
    page, keys = ada.page, ada.page.keyboard
    await page.goto("/")
    await tab_to(page, "Create account", "a")
    await keys.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_be_focused()
    for label, text in (
        ("First name", "Ada"),
        ("Last name (optional)", "Okafor"),
        ("Email", ada.email),
        ("Password", PASSWORD),
    ):
        await tab_to(page, label, "input")
        await keys.type(text)
    await keys.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Ada")
    await expect(page.get_by_role("main").get_by_role("link", name="Create room")).to_be_visible()
    await tab_to(page, "Create room", "a")
    await keys.press("Enter")
    await expect(page.get_by_role("heading", name="Create room")).to_be_focused()
    await tab_to(page, "Name", "input")
    await keys.type("Calculus")
    await tab_to(page, "Create room", "button")
    await keys.press("Enter")
    await expect(page.get_by_role("dialog", name="Invite people")).to_be_visible()
    await keys.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_role("heading", name="Calculus")).to_be_focused()
    await tab_to(page, "Invite", "button")
    await keys.press("Enter")
    await expect(page.get_by_role("dialog", name="Invite people")).to_be_visible()
    await keys.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_role("button", name="Invite")).to_be_focused()
    await tab_to(page, "Message to Calculus", "textarea")
    await keys.type("Hello")
    await keys.press("Enter")

    await ada.reads("Hello")
    await expect(ada.composer).to_be_focused()


async def test_new_messages_are_read_aloud_and_nothing_twice(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    ben = await hall.api.person("Ben", "Lindqvist")
    await ben.joins(room)
    await ada.page.goto(f"/rooms/{room}")
    await ada.says("mine")
    await ada.reads("mine")
    await ben.post(f"/api/study-rooms/{room}/messages", {"content": "theirs"})

    live = ada.page.locator("[aria-live=polite]")
    await expect(live.filter(has_text="“Ben Lindqvist”: theirs")).to_have_count(1)
    await expect(live.filter(has_text="mine")).to_have_count(0)
    await expect(ada.talk).to_have_attribute("aria-live", "off")


async def test_who_wants_less_motion_gets_none(hall):
    ada = await hall.member("Ada Okafor", reduced_motion="reduce")
    room = await ada.account.opens("Calculus")
    await ada.page.goto(f"/rooms/{room}")
    await ada.says("Hello")
    await ada.reads("Hello")
    durations = await ada.page.evaluate("""() => [...document.querySelectorAll("*")].flatMap((element) => {
        const { animationDuration, transitionDuration } = getComputedStyle(element);
        return [animationDuration, transitionDuration].flatMap((all) => all.split(", ")).map(parseFloat);
    })""")
    assert max(durations) < 0.1
