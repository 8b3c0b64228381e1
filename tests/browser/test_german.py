"""The page in German: no English word on any view, and each view fits on a small screen."""

import re
import sqlite3
from contextlib import closing

import pytest
from playwright.async_api import expect

from tests.support.browser import NO_CONNECTION, PASSWORD, opened
from tests.support.german import German

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

SECTIONS = ("", "/users", "/rooms", "/reports", "/invitations", "/announcements")
TABS = """() => [...document.querySelectorAll(".main-nav .nav-link")].map((link) => {
    const label = link.querySelector(":scope > span:not([class])");
    const text = new Range();
    text.selectNodeContents(label);
    const { x, width, height } = link.getBoundingClientRect();
    const inner = text.getBoundingClientRect();
    const lines = text.getClientRects().length;
    return { label: label.textContent, lines, x, width, height, left: inner.left, right: inner.right };
})"""
"""Tabs of a narrow window, with the place of their labels, in pixels."""


async def german(hall, name):
    """Return a user with a German browser at the front page, and its words."""
    person = await hall.somebody(name, locale="de-DE")
    await person.page.goto("/")
    await expect(person.page.get_by_role("heading", level=1)).to_be_visible()
    return person, await German.of(person.page)


async def signs_in(person, words, to):
    """Sign in on the German form, and open a view."""
    await person.page.goto("/sign-in")
    await person.page.get_by_label(words("auth.email")).fill(person.email)
    await person.page.get_by_label(words("auth.password"), exact=True).fill(PASSWORD)
    await person.page.get_by_role("button", name=words("auth.signIn"), exact=True).click()
    await expect(person.page.get_by_role("navigation").first).to_be_visible()
    await expect(person.page).to_have_url(f"{person.url}/dashboard")
    await person.page.goto(to)


async def views(person, words, *paths):
    """Look at views by their address."""
    for path in paths:
        await person.page.goto(path)
        await expect(person.page.get_by_role("heading", level=1)).to_be_visible()
        await expect(person.page.get_by_text(words("ui.loading"), exact=True)).to_have_count(0)
        await words.check(person.page, path)


def no_faults(words):
    """Expect no English text, and no view that is too wide."""
    assert not words.faults, "\n".join(words.faults)


async def see_whole_tabs(page, width, current):
    """See that each of the six tabs of an admin has its whole label on one line, apart from the next one."""
    await page.set_viewport_size({"width": width, "height": 640})
    await expect(page.locator(".main-nav [aria-current]")).to_have_text(current)
    await expect(page.locator(".main-nav .nav-link")).to_have_count(6)
    tabs = await page.evaluate(TABS)
    for tab in tabs:
        assert tab["lines"] == 1, tab
        assert min(tab["width"], tab["height"]) >= 44, tab
        assert tab["x"] + 1 <= tab["left"] < tab["right"] <= tab["x"] + tab["width"] - 1, tab
    assert tabs[-1]["x"] + tabs[-1]["width"] <= width + 0.5, tabs


async def test_guest_signs_up_in_german(hall):
    ada, words = await german(hall, "Ada Okafor")
    ada.expects("401", "404")
    page = ada.page
    await words.check(page, "welcome")
    await views(ada, words, "/sign-in", "/forgot", "/sign-up", "/nothing-here", "/reset", "/first-admin")
    await page.goto("/sign-in")
    await page.get_by_label(words("auth.email")).fill("nobody@example.org")
    await page.get_by_label(words("auth.password"), exact=True).fill("not the password")
    await page.get_by_role("button", name=words("auth.signIn"), exact=True).click()
    await expect(page.get_by_text(words("error.wrong_credentials"))).to_be_visible()
    await words.check(page, "wrong password")
    await page.goto("/sign-up")
    create = page.get_by_role("button", name=words("auth.createAccount"))
    await create.click()
    await expect(page.get_by_text("darf nicht leer sein").first).to_be_visible()
    await words.check(page, "invalid form")
    await page.get_by_label(words("auth.firstName")).fill("Ad\u0430")
    await page.get_by_label(words("auth.email")).fill(ada.email)
    await page.get_by_label(words("auth.password"), exact=True).fill("1234567890")
    ada.expects("400", "422")
    await create.click()
    await expect(page.get_by_text("Alphabete")).to_be_visible()
    await words.check(page, "rejected form")
    await page.get_by_label(words("auth.firstName")).fill("Ada")
    await page.get_by_label(words("auth.password"), exact=True).fill(PASSWORD)
    await create.click()
    await expect(page.get_by_role("link", name=words("rooms.create")).first).to_be_visible()
    await words.check(page, "first home")
    no_faults(words)


async def test_rooms_are_german(hall):
    ada, words = await german(hall, "Ada Okafor")
    page = ada.page
    ada.account = await hall.api.person("Ada", "Okafor")
    ben = await hall.api.person("Ben", "Lindqvist")
    room = await ada.account.opens("Mathe", subject="Algebra", description="Montags um vier.")
    chiara = await hall.api.person("Chiara", "Rossi")
    for account in (ben, chiara):
        await account.joins(room)
    said = (await ben.post(f"/api/study-rooms/{room}/messages", {"content": "Hallo Ada!"})).data["id"]
    await ada.account.post(f"/api/study-rooms/{room}/members/{ben.user['id']}/role", {"role": "moderator"})
    await ada.account.put(f"/api/study-rooms/{room}", {"retentionDays": 7})
    await ada.account.put(f"/api/study-rooms/{room}", {"visibility": "private"})
    await ada.account.put(f"/api/study-rooms/{room}", {"visibility": "public"})
    await chiara.post(f"/api/study-rooms/{room}/messages/{said}/report", {"reason": "Grob"})
    await signs_in(ada, words, f"/rooms/{room}")
    await expect(ada.page.locator("#messages .words").first).to_be_visible()
    await words.check(page, "room")
    await page.get_by_role("button", name=words("room.menu")).click()
    await words.check(page, "menu of the room")
    await page.keyboard.press("Escape")
    dialog = page.get_by_role("dialog")
    for button, view in (("room.invite", "invite dialog"), ("room.manage", "manage member")):
        await page.get_by_role("button", name=words(button, name="Ben Lindqvist"), exact=True).click()
        await expect(dialog).to_be_visible()
        await words.check(page, view)
        await page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)
    for keys, view in (("Control+k", "quick switcher"), ("?", "keyboard shortcuts")):
        await page.locator("#messages").focus()
        await page.keyboard.press(keys)
        await expect(dialog).to_be_visible()
        await words.check(page, view)
        await page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)
    await views(
        ada,
        words,
        "/dashboard",
        "/rooms",
        "/rooms/new",
        "/tasks",
        f"/rooms/{room}/settings",
        f"/rooms/{room}/moderation",
    )
    await expect(page.get_by_text("Grob")).to_be_visible()
    await words.check(page, "moderation")
    ada.expects("404", "400", "422")
    await views(ada, words, "/rooms/00000000-0000-4000-8000-000000000000", "/nothing-here")
    await page.goto(f"/rooms/{room}")
    await expect(page.locator("#messages .words").first).to_be_visible()
    ada.expects(NO_CONNECTION)
    await ada.context.set_offline(True)
    await expect(page.get_by_text(words("layout.offline"))).to_be_visible()
    await words.check(page, "offline")
    await ada.context.set_offline(False)
    no_faults(words)


async def test_account_is_german(hall):
    ada, words = await german(hall, "Ada Okafor")
    await hall.api.person("Ada", "Okafor")
    await signs_in(ada, words, "/account")
    await words.check(ada.page, "account")
    await ada.page.goto("/progress")
    await expect(ada.page.get_by_text(words("progress.none"))).to_be_visible()
    await words.check(ada.page, "progress")
    await ada.page.goto("/account")
    await ada.page.get_by_role("button", name=words("account.turnOn")).click()
    dialog = ada.page.get_by_role("dialog", name=words("account.turnOnTwoFactor"))
    await words.check(ada.page, "two-factor authentication")
    await dialog.get_by_label(re.compile("Passwort")).fill(PASSWORD)
    await dialog.get_by_role("button", name=words("auth.continue")).click()
    await expect(ada.page.get_by_role("dialog", name=words("account.addToApp"))).to_be_visible()
    await words.check(ada.page, "QR code")
    await ada.page.keyboard.press("Escape")
    await ada.page.get_by_role("button", name=words("account.delete"), exact=True).click()
    await words.check(ada.page, "deletion")
    no_faults(words)


async def test_administration_is_german(chromium, tmp_path):
    storage = f"sqlite:///{tmp_path / 'studyhall.db'}"
    async with opened(chromium, storage) as hall:
        grace, words = await german(hall, "Grace Hopper")
        account = await hall.api.person("Grace", "Hopper")
        with closing(sqlite3.connect(storage.removeprefix("sqlite:///"))) as connection, connection:
            connection.execute("UPDATE users SET role = 'admin' WHERE email = ?", (grace.email,))
        ben = await hall.api.person("Ben", "Lindqvist")
        room = await ben.opens("Mathe")
        await account.joins(room)
        said = (await ben.post(f"/api/study-rooms/{room}/messages", {"content": "Grob"})).data["id"]
        await account.post(f"/api/study-rooms/{room}/messages/{said}/report", {"reason": "Grob"})
        await signs_in(grace, words, "/admin")
        await views(grace, words, *(f"/admin{section}" for section in SECTIONS))
        no_faults(words)
        for language, current in (("de", words("layout.progress")), ("en", "Progress")):
            await account.put("/api/auth/me", {"language": language})
            await grace.page.goto("/progress")
            for width in (320, 390):
                await see_whole_tabs(grace.page, width, current)


async def test_language_of_the_account_wins_and_is_left_again_without_loss(hall):
    ada = await hall.member("Ada Okafor")
    page = ada.page
    await page.goto("/account")
    await page.get_by_label("First name").fill("Adaeze")
    words = await German.of(page)
    await page.get_by_label("Language", exact=True).select_option("Deutsch")
    await expect(page.get_by_role("heading", level=1)).to_have_text(words("account.title"))
    await expect(page.get_by_label(words("auth.firstName"))).to_have_value("Adaeze")
    await words.check(page, "account")
    await page.get_by_label(words("account.language"), exact=True).select_option("")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Your account")
    await expect(page.get_by_label("First name")).to_have_value("Adaeze")
    assert not words.faults, "\n".join(words.faults)
