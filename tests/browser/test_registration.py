"""The page before sign-in: the form for a new account follows the server's rules."""

import pytest
from playwright.async_api import expect

from tests.support.browser import opened

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("closed", "You cannot create an account here yourself."),
        ("invited", "You need an invitation to create an account"),
    ],
)
async def test_page_when_registration_is_not_open_offers_no_form(chromium, mode, words):
    async with opened(chromium, accounts_registration=mode) as hall:
        guest = await hall.somebody()
        for path in ("/", "/sign-up"):
            await guest.page.goto(path)
            await expect(guest.page.get_by_text(words)).to_be_visible()
            await expect(guest.page.get_by_label("First name")).to_have_count(0)
        await guest.page.goto("/sign-in")
        await expect(guest.page.get_by_role("heading", name="Sign in")).to_be_visible()
        await expect(guest.page.get_by_role("link", name="Create account")).to_have_count(0)


async def test_page_with_allowed_domains_shows_them_and_the_refusal(chromium):
    async with opened(chromium, accounts_allowed_domains="school.example,*.class.example") as hall:
        guest = await hall.somebody()
        guest.expects("422")
        await guest.page.goto("/sign-up")
        await expect(guest.page.get_by_text("An address of school.example or *.class.example.")).to_be_visible()
        await guest.makes_an_account()
        await expect(
            guest.page.get_by_text("Email must be an address of school.example or *.class.example.").first
        ).to_be_visible()
        await expect(guest.page.get_by_label("Email")).to_have_attribute("aria-invalid", "true")
