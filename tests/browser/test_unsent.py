"""Text that could not be sent, and rooms that ended while somebody was away."""

import re

import pytest
from playwright.async_api import expect

from tests.support.browser import NO_CONNECTION

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


def unsent(person):
    return person.page.get_by_role("region", name="Not sent")


def item(person, text):
    return unsent(person).get_by_role("listitem").filter(has_text=text)


async def goes_offline(person):
    await person.context.set_offline(True)
    await expect(
        person.page.get_by_role("status").filter(has_text=re.compile("offline|connection is lost"))
    ).to_be_visible()


async def comes_back(person):
    await person.context.set_offline(False)


async def private_room(ada, ben, name):
    room = await ada.account.opens(name, visibility="private")
    code = (await ada.account.post(f"/api/study-rooms/{room}/invites", {})).data["code"]
    assert (await ben.account.post(f"/api/invites/{code}")).status == 200
    return room


async def to_the_desk(person):
    await person.page.get_by_role("navigation", name="Main").get_by_role("link", name="Home").click()


async def test_removed_while_offline_shows_what_was_written(hall):
    ada = await hall.member("Ada Okafor")
    room, other = await ada.account.opens("Calculus"), await ada.account.opens("Physics")
    ben = await hall.member("Ben Lindqvist", room, permissions=["clipboard-read", "clipboard-write"])
    await ben.account.joins(other)
    ben.expects(NO_CONNECTION, "40[34]")
    await ben.says("before")
    await ben.reads("before")
    await goes_offline(ben)
    await ben.says("lost words")
    await ben.says("more words")
    await ben.composer.fill("half a thought")
    await ada.account.delete(f"/api/study-rooms/{room}/members/{ben.account.id}")
    await comes_back(ben)

    await expect(ben.page.get_by_text("You are no longer a member of this room: you were removed")).to_be_visible(
        timeout=20_000
    )
    await expect(item(ben, "lost words")).to_contain_text("You are no longer a member of this room.")
    await expect(item(ben, "half a thought")).to_contain_text("A draft.")
    await item(ben, "lost words").get_by_role("button", name="Copy").click()
    await expect(item(ben, "lost words").get_by_role("status")).to_have_text("Copied")
    assert await ben.page.evaluate("navigator.clipboard.readText()") == "lost words"
    await item(ben, "lost words").get_by_role("button", name="Delete").click()
    await ben.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(item(ben, "lost words")).to_have_count(0)

    # from elsewhere a line leads to it, and a reload keeps it
    await ben.page.goto(f"/rooms/{other}")
    await expect(ben.composer).to_be_visible()
    await (
        ben.page.get_by_role("status")
        .filter(has_text="2 texts could not be sent")
        .get_by_role("link", name="Show")
        .click()
    )
    await expect(item(ben, "more words")).to_contain_text("For Calculus")
    for text in ("more words", "half a thought"):
        await item(ben, text).get_by_role("button", name="Delete").click()
        await ben.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(unsent(ben)).to_have_count(0)
    await ben.page.reload()
    await expect(ben.page.get_by_role("heading", name="Recent messages")).to_be_visible()
    await expect(unsent(ben)).to_have_count(0)


async def test_rooms_that_end_while_one_is_away_are_said(hall):
    ada, ben = await hall.member("Ada Okafor"), await hall.member("Ben Lindqvist")
    private = await private_room(ada, ben, "Secret")
    deleted, left = await ada.account.opens("Deleted"), await ada.account.opens("Left")
    for room in (deleted, left):
        await ben.account.joins(room)
    ben.expects(NO_CONNECTION, "40[34]")
    ada.expects("404")
    await ben.page.goto(f"/rooms/{private}")
    await ben.composer.fill("a secret thought")
    await to_the_desk(ben)
    await expect(ben.page.get_by_role("link", name=re.compile("Secret")).first).to_be_visible()
    await ben.has_loaded()
    await goes_offline(ben)
    await ada.account.delete(f"/api/study-rooms/{private}/members/{ben.account.id}")
    await ada.account.delete(f"/api/study-rooms/{deleted}")
    await comes_back(ben)

    await expect(ben.page.get_by_text("Deleted was deleted.")).to_be_visible(timeout=20_000)
    await expect(ben.page.get_by_text("You can no longer open Secret")).to_be_visible()
    await expect(item(ben, "a secret thought")).to_contain_text("For Secret")

    # online, elsewhere
    await ada.account.delete(f"/api/study-rooms/{left}/members/{ben.account.id}")
    await expect(ben.page.get_by_text("You were removed from Left.")).to_be_visible(timeout=20_000)

    # a private room's door after an absence does not claim to know which it was
    again = await private_room(ada, ben, "Again")
    await ben.page.goto(f"/rooms/{again}")
    await expect(ben.composer).to_be_visible()
    await ben.says("hello")
    await expect(ben.words.last).to_have_text("hello")
    await ben.has_sent_everything()
    await goes_offline(ben)
    await ben.says("too late")
    await ada.account.delete(f"/api/study-rooms/{again}/members/{ben.account.id}")
    await comes_back(ben)
    await expect(ben.page.get_by_role("heading", name="You can no longer open this room")).to_be_visible(timeout=20_000)
    await expect(item(ben, "too late")).to_contain_text("This room was deleted, or you are no longer a member.")


async def test_own_leaving_is_no_news(hall):
    ben = await hall.member("Ben Lindqvist")
    ada = await hall.api.person("Ada")
    room = await ada.opens("Calculus")
    await ben.account.joins(room)
    await ben.page.goto(f"/rooms/{room}/settings")
    await ben.page.get_by_role("button", name="Leave room").click()
    await ben.page.get_by_role("dialog").get_by_role("button", name="Leave room").click()
    await expect(ben.page.get_by_text("You are not in a room yet")).to_be_visible()
    await expect(ben.page.get_by_text(re.compile("no longer a member|You left"))).to_have_count(0)
