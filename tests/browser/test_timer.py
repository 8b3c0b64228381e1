"""The timer of a room: the same second for all people, whatever their clocks say, and controls if they may use them."""

import asyncio
import re
import time
from datetime import datetime

import pytest
from playwright.async_api import expect

from tests.browser.test_access import tab_to
from tests.support.browser import NO_CONNECTION, PHONE
from tests.support.passing_time import shift_clock

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

LEFT = """() => {
    const text = document.querySelector(".timer-left > [aria-hidden]")?.textContent ?? "";
    return text.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}"""
CHANGES = """() => new Promise((resolve) => {
    const at = document.querySelector(".timer-left > [aria-hidden]");
    const observer = new MutationObserver(() => {
        observer.disconnect();
        resolve([performance.timeOrigin + performance.now(), at.textContent]);
    });
    observer.observe(at, { characterData: true, childList: true, subtree: true });
})"""
"""The next change of the clock: its moment by the machine's clock, and the new text."""
PRESS = """(button, at) => new Promise((resolve) => setTimeout(() => {
    if (button.textContent.includes("Pause")) button.click();
    resolve();
}, at - Date.now()))"""
"""Press a button at a time by the machine's clock, unless it has become another one: a slow browser is late."""


def study(person):
    """Return the part of a room for studying."""
    return person.page.get_by_role("complementary", name="Study")


def clock(person):
    """Return the time left; the user's study time is a timer, too."""
    return person.page.locator(".timer-left")


def button(person, name):
    """Return a button of the timer."""
    return person.page.get_by_role("button", name=name)


async def sets(person, room, action, **fields):
    """Change the timer of a room over HTTP, as another client would."""
    path = f"/api/study-rooms/{room}/timer"
    version = (await person.account.get(path)).data["version"]
    return (await person.account.put(path, {"action": action, "version": version, **fields})).data


async def test_clocks_an_hour_apart_show_the_same_second(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    await shift_clock(ada.context, 3_600_000)
    ben = await hall.member("Ben Lindqvist", room)
    await shift_clock(ben.context, -1_234_567)
    for person in (ada, ben):
        await person.page.goto(f"/rooms/{room}")
        await expect(clock(person)).to_contain_text("25:00")

    await button(ada, "Start focus").click()

    await expect(button(ben, "Pause")).to_be_visible()
    answer = (await ada.account.get(f"/api/study-rooms/{room}/timer")).data
    ends_at = datetime.fromisoformat(answer["endsAt"]).timestamp() * 1000
    for person in (ada, ben):
        at, shown = await person.page.evaluate(CHANGES)
        minutes, seconds = map(int, shown.split(":"))
        assert abs(ends_at - at - (minutes * 60 + seconds) * 1000) < 500, f"{person.name} sees {shown}"


async def test_two_people_who_pause_at_once_pause_once(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    ben = await hall.member("Ben Lindqvist", room)
    await ada.page.goto(f"/rooms/{room}")
    await expect(ada.page.get_by_role("complementary", name="People")).to_contain_text("In the room · 2")
    await button(ada, "Start focus").click()
    await expect(button(ben, "Pause")).to_be_visible()
    await expect(ben.page.get_by_role("status").filter(has_text="“Ada Okafor” started the timer.")).to_be_visible()

    at = (time.time() + 1) * 1000
    await asyncio.gather(*(button(person, "Pause").evaluate(PRESS, at) for person in (ada, ben)))

    for person in (ada, ben):
        await expect(study(person).get_by_role("heading", name="Focus, paused")).to_be_visible()
        await expect(study(person).get_by_role("alert")).to_have_count(0)
    await button(ben, "Resume").click()
    await expect(button(ada, "Pause")).to_be_visible()


async def test_phase_is_skipped_extended_and_stopped(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    await ada.page.goto(f"/rooms/{room}")
    await button(ada, "Start focus").click()
    await expect(study(ada)).to_contain_text("Round 1 of 4 · until")
    await expect(ada.page).to_have_title(re.compile(r"^24:5\d · Calculus · Studyhall$"))
    await button(ada, "Add 5 minutes").click()
    await expect(clock(ada)).to_contain_text("29:5")
    await button(ada, "Skip to the break").click()
    await expect(study(ada).get_by_role("heading", name="Short break")).to_be_visible()
    await button(ada, "Skip to the next focus").click()
    await expect(study(ada)).to_contain_text("Round 2 of 4")
    await ada.page.reload()
    await expect(study(ada)).to_contain_text("Round 2 of 4")
    await button(ada, "Stop the timer").click()
    await expect(button(ada, "Start focus · 25 min")).to_be_visible()
    await expect(ada.page).to_have_title("Calculus · Studyhall")


async def test_keyboard_alone_controls_the_timer(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    await ada.page.goto(f"/rooms/{room}")
    await expect(button(ada, "Start focus")).to_be_visible()
    await tab_to(ada.page, "Start focus · 25 min", "button")
    await ada.page.keyboard.press("Enter")
    await expect(button(ada, "Pause")).to_be_focused()
    await ada.page.keyboard.press("Space")
    await expect(button(ada, "Resume")).to_be_focused()
    await ada.page.keyboard.press("Tab")
    await expect(button(ada, "Skip to the break")).to_be_focused()
    await ada.page.keyboard.press("Enter")
    await expect(study(ada).get_by_role("heading", name="Short break, paused")).to_be_visible()
    await ada.page.keyboard.press("Tab")
    await ada.page.keyboard.press("Enter")
    await expect(study(ada).get_by_role("heading", name="Timer")).to_be_focused()
    await ada.page.keyboard.press("Tab")
    await expect(button(ada, "Sound at the end of a phase")).to_be_focused()


async def test_plan_is_changed_and_holds_from_the_next_phase(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    await ada.page.goto(f"/rooms/{room}")
    await button(ada, "Timer settings").click()
    dialog = ada.page.get_by_role("dialog", name="Timer settings")
    await dialog.get_by_role("button", name="50 + 10 min").click()
    await dialog.get_by_label("Rounds").fill("13")
    await dialog.get_by_role("button", name="Save changes").click()
    await expect(dialog).to_contain_text("Rounds must be a whole number from 1 to 12.")
    await dialog.get_by_label("Rounds").fill("2")
    await dialog.get_by_label("Start each phase by itself").uncheck()
    await dialog.get_by_role("button", name="Save changes").click()
    await expect(dialog).to_have_count(0)
    await button(ada, "Start focus · 50 min").click()
    await expect(study(ada)).to_contain_text("Round 1 of 2")
    await button(ada, "Timer settings").click()
    await expect(dialog).to_contain_text("the new times hold from the next phase")
    await dialog.get_by_role("button", name="25 + 5 min").click()
    await dialog.get_by_role("button", name="Save changes").click()
    await expect(dialog).to_have_count(0)
    assert await ada.page.evaluate(LEFT) > 45 * 60
    await button(ada, "Skip to the break").click()
    await expect(clock(ada)).to_contain_text(re.compile("^5:00|^4:5"))


async def test_members_may_not_control_the_timer_of_moderators(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    ben = await hall.member("Ben Lindqvist", room)
    await expect(button(ben, "Start focus")).to_be_visible()
    await ada.page.goto(f"/rooms/{room}/settings")
    await ada.page.get_by_label("Who controls the timer").select_option("Only the owner and the moderators")
    await ada.page.get_by_role("button", name="Save changes").click()
    await button(ada, "Start focus").click()
    await expect(study(ben)).to_contain_text("The owner and the moderators of the room control this timer.")
    await expect(study(ben).get_by_role("heading", name="Focus")).to_be_visible()
    await expect(button(ben, "Pause")).to_have_count(0)
    await button(ben, "Timer settings").click()
    await expect(ben.page.get_by_role("dialog").get_by_role("spinbutton")).to_have_count(0)
    await expect(ben.page.get_by_role("dialog").get_by_label("Sound at the end of a phase")).to_be_checked()


async def test_end_of_a_phase_is_told_on_other_views(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    await shift_clock(ada.context, 0)
    ada.expects(NO_CONNECTION)
    await ada.page.route("**/timer", lambda route: route.abort())  # the page does not correct its clock
    await ada.page.goto(f"/rooms/{room}")
    await sets(ada, room, "start", plan={"focus": 60})
    await expect(clock(ada)).to_contain_text("0:5")
    await ada.page.get_by_role("link", name="Home").click()
    await expect(ada.page).to_have_title(re.compile(r"^0:[1-5]\d · Home · Studyhall$"))
    await ada.page.evaluate("shift += 60_000")  # the phase is over by this clock
    notice = ada.page.get_by_role("status").filter(has_text="Short break: 5 min")
    await expect(notice).to_be_visible()
    await notice.get_by_role("link", name="Calculus").click()
    await expect(study(ada).get_by_role("heading", name="Short break")).to_be_visible()


async def test_sound_can_be_switched_off_in_this_browser(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    await ada.page.goto(f"/rooms/{room}")
    sound = button(ada, "Sound at the end of a phase")
    await expect(sound).to_have_attribute("aria-pressed", "true")
    await sound.click()
    await ada.page.reload()
    await expect(sound).to_have_attribute("aria-pressed", "false")


async def test_phone_has_a_bar_while_the_timer_runs(hall):
    ada = await hall.member("Ada Okafor", device=PHONE)
    room = await ada.account.opens("Calculus")
    await ada.page.goto(f"/rooms/{room}")
    await expect(ada.composer).to_be_visible()
    height = ada.page.viewport_size["height"]
    assert (await ada.talk.bounding_box())["height"] >= 0.8 * height
    await button(ada, "Timer and study time").click()
    dialog = ada.page.get_by_role("dialog", name="Study")
    await dialog.get_by_role("button", name="Start focus").click()
    await expect(dialog.get_by_role("button", name="Pause")).to_be_visible()
    await ada.page.keyboard.press("Escape")
    bar = ada.page.locator(".timer-bar")
    assert (await bar.bounding_box())["height"] <= 44
    await expect(bar).to_contain_text("Focus")
    await bar.get_by_role("button", name="Pause").click()
    await expect(bar).to_contain_text("Focus, paused")
    await bar.get_by_role("button", name="Show the timer").click()
    await dialog.get_by_role("button", name="Stop the timer").click()
    await expect(dialog.get_by_role("button", name="Start focus")).to_be_visible()
    await expect(bar).to_have_count(0)
