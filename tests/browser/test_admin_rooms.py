"""Rooms and reports of the whole server, on the page of admins."""

import sqlite3
from contextlib import closing

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.support.browser import PHONE, opened
from tests.support.looking import Looking

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


def _make_admin(storage, email):
    with closing(sqlite3.connect(storage.removeprefix("sqlite:///"))) as connection, connection:
        assert connection.execute("UPDATE users SET role = 'admin' WHERE email = ?", (email,)).rowcount == 1


async def _admin(hall, storage, to):
    """A user who is signed in as an admin, at a section of the administration."""
    grace = await hall.somebody("Grace Hopper")
    grace.account = await hall.api.person("Grace", "Hopper")
    _make_admin(storage, grace.email)
    await grace.signs_in(to)
    return grace


@pytest.fixture
def storage(tmp_path):
    return f"sqlite:///{tmp_path / 'studyhall.db'}"


@pytest_asyncio.fixture(loop_scope="session")
async def hall(chromium, storage):
    async with opened(chromium, storage) as running:
        yield running


async def test_admin_reads_reports_of_all_rooms_and_acts_on_them(hall, storage):
    ada, ben = await hall.api.person("Ada", "Okafor"), await hall.api.person("Ben", "Lindqvist")
    room, gone = await ada.opens("Calculus"), await ada.opens("Gone")
    for place in (room, gone):
        await ben.joins(place)
        said = (await ada.post(f"/api/study-rooms/{place}/messages", {"content": f"rude words in {place}"})).data["id"]
        await ben.post(f"/api/study-rooms/{place}/messages/{said}/report", {"reason": "Rude"})
    await ada.delete(f"/api/study-rooms/{gone}")
    grace = await _admin(hall, storage, "/admin/reports")
    page = grace.page
    reports = page.get_by_role("list", name="Reports").get_by_role("listitem")
    await expect(reports).to_have_count(2)
    await expect(reports.first).to_contain_text("In the room Gone, which was deleted")
    await expect(reports.first).to_contain_text("Reported by Ben Lindqvist")
    looking = Looking("light", "dark")
    await looking.here(page, "reports and rooms of the server")
    await reports.first.get_by_role("button", name="Mark as resolved").click()
    await expect(reports).to_have_count(1)
    await expect(reports).to_contain_text(room)

    await reports.get_by_role("link", name="Find user Ada Okafor").click()
    await expect(page.get_by_label("Search users")).to_have_value("Ada Okafor")
    await expect(page.get_by_role("list", name="Users").get_by_role("listitem")).to_have_count(1)
    await page.go_back()
    await reports.get_by_role("link", name="Find room Calculus").click()
    await expect(page.get_by_label("Search rooms")).to_have_value("Calculus")
    rooms = page.get_by_role("list", name="Rooms").get_by_role("listitem")
    await expect(rooms).to_have_count(1)

    await page.go_back()
    other = await ben.opens("Chemistry")
    await ada.post(f"/api/study-rooms/{other}/report", {})
    await expect(reports).to_have_count(2)
    await page.get_by_role("link", name="Rooms").last.click()
    await rooms.get_by_role("link", name="Reports of Calculus 1 open report").click()
    await expect(reports).to_have_count(1)
    await expect(page.get_by_text("Only reports of the room Calculus")).to_be_visible()
    await page.get_by_role("link", name="Show all rooms").click()
    await expect(reports).to_have_count(2)
    await reports.filter(has_text="Chemistry").get_by_role("button", name="Mark as resolved").click()
    await expect(reports).to_have_count(1)

    await reports.get_by_role("button", name="Disable").click()
    await page.get_by_role("dialog", name="Disable this account?").get_by_role("button", name="Disable account").click()
    await expect(reports).to_contain_text("Account disabled.")
    await page.get_by_label("Status of the reports").select_option("Resolved")
    await expect(reports.filter(has_text="Gone")).to_contain_text("Resolved by Grace Hopper")
    await page.set_viewport_size(PHONE["viewport"])
    await looking.here(page, "reports of the server, on a phone")
    await page.goto("/admin/rooms")
    await expect(rooms).to_have_count(2)
    await looking.here(page, "rooms of the server, on a phone")
    await page.goto("/admin/users")
    await expect(page.get_by_role("button", name="Enable Ada Okafor")).to_be_visible()
    assert not looking.faults, "\n".join(looking.faults)


async def test_admin_lists_opens_and_deletes_rooms(hall, storage):
    ada = await hall.api.person("Ada", "Okafor")
    await ada.opens("Calculus", subject="Maths")
    await ada.opens("Hidden garden", visibility="private", description="For us")
    grace = await _admin(hall, storage, "/admin/rooms")
    page = grace.page
    rooms = page.get_by_role("list", name="Rooms", exact=True).get_by_role("listitem")
    await expect(rooms.filter(has_text="Calculus")).to_have_count(1)
    await page.get_by_label("Search rooms").fill("hidden")
    await expect(rooms).to_have_count(1)
    await expect(rooms).to_contain_text("Private")
    await expect(rooms).to_contain_text("Owner Ada Okafor")
    await rooms.get_by_role("button", name="Details of Hidden garden").click()
    details = page.get_by_role("dialog", name="Hidden garden")
    await expect(details).to_contain_text("For us")
    await expect(details.get_by_role("link", name="Go to the room")).to_be_visible()
    await page.keyboard.press("Escape")
    await rooms.get_by_role("button", name="Delete Hidden garden").click()
    await page.get_by_role("dialog", name="Delete this room?").get_by_role("button", name="Delete room").click()
    await expect(page.get_by_text("No room has this name or subject.")).to_be_visible()
    await page.get_by_label("Search rooms").fill("")
    await expect(rooms.filter(has_text="Calculus")).to_have_count(1)
    await expect(rooms.filter(has_text="Hidden garden")).to_have_count(0)
