"""An account that waits for approval, as its user and as an admin see it."""

import pytest
from playwright.async_api import expect

from tests.browser.test_account_invites import an_admin
from tests.support.browser import opened
from tests.support.looking import Looking

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


async def test_a_user_waits_until_an_admin_approves_or_refuses(chromium):
    async with opened(chromium, accounts_approval="true") as hall:
        head = await an_admin(hall)
        ben, eve = await hall.somebody("Ben Lindqvist"), await hall.somebody("Eve Moreau")
        eve.expects("401")
        for person in (ben, eve):
            await person.page.goto("/sign-up?next=/rooms")
            await person.makes_an_account()
            await expect(
                person.page.get_by_role("heading", name="An admin has to approve your account")
            ).to_be_visible()
            await expect(person.page.get_by_role("navigation").get_by_role("link")).to_have_count(0)
        looking = Looking("light", "dark")
        await looking.here(ben.page, "pending")
        await head.page.goto("/admin/users")
        waiting = head.page.get_by_role("list", name="Waiting for approval").get_by_role("listitem")
        await expect(waiting).to_have_count(2)
        await looking.here(head.page, "applicants")
        assert not looking.faults, "\n".join(looking.faults)
        people = head.page.get_by_role("list", name="Users").get_by_role("listitem")
        await expect(people.filter(has_text="Waiting for approval")).to_have_count(2)
        await waiting.get_by_role("button", name="Approve Ben Lindqvist").click()
        await expect(waiting).to_have_count(1)
        await expect(people.filter(has_text="Ben Lindqvist")).not_to_contain_text("Waiting for approval")
        await waiting.get_by_role("button", name="Reject Eve Moreau").click()
        await head.page.get_by_role("button", name="Reject account").click()
        await expect(waiting).to_have_count(0)
        await expect(people.filter(has_text="Eve Moreau")).to_have_count(0)
        for person in (ben, eve):
            await person.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        await expect(ben.page.get_by_role("link", name="Home")).to_be_visible()
        await expect(eve.page.get_by_role("heading", name="Your session has ended")).to_be_visible()
        await eve.page.get_by_role("button", name="Sign in again").click()
        await expect(eve.page.get_by_role("link", name="Sign in").first).to_be_visible()
