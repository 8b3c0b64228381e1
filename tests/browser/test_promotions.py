"""A new admin in the page: proposed by one admin, confirmed by another."""

import pytest
from playwright.async_api import expect

from tests.browser.test_admin import make_admin
from tests.support.browser import opened
from tests.support.looking import Looking

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


async def test_two_admins_make_a_third_one(chromium, tmp_path):
    storage = f"sqlite:///{tmp_path / 'studyhall.db'}"
    async with opened(chromium, storage) as hall:
        grace, mary = await hall.somebody("Grace Hopper"), await hall.somebody("Mary Shelley")
        for names in (("Grace", "Hopper"), ("Mary", "Shelley")):
            await make_admin(storage, (await hall.api.person(*names)).user["email"])
        ada = await hall.member("Ada Okafor")
        await ada.page.goto("/dashboard")
        for person in (grace, mary):
            await person.signs_in("/admin/users")

        people = grace.page.get_by_role("list", name="Users").get_by_role("listitem").filter(has_text="Ada Okafor")
        await people.get_by_role("button", name="Make Ada Okafor admin").click()
        await grace.page.get_by_role("dialog").get_by_role("button", name="Propose", exact=True).click()
        await expect(grace.page.get_by_text("Another admin has to confirm it.")).to_be_visible()
        await expect(grace.page.get_by_role("button", name="Withdraw Ada Okafor")).to_be_visible()
        await mary.page.reload()
        looking = Looking("light", "dark")
        proposals = mary.page.get_by_role("list", name="New admins").get_by_role("listitem")
        await expect(proposals).to_have_count(1)
        await proposals.get_by_role("button", name="Confirm Ada Okafor").click()
        question = mary.page.get_by_role("dialog", name="Make this user an admin?")
        await expect(question).to_contain_text("proposed by Grace Hopper")
        await looking.here(mary.page, "confirming")
        assert not looking.faults, "\n".join(looking.faults)
        await question.get_by_role("button", name="Make admin").click()

        await expect(mary.page.get_by_text("No proposals.")).to_be_visible()
        await ada.page.get_by_role("link", name="Admin").click()
        await expect(ada.page.get_by_role("heading", name="Administration")).to_be_visible()


async def test_a_single_admin_is_told_that_a_second_one_is_needed(chromium, tmp_path):
    storage = f"sqlite:///{tmp_path / 'studyhall.db'}"
    async with opened(chromium, storage) as hall:
        grace = await hall.somebody("Grace Hopper")
        await make_admin(storage, (await hall.api.person("Grace", "Hopper")).user["email"])
        await hall.api.person("Ada", "Okafor")
        grace.expects("409")
        await grace.signs_in("/admin/users")
        await grace.page.get_by_role("button", name="Make Ada Okafor admin").click()
        question = grace.page.get_by_role("dialog")
        await question.get_by_role("button", name="Propose", exact=True).click()
        await expect(question.get_by_role("alert")).to_contain_text("A second admin has to confirm, and there is none.")
