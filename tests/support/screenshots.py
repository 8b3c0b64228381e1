"""Screenshots of the README: `make screenshots`. They show the demo, used in real browsers."""

import asyncio
from datetime import UTC, datetime

from playwright.async_api import Page, expect

from cli import demo
from tests.support.browser import Hall, Person, launched, opened
from tests.support.paths import ROOT

FOLDER = ROOT / "docs" / "screenshots"
LARGEST = 200_000
"""Limit of a picture in bytes."""
DESKTOP = {"viewport": {"width": 1440, "height": 900}, "locale": "en-GB"}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "locale": "en-GB"}


async def fill(hall: Hall) -> list[str]:
    """Create the accounts, rooms and messages of the demo, and return the ids of the rooms."""
    people = [await hall.api.person(person.first_name, person.last_name) for person in demo.USERS]
    rooms = []
    for number, (new, talk) in enumerate(demo.ROOMS_WITH_MESSAGES):
        owner, *others = people[number:] + people[:number]
        rooms.append(await owner.opens(new.name, subject=new.subject, description=new.description))
        for other in others:
            await other.joins(rooms[-1])
        for who, content in talk:
            await people[who].post(f"/api/study-rooms/{rooms[-1]}/messages", {"content": content})
    return rooms


def where_it_is_afternoon() -> str:
    """Return a time zone in which it is between 16:00 and 17:00, so that pictures look the same at any time."""
    ahead = (16 - datetime.now(UTC).hour + 12) % 24 - 12
    return f"Etc/GMT{-ahead:+d}" if ahead else "UTC"


async def comes(hall: Hall, number: int, device: dict, to: str, scheme: str) -> Person:
    """Sign in a user of the demo, and open a view."""
    name = demo.USERS[number]
    person = await hall.somebody(
        f"{name.first_name} {name.last_name}", device, color_scheme=scheme, timezone_id=where_it_is_afternoon()
    )
    await person.signs_in(to)
    return person


async def take(page: Page, name: str) -> None:
    """Store a picture of the window's content.

    Raises:
        SystemExit: the picture is larger than `LARGEST`.
    """
    await page.mouse.move(0, 0)
    await expect(page.get_by_text("Loading", exact=True)).to_have_count(0)
    await page.evaluate("document.activeElement.blur()")
    await page.wait_for_timeout(1_000)  # animations have ended
    FOLDER.mkdir(parents=True, exist_ok=True)
    size = len(await page.screenshot(path=FOLDER / name))
    if size > LARGEST:
        raise SystemExit(f"{name} has {size} bytes: more than {LARGEST}")
    print(f"docs/screenshots/{name}: {size / 1000:.0f} kB")


async def main() -> None:
    """Take all screenshots."""
    async with launched() as browser, opened(browser) as hall:
        calculus, *_ = await fill(hall)
        ben = await comes(hall, 1, DESKTOP, f"/rooms/{calculus}", "light")
        chiara = await comes(hall, 2, DESKTOP, f"/rooms/{calculus}", "light")
        ada = await comes(hall, 0, DESKTOP, f"/rooms/{calculus}", "light")
        await chiara.page.get_by_label("Your status").select_option("Busy")
        await ada.says("Same time on Thursday?")
        await expect(ben.words.last).to_contain_text("Thursday")
        await ben.says("Yes! Sheet 5 is up: https://maths.example.org/sheets/5")
        await expect(ada.words.last).to_contain_text("Sheet 5")
        await take(ada.page, "room.png")

        phone = await comes(hall, 0, PHONE, "/dashboard", "dark")
        await expect(phone.page.get_by_role("link", name="Calculus together").first).to_be_visible()
        await take(phone.page, "home-phone.png")


if __name__ == "__main__":
    asyncio.run(main())
