"""Invitations to make an account, in the page of admins and of the people invited."""

import pytest
from playwright.async_api import expect

from tests.support.browser import PASSWORD, opened
from tests.support.looking import Looking

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


async def an_admin(hall):
    """The admin of a new server, signed in."""
    link = (await hall.server.says(r"^    http://\S+(/first-admin#\S+)$"))[1]
    head = await hall.somebody("Ada Okafor")
    await head.page.goto(link)
    await head.makes_an_account()
    await expect(head.page.get_by_role("heading", name="Administration")).to_be_visible()
    return head


async def test_an_admin_invites_a_person_who_makes_an_account(chromium):
    async with opened(chromium, accounts_registration="invited") as hall:
        head, guest = await an_admin(hall), await hall.somebody("Ben Lindqvist")
        guest.expects("404")
        await head.page.get_by_role("link", name="Invitations").click()
        await head.page.get_by_role("button", name="Create invitation").click()
        link = await head.page.get_by_label("New invitation").input_value()
        await guest.page.goto(link)
        await expect(guest.page.get_by_text("Ada Okafor invites you to Studyhall.")).to_be_visible()
        looking = Looking("light", "dark")
        await looking.here(guest.page, "join")
        await guest.makes_an_account()
        await expect(guest.page).to_have_url(f"{guest.url}/dashboard")
        await head.page.reload()
        listed = head.page.get_by_role("list", name="Invitations to create an account").get_by_role("listitem")
        await expect(listed).to_contain_text(["Used up"])
        await expect(listed).to_contain_text(["Used 1 of 1 time by Ben Lindqvist"])
        await looking.here(head.page, "account invitations")
        assert not looking.faults, "\n".join(looking.faults)
        late = await hall.somebody("Late Comer")
        late.expects("404")
        await late.page.goto(link)
        await expect(late.page.get_by_role("heading", name="This invitation is no longer valid")).to_be_visible()


async def test_an_invitation_for_one_address_has_it_filled_in_and_is_revoked(chromium):
    async with opened(chromium, accounts_allowed_domains="school.example") as hall:
        head, guest = await an_admin(hall), await hall.somebody("Ben Lindqvist")
        guest.expects("404")
        await head.page.get_by_role("link", name="Invitations").click()
        await head.page.get_by_label("Only for this email").fill("guest@other.example")
        await head.page.get_by_role("button", name="Create invitation").click()
        link = await head.page.get_by_label("New invitation").input_value()
        await guest.page.goto(link)
        await expect(guest.page.get_by_label("Email")).to_have_value("guest@other.example")
        await head.page.get_by_role("button", name="Revoke").click()
        await head.page.get_by_role("button", name="Revoke invitation").click()
        await expect(head.page.get_by_role("list", name="Invitations to create")).to_contain_text("Revoked")
        await guest.page.get_by_label("First name").fill("Ben")
        await guest.page.get_by_label("Password").fill(PASSWORD)
        await guest.page.get_by_role("button", name="Create account").click()
        await expect(guest.page.get_by_role("heading", name="This invitation is no longer valid")).to_be_visible()
