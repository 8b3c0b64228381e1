"""Quiet focus in the page: own messages wait for the break, and others see nothing before."""

import pytest
from playwright.async_api import expect

from tests.support.quiet_focus import start_room_focus, stop_room_focus

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


async def enter_quiet_room(hall):
    """Return Ada, the owner, and Ben in a room with quiet focus, in a focus phase."""
    ada, ben = await hall.member("Ada Okafor"), await hall.member("Ben Lindqvist")
    room = (await ada.account.post("/api/study-rooms", {"name": "Quiet", "quietFocus": "hold"})).data["id"]
    await ben.account.joins(room)
    await start_room_focus(room, ada.account)
    for person in (ada, ben):
        await person.page.goto(f"/rooms/{room}")
        await expect(person.composer).to_be_visible()
    return room, ada, ben


def waiting(person):
    return person.page.locator(".message.held")


async def test_own_message_waits_and_is_published_at_the_break(hall):
    room, ada, ben = await enter_quiet_room(hall)
    await ben.says("Who has done exercise 7?")
    await expect(waiting(ben)).to_contain_text("Who has done exercise 7?")
    await expect(waiting(ben)).to_contain_text("Sent at the break")
    await ada.says("Break at four")
    await expect(ben.words).to_have_text(["Break at four", "Who has done exercise 7?"])
    await expect(ada.words).to_have_text(["Break at four"])

    await stop_room_focus(room, ada.account)

    await expect(ada.words).to_have_text(["Break at four", "Who has done exercise 7?"])
    await expect(waiting(ben)).to_have_count(0)
    await expect(ben.words).to_have_text(["Break at four", "Who has done exercise 7?"])


async def test_waiting_message_is_shown_after_reload_and_in_other_tabs(hall):
    room, _, ben = await enter_quiet_room(hall)
    other = await ben.page.context.new_page()
    await other.goto(f"/rooms/{room}")
    await expect(other.locator("#write")).to_be_visible()
    await ben.says("One")
    await expect(other.locator(".message.held")).to_contain_text("One")
    await ben.page.reload()
    await expect(waiting(ben)).to_contain_text("One")
    await waiting(ben).get_by_role("button", name="Cancel").click()
    await expect(other.locator(".message.held")).to_have_count(0)


async def test_cancelled_message_is_back_in_the_composer(hall):
    room, ada, ben = await enter_quiet_room(hall)
    await ben.says("Wrong room")
    await waiting(ben).get_by_role("button", name="Cancel").click()
    await expect(waiting(ben)).to_have_count(0)
    await expect(ben.composer).to_have_value("Wrong room")

    await stop_room_focus(room, ada.account)
    await ada.says("Break!")

    await expect(ben.words).to_have_text(["Break!"])


async def test_refused_message_keeps_its_text(hall):
    room, ada, ben = await enter_quiet_room(hall)
    await ben.says("Rude")
    await expect(waiting(ben)).to_contain_text("Rude")
    await ada.account.put(f"/api/study-rooms/{room}/members/{ben.account.id}/mute", {"seconds": 3600})
    await stop_room_focus(room, ada.account)
    await expect(ben.page.locator(".message.refused")).to_contain_text("Rude")
    await expect(ben.page.locator(".message.refused").get_by_role("button", name="Try again")).to_be_visible()
    await expect(ada.words).to_have_count(0)


async def test_release_leaves_reader_in_place(hall):
    room, ada, ben = await enter_quiet_room(hall)
    for number in range(60):
        await ada.account.post(f"/api/study-rooms/{room}/messages", {"content": f"Line {number}"})
    await ben.says("One")
    log = ada.page.get_by_role("log")
    await expect(ada.words.last).to_have_text("Line 59")
    await log.evaluate("log => { log.scrollTop = 400; }")
    await expect(ada.page.get_by_role("button", name="Jump to latest")).to_be_visible()
    before = await log.evaluate("log => log.scrollTop")

    await stop_room_focus(room, ada.account)

    await expect(ada.page.get_by_role("button", name="1 new message")).to_be_visible()
    assert await log.evaluate("log => log.scrollTop") == before


async def test_owner_turns_quiet_focus_on_and_off(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    for quiet in ("hold", "off"):
        await ada.page.goto(f"/rooms/{room}/settings")
        await ada.page.get_by_role("checkbox", name="Quiet focus").set_checked(quiet == "hold")
        await ada.page.get_by_role("button", name="Save").click()
        await expect(ada.composer).to_be_visible()
        assert (await ada.account.get(f"/api/study-rooms/{room}")).data["quietFocus"] == quiet
