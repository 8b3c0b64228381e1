"""The list of a user's sessions in the page, and how to end them."""

import pytest
from playwright.async_api import expect

from tests.support.browser import NO_CONNECTION

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


def sign_ins(page):
    return page.get_by_role("list", name="Sessions").get_by_role("listitem")


async def test_who_lost_a_device_ends_its_sign_in_from_another(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    lost = await hall.somebody(
        "Ada Okafor", user_agent="Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Firefox/140.0"
    )
    await lost.signs_in(f"/rooms/{room}")
    lost.expects("401", NO_CONNECTION)
    await ada.page.goto("/account")
    # those of the browsers, and the one that made the account
    await expect(sign_ins(ada.page)).to_have_count(3)
    await expect(sign_ins(ada.page).first).to_contain_text("This device")
    await expect(sign_ins(ada.page).first).to_contain_text("Chrome on Linux")

    await ada.page.get_by_role("button", name="Sign out Firefox on Windows").click()
    await ada.page.get_by_role("dialog").get_by_role("button", name="Sign out").click()

    await expect(sign_ins(ada.page)).to_have_count(2)
    await expect(lost.page.get_by_role("dialog", name="Sign in again")).to_be_visible()


async def test_who_ends_all_other_sign_ins_keeps_this_one(hall):
    ada = await hall.member("Ada Okafor")
    other = await hall.somebody("Ada Okafor")
    await other.signs_in("/dashboard")
    other.expects("401", NO_CONNECTION)
    await ada.page.goto("/account")

    await ada.page.get_by_role("button", name="Sign out all other devices").click()
    await ada.page.get_by_role("dialog").get_by_role("button", name="Sign out").click()

    await expect(sign_ins(ada.page)).to_have_count(1)
    await expect(other.page.get_by_role("dialog", name="Sign in again")).to_be_visible()
    await ada.page.goto("/dashboard")
    await expect(ada.page.get_by_role("heading", level=1)).to_contain_text("Ada")
