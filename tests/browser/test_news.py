"""Notices of what happens in other rooms: named, one for many, gone after a while, and never over a conversation."""

import pytest
from playwright.async_api import expect

from tests.support.browser import DESKTOP, PHONE

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

NAMES = ("Ben", "Cleo", "Dora", "Eve", "Finn", "Gil")
WHILE_SHOWN = 5_000
ENOUGH = 7_000


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_six_joins_make_one_notice_that_goes_and_covers_nothing(hall, device):
    ada = await hall.member("Ada Okafor", device=device)
    page = ada.page
    await page.clock.install()
    room, other = await ada.account.opens("Calculus"), await ada.account.opens("Chemistry")
    await page.goto(f"/rooms/{other}")
    await ada.says("hello")
    await ada.reads("hello")
    await ada.is_connected()
    notices = page.locator(".notice")

    people = [await hall.api.person(name, "Rossi") for name in NAMES]
    await people[0].joins(room)
    await expect(notices).to_have_text(["Ben Rossi joined Calculus.Dismiss"])
    for person in people[1:]:
        await person.joins(room)
    await expect(notices).to_have_text(["Ben, Cleo and 4 others joined Calculus.Dismiss"])
    notice, talk = await notices.bounding_box(), await page.locator(".conversation").bounding_box()
    assert notice["y"] + notice["height"] <= talk["y"], "it stands above the conversation"

    if device is DESKTOP:
        await notices.hover()
        await page.clock.fast_forward(ENOUGH)
        await expect(notices).to_have_count(1)
        await page.mouse.move(5, 790)
        await notices.get_by_role("button").focus()
        await page.clock.fast_forward(ENOUGH)
        await expect(notices).to_have_count(1)
        await ada.composer.focus()
    await page.clock.fast_forward(WHILE_SHOWN)
    await expect(notices).to_have_count(1)
    await page.clock.fast_forward(ENOUGH)
    await expect(notices).to_have_count(0)

    # the open room says it itself
    ida = await hall.api.person("Ida", "Rossi")
    await ida.joins(other)
    side = page.get_by_role("complementary", name="People")
    if device is DESKTOP:
        await expect(side.get_by_text("Ida Rossi")).to_be_visible()
    message = (await ida.post(f"/api/study-rooms/{other}/messages", {"content": "hi"})).data
    await ada.reads("hello", "hi")
    await people[0].post(f"/api/study-rooms/{room}/messages", {"content": "nothing to see"})
    await people[0].post(f"/api/study-rooms/{other}/messages/{message['id']}/report", {})
    await expect(notices).to_have_count(0)


async def test_every_notification_has_its_words(hall):
    ada, ben = await hall.member("Ada Okafor"), await hall.api.person("Ben", "Lindqvist")
    room = await ben.opens("Calculus")
    await ada.account.joins(room)
    await ada.page.goto("/dashboard")
    await ada.is_connected()
    notices = ada.page.locator(".notice")
    path = f"/api/study-rooms/{room}"
    me = f"{path}/members/{ada.account.id}"

    async def says(text):
        await expect(notices.filter(has_text=text)).to_have_count(1)

    await ben.put(f"{me}/mute", {"seconds": 600})
    await says("You cannot write in Calculus until")
    await ben.delete(f"{me}/mute")
    await says("You can write in Calculus again.")
    await ben.put(me, {"role": "moderator"})
    await says("You are a moderator of Calculus now.")
    cleo, dee = await hall.api.person("Cleo", "Rossi"), await hall.api.person("Dee", "Rossi")
    for person in (cleo, dee):
        await person.joins(room)
    message = (await dee.post(f"{path}/messages", {"content": "hello"})).data
    await cleo.post(f"{path}/messages/{message['id']}/report", {})
    await says("Cleo Rossi reported a message in Calculus. Review the report")
    await cleo.post(f"{path}/members/{dee.id}/report", {})
    await says("A member of Calculus was reported. Review the report")
    await ben.put(me, {"role": "member"})
    await says("You are no longer a moderator of Calculus.")
    await ben.put(path, {"ownerId": ada.account.id})
    await says("Ben Lindqvist made you the owner of Calculus.")
    await ada.account.put(path, {"ownerId": ben.id})
    await ben.delete(path)
    await says("Ben Lindqvist deleted Calculus.")
    await expect(notices).to_have_count(1)
