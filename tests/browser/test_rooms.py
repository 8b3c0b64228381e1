"""The list of rooms in the page: own rooms, those to join, and a search through both."""

import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


async def test_search_finds_own_rooms_and_others(hall):
    ada = await hall.member("Ada Okafor")
    ben = await hall.api.person("Ben", "Lindqvist")
    await ada.account.opens("\u0130stanbul", subject="Caf\u00e9 talk")
    await ada.account.opens("Calculus")
    await ben.opens("History of Istanbul")
    await ben.opens("Chemistry")
    page = ada.page
    await page.goto("/rooms")
    search = page.get_by_role("searchbox", name="Search rooms")
    own = page.get_by_role("region", name="My rooms").locator(".room-row h3")
    others = page.get_by_role("region", name="Public rooms").locator(".room-row h3")
    await expect(own).to_have_count(2)

    await search.fill(" \u0131STANBUL ")
    await expect(own).to_have_text(["\u0130stanbul"])
    await expect(others).to_have_text(["History of Istanbul"])
    await expect(page.get_by_text("2 rooms found")).to_be_attached()

    await search.fill("cafe")
    await expect(own).to_have_text(["\u0130stanbul"])
    await expect(others).to_have_count(0)
    await expect(page.get_by_text("No room matches")).to_have_count(0)
    await expect(page.get_by_text("1 room found")).to_be_attached()

    await search.fill("chem")
    await expect(others).to_have_text(["Chemistry"])
    await expect(own).to_have_count(0)
    await expect(page.get_by_text("No room of yours matches")).to_be_visible()

    await search.fill("%")
    await expect(page.get_by_text("No room matches")).to_be_visible()
    await search.fill("")
    await expect(own).to_have_count(2)
    await expect(others).to_have_count(2)
