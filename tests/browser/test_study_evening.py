"""A study evening of two people, from the start of the timer to the next day.

Time is the server's and the pages', and passes when the test says so: phases end as they do after minutes.
"""

import re
from datetime import datetime

import pytest
from playwright.async_api import expect

from tests.browser.test_keyboard_only import tab_to
from tests.browser.test_timer import LEFT, button, study
from tests.support.browser import PHONE, opened
from tests.support.looking import Looking
from tests.support.passing_time import PassingTime

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

PLAN = {"focus": 900, "shortBreak": 300, "longBreak": 600, "rounds": 2}
EVENING, NIGHT = 19, 14 * 3600
STUDIED = re.compile("Today: (29|30) min of 25 min")  # a slow machine hears of a phase late
IN_UTC = {"timezone_id": "UTC", "reduced_motion": "reduce"}


class Evening:
    """Ada at a desk and Ben on a phone whose clock is an hour ahead, in a room with quiet focus."""

    def __init__(self, hall, time):
        self.hall, self.time = hall, time
        self.wide, self.small = Looking("light", "dark"), Looking("dark", "light")

    async def begins(self):
        """Sign both in, with a goal of 25 minutes a day; Ada opens the room."""
        self.ada, self.ben = await self.comes("Ada Okafor"), await self.comes("Ben Lindqvist", 3600, device=PHONE)
        for person in (self.ada, self.ben):
            first, last = person.name.split()
            person.account = await self.hall.api.person(first, last, timeZone="UTC")
            assert (await person.account.put("/api/auth/me", {"dailyGoal": 25})).status == 200
        fields = {"name": "Calculus", "quietFocus": "hold"}
        self.room = (await self.ada.account.post("/api/study-rooms", fields)).data["id"]
        await self.ben.account.joins(self.room)
        path = f"/api/study-rooms/{self.room}/timer"
        assert (await self.ada.account.put(path, {"action": "configure", "version": 0, "plan": PLAN})).status == 200
        for person in (self.ada, self.ben):
            await person.signs_in(f"/rooms/{self.room}")
        await expect(self.ada.page.get_by_role("complementary", name="People")).to_contain_text("In the room · 2")

    async def comes(self, name, ahead=0, **options):
        """Return a user with a new browser, `ahead` seconds too far, which looks for faults of the views."""
        person = await self.hall.somebody(name, **IN_UTC, **options)
        await self.time.opens(person.context, ahead)
        return person

    async def phase_ends(self):
        """Let time pass until the phase of the timer has ended, for the server and both pages."""
        ends_at = (await self.ada.account.get(f"/api/study-rooms/{self.room}/timer")).data["endsAt"]
        left = datetime.fromisoformat(ends_at) - self.time.now
        await self.time.passes(left.total_seconds() + 0.1, self.ada.page, self.ben.page)
        await self.hall.api.request("GET", "/healthz")

    async def looks(self, name):
        """Check both views with axe."""
        await self.wide.here(self.ada.page, name)
        await self.small.here(self.ben.page, f"{name}, phone")


async def test_evening_of_two_people_counts_and_ends_the_next_day(chromium, tmp_path):
    time = PassingTime(tmp_path, EVENING)
    async with opened(chromium, time=time, presence_grace=1) as hall:
        evening = Evening(hall, time)
        await evening.begins()
        await starts_by_keyboard(evening)
        await first_round_is_quiet(evening)
        await second_round_ends_the_task(evening)
        await time_of_today_is_shown(evening)
        await next_day_begins_at_nothing(evening)
        faults = evening.wide.faults + evening.small.faults
        assert not faults, "\n".join(faults)


async def starts_by_keyboard(evening):
    """Write down a task, start the timer and work on the task without a pointer; Ben sees the same second."""
    page, keys = evening.ada.page, evening.ada.page.keyboard
    start = button(evening.ada, "Start focus · 15 min")
    await expect(start).to_be_visible()
    await tab_to(page, start)
    await keys.press("Enter")
    await expect(button(evening.ada, "Pause")).to_be_focused()
    line = page.get_by_role("textbox", name="New task")
    await tab_to(page, line)
    await keys.type("Sheet 4")
    await keys.press("Enter")
    await expect(line).to_have_value("")
    await tab_to(page, button(evening.ada, "Work on this"))
    await keys.press("Enter")
    await expect(page.get_by_text("You are working on this.")).to_be_visible()
    for person in (evening.ada, evening.ben):
        await expect(button(person, "Pause")).to_be_visible()
    left = [await person.page.evaluate(LEFT) for person in (evening.ada, evening.ben)]
    assert 880 < min(left) <= max(left) <= 900, left


async def first_round_is_quiet(evening):
    """Send messages in the quiet phase: they wait at their sender, and are there for both at the break."""
    ada, ben = evening.ada, evening.ben
    for text in ("Who has 2b?", "And 3?"):
        await ben.says(text)
        await expect(ben.page.locator(".message.held").last).to_contain_text(text)
    await expect(ben.page.locator(".message.held").last).to_contain_text("Sent at the break")
    await ada.reads()
    await evening.looks("a quiet phase")
    await evening.phase_ends()
    for person in (ada, ben):
        await person.reads("Who has 2b?", "And 3?")
        await expect(button(person, "Pause")).to_be_visible()
    await expect(ben.page.locator(".timer-bar")).to_contain_text("Short break")
    await expect(study(ada).get_by_role("heading", name="Short break")).to_be_visible()
    await ada.says("I have both.")
    await ben.reads("Who has 2b?", "And 3?", "I have both.")
    await evening.looks("a break")


async def second_round_ends_the_task(evening):
    """Study another round, and tick the task off by keyboard in the long break: it has the time of both."""
    page, keys = evening.ada.page, evening.ada.page.keyboard
    await evening.phase_ends()
    await expect(study(evening.ada)).to_contain_text("Round 2 of 2")
    await button(evening.ada, "Work on this").press("Enter")
    await expect(page.get_by_text("You are working on this.")).to_be_visible()
    await evening.phase_ends()
    await expect(study(evening.ada).get_by_role("heading", name="Long break")).to_be_visible()
    await expect(page.get_by_text(re.compile("(29|30) minutes spent"))).to_be_visible()
    tick = page.get_by_role("checkbox", name="Done: Sheet 4")
    await tab_to(page, tick)
    await keys.press("Space")
    await expect(tick).to_be_checked()


async def time_of_today_is_shown(evening):
    """See the day's time at home and in Progress."""
    for person in (evening.ada, evening.ben):
        page = person.page
        await page.goto("/dashboard")
        await expect(page.get_by_text(STUDIED)).to_be_visible()
        await expect(page.get_by_text("1 day in a row")).to_be_visible()
    for person in (evening.ada, evening.ben):
        await person.page.goto("/progress")
        week = person.page.get_by_role("table", name="Study time of each day of the week")
        await expect(week.get_by_role("row").filter(has_text="Goal reached")).to_contain_text(re.compile("(29|30) min"))


async def next_day_begins_at_nothing(evening):
    """Go to bed, and come again the next morning: today has no time yet, and the streak holds."""
    events = await evening.ada.account.personal()
    for person in (evening.ada, evening.ben):
        await person.context.close()
    await events.hears("room-presence", lambda event: event["activeMembers"] == 0)
    await events.close()
    await evening.time.passes(NIGHT)
    ada = await evening.comes("Ada Okafor")
    await ada.signs_in()
    await expect(ada.page.get_by_text("Today: 0 min of 25 min")).to_be_visible()
    await expect(ada.page.get_by_text("1 day in a row")).to_be_visible()
    await ada.page.goto("/progress")
    await expect(ada.page.get_by_text("1 day", exact=True).first).to_be_visible()
    await ada.page.goto(f"/rooms/{evening.room}")
    await expect(button(ada, "Start focus · 15 min")).to_be_visible()
    await ada.reads("Who has 2b?", "And 3?", "I have both.")
