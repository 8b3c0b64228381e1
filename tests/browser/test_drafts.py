"""Drafts and unsent messages of several tabs."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.support.browser import NO_CONNECTION, WITHIN

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


def composer(page):
    return page.get_by_role("textbox", name="Message to")


async def until_open(page):
    """Wait until the tab holds its name: before that it counts as closed."""
    held = "async () => (await navigator.locks.query()).held.some(({ name }) => name.startsWith('studyhall.tab'))"
    async with asyncio.timeout(WITHIN / 1000):
        while not await page.evaluate(held):  # wait_for_function evaluates text in the page, which its policy refuses
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("host", ["localhost", "school.test"], ids=["locks", "no locks"])
async def test_each_tab_keeps_its_own_draft(hall, host):
    ada = await hall.member("Ada Okafor", host=host)
    room = await ada.account.opens("Calculus")
    first, second = ada.page, await ada.context.new_page()
    for page in (first, second):
        await page.goto(f"/rooms/{room}")
        if host == "localhost":
            await until_open(page)
    await composer(first).fill("A")
    await composer(second).fill("B")
    for page, text in ((first, "A"), (second, "B"), (first, "A")):
        await page.reload()
        await expect(composer(page)).to_have_value(text)

    # a duplicate of a tab, whose sessionStorage is a copy, goes on by itself
    async with ada.context.expect_page() as opening:
        await first.evaluate("window.open(location.href)")
    copy = await opening.value
    if host == "localhost":
        await until_open(copy)
    await expect(composer(copy)).to_have_value("")
    await composer(copy).fill("C")
    await first.reload()
    await expect(composer(first)).to_have_value("A")

    # what one tab sends is no other's
    await composer(first).press("Enter")
    await ada.reads("A")
    await first.reload()
    await expect(composer(first)).to_have_value("")
    for page, text in ((second, "B"), (copy, "C")):
        await page.reload()
        await expect(composer(page)).to_have_value(text)

    # a tab without a draft goes on with that of a tab that was closed, once
    await copy.close(run_before_unload=True)
    await first.reload()
    await expect(composer(first)).to_have_value("C")
    await first.reload()
    await expect(composer(first)).to_have_value("C")
    last = await ada.context.new_page()
    await last.goto(f"/rooms/{room}")
    await expect(last.get_by_role("log", name="Messages").locator(".words")).to_have_text(["A"])
    await expect(composer(last)).to_have_value("")


async def test_unsent_messages_of_two_tabs_all_arrive(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    ben = await hall.member("Ben Lindqvist", room)
    first, second = ada.page, await ada.context.new_page()
    for page in (first, second):
        await page.goto(f"/rooms/{room}")
        await expect(composer(page)).to_be_visible()
        await expect(page.get_by_text("No messages yet")).to_be_visible()  # the room is loaded
    ada.expects(NO_CONNECTION)
    await ada.context.set_offline(True)
    for page, text in ((first, "one"), (second, "two"), (first, "three")):
        await composer(page).fill(text)
        await composer(page).press("Enter")
        await expect(page.locator(".words").filter(has_text=text)).to_have_count(1)
    await first.close()
    third = await ada.context.new_page()
    await ada.context.set_offline(False)
    await third.goto(f"/rooms/{room}")

    await expect(ben.words).to_have_count(3, timeout=20_000)
    assert sorted(await ben.words.all_inner_texts()) == ["one", "three", "two"]
    for page in (second, third):
        await expect(page.get_by_text("Waiting for the connection")).to_have_count(0)
        await page.reload()
        await expect(page.locator(".log .words")).to_have_count(3)
