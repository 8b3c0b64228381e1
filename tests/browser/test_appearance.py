"""Themes, density, directions and sizes: what a user chooses, in every tab, before the first paint, and readable."""

import pytest
from playwright.async_api import expect

from tests.support.browser import DESKTOP, PHONE

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

LARGE = {**DESKTOP, "viewport": {"width": 1440, "height": 900}}
PAINTED = """() => {
    window.themes = [];
    new PerformanceObserver((list) => {
        for (const _ of list.getEntries()) window.themes.push(document.documentElement.dataset.theme);
    }).observe({ type: "paint", buffered: true });
}"""
AFTER_PAINT = """async () => {
    while (!window.themes.length) await new Promise(requestAnimationFrame);
    return window.themes;
}"""
ONE_LINE = """element => element.getBoundingClientRect().height"""


async def has_look(page, theme, *, contrast=False, density="normal"):
    """Wait until the page has a theme, with high contrast or not, and a density."""
    root = page.locator("html")
    await expect(root).to_have_attribute("data-theme", theme)
    await expect(root.and_(page.locator("[data-contrast]"))).to_have_count(int(contrast))
    await expect(root.and_(page.locator("[data-density=compact]"))).to_have_count(int(density == "compact"))


async def has_colour(page, colour, in_styles):
    """Wait until the page and the browser around it have a colour."""
    await expect(page.locator("html")).to_have_css("background-color", in_styles)
    await expect(page.locator("meta[name=theme-color]")).to_have_attribute("content", colour)


async def test_theme_and_density_are_stored_and_followed_by_all_tabs(hall):
    ada = await hall.member("Ada Okafor", color_scheme="light")
    other = await ada.context.new_page()
    await other.goto("/rooms")
    await has_look(other, "light")
    await has_colour(other, "#fdfbf6", "rgb(253, 251, 246)")
    await ada.page.goto("/account")

    await ada.page.get_by_label("Theme").select_option("Dark")
    await ada.page.get_by_label("Spacing").select_option("Compact")

    for page in (ada.page, other):
        await has_look(page, "dark", density="compact")
        await has_colour(page, "#1b2022", "rgb(27, 32, 34)")
    await other.add_init_script(f"({PAINTED})()")
    await other.reload()
    assert set(await other.evaluate(AFTER_PAINT)) == {"dark"}, "it is the theme of the first paint"
    await ada.page.get_by_label("Theme").select_option("High contrast")
    for page in (ada.page, other):
        await has_look(page, "light", contrast=True, density="compact")
        await has_colour(page, "#ffffff", "rgb(255, 255, 255)")


async def test_system_decides_unless_a_theme_is_chosen(hall):
    ada = await hall.member("Ada Okafor", color_scheme="dark")
    await ada.page.goto("/account")
    await has_look(ada.page, "dark")
    await ada.page.emulate_media(color_scheme="light", contrast="more")
    await has_look(ada.page, "light", contrast=True)
    await ada.page.get_by_label("Theme").select_option("Light")
    await ada.page.emulate_media(color_scheme="dark", contrast="more")
    await has_look(ada.page, "light")


async def test_log_has_most_of_the_height_and_rooms_are_dense(hall):
    ada = await hall.member("Ada Okafor", device=LARGE)
    room = await ada.account.opens("Calculus", subject="Mathematics")
    await ada.page.goto(f"/rooms/{room}")
    await ada.says("Hello")
    await ada.reads("Hello")
    assert (await ada.talk.bounding_box())["height"] >= 0.8 * 900
    link = ada.page.get_by_role("navigation", name="My rooms").get_by_role("link", name="Calculus")
    assert await link.evaluate(ONE_LINE) == 32
    assert await ada.page.locator(".room-head").evaluate(ONE_LINE) <= 64
    await ada.page.goto("/account")
    assert await ada.page.get_by_role("button", name="Save").first.evaluate(ONE_LINE) == 36


async def test_phone_shows_a_whole_name_of_a_room_and_hides_tabs_while_writing(hall):
    ada = await hall.member("Ada Okafor", device=PHONE)
    room = await ada.account.opens("Linear algebra, B 12")
    await ada.page.goto(f"/rooms/{room}")
    heading = ada.page.get_by_role("heading", name="Linear algebra, B 12")
    await expect(heading).to_be_visible()
    assert await heading.evaluate("element => element.scrollWidth <= element.clientWidth")
    assert await ada.page.locator(".room-head").evaluate(ONE_LINE) <= 64
    tabs = ada.page.get_by_role("navigation", name="Main")
    await expect(tabs).to_be_hidden()
    await ada.page.goto("/account")
    await expect(tabs.get_by_role("link")).to_have_count(5)
    assert await tabs.get_by_role("link").first.evaluate(ONE_LINE) >= 44
    await ada.page.get_by_label("First name").focus()
    await expect(tabs).to_be_hidden()
