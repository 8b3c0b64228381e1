"""The language of an account: chosen on its page, shown wherever its user signs in."""

import pytest
from playwright.async_api import expect

from tests.browser.test_late_answers import Frames
from tests.support.browser import PASSWORD

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


async def test_language_of_the_account_follows_its_user(hall):
    ada = await hall.member("Ada Okafor")
    page = ada.page
    await page.goto("/account")
    await page.get_by_label("Language", exact=True).select_option("Deutsch")

    await expect(page.locator("html")).to_have_attribute("lang", "de")
    await expect(page.locator("select[name=language]")).to_be_focused()
    other = await hall.somebody("Ada Okafor")
    await other.page.goto("/sign-in")
    await expect(other.page.locator("html")).to_have_attribute("lang", "en")
    await other.page.get_by_label("Email").fill(ada.email)
    await other.page.get_by_label("Password").fill(PASSWORD)
    await other.page.keyboard.press("Enter")
    await expect(other.page.locator("html")).to_have_attribute("lang", "de")
    await expect(other.page).to_have_url(f"{ada.url}/dashboard")

    await page.locator("select[name=language]").select_option("")
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    assert (await ada.account.get("/api/auth/me")).data["language"] is None

    await page.goto("/healthz")  # not in the page, so it hears of no change
    await ada.account.put("/api/auth/me", {"language": "de"})
    await page.goto("/account")
    await expect(page.locator("html")).to_have_attribute("lang", "de")


async def test_language_that_cannot_be_stored_is_not_shown_as_chosen(hall):
    ada = await hall.member("Ada Okafor")
    ada.expects("net::ERR_")
    await ada.page.goto("/account")
    await ada.context.route("**/api/auth/me", lambda route: route.abort())
    field = ada.page.get_by_label("Language", exact=True)

    await field.select_option("Deutsch")

    await expect(ada.page.get_by_role("alert")).to_contain_text("cannot be reached")
    await expect(field).to_have_value("")
    await expect(ada.page.locator("html")).to_have_attribute("lang", "en")


async def test_words_that_cannot_be_loaded_change_no_language(hall):
    ada = await hall.somebody("Ada Okafor", locale="de-DE")
    ada.account = await hall.api.person("Ada", "Okafor")
    ada.expects("net::ERR_", "Failed to fetch dynamically imported module")
    page, frames = ada.page, Frames(ada.page)
    await page.goto("/sign-in")
    await page.get_by_label("E-Mail").fill(ada.email)
    await page.get_by_label("Passwort", exact=True).fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{ada.url}/dashboard")
    await frames.have("40/chat,")  # a connection that comes later would load the view again by itself
    await page.route("**/assets/de-lazy-*.js", lambda route: route.abort())

    await page.locator("a[href='/account']").click()

    await expect(page.get_by_role("alert")).to_contain_text("konnte nicht geladen werden")
    await expect(page.locator("html")).to_have_attribute("lang", "de")
    await page.unroute_all()
    await page.get_by_role("button", name="Seite neu laden").click()
    await expect(page.get_by_role("heading", level=1, name="Dein Konto")).to_be_visible()


async def test_language_of_another_account_in_this_browser_is_not_that_of_the_next_one(hall):
    ada = await hall.member("Ada Okafor")
    await hall.api.person("Ben", "Roth")
    page = ada.page
    await page.goto("/account")
    await page.get_by_label("Language", exact=True).select_option("Deutsch")
    await page.get_by_role("button", name="Abmelden", exact=True).click()
    await page.goto("/sign-in")
    await page.get_by_label("E-Mail").fill("ben.roth@example.org")
    await page.get_by_label("Passwort", exact=True).fill(PASSWORD)
    await page.keyboard.press("Enter")

    await expect(page).to_have_url(f"{ada.url}/dashboard")
    await expect(page.locator("html")).to_have_attribute("lang", "en")
