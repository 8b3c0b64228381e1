"""Users who join and leave: open pages follow by the events alone, and do not ask the server for each of them."""

import time

import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

MANY = 50


class Asked:
    """Requests of a page to the API, by path."""

    def __init__(self, page):
        self.paths = []
        page.on("request", lambda request: "/api/" in request.url and self.paths.append(request.url.split("/api/")[1]))

    def of(self, part):
        return [path for path in self.paths if part in path]


async def test_page_asks_for_no_list_while_many_join_and_leave(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    ben = await hall.member("Ben Lindqvist", room)
    pupils = [await hall.api.person(f"Pupil{chr(97 + number % 26)}", f"N{number // 26}") for number in range(MANY)]
    await ada.page.goto(f"/rooms/{room}")
    await ada.has_loaded()
    people = ada.page.get_by_role("complementary", name="People")
    await expect(people.get_by_text("Ben Lindqvist")).to_be_visible()
    asked = Asked(ada.page)

    for pupil in pupils:
        await pupil.joins(room)
    await expect(people.get_by_role("listitem")).to_have_count(MANY + 2)
    for pupil in pupils[1:]:
        await pupil.post(f"/api/study-rooms/{room}/leave")
    await expect(people.get_by_role("listitem")).to_have_count(3)

    assert f"study-rooms/{room}" not in asked.paths, "the events say who came and went"
    assert asked.of("study-rooms?") == [], "nor is the list of rooms asked for"
    assert len(asked.paths) <= 3
    assert ben


async def test_events_say_the_order_of_members_and_similar_names(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    ben, dan = await hall.api.person("Ben", "Lindqvist"), await hall.api.person("Dan", "Quist")
    for person in (ben, dan):
        await person.joins(room)
    await ada.page.goto(f"/rooms/{room}")
    people = ada.page.get_by_role("complementary", name="People")
    absent = people.locator(".absent").get_by_role("listitem")
    await expect(absent).to_contain_text(["Ben Lindqvist", "Dan Quist"])
    await ada.has_loaded()
    asked = Asked(ada.page)

    await ada.account.put(f"/api/study-rooms/{room}/members/{dan.id}", {"role": "moderator"})
    await expect(absent).to_contain_text(["Dan Quist", "Ben Lindqvist"])
    other = await hall.api.person("Ben", "Iindqvist")
    await other.joins(room)
    await expect(people.get_by_text("Similar name")).to_have_count(2)
    await dan.put("/api/auth/me", {"firstName": "BEN", "lastName": "Lindqvist"})
    await expect(people.get_by_text("Similar name")).to_have_count(3)
    await dan.put("/api/auth/me", {"firstName": "Dan", "lastName": "Quist"})
    await expect(people.get_by_text("Similar name")).to_have_count(2)
    await other.post(f"/api/study-rooms/{room}/leave")
    await expect(people.get_by_text("Similar name")).to_have_count(0)
    assert f"study-rooms/{room}" not in asked.paths


async def test_page_in_another_room_asks_seldom_while_many_join_and_leave(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    pupils = [await hall.api.person(f"Pupil{chr(97 + number)}", "Okoro") for number in range(20)]
    await ada.page.clock.install()
    await ada.page.goto("/rooms")
    card = ada.page.get_by_role("main").get_by_role("listitem").filter(has_text="Calculus")
    await expect(card).to_be_visible()
    await ada.is_connected()
    await (await hall.api.person("Ben", "Lindqvist")).joins(room)
    await expect(ada.page.get_by_text("joined Calculus").first).to_be_visible()
    await ada.has_loaded()
    asked, began = Asked(ada.page), time.monotonic()
    for pupil in pupils:
        await pupil.joins(room)
        chat = await pupil.chat(room)
        await chat.close()
        await pupil.post(f"/api/study-rooms/{room}/leave")
    await expect(card).to_contain_text("3 members")  # as the last who joined was told; leaving is not
    await ada.page.clock.run_for(10_000)  # whatever is asked for in a moment is asked for by now
    assert asked.of("study-rooms?") == [], "no list of rooms is asked for because users join"
    assert len(asked.of("presence")) <= 2 + (time.monotonic() - began) // 5, "at most every 5 seconds"
