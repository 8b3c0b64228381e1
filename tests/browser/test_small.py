"""The page on small screens, with large text and long words: nothing is pushed sideways, nothing is squeezed."""

import pytest
from playwright.async_api import expect

from tests.browser.test_admin import make_admin
from tests.support.browser import opened

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

WORD = "Donaudampfschifffahrtselektrizit\u00e4tenhauptbetriebswerkbauunterbeamtengesellschaft"[:80]
SIZES = ((320, "100%"), (360, "100%"), (390, "100%"), (640, "200%"))
"""Widths in pixels with the size of text. A browser that zooms a window of 640 pixels to 200 % has 320 of them."""

WIDE = """(size) => {
    document.documentElement.style.fontSize = size;
    const width = document.documentElement.clientWidth;
    const isOver = (element) => element.getClientRects().length && element.getBoundingClientRect().right > width + 1;
    const over = [...document.querySelectorAll("body *:not(.hidden, .hidden *)")].filter(isOver);
    const names = over.slice(0, 3).map((element) => `${element.localName}.${element.className}`);
    return [document.documentElement.scrollWidth, names];
}"""
SQUEEZED = """() => [...document.querySelectorAll(
    ".topbar, .main-nav, .badge, .avatar, .status-dot, .button"
)]
    .filter((element) => element.getClientRects().length)
    .filter((element) => element.scrollWidth > element.clientWidth + 1 || element.offsetHeight > 64)
    .map((element) => `${element.className}: ${element.textContent}`)"""


async def looks_at(person, *paths):
    """Return what is too wide or squeezed, view by view and size by size."""
    faults = []
    for path in paths:
        await person.page.set_viewport_size({"width": 320, "height": 700})
        await person.page.goto(path)
        await person.page.get_by_role("heading", level=1).wait_for()
        await expect(person.page.get_by_text("Loading", exact=True)).to_have_count(0)
        for width, size in SIZES:
            await person.page.set_viewport_size({"width": width, "height": 700})
            wide, over = await person.page.evaluate(WIDE, size)
            if wide > width or over:
                faults.append(f"{path} at {width} ({size}): {wide} pixels, {over}")
            if size == "100%" and (squeezed := await person.page.evaluate(SQUEEZED)):
                faults.append(f"{path} at {width}: squeezed {squeezed}")
    return faults


async def test_no_view_scrolls_sideways_with_long_words(chromium, tmp_path):
    storage = f"sqlite:///{tmp_path / 'studyhall.db'}"
    async with opened(chromium, storage) as hall:
        ada = await hall.somebody("Ada Okafor")
        account = await hall.api.person("Ada", "Okafor")
        await make_admin(storage, ada.email)
        await account.put("/api/auth/me", {"firstName": WORD, "lastName": WORD[::-1]})
        ben = await hall.somebody(f"Ben {WORD}")
        ben.account = await hall.api.person("Ben", WORD)
        room = await account.opens(WORD, subject=WORD, description=WORD * 5)
        door = await ben.account.opens("Advanced linear algebra and its many geometric applications", subject=WORD)
        theirs = await ben.account.opens("Linear algebra and its many geometric applications, advanced", subject=WORD)
        await ben.account.joins(room)
        await account.joins(theirs)
        for number in range(101):
            await ben.account.post(f"/api/study-rooms/{theirs}/messages", {"content": f"{WORD} {number}"})
        said = (
            await ben.account.post(f"/api/study-rooms/{room}/messages", {"content": f"https://example.org/{WORD}"})
        ).data
        cleo = await hall.api.person("Cleo", WORD)
        await cleo.joins(room)
        await cleo.post(f"/api/study-rooms/{room}/messages/{said['id']}/report", {"reason": WORD})
        await account.put(f"/api/study-rooms/{room}/bans/{cleo.id}", {"reason": WORD})
        code = (await account.post(f"/api/study-rooms/{room}/invites", {})).data["code"]
        guest = await hall.somebody("Guest Okafor")
        await ada.signs_in()
        await ben.signs_in()
        await expect(ada.page.get_by_role("navigation", name="My rooms").locator(".badge").last).to_contain_text("99+")

        places = ("/dashboard", "/rooms", "/rooms/new", "/account", "/admin", "/nowhere", f"/invite/{code}")
        in_rooms = (f"/rooms/{room}", f"/rooms/{room}/settings", f"/rooms/{room}/moderation", f"/rooms/{door}")
        faults = await looks_at(ada, *places, *in_rooms, f"/rooms/{theirs}")
        faults += await looks_at(ben, "/dashboard", "/rooms", f"/rooms/{room}")
        faults += await looks_at(guest, "/", "/sign-in", "/sign-up", "/forgot", f"/invite/{code}")
    assert not faults, "\n".join(faults)


LOOKS = """(lamps) => {
    const look = (element) => {
        const { backgroundColor, backgroundImage, borderTopColor, borderTopStyle } = getComputedStyle(element);
        return [backgroundColor, backgroundImage, borderTopColor, borderTopStyle].join();
    };
    const style = (selector) => getComputedStyle(document.querySelector(selector));
    return {
        lamps: lamps.map((status) => {
            const lamp = document.createElement("span");
            lamp.className = `status-dot ${status}`;
            document.querySelector(".people").append(lamp);
            return look(lamp);
        }),
        current: style(".room-list a[aria-current]").outlineStyle,
        other: style(".room-list a:not([aria-current])").outlineStyle,
        page: style("body").backgroundColor,
        own: style(".message.own").borderInlineStartWidth,
        others: style(".message.other").borderInlineStartWidth,
        badge: style(".badge").backgroundColor,
        focus: getComputedStyle(document.activeElement).outlineStyle,
    };
}"""


async def test_forced_colours_keep_what_backgrounds_tell(chromium):
    async with opened(chromium) as hall:
        ada = await hall.member("Ada Okafor", forced_colors="active")
        ben = await hall.api.person("Ben", "Lindqvist")
        room, other = await ada.account.opens("Calculus"), await ada.account.opens("Chemistry")
        await ben.joins(room)
        await ben.joins(other)
        await ben.post(f"/api/study-rooms/{room}/messages", {"content": "Hello"})
        await ben.post(f"/api/study-rooms/{other}/messages", {"content": "Hello"})
        await ada.page.goto(f"/rooms/{room}")
        await ada.says("My own words")
        await ada.reads("Hello", "My own words")
        await expect(ada.page.locator(".room-list .badge")).to_have_count(1)
        await ada.page.locator(".people").wait_for()
        await ada.page.keyboard.press("Shift+Tab")
        looks = await ada.page.evaluate(LOOKS, ["active", "away", "busy", "free"])
    assert len(set(looks["lamps"])) == 4, looks["lamps"]
    assert (looks["current"], looks["other"], looks["focus"]) == ("solid", "none", "solid")
    assert (looks["own"], looks["others"]) == ("4px", "0px")
    assert looks["page"] != looks["badge"]
