"""What one works on: typed in one's own row of the list of people, seen by the others, removed by moderators."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from tests.support.browser import PHONE

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

QUESTION = "What are you working on?"


def people_of(person):
    return person.page.get_by_role("complementary", name="People")


def row_of(person, name):
    return people_of(person).get_by_role("listitem").filter(has_text=name)


async def test_activity_is_edited_in_place_with_the_keyboard_alone(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    ben = await hall.member("Ben Lindqvist", room)
    await ada.page.goto(f"/rooms/{room}")
    keyboard = ada.page.keyboard

    await people_of(ada).get_by_role("button", name=QUESTION).focus()
    await keyboard.press("Enter")
    field = people_of(ada).get_by_role("textbox", name=QUESTION)
    await expect(field).to_be_focused()
    await keyboard.type(" Sheet 4, 2b ")
    await keyboard.press("Enter")

    await expect(row_of(ben, "Ada Okafor")).to_contain_text("Sheet 4, 2b")
    button = people_of(ada).get_by_role("button", name="Change what you are working on: Sheet 4, 2b")
    await expect(button).to_be_focused()
    await keyboard.press("Enter")
    await keyboard.type("Not this")  # the text was selected
    await expect(field).to_have_value("Not this")
    await keyboard.press("Escape")
    await expect(button).to_be_focused()
    await expect(field).to_have_count(0)
    await keyboard.press("Enter")
    await keyboard.press("Delete")
    await keyboard.press("Tab")  # leaving the field stores it, too
    await expect(people_of(ada).get_by_role("button", name=QUESTION)).to_be_visible()
    await expect(row_of(ben, "Ada Okafor")).not_to_contain_text("Sheet 4")
    assert (await ben.account.get(f"/api/study-rooms/{room}/presence")).data[-1]["activity"] is None


async def test_activity_and_status_stand_over_reload_and_a_visit_elsewhere(hall):
    ada = await hall.member("Ada Okafor")
    room, other = await ada.account.opens("Calculus"), await ada.account.opens("Algebra")
    await ada.page.goto(f"/rooms/{room}")
    await ada.page.get_by_label("Your status").select_option("Busy")
    await people_of(ada).get_by_role("button", name=QUESTION).click()
    await ada.page.keyboard.type("Essay plan")
    await ada.page.keyboard.press("Enter")
    chosen = people_of(ada).get_by_role("button", name="Essay plan")

    for path in (f"/rooms/{room}", f"/rooms/{other}", f"/rooms/{room}"):
        await expect(chosen).to_be_visible()
        await expect(ada.page.get_by_label("Your status")).to_have_value("busy")
        await ada.page.goto(path)
        if path.endswith(other):
            await expect(people_of(ada).get_by_role("button", name=QUESTION)).to_be_visible()
            await expect(ada.page.get_by_label("Your status")).to_have_value("automatic")
            await ada.page.get_by_role("link", name="Calculus").click()
    await expect(chosen).to_be_visible()


async def test_too_long_activity_is_rejected_and_stays_in_the_field(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    await ada.page.goto(f"/rooms/{room}")
    await people_of(ada).get_by_role("button", name=QUESTION).click()
    field = people_of(ada).get_by_role("textbox", name=QUESTION)

    await field.fill("x" * 81)
    await field.press("Enter")
    await expect(people_of(ada).get_by_role("alert")).to_contain_text("80")
    await expect(field).to_be_focused()
    await field.fill("x" * 80)
    await field.press("Enter")
    await expect(people_of(ada).get_by_role("button", name="x" * 80)).to_be_focused()


async def test_moderator_removes_an_activity_and_a_mute_prevents_another(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    ben = await hall.member("Ben Lindqvist", room)
    await ada.page.goto(f"/rooms/{room}")
    await people_of(ben).get_by_role("button", name=QUESTION).click()
    await ben.page.keyboard.type("<b>Rude</b>")
    await ben.page.keyboard.press("Enter")

    await row_of(ada, "<b>Rude</b>").get_by_role("button", name="Manage Ben Lindqvist").click()
    dialog = ada.page.get_by_role("dialog", name="Ben Lindqvist")
    await dialog.get_by_role("button", name="Remove activity").click()
    await expect(dialog.get_by_role("status")).to_contain_text("is removed")
    await expect(dialog.get_by_role("button", name="Remove activity")).to_have_count(0)
    await expect(people_of(ben).get_by_role("button", name=QUESTION)).to_be_visible()
    await dialog.get_by_role("button", name="Mute for 10 minutes").click()
    await expect(dialog.get_by_role("status")).to_contain_text("muted")
    await people_of(ben).get_by_role("button", name=QUESTION).click()
    await ben.page.keyboard.type("Rude again")
    await ben.page.keyboard.press("Enter")
    await expect(people_of(ben).get_by_role("alert")).to_contain_text("cannot write")
    await ada.page.goto(f"/rooms/{room}/moderation")
    await expect(ada.page.get_by_text("removed the activity of")).to_be_visible()


async def test_activity_is_edited_on_a_phone_inside_the_list_of_people(hall):
    ada = await hall.member("Ada Okafor", device=PHONE)
    room = await ada.account.opens("Calculus")
    await ada.page.goto(f"/rooms/{room}")
    await ada.page.get_by_role("button", name="1 person here").tap()
    list_of_people = ada.page.get_by_role("dialog", name="People")
    button = list_of_people.get_by_role("button", name=QUESTION)
    assert (await button.bounding_box())["height"] >= 44

    await button.tap()
    field = list_of_people.get_by_role("textbox", name=QUESTION)
    assert (await field.bounding_box())["height"] >= 44
    await field.fill("Not this")
    await field.press("Escape")
    await expect(list_of_people).to_be_visible()
    await button.tap()
    await field.fill("Essay plan")
    await list_of_people.get_by_role("heading", name="People").tap()
    await expect(list_of_people.get_by_role("button", name="Essay plan")).to_be_visible()
    assert await ada.page.evaluate("document.documentElement.scrollWidth") <= 412


async def test_home_shows_who_studies_and_the_next_date(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    ben = await hall.api.person("Ben", "Lindqvist")
    await ben.joins(room)
    chat = await ben.chat(room)
    await chat.call("update-status", {"roomId": room, "activity": "W" * 80})
    planned = await ben.post(
        f"/api/study-rooms/{room}/schedule",
        {"startsAt": f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%dT17:00}", "minutes": 90, "timeZone": "UTC"},
    )
    await ada.account.put(f"/api/study-rooms/{room}/schedule/{planned.data['id']}/going")
    await chat.call("start-focus", {"roomId": room})
    await ada.page.goto("/dashboard")
    now = ada.page.get_by_role("region", name="Now in your rooms")
    await expect(now.get_by_role("link", name="Calculus")).to_contain_text("W" * 80)
    await expect(now).to_contain_text("focusing")
    after = ada.page.get_by_role("region", name="Next dates").get_by_role("link", name="Study session")
    await expect(after).to_contain_text("You are going")
    await after.click()
    await expect(ada.page.get_by_role("dialog", name="Schedule")).to_be_visible()
