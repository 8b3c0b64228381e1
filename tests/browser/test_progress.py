"""View Progress: study time of today, of a week and of a year, and the table of sessions as a file."""

import asyncio
import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.support.browser import PHONE

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


def noon(days_ago):
    """Return 12:00 in UTC of a day in the past."""
    today = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    return today - timedelta(days=days_ago)


async def studies(person, days_ago, minutes, **fields):
    """Enter a session of a user, at noon."""
    start = noon(days_ago)
    times = {
        name: f"{at:%Y-%m-%dT%H:%M:%S}Z"
        for name, at in (("startedAt", start), ("endedAt", start + timedelta(minutes=minutes)))
    }
    answer = await person.account.post("/api/focus/manual", {**times, **fields})
    assert answer.status == 201, answer


async def test_progress_has_week_year_and_rooms_as_tables(hall):
    ada = await hall.member("Ada Okafor")
    await ada.page.goto("/dashboard")
    room = await ada.account.opens("Organic chemistry")
    for days_ago, minutes in ((1, 75), (2, 30), (9, 45)):
        await studies(ada, days_ago, minutes, roomId=room)
    page = ada.page
    await page.get_by_role("navigation").get_by_role("link", name="Progress").click()
    await expect(page.get_by_role("heading", level=1, name="Progress")).to_be_focused()

    year = page.get_by_role("table", name="Study time of each day, by week")
    await expect(year.get_by_role("cell", name="1 h 15 min")).to_have_count(1)
    await expect(year.get_by_role("rowheader")).to_have_count(7)
    rooms = page.get_by_role("table", name="By room")
    await expect(rooms.get_by_role("row", name="Organic chemistry 2 h 30 min")).to_be_visible()
    week = page.get_by_role("table", name="Study time of each day of the week")
    await expect(week.get_by_role("row")).to_have_count(8)


async def test_weeks_are_turned_by_keyboard(hall):
    ada = await hall.member("Ada Okafor")
    day = noon(8)
    await studies(ada, 8, 90)
    page = ada.page
    await page.goto("/progress")
    week = page.get_by_role("region", name="Week")
    await expect(page.get_by_role("button", name="Week after")).to_be_disabled()
    back = page.get_by_role("button", name="Week before")
    await back.focus()
    for _ in range((noon(0).date() - day.date()).days // 7 + (noon(0).weekday() < day.weekday())):
        await page.keyboard.press("Enter")
    await expect(back).to_be_focused()
    row = week.get_by_role("row").filter(has_text=f"{day:%A}")
    await expect(row).to_contain_text("1 h 30 min")
    await expect(row).to_contain_text("Goal reached")


async def test_user_without_study_time_is_told_how_to_begin(hall):
    ada = await hall.member("Ada Okafor")
    await ada.page.goto("/progress")
    await expect(ada.page.get_by_text("No study time yet")).to_be_visible()


async def test_csv_button_saves_a_file(hall):
    ada = await hall.member("Ada Okafor")
    await studies(ada, 1, 30, activity="Sheet 4")
    await ada.page.goto("/progress")
    async with ada.page.expect_download() as begun:
        await ada.page.get_by_role("button", name="Download as CSV").click()
    download = await begun.value
    assert download.suggested_filename.endswith(".csv")
    rows = list(csv.reader(io.StringIO(await asyncio.to_thread(Path(await download.path()).read_text, "utf-8"))))
    assert (rows[0][0], rows[1][3], rows[1][6]) == ("date", "1800", "Sheet 4")


async def test_home_and_progress_follow_changes_on_other_devices(hall):
    ada = await hall.member("Ada Okafor")
    await ada.page.goto("/dashboard")
    await ada.account.put("/api/auth/me", {"dayStartsAt": 0})
    other = await ada.context.new_page()
    await other.goto("/progress")
    await expect(ada.page.get_by_text("Today: 0 min of 1 h")).to_be_visible()
    await expect(other.get_by_text("No study time yet")).to_be_visible()
    await studies(ada, 1, 30)
    await expect(other.get_by_role("table", name="By room")).to_be_visible()
    await expect(ada.page.get_by_text("1 day in a row")).to_be_visible()


async def test_progress_fits_small_screens(hall):
    ada = await hall.member("Ada Okafor", device=PHONE)
    await studies(ada, 1, 25)
    await ada.page.set_viewport_size({"width": 320, "height": 640})
    await ada.page.goto("/progress")
    await expect(ada.page.get_by_role("heading", name="Last 12 months")).to_be_visible()
    assert await ada.page.evaluate("document.documentElement.scrollWidth") <= 320
    scrolled = ada.page.get_by_role("region", name="Last 12 months")
    assert await scrolled.locator(".heat").last.is_visible()
