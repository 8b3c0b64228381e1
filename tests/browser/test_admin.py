"""The server as its admins see it, and what becomes of an account that they disable."""

import sqlite3
from contextlib import closing

import pytest
from playwright.async_api import expect

from tests.support.browser import NO_CONNECTION, PASSWORD, PHONE, opened
from tests.support.looking import Looking

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


async def make_admin(storage, email):
    """Promote an account to admin without ending its sessions; every command would end them."""
    with closing(sqlite3.connect(storage.removeprefix("sqlite:///"))) as connection, connection:
        assert connection.execute("UPDATE users SET role = 'admin' WHERE email = ?", (email,)).rowcount == 1


async def walk_with_arrows(page, people):
    """See that the list of 27 is one stop of the Tab key; the last one is the admin, who has no button."""
    await page.get_by_label("Search users").focus()
    await page.keyboard.press("Tab")
    await page.keyboard.press("End")
    await expect(people.nth(25).get_by_role("button").last).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(people.nth(24).get_by_role("button").last).to_be_focused()
    await page.keyboard.press("Tab")
    assert not await people.nth(25).evaluate("row => row.parentElement.contains(document.activeElement)")


async def test_an_admin_finds_people_and_puts_one_out_until_they_are_let_in_again(chromium, tmp_path):
    storage = f"sqlite:///{tmp_path / 'studyhall.db'}"
    async with opened(chromium, storage) as hall:
        ada = await hall.somebody("Ada Okafor")
        account = await hall.api.person("Ada", "Okafor")
        await make_admin(storage, ada.email)
        room = await account.opens("Calculus")
        ben = await hall.member("Ben Lindqvist", room)
        ben.expects("401", "403", NO_CONNECTION)
        await ben.composer.fill("half a thought")
        for number in range(25):
            await hall.api.person("Chiara", f"Rossi-{number}")
        await ada.signs_in()
        await ada.page.get_by_role("link", name="Admin").click()
        await expect(ada.page.get_by_role("definition").first).to_have_text("27")
        await expect(ada.page.get_by_role("img", name="27 new accounts in the last 30 days")).to_be_visible()
        await ada.page.get_by_role("link", name="Users").click()
        people = ada.page.get_by_role("list", name="Users").get_by_role("listitem")
        await expect(people).to_have_count(20)
        await ada.page.get_by_role("button", name="Show more").click()
        await expect(people).to_have_count(27)
        await walk_with_arrows(ada.page, people)
        await ada.page.get_by_label("Search users").fill("lindq")
        await expect(people).to_have_count(1)
        await people.get_by_role("button", name="Disable Ben Lindqvist").click()
        question = ada.page.get_by_role("dialog", name="Disable this account?")
        looking = Looking("light", "dark")
        await looking.here(ada.page, "administration")
        assert not looking.faults, "\n".join(looking.faults)
        await question.get_by_role("button", name="Disable account").click()
        await expect(people).to_contain_text("Disabled")

        again = ben.page.get_by_role("dialog", name="Sign in again")
        await again.get_by_label("Password of").fill(PASSWORD)
        await again.get_by_role("button", name="Sign in").click()
        disabled = ben.page.get_by_role("dialog", name="Your account is disabled")
        await expect(disabled).to_contain_text("Ask the person who runs this server")
        requests = []
        ben.context.on("request", lambda request: requests.append(request.url))
        await ben.page.wait_for_timeout(1_500)
        assert requests == [], "a page that cannot come back asks no more"

        await people.get_by_role("button", name="Enable Ben Lindqvist").click()
        await expect(people).not_to_contain_text("Disabled")
        await ben.page.reload()
        await again.get_by_label("Password of").fill(PASSWORD)
        await again.get_by_role("button", name="Sign in").click()
        await expect(again).to_have_count(0)
        await expect(ben.composer).to_have_value("half a thought")
        await ben.says("back")
        await ben.reads("back")


async def test_an_admin_takes_the_role_of_another_away(chromium, tmp_path):
    storage = f"sqlite:///{tmp_path / 'studyhall.db'}"
    async with opened(chromium, storage) as hall:
        ada = await hall.somebody("Ada Okafor", PHONE)
        for names in (("Ada", "Okafor"), ("Ben", "Lindqvist")):
            person = await hall.api.person(*names)
            await make_admin(storage, person.user["email"])
        await ada.signs_in("/admin/users")
        await ada.page.get_by_label("Search users").fill("lindq")  # also before the first ones are there
        people = ada.page.get_by_role("list", name="Users").get_by_role("listitem")
        await expect(people).to_have_count(1)
        await expect(people).to_contain_text("Ben Lindqvist")
        await expect(people.get_by_text("Admin", exact=True)).to_be_visible()
        looking = Looking("light", "dark")
        await looking.here(ada.page, "administration on a phone")

        await people.get_by_role("button", name="Remove admin Ben Lindqvist").click()
        question = ada.page.get_by_role("dialog", name="Remove this admin?")
        await looking.here(ada.page, "the question on a phone")
        await question.get_by_role("button", name="Remove admin").click()

        await expect(people.get_by_text("Admin", exact=True)).to_have_count(0)
        assert not looking.faults, "\n".join(looking.faults)


async def test_who_is_no_admin_finds_nothing_for_them(hall):
    ada = await hall.member("Ada Okafor")
    await ada.page.goto("/dashboard")
    await expect(ada.page.get_by_role("link", name="Admin")).to_have_count(0)
    await ada.page.goto("/admin")
    await expect(ada.page.get_by_text("This page is for admins.")).to_be_visible()


async def test_admin_in_room_is_shown_as_one_and_not_managed(chromium, tmp_path):
    storage = f"sqlite:///{tmp_path / 'studyhall.db'}"
    async with opened(chromium, storage) as hall:
        ada = await hall.member("Ada Okafor")
        room = await ada.account.opens("Calculus")
        for first_name, last_name in (("Grace", "Hopper"), ("Ben", "Lindqvist")):
            person = await hall.api.person(first_name, last_name)
            if first_name == "Grace":
                await make_admin(storage, person.user["email"])
            await person.joins(room)
        await ada.page.goto(f"/rooms/{room}")
        people = ada.page.get_by_role("complementary", name="People").get_by_role("listitem")
        await expect(people.filter(has_text="Grace Hopper")).to_contain_text("Admin")
        await expect(ada.page.get_by_role("button", name="Manage Ben Lindqvist")).to_be_visible()
        await expect(ada.page.get_by_role("button", name="Manage")).to_have_count(1)


async def test_admin_is_told_that_a_private_room_says_who_joined(chromium, tmp_path):
    storage = f"sqlite:///{tmp_path / 'studyhall.db'}"
    async with opened(chromium, storage) as hall:
        ada = await hall.member("Ada Okafor")
        private = await ada.account.opens("Calculus", visibility="private")
        public = await ada.account.opens("Algebra")
        grace = await hall.somebody("Grace Hopper")
        account = await hall.api.person("Grace", "Hopper")
        await make_admin(storage, account.user["email"])
        await grace.signs_in()
        told = grace.page.get_by_text("A notice in the room will show that an admin joined.")
        await grace.page.goto(f"/rooms/{public}")
        await expect(grace.page.get_by_role("button", name="Join room")).to_be_visible()
        await expect(told).to_have_count(0)
        await grace.page.goto(f"/rooms/{private}")
        await expect(told).to_be_visible()
        await grace.page.get_by_role("button", name="Join room").click()
        await ada.page.goto(f"/rooms/{private}")
        await expect(ada.words.filter(has_text="(admin) joined")).to_be_visible()
        await ada.page.goto(f"/rooms/{private}/moderation")
        await expect(ada.page.get_by_text("joined as an admin of the server")).to_be_visible()
