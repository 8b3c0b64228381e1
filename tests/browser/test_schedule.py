"""The schedule of a room in the page: plan, change and delete dates, and say who is going."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from tests.support.browser import opened
from tests.support.looking import Looking

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

GOING = "I\u2019m going"
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "locale": "en-GB"}


def date(days):
    """Return a date in the zone of the browsers of the tests, in days from today."""
    return f"{datetime.now(UTC).date() + timedelta(days=days)}"


async def open_schedule(person):
    """Open the schedule of the room, and return the dialog."""
    button = person.page.get_by_role("button", name="Schedule", exact=True)
    if not await button.is_visible():
        await person.opens_room_menu()
    await button.filter(visible=True).click()
    dialog = person.page.get_by_role("dialog", name="Schedule")
    await expect(dialog).to_be_visible()
    return dialog


async def in_room(hall, name, room, device=None):
    """Open the room for a new member, and return the person and their API."""
    person = await hall.somebody(name, {"locale": "en-GB"} | (device or {}), timezone_id="UTC")
    api = await hall.api.person(*name.split())
    await api.joins(room)
    await person.signs_in(f"/rooms/{room}")
    return person, api


async def test_planned_date_is_shown_to_others_who_say_that_they_are_going(chromium):
    async with opened(chromium) as hall:
        owner = await hall.api.person("Grace", "Hopper")
        room = await owner.opens("Algebra")
        (ada, _), (ben, _) = await in_room(hall, "Ada Okafor", room), await in_room(hall, "Ben Lindqvist", room)
        of_ada, of_ben = await open_schedule(ada), await open_schedule(ben)
        await expect(of_ben.get_by_text("No dates yet")).to_be_visible()

        await of_ada.get_by_role("button", name="Plan a date").click()
        form = ada.page.get_by_role("dialog", name="Plan a date")
        await form.get_by_label("Title").fill("Exam preparation")
        await form.get_by_label("Date", exact=True).fill(date(3))
        await form.get_by_label("Start", exact=True).fill("17:00")
        await form.get_by_label("Length").select_option("90")
        await form.get_by_label("Start the room\u2019s timer").check()
        await form.get_by_role("button", name="50 + 10 min").click()
        await form.get_by_role("button", name="Plan date").click()
        await expect(of_ada.get_by_text("The date is planned. You are going.")).to_be_visible()

        row = of_ben.get_by_role("listitem").filter(has_text="Exam preparation")
        await expect(row).to_contain_text("17:00")
        await expect(row).to_contain_text("18:30")
        await expect(row).to_contain_text("1 is going \u00b7 Timer 50 + 10 min")
        await expect(row.get_by_role("button", name="Change")).to_have_count(0)
        await row.get_by_role("button", name=GOING).click()
        await expect(row.get_by_role("button", name=GOING)).to_have_attribute("aria-pressed", "true")
        await expect(of_ada.get_by_text("2 are going")).to_be_visible()
        await row.get_by_role("button", name=GOING).click()
        await expect(of_ada.get_by_text("1 is going")).to_be_visible()


async def test_weekly_date_is_changed_and_deleted_in_part(chromium):
    async with opened(chromium) as hall:
        owner = await hall.api.person("Grace", "Hopper")
        room = await owner.opens("Algebra")
        ada, _ = await in_room(hall, "Ada Okafor", room)
        dialog = await open_schedule(ada)
        await dialog.get_by_role("button", name="Plan a date").click()
        form = ada.page.get_by_role("dialog", name="Plan a date")
        await form.get_by_label("Date", exact=True).fill(date(1))
        await form.get_by_label("Start", exact=True).fill("09:00")
        await form.get_by_label("Repeat").select_option("weekly")
        for day in await form.get_by_role("checkbox").all():
            await day.check()
        await form.get_by_label("Last date").fill(date(4))
        await form.get_by_role("button", name="Plan date").click()
        rows = dialog.get_by_role("listitem")
        await expect(rows).to_have_count(4)
        await expect(rows.first).to_contain_text("Study session")
        await expect(rows.first).to_contain_text("Every day until")

        await rows.nth(1).get_by_role("button", name="Change").click()
        form = ada.page.get_by_role("dialog", name="Change date")
        await form.get_by_role("button", name="Delete only this date").click()
        await ada.page.get_by_role("button", name="Delete", exact=True).click()
        await expect(rows).to_have_count(3)

        await rows.nth(1).get_by_role("button", name="Change").click()
        await expect(form.get_by_role("radio", name="and all later ones")).to_be_checked()
        await form.get_by_label("Start", exact=True).fill("10:30")
        await form.get_by_role("button", name="Save").click()
        await expect(dialog.get_by_text("The date is changed.")).to_be_visible()
        for number, begins in enumerate(("9:00", "10:30", "10:30")):
            await expect(rows.nth(number)).to_contain_text(begins)

        await rows.nth(1).get_by_role("button", name="Change").click()
        await form.get_by_role("button", name="Delete this and later dates").click()
        await ada.page.get_by_role("button", name="Delete", exact=True).click()
        await expect(rows).to_have_count(1)


async def test_dates_that_the_server_rejects_are_explained_at_their_fields(chromium):
    async with opened(chromium) as hall:
        owner = await hall.api.person("Grace", "Hopper")
        room = await owner.opens("Algebra")
        ada, _ = await in_room(hall, "Ada Okafor", room)
        ada.expects("422")
        dialog = await open_schedule(ada)
        await dialog.get_by_role("button", name="Plan a date").click()
        form = ada.page.get_by_role("dialog", name="Plan a date")
        await form.get_by_label("Date", exact=True).fill(date(-2))
        await form.get_by_role("button", name="Plan date").click()
        await expect(form.get_by_text("Date is too early.")).to_be_visible()
        await expect(form.get_by_label("Date", exact=True)).to_be_focused()


async def test_schedule_by_keyboard_on_a_phone_and_without_faults(chromium):
    async with opened(chromium) as hall:
        owner = await hall.api.person("Grace", "Hopper")
        room = await owner.opens("Algebra")
        body = {"title": "Exam preparation", "startsAt": f"{date(2)}T17:00", "minutes": 90, "timeZone": "Asia/Tokyo"}
        weekly = {"repeat": "weekly", "until": date(60), "days": ["mon", "thu"], "plan": {}}
        begun = {"startsAt": f"{date(-7)}T17:00", "timeZone": "UTC"}
        for fields in (
            {},
            weekly | begun | {"title": "Tutorial with a rather long title that needs two lines on a phone"},
        ):
            assert (await owner.post(f"/api/study-rooms/{room}/schedule", body | fields)).status == 201
        looking = Looking("light", "dark")
        for name, device in (("Ada Okafor", {"viewport": {"width": 1280, "height": 900}}), ("Ben Lindqvist", PHONE)):
            person, api = await in_room(hall, name, room, device)
            await owner.put(f"/api/study-rooms/{room}/members/{api.id}", {"role": "moderator"})
            dialog = await open_schedule(person)
            await expect(dialog.get_by_text("17:00 in Tokyo").first).to_be_visible()
            past = dialog.locator("details.past")
            await past.get_by_text("Past dates").click()
            await past.get_by_text("Tutorial").first.click()
            await expect(dialog.get_by_text("No study time to show.")).to_be_visible()
            await looking.here(person.page, f"{name}: schedule")
            await dialog.get_by_role("button", name=f"{GOING}: Exam preparation").focus()
            await person.page.keyboard.press("Space")
            await expect(dialog.get_by_role("button", name=f"{GOING}: Exam preparation")).to_have_attribute(
                "aria-pressed", "true"
            )
            await dialog.get_by_role("button", name="Plan a date").focus()
            await person.page.keyboard.press("Enter")
            form = person.page.get_by_role("dialog", name="Plan a date")
            await form.get_by_label("Repeat").select_option("weekly")
            await form.get_by_label("Start the room\u2019s timer").check()
            await looking.here(person.page, f"{name}: form")
            await person.page.keyboard.press("Escape")
            await expect(dialog).to_be_visible()
            await person.page.keyboard.press("Escape")
            await expect(dialog).to_have_count(0)
        assert not looking.faults, "\n".join(looking.faults)
