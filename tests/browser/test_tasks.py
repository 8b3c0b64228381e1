"""Tasks: the user's list by dates, tasks at home, and checklists in a room."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from tests.support.browser import PHONE

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


def date(days: int) -> str:
    """Return a date, counted from today."""
    return f"{datetime.now(UTC) - timedelta(hours=4) + timedelta(days=days):%Y-%m-%d}"


async def comes(hall, name="Ada Okafor", **options):
    """Return a user whose browser is in UTC, as the test is."""
    return await hall.member(name, timezone_id="UTC", **options)


async def test_task_is_added_with_one_line_and_the_keyboard_only(hall):
    ada = await comes(hall)
    page = ada.page
    await page.goto("/dashboard")
    await page.get_by_role("link", name="Tasks").click()
    await expect(page.get_by_text("No open tasks")).to_be_visible()
    line = page.get_by_role("textbox", name="New task")
    for title in ("Sheet 4", "Essay"):
        await line.fill(title)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("checkbox", name=f"Done: {title}")).not_to_be_checked()
        await expect(line).to_have_value("")
        await expect(line).to_be_focused()
    await expect(page.get_by_text("2 open tasks")).to_be_visible()

    tick = page.get_by_role("checkbox", name="Done: Sheet 4")
    await tick.focus()
    for count in ("1 open task", "2 open tasks", "1 open task"):  # done, undone where it stands, done
        async with page.expect_response(lambda answer: answer.request.method == "PUT"):
            await page.keyboard.press("Space")
        await expect(page.get_by_text(count)).to_be_visible()
    await expect(tick).to_be_checked()

    await page.reload()
    await expect(page.get_by_role("checkbox", name="Done: Essay")).to_be_visible()
    await expect(tick).to_have_count(0)
    await page.get_by_text("Done", exact=True).click()
    await expect(tick).to_be_checked()
    await tick.uncheck()
    await expect(page.get_by_text("2 open tasks")).to_be_visible()
    assert ada.faults == []


async def test_tasks_are_grouped_by_date_and_edited(hall):
    ada = await comes(hall)
    page = ada.page
    room = await ada.account.opens("Calculus")
    for title, due_on in (("Old", date(-2)), ("Now", date(0)), ("Far", date(30)), ("Some day", None)):
        assert (await ada.account.post("/api/tasks", {"title": title, "dueOn": due_on})).status == 201
    await page.goto("/dashboard")
    home = page.get_by_role("region", name="Due today")
    await expect(home.get_by_role("link")).to_have_text([re.compile("^Old"), "Now"])
    await home.get_by_role("link", name="Now").click()

    today = page.get_by_role("region", name="Today")
    await expect(today.get_by_role("checkbox")).to_have_count(2)
    await expect(today).to_contain_text("late, was due on")
    await expect(page.get_by_role("region", name="Later")).to_contain_text("Far")
    await page.get_by_role("region", name="Without a date").get_by_role("button", name="Some day").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Notes").fill("with Ben")
    await dialog.get_by_label("Due date").fill(date(0))
    await dialog.get_by_label("Estimate").fill("3")
    await dialog.get_by_label("Room", exact=True).select_option("Calculus")
    await dialog.get_by_role("checkbox", name="Share with the room").check()
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_have_count(0)
    await expect(today.get_by_role("checkbox")).to_have_count(3)
    await expect(today).to_contain_text("due todayCalculusshared3 rounds")
    [task] = [one for one in (await ada.account.get("/api/tasks")).data["tasks"] if one["title"] == "Some day"]
    assert (task["roomId"], task["shared"], task["notes"]) == (room, True, "with Ben")

    await today.get_by_role("button", name="Some day").click()
    await dialog.get_by_label("Due date").fill("")
    await dialog.get_by_label("Room", exact=True).select_option("No room")
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("region", name="Without a date")).to_contain_text("Some day")
    await page.get_by_role("button", name="Some day").click()
    await dialog.get_by_role("button", name="Delete").click()
    await expect(page.get_by_text("Some day")).to_have_count(0)
    assert ada.faults == []


async def test_order_changes_by_keyboard_and_on_another_device(hall):
    ada = await comes(hall)
    for title in ("One", "Two", "Three"):
        await ada.account.post("/api/tasks", {"title": title})
    other = await ada.context.new_page()
    for page in (ada.page, other):
        await page.goto("/tasks")
        await expect(page.get_by_role("checkbox")).to_have_count(3)
    page = ada.page
    await page.get_by_role("button", name="Change order").click()
    up = page.get_by_role("button", name="Move up: Three")
    await up.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".task-title")).to_have_text(["One", "Three", "Two"])
    await expect(up).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Moved to place 1 of 3.")).to_be_attached()
    await expect(up).to_have_attribute("aria-disabled", "true")
    for each in (page, other):
        await expect(each.locator(".task-title")).to_have_text(["Three", "One", "Two"])
    assert ada.faults == []


async def test_shared_tasks_are_a_checklist_in_the_room(hall):
    ada = await comes(hall)
    room = await ada.account.opens("Calculus")
    ben = await hall.member("Ben Okri", room)
    await ada.page.goto(f"/rooms/{room}")
    line = ada.page.get_by_role("textbox", name="New task")
    await line.fill("Sheet 4")
    await line.press("Enter")
    await ada.page.get_by_role("button", name="Sheet 4", exact=True).click()
    await ada.page.get_by_role("checkbox", name="Share with the room").check()
    await ada.page.get_by_role("button", name="Save").click()

    checklist = ben.page.locator("details", has_text="Ada Okafor")
    await expect(checklist).to_contain_text("0 of 1 done")
    await ada.page.get_by_role("checkbox", name="Done: Sheet 4").check()
    await expect(checklist).to_contain_text("1 of 1 done")

    await ben.account.post("/api/tasks", {"title": "Rude", "roomId": room, "shared": True})
    await ada.page.locator("summary", has_text="Ben Okri").click()
    await ada.page.get_by_role("button", name="Take out of the room: Rude").click()
    await expect(ada.page.get_by_text("Rude")).to_have_count(0)
    await expect(ben.page.get_by_role("checkbox", name="Done: Rude")).to_be_visible()
    assert ada.faults == ben.faults == []


async def test_task_is_worked_on_in_the_room(hall):
    ada = await comes(hall)
    room = await ada.account.opens("Calculus")
    await ada.account.post("/api/tasks", {"title": "Secret plan", "roomId": room})
    shared = (await ada.account.post("/api/tasks", {"title": "Sheet 4", "roomId": room, "shared": True})).data["id"]
    page = ada.page
    await page.goto(f"/rooms/{room}")
    await page.get_by_role("button", name="Work on this: Secret plan").click()
    await expect(page.get_by_role("listitem").filter(has_text="You are working on this.")).to_contain_text(
        "Secret plan"
    )
    people = page.get_by_role("complementary", name="People")
    await expect(people).to_be_visible()
    await expect(people).not_to_contain_text("Secret plan")

    await page.get_by_role("button", name="Work on this: Sheet 4").click()
    await expect(page.get_by_role("button", name="Work on this: Secret plan")).to_be_visible()
    await expect(people).to_contain_text("Sheet 4")
    assert (await ada.account.get("/api/focus/current")).data["session"]["taskId"] == shared
    await page.reload()
    await expect(page.get_by_role("listitem").filter(has_text="You are working on this.")).to_contain_text("Sheet 4")
    assert ada.faults == []


async def test_refused_title_is_named_at_its_line(hall):
    ada = await comes(hall, device=PHONE)
    await ada.page.goto("/tasks")
    line = ada.page.get_by_role("textbox", name="New task")
    await line.fill("x" * 81)
    await line.press("Enter")
    await expect(ada.page.get_by_text("The title must have at most 80 characters.")).to_be_visible()
    await expect(line).to_have_value("x" * 81)
