"""Another name or picture on the page: it stands everywhere at once, and nobody is shown under two names."""

import pytest
from playwright.async_api import expect

from tests.support.browser import NO_CONNECTION

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


async def test_new_name_replaces_old_one_wherever_it_stands(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    ben = await hall.member("Ben Lindqvist", room)
    elsewhere = await hall.member("Chiara Rossi", room)
    people = ben.page.get_by_role("complementary", name="People").get_by_role("listitem")
    await expect(people).to_contain_text(["Ben", "Chiara"])  # in the order of their arrival
    await ada.page.goto(f"/rooms/{room}")
    await ada.says("one")
    await ben.reads("one")
    second = await ada.context.new_page()
    await second.goto("/dashboard")
    await ben.page.get_by_role("button", name="Report message from Ada Okafor").click()

    await ada.account.put("/api/auth/me", {"firstName": "Grace", "lastName": "Hopper"})
    await ada.says("two")

    await expect(ben.page.get_by_role("dialog", name="From Grace Hopper")).to_be_visible()
    await ben.page.keyboard.press("Escape")
    await ben.reads("one", "two")
    await expect(people).to_contain_text(["Ben", "Chiara", "Grace Hopper"])
    for person in (ben, elsewhere):
        await expect(person.page.get_by_text("Grace Hopper").first).to_be_visible()
        await expect(person.page.get_by_text("Ada")).to_have_count(0)
    for page in (ada.page, second):
        await expect(page.get_by_role("link", name="Account of Grace Hopper")).to_be_visible()
        await expect(page.get_by_text("Okafor")).to_have_count(0)

    await ada.account.put("/api/auth/me", {"firstName": "Ben", "lastName": "Lindqvist"})
    await expect(people.get_by_text("Similar name")).to_have_count(2)


async def test_name_that_changed_during_an_absence_is_the_only_one_shown(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    ben = await hall.member("Ben Lindqvist", room)
    await ada.account.post(f"/api/study-rooms/{room}/messages", {"content": "one"})
    await ben.reads("one")

    ben.expects(NO_CONNECTION)
    await ben.context.set_offline(True)
    await expect(ben.page.get_by_role("status").filter(has_text="You are offline")).to_be_visible()
    await ada.account.put("/api/auth/me", {"firstName": "Grace", "lastName": "Hopper"})
    await ada.account.post(f"/api/study-rooms/{room}/messages", {"content": "two"})
    await ben.context.set_offline(False)

    await ben.reads("one", "two")
    await expect(ben.page.get_by_text("Ada")).to_have_count(0)
