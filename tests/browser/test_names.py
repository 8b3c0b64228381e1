"""Names in the page: people with one name."""

import pytest
from playwright.async_api import expect

from tests.support.browser import PASSWORD

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


async def test_sign_up_needs_no_last_name(hall):
    person = await hall.somebody("Sukarno")
    page = person.page
    await page.goto("/sign-up")
    await page.get_by_label("First name").fill("Sukarno")
    last_name = page.get_by_label("Last name (optional)")
    assert not await last_name.evaluate("input => input.required")
    await page.get_by_label("Email").fill("sukarno@example.org")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_label("Password").press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Sukarno")
    account = page.get_by_role("link", name="Account of Sukarno", exact=False)
    await expect(account.locator(".avatar")).to_have_text("S")

    await account.click()
    profile = page.get_by_role("region", name="Profile")
    await expect(last_name).to_have_value("")
    await last_name.fill("Sosrodihardjo")
    await profile.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("link", name="Account of Sukarno Sosrodihardjo")).to_be_visible()
    await last_name.fill("")
    await profile.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("link", name="Account of Sukarno", exact=True)).to_have_count(1)


async def test_long_name_takes_three_lines_of_a_list_and_a_part_of_a_sentence(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    await hall.member(f"{'W' * 80} {'M' * 80}", room)
    await ada.page.goto(f"/rooms/{room}")
    name = ada.page.locator(".person-name").filter(has_text="WWW")
    await expect(name).to_be_visible()
    assert await name.evaluate("(at) => at.clientHeight / parseFloat(getComputedStyle(at).lineHeight)") < 3.5
    await (
        ada.page.get_by_role("button", name="About WWW").or_(ada.page.get_by_role("button", name="Manage WWW")).click()
    )
    await expect(ada.page.get_by_role("dialog", name="M" * 80)).to_be_visible()  # the whole of it

    await ada.page.goto("/rooms")
    here = ada.page.locator(".room-row-facts").filter(has_text="here")
    await expect(here).to_contain_text("W…")
    await expect(here).not_to_contain_text("W" * 80)
