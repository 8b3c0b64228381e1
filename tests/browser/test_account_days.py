"""Rules of the user's days on the page of the account, and the time zone that the browser sends by itself."""

import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


async def days_of(person):
    """Return the stored rules of a user's days."""
    user = (await person.account.get("/api/auth/me")).data
    return [user[name] for name in ("timeZone", "dayStartsAt", "dailyGoal", "weekStartsOn")]


async def test_days_are_changed_on_page_of_account(hall):
    ada = await hall.member("Ada Okafor", timezone_id="Asia/Tokyo")
    page = ada.page
    await page.goto("/account")
    section = page.get_by_role("region", name="Study days")

    await section.get_by_label("Daily goal").fill("90")
    await section.get_by_role("button", name="Choose Tokyo").click()
    await expect(section.get_by_label("Time zone", exact=True)).to_be_focused()
    await section.get_by_label("A new day starts at").select_option("0")
    await section.get_by_label("The week starts on").select_option("Sunday")
    await section.get_by_role("button", name="Save").click()

    await expect(section.get_by_role("status")).to_have_text("Saved.")
    assert await days_of(ada) == ["Asia/Tokyo", 0, 90, "sunday"]
    await page.reload()
    await expect(section.get_by_label("Daily goal")).to_have_value("90")
    await expect(section.get_by_label("Time zone", exact=True)).to_have_value("Asia/Tokyo")
    await expect(section.get_by_label("A new day starts at")).to_have_value("0")


async def test_goal_out_of_range_is_named_at_its_field(hall):
    ada = await hall.member("Ada Okafor")
    await ada.page.goto("/account")
    section = ada.page.get_by_role("region", name="Study days")
    await section.get_by_label("Daily goal").fill("0")
    await section.get_by_role("button", name="Save").click()
    await expect(section.get_by_label("Daily goal")).to_have_attribute("aria-invalid", "true")
    assert (await days_of(ada))[2] == 60


async def test_account_without_zone_gets_that_of_browser(hall):
    ada = await hall.somebody("Ada Okafor", timezone_id="America/New_York")
    ada.account = await hall.api.person("Ada", "Okafor")
    async with ada.page.expect_response(lambda answer: answer.request.method == "PUT"):
        await ada.signs_in()
    assert (await days_of(ada))[0] == "America/New_York"


async def test_new_account_has_zone_of_browser(hall):
    ada = await hall.somebody("Ada Okafor", timezone_id="Australia/Lord_Howe")
    await ada.page.goto("/sign-up")
    await ada.makes_an_account()
    await expect(ada.page).to_have_url(f"{ada.url}/dashboard")
    await ada.page.goto("/account")
    await expect(ada.page.get_by_label("Time zone", exact=True)).to_have_value("Australia/Lord_Howe")
