"""The focus after actions that remove their own control: it is never lost, and stays near."""

import asyncio

import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

ON_BODY = "document.activeElement === document.body"


async def staffed_room(hall, *names):
    """Return an owner with a room, its id, and its members by the API."""
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    people = [await hall.api.person(*name.split()) for name in names]
    for one in people:
        await one.joins(room)
    return ada, room, people


async def test_resolving_a_report_moves_the_focus_to_the_next_one(hall):
    ada, room, (ben, cleo) = await staffed_room(hall, "Ben Lindqvist", "Cleo Rossi")
    for text in ("one", "two", "three"):
        said = (await ben.post(f"/api/study-rooms/{room}/messages", {"content": text})).data
        await cleo.post(f"/api/study-rooms/{room}/messages/{said['id']}/report", {})
    page, keys = ada.page, ada.page.keyboard
    await page.goto(f"/rooms/{room}/moderation")
    reports = page.get_by_role("list", name="Reports").get_by_role("listitem")
    resolve = reports.get_by_role("button", name="Mark as resolved")
    await expect(resolve).to_have_count(3)
    await resolve.nth(1).focus()
    for left in (2, 1):
        await keys.press("Enter")
        await expect(reports).to_have_count(left)
        await expect(resolve.last).to_be_focused()
    await keys.press("Enter")
    await expect(reports).to_have_count(0)
    assert not await page.evaluate(ON_BODY)


async def test_lifting_a_ban_moves_the_focus_to_the_next_one(hall):
    ada, room, people = await staffed_room(hall, "Ben Lindqvist", "Cleo Rossi")
    for one in people:
        await ada.account.put(f"/api/study-rooms/{room}/bans/{one.id}", {})
    page, keys = ada.page, ada.page.keyboard
    await page.goto(f"/rooms/{room}/moderation")
    unban = page.get_by_role("list", name="Banned people").get_by_role("button")
    await expect(unban).to_have_count(2)
    await unban.first.focus()
    await keys.press("Enter")
    await expect(unban).to_have_count(1)
    await expect(unban).to_be_focused()


async def test_removing_a_member_leaves_the_focus_among_the_people(hall):
    ada, room, _ = await staffed_room(hall, "Ben Lindqvist", "Cleo Rossi")
    page, keys = ada.page, ada.page.keyboard
    await page.goto(f"/rooms/{room}")
    people = page.get_by_role("complementary", name="People")
    await people.get_by_role("button", name="Ben Lindqvist").focus()
    await keys.press("Enter")
    await page.get_by_role("dialog").get_by_role("button", name="Remove", exact=True).focus()
    await keys.press("Enter")
    question = page.get_by_role("dialog").last
    await question.get_by_role("button", name="Remove").last.focus()
    await keys.press("Enter")
    await expect(people.get_by_role("button", name="Ben Lindqvist")).to_have_count(0)
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_have_count(1)
    await page.wait_for_function("() => document.activeElement.closest('dialog') !== null")
    await keys.press("Escape")
    await expect(dialog).to_have_count(0)
    await page.wait_for_function("() => document.activeElement.closest('aside') !== null")


async def test_escape_in_the_list_of_rooms_leads_to_the_composer(hall):
    ada = await hall.member("Ada Okafor")
    rooms = await asyncio.gather(*(ada.account.opens(f"Room {number}") for number in range(3)))
    page, keys = ada.page, ada.page.keyboard
    await page.goto(f"/rooms/{rooms[0]}")
    await expect(ada.composer).to_be_visible()
    listed = page.get_by_role("navigation", name="My rooms").get_by_role("listitem")
    await expect(listed).to_have_count(len(rooms))
    await page.get_by_role("link", name="Skip to rooms").focus()
    await keys.press("Enter")
    await keys.press("End")
    await keys.press("Escape")
    await expect(ada.composer).to_be_focused()
    for words, target in (("Skip to rooms", "li > a"), ("Skip to the content", "#main")):
        await page.goto("/account")
        await expect(listed).to_have_count(len(rooms))
        await page.get_by_role("link", name=words).focus()
        await keys.press("Enter")
        await page.wait_for_function("(to) => document.activeElement.matches(to)", arg=target)
