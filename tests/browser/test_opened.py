"""A private room that is made public: the page asks twice, and shows later members where their history begins."""

import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

BEFORE = "Only people who joined before"


async def test_later_members_see_where_their_history_begins(hall):
    ada, ben = await hall.member("Ada Okafor"), await hall.member("Ben Lindqvist")
    room = await ada.account.opens("Calculus", visibility="private")
    invite = (await ada.account.post(f"/api/study-rooms/{room}/invites", {})).data
    await ben.account.post(f"/api/invites/{invite['code']}")
    await ada.account.post(f"/api/study-rooms/{room}/messages", {"content": "among us"})
    await ben.page.goto(f"/rooms/{room}")
    await expect(ben.words.last).to_have_text("among us")

    page = ada.page
    await page.goto(f"/rooms/{room}/settings")
    await page.get_by_label("Private").uncheck()
    await page.get_by_role("button", name="Save changes").click()
    dialog = page.get_by_role("dialog", name="Save these changes?")
    await dialog.get_by_label("Yes, make this room public").check()
    await dialog.get_by_role("button", name="Save changes").click()
    await expect(ada.talk.get_by_text("made this room public")).to_be_visible()
    await expect(ben.talk.get_by_text("made this room public")).to_be_visible()

    cleo = await hall.member("Cleo Rossi", room)
    await expect(cleo.talk.get_by_text("made this room public")).to_be_visible()
    await expect(cleo.talk.get_by_text(BEFORE)).to_be_visible()
    await expect(cleo.talk.get_by_text("among us")).to_have_count(0)
    await expect(ben.talk.get_by_text("This is the beginning of the room.")).to_be_visible()
    await expect(ben.talk.get_by_text("among us")).to_be_visible()
    await cleo.page.reload()
    await expect(cleo.talk.get_by_text(BEFORE)).to_be_visible()
