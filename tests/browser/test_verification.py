"""Verifying an email in the page, and the notice that asks for it."""

import asyncio
import re

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.support.browser import PASSWORD, opened
from tests.support.looking import Looking
from tests.support.mail_server import mail_server

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

LINK = re.compile(r"https?://\S+(/verify#[\w-]{43})")


@pytest_asyncio.fixture(loop_scope="session")
async def mail():
    async with mail_server() as server:
        yield server


def sending(mail, **settings):
    return {
        "mail_host": "127.0.0.1",
        "mail_port": mail.port,
        "mail_encryption": "none",
        "mail_sender": "hall@school.example",
        **settings,
    }


async def mailed(mail):
    """Return the path of the link in the next verification mail."""
    async with asyncio.timeout(20):
        return LINK.search((await mail.verifications.get()).get_content())[1]


async def test_an_unverified_user_sends_the_link_again_and_verifies(chromium, mail):
    async with opened(chromium, **sending(mail, accounts_require_verified="true")) as hall:
        ada = await hall.somebody("Ada Okafor")
        await hall.api.person("Ada", "Okafor")
        await ada.signs_in()
        page = ada.page
        ada.expects("403")
        await mailed(mail)
        await expect(page.get_by_text("Verify your email to use rooms")).to_be_visible()
        await page.get_by_role("main").get_by_role("link", name="Create room").click()
        await page.get_by_label("Name").fill("Calculus")
        await page.get_by_role("button", name="Create room").click()
        await page.get_by_role("alert").get_by_role("link", name="Go to your account").click()
        await page.get_by_role("button", name="Send again").click()
        await expect(page.get_by_text("Sent. Only the newest link works.")).to_be_visible()
        looking = Looking("light", "dark")
        await looking.here(page, "unverified account")

        await page.goto(await mailed(mail))

        await expect(page).to_have_url(re.compile("/verify#[A-Za-z0-9_-]{43}$"))
        await looking.here(page, "verifying")
        assert not looking.faults, "\n".join(looking.faults)
        await page.get_by_role("button", name="Verify email").click()
        await expect(page.get_by_role("heading", name="Your email is verified")).to_be_visible()
        await expect(page.get_by_text("Verify your email to use rooms")).to_have_count(0)
        await page.goto("/account")
        await expect(page.get_by_text("Verified", exact=True)).to_be_visible()
        await expect(page.get_by_role("button", name="Send again")).to_have_count(0)


async def test_a_guest_signs_in_first_and_another_account_is_not_verified(chromium, mail):
    async with opened(chromium, **sending(mail)) as hall:
        ada, eve = await hall.somebody("Ada Okafor"), await hall.member("Eve Adams")
        eve.expects("403")
        await mailed(mail)
        await hall.api.person("Ada", "Okafor")
        link = await mailed(mail)

        await eve.page.goto(link)
        await eve.page.get_by_role("button", name="Verify email").click()
        await expect(eve.page.get_by_role("heading", name="This link does not work")).to_be_visible()
        await ada.page.goto(link)
        await ada.page.get_by_label("Email").fill(ada.email)
        await ada.page.get_by_label("Password").fill(PASSWORD)
        await ada.page.get_by_role("button", name="Sign in").click()
        await ada.page.get_by_role("button", name="Verify email").click()
        await expect(ada.page.get_by_role("heading", name="Your email is verified")).to_be_visible()


async def test_without_mail_the_page_speaks_of_no_verification(hall):
    ada = await hall.member("Ada Okafor")
    await ada.page.goto("/account")
    await expect(ada.page.get_by_role("heading", name="Your account")).to_be_visible()
    await expect(ada.page.get_by_text(re.compile("verif", re.IGNORECASE))).to_have_count(0)
