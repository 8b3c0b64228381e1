"""Actions that cannot be taken back ask first, naming who or what, and leave the focus somewhere sensible."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.test_admin import make_admin
from tests.support.browser import opened

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

FOCUSED = ":focus"
"""The element that has the focus; none if it is lost. A new view is given 120 ms to take it, so it is waited for."""


class Asked:
    """Requests that change something, counted: none is sent before a person said yes."""

    def __init__(self, page):
        self.page = page
        self.sent = []
        page.on("request", lambda request: request.method not in ("GET", "HEAD") and self.sent.append(request.url))

    async def by(self, control, title, *words, no="Cancel", yes=None, tick=None):
        """Press a control, read its question, say no, press it again and say yes."""
        before = len(self.sent)
        dialog = self.page.get_by_role("dialog", name=title)
        await control.click()
        for word in words:
            await expect(dialog).to_contain_text(word)
        sure = dialog.get_by_role("button", name=yes, exact=True)
        await expect(sure).to_have_class(re.compile(r"\bdanger\b"))
        await dialog.get_by_role("button", name=no, exact=True).click()
        await expect(dialog).to_have_count(0)
        assert self.sent[before:] == [], "nothing is done before the question is answered"
        await expect(self.page.locator(FOCUSED)).to_have_count(1)
        await control.click()
        if tick:
            await sure.click()
            await expect(dialog.get_by_role("alert")).to_contain_text("Tick the box")
            assert self.sent[before:] == [], "nothing is done before the box is ticked"
            await dialog.get_by_label(tick).check()
        await sure.click()
        await expect(dialog).to_have_count(0)
        await expect(self.page.locator(FOCUSED)).to_have_count(1)


async def test_room_actions_that_cannot_be_undone_ask_first(hall):
    ada = await hall.member("Ada Okafor")
    ada.expects("404")  # a request that arrives after leaving
    page = ada.page
    room = await ada.account.opens("Calculus", visibility="private")
    invite = (await ada.account.post(f"/api/study-rooms/{room}/invites", {})).data
    ben, cleo = await hall.api.person("Ben", "Lindqvist"), await hall.api.person("Cleo", "Rossi")
    for person in (ben, cleo):
        await person.post(f"/api/invites/{invite['code']}")
    await ada.account.put(f"/api/study-rooms/{room}/members/{ben.id}", {"role": "moderator"})
    asked = Asked(page)
    await page.goto(f"/rooms/{room}")
    people = page.get_by_role("complementary", name="People")

    await people.get_by_role("button", name="Manage Ben").click()
    member = page.get_by_role("dialog", name="Ben Lindqvist")
    take = member.get_by_role("button", name="Remove moderator")
    await asked.by(take, "Remove this moderator?", "Ben Lindqvist", "Invitations", yes="Remove moderator")
    await expect(member.get_by_role("button", name="Make moderator")).to_be_visible()
    await page.keyboard.press("Escape")

    await page.get_by_role("button", name="Invite").click()
    dialog = page.get_by_role("dialog", name="Invite people")
    revoke = dialog.get_by_role("button", name="Revoke")
    await asked.by(revoke, "Revoke", "stops working", yes="Revoke")
    await page.keyboard.press("Escape")

    await page.goto(f"/rooms/{room}/settings")
    await page.get_by_label("Private").uncheck()
    await page.get_by_label("Keep messages for").select_option("7 days")
    save = page.get_by_role("button", name="Save changes")
    words = ("older than 7 days", "find the room and join it", "only by people who are members now")
    await asked.by(save, "Save these changes?", *words, yes="Save changes", tick="Yes, make this room public")
    await expect(ada.composer).to_be_visible()
    await ada.account.put(f"/api/study-rooms/{room}", {"visibility": "private"})

    await page.goto(f"/rooms/{room}/settings")
    await page.get_by_label("New owner").select_option("Ben Lindqvist")
    hand_over = page.get_by_role("button", name="Transfer ownership")
    await expect(hand_over).to_have_class(re.compile(r"\bdanger\b"))
    title = "Transfer the room to Ben Lindqvist?"
    await asked.by(hand_over, title, "Calculus", "Only Ben Lindqvist can give", yes="Transfer ownership")
    await expect(page.get_by_text("“Ben Lindqvist” is the owner of this room now.")).to_be_visible()

    leave = page.get_by_role("button", name="Leave room", exact=True)
    words = ("you need a new invitation to join again", "lose the role")
    await asked.by(leave, "Leave Calculus?", *words, yes="Leave room")
    await expect(page.get_by_role("heading", name="Rooms", exact=True)).to_be_visible()


async def test_account_actions_that_cannot_be_undone_ask_first(hall):
    ada = await hall.member("Ada Okafor")
    page = ada.page
    room = await ada.account.opens("Calculus")
    asked = Asked(page)
    await page.goto("/account")
    end = page.get_by_role("list", name="Sessions").get_by_role("button", name="Sign out").first
    await asked.by(end, "Sign out this device?", "signed out at once", no="Cancel", yes="Sign out")
    await page.goto(f"/rooms/{room}")
    await ada.composer.fill("half a thought")
    await page.goto("/account")
    await page.get_by_role("button", name="Sign out", exact=True).click()
    question = page.get_by_role("dialog", name="Sign out and lose unsent text?")
    await expect(question).to_contain_text("Your drafts")
    await question.get_by_role("button", name="Stay signed in").click()
    await expect(page.get_by_role("heading", name="Your account")).to_be_visible()


async def test_admin_actions_ask_first_and_keep_the_focus(chromium, tmp_path):
    storage = f"sqlite:///{tmp_path / 'studyhall.db'}"
    async with opened(chromium, storage) as hall:
        ada = await hall.somebody("Ada Okafor")
        await hall.api.person("Ada", "Okafor")
        await make_admin(storage, ada.email)
        await hall.api.person("Ben", "Lindqvist")
        await ada.signs_in("/admin/users")
        page = ada.page
        row = page.get_by_role("list", name="Users").get_by_role("listitem").filter(has_text="Ben Lindqvist")
        disable, enable = row.get_by_role("button", name="Disable"), row.get_by_role("button", name="Enable")
        await Asked(page).by(disable, "Disable this account?", "Ben Lindqvist", yes="Disable account")
        await enable.click()
        await expect(disable).to_be_visible()
        await expect(page.locator(FOCUSED)).to_have_count(1)


async def test_focus_stays_near_controls_that_go_away(hall):
    ada = await hall.member("Ada Okafor")
    await ada.page.goto("/dashboard")
    page = ada.page
    room, other = await ada.account.opens("Calculus"), await ada.account.opens("Chemistry")
    path = f"/api/study-rooms/{room}"
    ben, cleo = await hall.api.person("Ben", "Lindqvist"), await hall.api.person("Cleo", "Rossi")
    for person in (ben, cleo):
        await person.joins(room)
    message = (await ben.post(f"{path}/messages", {"content": "hello"})).data
    await cleo.post(f"{path}/messages/{message['id']}/report", {})
    await ada.account.put(f"{path}/members/{ben.id}/mute", {"seconds": 600})

    async def leaves_focus(control):
        await control.click()
        await expect(control).to_have_count(0)
        await expect(page.locator(FOCUSED)).to_have_count(1)

    await page.goto(f"/rooms/{room}")
    await page.get_by_role("complementary", name="People").get_by_role("button", name="Manage Ben").click()
    member = page.get_by_role("dialog", name="Ben Lindqvist")
    await leaves_focus(member.get_by_role("button", name="Unmute"))
    assert await page.evaluate("document.activeElement.closest('dialog') !== null"), "the dialog is open still"
    await page.keyboard.press("Escape")
    await expect(member).to_have_count(0)
    await expect(page.locator(FOCUSED)).to_have_count(1)

    await ada.account.put(f"{path}/bans/{cleo.id}", {})
    await page.goto(f"/rooms/{room}/moderation")
    await leaves_focus(page.get_by_role("button", name="Mark as resolved"))
    await leaves_focus(page.get_by_role("button", name="Unban Cleo Rossi"))
    await page.goto("/dashboard")
    await ada.is_connected()
    await cleo.joins(other)
    await leaves_focus(page.get_by_role("button", name="Dismiss"))
