"""Screenshots of the README: `make screenshots`. They show the demo, used in real browsers."""

import asyncio
import re
import tempfile
from pathlib import Path

from playwright.async_api import Page, expect

from cli import demo
from tests.support.browser import Hall, Person, launched, opened
from tests.support.passing_time import PassingTime
from tests.support.paths import ROOT
from tests.support.served import Person as Account

FOLDER = ROOT / "docs" / "screenshots"
LARGEST = 200_000
"""Limit of a picture in bytes."""
DESKTOP = {"viewport": {"width": 1280, "height": 1160}, "locale": "en-GB"}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "locale": "en-GB"}
AFTERNOON = 16
"""Hour in UTC at which the pictures begin, so that they look the same at any time."""
ACTIVITIES = ("", "Integration by parts", "Lecture notes")
FOCUS, BREAK = 1500, 300
"""Seconds of phases of the demo's timer."""


class Studio:
    """The demo, whose time passes when the pictures need it."""

    def __init__(self, hall: Hall, time: PassingTime) -> None:
        self.hall = hall
        self.time = time
        self.people: list[Person] = []

    async def comes(self, number: int, device: dict, to: str, scheme: str) -> Person:
        """Sign in a user of the demo, and open a view."""
        user = demo.USERS[number]
        person = await self.hall.somebody(
            f"{user.first_name} {user.last_name}", device, color_scheme=scheme, timezone_id="UTC"
        )
        await self.time.opens(person.context)
        person.email = user.email
        person.password = (await self.hall.server.says(rf"{re.escape(user.email)}\s+(\S+)"))[1]
        body = {"email": person.email, "password": person.password}
        person.account = Account(self.hall.api, (await self.hall.api.request("POST", "/api/auth/login", body)).body)
        await person.signs_in(to)
        self.people.append(person)
        return person

    async def passes(self, seconds: float) -> None:
        """Let time pass for the server and all pages."""
        await self.time.passes(seconds, *(person.page for person in self.people))
        await self.hall.api.request("GET", "/healthz")


async def take(page: Page, name: str) -> None:
    """Store a picture of the window's content.

    Raises:
        SystemExit: the picture is larger than `LARGEST`.
    """
    await page.mouse.move(0, 0)
    await expect(page.get_by_text("Loading", exact=True)).to_have_count(0)
    await expect(page.locator(".presence-toast:not(.over)")).to_have_count(0)
    await page.evaluate("document.activeElement.blur()")
    await page.wait_for_timeout(1_000)  # animations have ended
    FOLDER.mkdir(parents=True, exist_ok=True)
    size = len(await page.screenshot(path=FOLDER / name))
    if size > LARGEST:
        raise SystemExit(f"{name} has {size} bytes: more than {LARGEST}")
    print(f"docs/screenshots/{name}: {size / 1000:.0f} kB")


async def study(studio: Studio) -> tuple[Person, Person]:
    """Study for a round and a third, and talk in the break; return Ada and Ben in the room."""
    ada = await studio.comes(0, DESKTOP, "/dashboard", "light")
    rooms = (await ada.account.get("/api/study-rooms")).data["userRooms"]
    room = next(one["id"] for one in rooms if one["name"] == "Calculus together")
    await ada.page.goto(f"/rooms/{room}")
    ben, chiara = [await studio.comes(number, DESKTOP, f"/rooms/{room}", "light") for number in (1, 2)]
    await expect(ada.page.get_by_role("complementary", name="People")).to_contain_text("In the room · 3")
    path = f"/api/study-rooms/{room}"
    await ada.account.put(path, {"leaderboard": "on"})
    for person, activity in zip((ada, ben, chiara), ACTIVITIES, strict=True):
        await person.account.put(f"{path}/membership", {"showOnLeaderboard": True})
        if activity:
            await person.account.post(f"{path}/presence", {"activity": activity})
    await ada.page.get_by_role("button", name="Work on this").first.click()
    await expect(ada.page.get_by_text("You are working on this.")).to_be_visible()
    await studio.passes(FOCUS)
    await expect(ada.page.get_by_role("heading", name="Short break")).to_be_visible()
    await ada.says("Same time on Thursday?")
    await expect(ben.words.last).to_contain_text("Thursday")
    await ben.says("Yes! Sheet 5 is up: https://maths.example.org/sheets/5")
    await expect(ada.words.last).to_contain_text("Sheet 5")
    await studio.passes(BREAK)
    await expect(ada.page.get_by_role("heading", name="Focus")).to_be_visible()
    await ada.page.get_by_role("button", name="Work on this").first.click()
    await expect(ada.page.get_by_text("You are working on this.")).to_be_visible()
    await studio.passes(FOCUS / 3)
    people = ben.page.get_by_role("complementary", name="People")
    for activity in ACTIVITIES:
        await expect(people).to_contain_text(activity)
    await ben.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # else minutes follow each minute
    await expect(people.get_by_text("33 min today")).to_have_count(3)
    return ada, ben


async def main() -> None:
    """Take all screenshots."""
    with tempfile.TemporaryDirectory() as folder:
        time = PassingTime(Path(folder), AFTERNOON)
        async with launched() as browser, opened(browser, time=time, arguments=("--demo",)) as hall:
            studio = Studio(hall, time)
            ada, ben = await study(studio)
            await take(ben.page, "room.png")
            await ada.page.goto("/progress")
            await expect(ada.page.get_by_role("table", name="By room")).to_be_visible()
            await take(ada.page, "progress.png")

            phone = await studio.comes(2, PHONE, "/dashboard", "dark")
            await expect(phone.page.get_by_role("link", name="Calculus together").first).to_be_visible()
            await take(phone.page, "home-phone.png")


if __name__ == "__main__":
    asyncio.run(main())
