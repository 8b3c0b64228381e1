"""The page of the link for the first admin."""

import pytest
from playwright.async_api import expect

from tests.support.browser import opened
from tests.support.looking import Looking

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

LINK = r"^    http://\S+(/first-admin#\S+)$"


async def test_a_guest_with_the_link_registers_as_admin_and_a_second_one_not(chromium):
    async with opened(chromium, accounts_registration="closed") as hall:
        link = (await hall.server.says(LINK))[1]
        ada, ben = await hall.somebody("Ada Okafor"), await hall.somebody("Ben Lindqvist")
        ben.expects("403")
        for person in (ada, ben):
            await person.page.goto(link)
            await expect(person.page.get_by_role("heading", name="Become the admin")).to_be_visible()
        looking = Looking("light", "dark")
        await looking.here(ada.page, "first admin")
        assert not looking.faults, "\n".join(looking.faults)
        await ada.makes_an_account()
        await expect(ada.page.get_by_role("heading", name="Administration")).to_be_visible()
        await ben.makes_an_account()
        await expect(ben.page.get_by_role("heading", name="This link is no longer valid")).to_be_visible()


async def test_a_user_with_the_link_becomes_admin_signed_in_or_signing_in(chromium):
    async with opened(chromium) as hall:
        link = (await hall.server.says(LINK))[1]
        ada, ben = await hall.member("Ada Okafor"), await hall.somebody("Ben Lindqvist")
        ben.expects("403")
        await hall.api.person("Ben", "Lindqvist")
        await ada.page.goto(link)
        await ada.page.get_by_role("button", name="Become the admin").click()
        await expect(ada.page.get_by_role("heading", name="Administration")).to_be_visible()
        await ben.page.goto(link)
        form = ben.page.locator("form").filter(has=ben.page.get_by_role("button", name="Sign in"))
        await form.get_by_label("Email").fill(ben.email)
        await form.get_by_label("Password").fill("correct horse battery")
        await form.get_by_role("button", name="Sign in").click()
        await expect(ben.page.get_by_role("heading", name="This link is no longer valid")).to_be_visible()


async def test_the_page_without_a_secret_says_that_the_link_is_over(chromium):
    async with opened(chromium) as hall:
        guest = await hall.somebody()
        await guest.page.goto("/first-admin")
        await expect(guest.page.get_by_role("heading", name="This link is no longer valid")).to_be_visible()
