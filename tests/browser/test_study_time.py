"""The user's own study time: it is counted in all tabs, and can be corrected."""

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import expect

from tests.support.passing_time import where_it_is_afternoon
from tests.support.served import PATIENCE

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


def card(page):
    """Return the part of a view with the user's study time."""
    return page.get_by_role("region", name="Your study time")


def iso(minutes):
    """Return a moment some minutes ago."""
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def age(session):
    """Return the time since a session began; server and test have the same clock."""
    return datetime.now(UTC) - datetime.fromisoformat(session["startedAt"])


async def session_after(person, earlier):
    """Wait for a session that follows another one, and return it."""
    async with asyncio.timeout(PATIENCE):
        while True:
            session = (await person.account.get("/api/focus/current")).data["session"]
            if session and session["id"] != earlier["id"]:
                return session
            await asyncio.sleep(0.05)


async def test_time_is_counted_once_in_all_tabs(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    await ada.page.goto(f"/rooms/{room}")
    second = await ada.context.new_page()
    await second.goto("/dashboard")
    await expect(card(second)).to_be_visible()

    await card(ada.page).get_by_role("button", name="Count my time").click()

    await expect(card(ada.page).get_by_role("timer")).to_have_text(re.compile(r"^0:0\d$"))
    await expect(card(second).get_by_role("timer")).to_have_text(re.compile(r"^0:0\d$"))
    await expect(card(second)).to_contain_text("In the room Calculus")
    await ada.page.reload()
    await expect(card(ada.page).get_by_role("timer")).to_be_visible()
    await card(second).get_by_role("button", name="Stop").click()
    await expect(card(second)).to_contain_text("Less than a minute is not counted.")
    await expect(card(ada.page).get_by_role("button", name="Count my time")).to_be_visible()


async def test_time_that_was_stopped_by_mistake_goes_on(hall):
    ada = await hall.member("Ada Okafor")
    rooms = [await ada.account.opens(name) for name in ("Calculus", "Physics")]
    await ada.page.goto(f"/rooms/{rooms[0]}")
    await card(ada.page).get_by_role("button", name="Count my time").click()
    await expect(card(ada.page).get_by_role("timer")).to_have_text(re.compile(r"^0:0[1-9]$"))
    first = (await ada.account.get("/api/focus/current")).data["session"]
    # another room splits the session; a piece of one is stored from a second on
    await ada.page.get_by_role("link", name="Physics").first.click()
    second = await session_after(ada, first)
    while age(second) < timedelta(seconds=1.1):
        await asyncio.sleep(0.05)
    await card(ada.page).get_by_role("button", name="Stop").click()
    await expect(card(ada.page)).to_contain_text("Less than a minute counted.")
    await card(ada.page).get_by_role("button", name="Continue").click()
    await expect(card(ada.page).get_by_role("timer")).to_be_visible()
    assert (await ada.account.get("/api/focus/current")).data["session"] == second


async def test_time_without_a_room_names_what_it_was_for(hall):
    ada = await hall.member("Ada Okafor")
    await ada.account.opens("Calculus")
    await ada.page.goto("/dashboard")
    await card(ada.page).get_by_label("What are you working on?").fill("Essay plan")
    await ada.page.keyboard.press("Enter")
    await expect(card(ada.page)).to_contain_text("Essay plan")
    session = (await ada.account.get("/api/focus/current")).data["session"]
    assert (session["activity"], session["roomId"], session["source"]) == ("Essay plan", None, "stopwatch")


def clock(zone, minutes):
    """Return the date and the time some minutes ago in a time zone."""
    at = datetime.now(ZoneInfo(zone)) - timedelta(minutes=minutes)
    return f"{at:%Y-%m-%d}", f"{at:%H:%M}"


async def test_study_time_is_entered_changed_and_deleted(hall):
    zone = where_it_is_afternoon()
    ada = await hall.somebody("Ada Okafor", timezone_id="Pacific/Kiritimati")  # days are those of the account
    ada.account = await hall.api.person("Ada", "Okafor", timeZone=zone)
    await ada.signs_in()
    ada.expects("409")
    room = await ada.account.opens("Calculus")
    await ada.page.goto("/progress")
    await ada.page.get_by_role("button", name="Add study time").click()
    dialog = ada.page.get_by_role("dialog", name="Add study time")
    date, start = clock(zone, 90)
    await expect(dialog.get_by_label("Date")).to_have_value(date)
    await dialog.get_by_label("Start").fill(start)
    await dialog.get_by_role("button", name="Add", exact=True).click()
    await expect(dialog.get_by_label("End")).to_have_accessible_description("The end must not be empty.")
    await dialog.get_by_label("End").fill(clock(zone, 30)[1])
    await expect(dialog).to_contain_text("1 h will be added.")
    await dialog.get_by_label("What did you work on?").fill("Sheet 4")
    await dialog.get_by_label("Room").select_option("Calculus")
    await dialog.get_by_role("button", name="Add", exact=True).click()
    await expect(ada.page.get_by_role("status").filter(has_text="1 h added.")).to_be_visible()
    today = ada.page.get_by_role("list", name="Today")
    await expect(today.get_by_role("listitem")).to_contain_text(["Sheet 4"])
    await expect(today).to_contain_text("1 h · Calculus · entered by you")
    (session,) = (await ada.account.get("/api/focus/sessions")).data["sessions"]
    assert (session["source"], session["roomId"], session["seconds"]) == ("manual", room, 3600)

    await ada.page.get_by_role("button", name="Add study time").click()
    await dialog.get_by_label("Start").fill(clock(zone, 60)[1])
    await dialog.get_by_label("End").fill(clock(zone, 20)[1])
    await dialog.get_by_role("button", name="Add", exact=True).click()
    await expect(dialog.get_by_role("alert")).to_contain_text("You have study time that overlaps: Sheet 4, ")
    await ada.page.keyboard.press("Escape")

    await today.get_by_role("button", name="Change Sheet 4").click()
    dialog = ada.page.get_by_role("dialog", name="Change study time")
    await dialog.get_by_label("Length, in minutes").fill("61")
    await dialog.get_by_role("button", name="Save changes").click()
    await expect(dialog).to_contain_text("must be a whole number from 1 to 60")
    await dialog.get_by_label("Length, in minutes").fill("45")
    await dialog.get_by_label("What are you working on?").fill("Sheet 4, 2b")
    await dialog.get_by_role("button", name="Save changes").click()
    await expect(dialog).to_have_count(0)
    await expect(today).to_contain_text("Sheet 4, 2b")
    await expect(today).to_contain_text("45 min")

    await today.get_by_role("button", name="Change Sheet 4").click()
    await dialog.get_by_role("button", name="Delete").click()
    question = ada.page.get_by_role("dialog", name="Delete this study time?")
    await expect(question).to_contain_text("45 min of Sheet 4, 2b no longer count.")
    await question.get_by_role("button", name="Delete").click()
    await expect(today).to_have_count(0)


async def test_check_is_shown_on_every_view_and_answered(hall):
    ada = await hall.member("Ada Okafor")
    sockets = []

    def connect(socket):
        socket.connect_to_server()
        sockets.append(socket)

    await ada.context.route_web_socket("**/socket.io/**", connect)
    room = await ada.account.opens("Calculus")
    await ada.page.goto(f"/rooms/{room}")
    await card(ada.page).get_by_role("button", name="Count my time").click()
    await expect(card(ada.page).get_by_role("timer")).to_be_visible()
    session = (await ada.account.get("/api/focus/current")).data["session"]
    await ada.page.get_by_role("link", name="Home").click()

    check = {"id": session["id"], "respondBy": iso(-10)}
    sockets[-1].send(f"42{json.dumps(['focus-check', check])}")

    notice = ada.page.get_by_role("alert").filter(has_text="Still studying?")
    await expect(notice).to_be_visible()
    await expect(ada.page).to_have_title(re.compile(r"^Still studying\?"))
    await notice.get_by_role("button", name="Yes, still studying").click()
    await expect(notice).to_have_count(0)
    await expect(card(ada.page).get_by_role("timer")).to_be_visible()


async def test_leaderboard_omits_a_member_who_hides_their_time(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus", leaderboard="on")
    await ada.account.put(f"/api/study-rooms/{room}/membership", {"showOnLeaderboard": True})
    await ada.page.goto(f"/rooms/{room}")
    await card(ada.page).get_by_role("button", name="Count my time").click()
    await expect(card(ada.page).get_by_role("button", name="Stop")).to_be_visible()
    await card(ada.page).get_by_role("button", name="Leaderboard").click()
    leaderboard = ada.page.get_by_role("dialog", name="Leaderboard")
    await expect(leaderboard.get_by_role("row", name=re.compile(r"^1 Ada Okafor \(you\)"))).to_be_visible()
    await leaderboard.get_by_role("checkbox", name="Show my study time to this room").uncheck()
    await expect(leaderboard).to_contain_text("Only you see it.")
    await leaderboard.get_by_role("radio", name="All time").check()
    await expect(leaderboard).to_contain_text("Nobody is listed yet")


async def test_time_is_counted_with_the_timer_of_the_room(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    await ada.page.goto(f"/rooms/{room}")
    await ada.page.get_by_role("button", name="Start focus").click()
    await expect(card(ada.page)).to_contain_text("Counted with the room")
    await ada.page.get_by_role("button", name="Skip to the break").click()
    await expect(card(ada.page).get_by_role("button", name="Count my time")).to_be_visible()
    switch = card(ada.page).get_by_role("checkbox", name="Count my time while the room")
    async with ada.page.expect_response(lambda response: response.request.method == "PUT"):
        await switch.uncheck()
    await ada.page.reload()
    await expect(switch).not_to_be_checked()
    await ada.page.get_by_role("button", name="Skip to the next focus").click()
    await expect(card(ada.page).get_by_role("button", name="Count my time")).to_be_visible()
    assert (await ada.account.get("/api/focus/current")).data["session"] is None


async def test_timer_without_a_room_runs_on_all_views(hall):
    ada = await hall.member("Ada Okafor")
    await ada.account.opens("Calculus")
    await ada.page.goto("/dashboard")
    await ada.page.get_by_role("button", name="My timer").click()
    dialog = ada.page.get_by_role("dialog", name="My timer")
    await dialog.get_by_role("button", name="Start focus").click()
    await expect(dialog.get_by_role("button", name="Pause")).to_be_visible()
    await ada.page.keyboard.press("Escape")
    await expect(ada.page.get_by_role("region", name="Focus", exact=True)).to_contain_text("Round 1 of 4")
    await ada.page.get_by_role("link", name="Rooms", exact=True).click()
    await expect(ada.page).to_have_title(re.compile(r"^24:5\d · Rooms · Studyhall$"))
