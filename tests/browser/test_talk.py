"""Studying together: people in browsers meet in a room and talk."""

import itertools
import re

import pytest
from playwright.async_api import expect

from tests.support.browser import PHONE, opened

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


async def test_two_people_meet_in_a_room_and_talk_and_a_third_comes_with_a_phone(hall):
    ada = await hall.somebody("Ada Okafor")
    await ada.page.goto("/")
    await ada.makes_an_account()
    link = await ada.opens_a_room("Calculus")
    await ada.says("Is anybody here?")
    await ada.reads("Is anybody here?")

    ben = await hall.somebody("Ben Lindqvist")
    await ben.page.goto(link)
    await ben.page.get_by_role("main").get_by_role("link", name="Create account").click()
    await ben.makes_an_account()
    await ben.page.get_by_role("button", name="Join room").click()
    await ben.says("I am!")

    for person in (ada, ben):
        await person.reads("Is anybody here?", "I am!")
    here = ada.page.get_by_role("complementary", name="People").get_by_role("listitem")
    await expect(here).to_contain_text(["Ada Okafor (you)", "Ben Lindqvist"])

    chiara = await hall.somebody("Chiara Rossi", PHONE)
    await chiara.page.goto(link)
    await chiara.page.get_by_role("main").get_by_role("link", name="Create account").click()
    await chiara.makes_an_account()
    await chiara.page.get_by_role("button", name="Join room").click()
    await chiara.says("Me, too, on the train.")

    for person in (ada, ben, chiara):
        await person.reads("Is anybody here?", "I am!", "Me, too, on the train.")
    await chiara.page.get_by_role("button", name="3 people here").click()
    drawer = chiara.page.get_by_role("dialog", name="People")
    await expect(drawer.get_by_role("listitem")).to_contain_text(["Chiara", "Ada", "Ben"])
    await drawer.get_by_role("button", name="Close").click()
    assert await chiara.page.evaluate("document.documentElement.scrollWidth") == PHONE["viewport"]["width"]

    await ben.page.close()
    await expect(ada.page.get_by_text("“Ben Lindqvist” left.")).to_be_visible()


async def test_a_message_has_its_lines_and_links_and_no_more_than_those(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    await ada.page.goto(f"/rooms/{room}")
    await ada.composer.fill("See https://example.org/a?b=c&d.")
    await ada.composer.press("Shift+Enter")
    await ada.page.keyboard.insert_text("not javascript:alert(1), not ftp://example.org, (http://example.net/x)")
    await ada.composer.press("Shift+Enter")
    await ada.page.keyboard.insert_text("见www.example.org。 or „ada@example.org“")
    await ada.composer.press("Enter")

    await expect(ada.words).to_have_count(1)
    assert (await ada.words.inner_text()).splitlines() == [
        "See https://example.org/a?b=c&d.",
        "not javascript:alert(1), not ftp://example.org, (http://example.net/x)",
        "见www.example.org。 or „ada@example.org“",
    ]
    links = ada.words.get_by_role("link")
    assert [await link.get_attribute("href") for link in await links.all()] == [
        "https://example.org/a?b=c&d",
        "http://example.net/x",
        "http://www.example.org/",
        "mailto:ada@example.org",
    ]
    for link in await links.all():
        assert "noopener" in await link.get_attribute("rel")
    assert await ada.words.evaluate("words => getComputedStyle(words).whiteSpace") in {
        "pre-wrap",
        "pre-line",
        "break-spaces",
    }


async def test_who_looks_elsewhere_sees_what_is_unread_and_where_it_begins(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    ben = await hall.api.person("Ben", "Lindqvist")
    await ben.joins(room)
    await ada.page.goto(f"/rooms/{room}")
    await ada.says("one")
    await ada.reads("one")
    await ada.page.get_by_role("navigation", name="Main").get_by_role("link", name="Rooms").click()
    await expect(ada.talk).to_have_count(0)
    for text in ("two", "three"):
        await ben.post(f"/api/study-rooms/{room}/messages", {"content": text})
    await ada.page.reload()

    await expect(ada.page).to_have_title(re.compile(r"^\(2\)"))
    await ada.page.get_by_role("navigation", name="My rooms").get_by_role("link", name="Calculus").click()
    await ada.reads("one", "two", "three")
    await expect(ada.talk.get_by_text("New messages", exact=True)).to_have_count(1)
    rows = await ada.talk.get_by_role("listitem").all_inner_texts()
    [line] = [at for at, text in enumerate(rows) if "New messages" in text]
    assert ("one" in rows[line - 1], "two" in rows[line + 1]) == (True, True)
    await expect(ada.page).not_to_have_title(re.compile(r"^\("))


async def test_a_draft_outlives_a_reload(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    await ada.page.goto(f"/rooms/{room}")
    await ada.composer.fill("half a thou")
    await ada.page.reload()
    await expect(ada.composer).to_have_value("half a thou")
    await ada.page.goto("/dashboard")
    await ada.page.goto(f"/rooms/{room}")
    await ada.composer.press_sequentially("ght")
    await ada.composer.press("Enter")
    await ada.reads("half a thought")
    await ada.page.reload()
    await ada.reads("half a thought")
    await expect(ada.composer).to_have_value("")


async def test_two_tabs_are_one_person(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    ben = await hall.member("Ben Lindqvist", room)
    await ada.page.goto(f"/rooms/{room}")
    second = await ada.context.new_page()
    await second.goto(f"/rooms/{room}")
    there = second.get_by_role("log", name="Messages").locator(".words")

    people = ben.page.get_by_role("complementary", name="People").get_by_role("listitem")
    await expect(people).to_contain_text(["Ben Lindqvist (you)", "Ada Okafor"])
    await ada.says("from one")
    await expect(there).to_have_text(["from one"])
    await second.get_by_role("textbox", name="Message to").fill("from two")
    await second.get_by_role("textbox", name="Message to").press("Enter")
    await ada.reads("from one", "from two")
    await ben.reads("from one", "from two")
    await expect(there).to_have_text(["from one", "from two"])

    await second.close()
    await ada.says("still here")
    await ben.reads("from one", "from two", "still here")
    await expect(people).to_have_count(2)

    third = await ada.context.new_page()
    await third.goto("/account")
    await third.get_by_role("button", name="Sign out", exact=True).click()
    await expect(ada.page.get_by_role("button", name="Sign in")).to_be_visible()


async def test_input_keeps_user_active_and_chosen_status_stands(chromium):
    async with opened(chromium, presence_away_after=1.5) as hall:
        ada, ben = await hall.member("Ada Okafor"), await hall.member("Ben Lindqvist")
        await ben.page.goto("/dashboard")
        room = await ada.account.opens("Calculus")
        await ben.account.joins(room)
        await ada.page.goto(f"/rooms/{room}")
        await expect(ada.composer).to_be_visible()
        idle = await ben.account.chat()

        def of(person):
            return [said["status"] for said in idle.of("status-updated") if said["userId"] == person.account.id]

        async def idles(times):
            """Join again as an idle Ben, and yield until he has been away `times` times; Ada may act meanwhile."""
            await idle.call("leave-room", room)
            await idle.call("join-room", room)
            while of(ben).count("away") < times:
                yield

        places = itertools.cycle(range(200, 600))
        acts = itertools.cycle(
            [
                lambda: ada.page.mouse.move(next(places), 300),
                lambda: ada.page.mouse.wheel(0, -10),
                lambda: ada.composer.press("x"),
            ]
        )
        async for _ in idles(1):
            await next(acts)()
        async for _ in idles(2):
            await next(acts)()
        assert of(ada) == []

        await idle.hears("status-updated", lambda said: said["userId"] == ada.account.id and said["status"] == "away")
        await ada.composer.press("y")
        await idle.hears("status-updated", lambda said: said["userId"] == ada.account.id and said["status"] == "active")

        await ada.page.get_by_label("Your status").select_option("Busy")
        await idle.hears("status-updated", lambda said: said["status"] == "busy")
        async for _ in idles(3):
            await idle.hears("status-updated", lambda _: of(ben).count("away") == 3)
        assert of(ada)[-1] == "busy"
        await ada.page.reload()
        await expect(ada.page.get_by_label("Your status")).to_have_value("busy")
        await ada.page.get_by_label("Your status").select_option("Automatic")
        await idle.hears("status-updated", lambda said: said["userId"] == ada.account.id and of(ada)[-1] == "away")


async def test_a_status_is_seen_by_the_others(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    ben = await hall.member("Ben Lindqvist", room)
    await ada.page.goto(f"/rooms/{room}")

    await ada.page.get_by_label("Your status").select_option("Busy")

    row = ben.page.get_by_role("complementary", name="People").get_by_role("listitem").filter(has_text="Ada")
    await expect(row).to_contain_text("Busy")
