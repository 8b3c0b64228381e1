"""The room one is in: it stays on whichever view one looks at. And what is unread, told to every tab."""

import pytest
from playwright.async_api import expect

from tests.support.browser import opened

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


async def test_seat_stays_on_other_views_until_one_leaves(hall):
    ada = await hall.member("Ada Okafor")
    room, other = await ada.account.opens("Calculus"), await ada.account.opens("Algebra")
    ben = await hall.member("Ben Lindqvist", room)
    watching = await ben.account.chat(room)
    await ada.page.goto(f"/rooms/{room}")
    await watching.hears("user-joined", lambda said: said["id"] == ada.account.id)

    await ada.opens_room_menu()
    await ada.page.get_by_role("link", name="Room settings").click()
    await expect(ada.page.get_by_role("heading", name="Room settings")).to_be_visible()
    await ada.page.go_back()
    await ada.opens_room_menu()
    await ada.page.get_by_role("link", name="Moderation").click()
    await expect(ada.page.get_by_role("heading", name="Moderation")).to_be_visible()
    for view in ("Home", "Rooms", "Account of Ada Okafor"):
        await ada.page.get_by_role("banner").get_by_role("link", name=view).click()
        await expect(ada.page.get_by_role("heading", level=1)).to_be_focused()
    note = ada.page.get_by_role("complementary", name="Your current room")
    await expect(note).to_contain_text("Calculus")
    await ada.page.reload()
    await expect(note).to_contain_text("Calculus")

    await ben.account.post(f"/api/study-rooms/{room}/messages", {"content": "while you look elsewhere"})
    await expect(ada.page).to_have_title("(1) Your account · Studyhall")
    await note.get_by_role("link", name="Calculus").click()
    await ada.reads("while you look elsewhere")
    await expect(ada.page.get_by_text("New messages", exact=True)).to_be_visible()
    await expect(ada.page).to_have_title("Calculus · Studyhall")
    await watching.settles()
    assert watching.of("user-left") == []

    await ada.page.goto(f"/rooms/{other}")
    await watching.hears("user-left")
    await ada.page.get_by_role("link", name="Calculus").click()
    await watching.hears("user-joined", lambda said: said["version"] > 3)
    await ada.opens_room_menu()
    await ada.page.get_by_role("button", name="Leave for now").click()
    await expect(ada.page).to_have_url(f"{ada.url}/rooms")
    await watching.hears("user-left", lambda said: said["version"] > 4)
    await expect(note).to_have_count(0)
    assert (await ada.account.get(f"/api/study-rooms/{room}")).data["role"] == "owner"


async def test_another_room_leaves_the_former_one_in_this_tab_only(hall):
    ada = await hall.member("Ada Okafor")
    room, other = await ada.account.opens("Calculus"), await ada.account.opens("Algebra")
    ben = await hall.member("Ben Lindqvist", room)
    watching = await ben.account.chat(room)
    await ada.page.goto(f"/rooms/{room}")
    second = await ada.context.new_page()
    await second.goto(f"/rooms/{room}")
    await expect(second.get_by_label("Your status")).to_be_visible()

    await ada.page.get_by_role("link", name="Algebra").click()
    await expect(ada.page.get_by_label("Your status")).to_be_visible()
    await watching.settles()
    assert watching.of("user-left") == [], "the other tab is still in the room"
    there = {user["userId"] for user in (await ada.account.get(f"/api/study-rooms/{other}/presence")).data}
    assert there == {ada.account.id}
    await second.get_by_role("link", name="Algebra").click()
    assert (await watching.hears("user-left"))["userId"] == ada.account.id


async def test_closed_tab_leaves_after_the_grace_period_and_only_the_last_one(chromium):
    async with opened(chromium, presence_grace=1.5) as hall:
        ada = await hall.member("Ada Okafor")
        room = await ada.account.opens("Calculus")
        ben = await hall.member("Ben Lindqvist", room)
        watching = await ben.account.chat(room)
        second = await ada.context.new_page()
        for page in (ada.page, second):
            await page.goto(f"/rooms/{room}")
            await expect(page.get_by_label("Your status")).to_be_visible()

        await second.close()
        third = await ada.context.new_page()
        await third.goto("/dashboard")
        await ada.page.get_by_role("banner").get_by_role("link", name="Account of Ada Okafor").click()
        await expect(ada.page.get_by_role("complementary", name="Your current room")).to_contain_text("Calculus")
        await third.get_by_role("link", name="Rooms", exact=True).click()
        await watching.settles()
        assert watching.of("user-left") == []
        assert len(watching.of("user-joined")) == 1

        await ada.page.close()  # the other tab is open, but in no room
        assert (await watching.hears("user-left"))["userId"] == ada.account.id


async def test_unread_is_told_to_every_tab_and_cleared_by_reading_in_one(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    await ada.account.opens("Algebra")  # last active until somebody writes in the other
    ben = await hall.member("Ben Lindqvist", room)
    lists = []
    await ada.page.goto("/rooms")
    second = await ada.context.new_page()
    await second.goto("/account")
    names = ada.page.get_by_role("heading", level=3)
    await expect(names).to_have_text(["Algebra", "Calculus"])
    for page in (ada.page, second):
        await expect(page.get_by_role("link", name="Rooms", exact=True)).to_be_visible()
        await expect(page).to_have_title("Rooms · Studyhall" if page is ada.page else "Your account · Studyhall")
        await ada.has_loaded(page)
        page.on("request", lambda request: lists.append(request.url))
    watching = await ada.account.personal()

    await ben.says("one")
    await watching.hears("room-activity")
    for page, title in ((ada.page, "(1) Rooms · Studyhall"), (second, "(1) Your account · Studyhall")):
        await expect(page).to_have_title(title, timeout=1_000)
    await ben.says("two")
    await expect(second).to_have_title("(2) Your account · Studyhall", timeout=2_000)
    await expect(names).to_have_text(["Calculus", "Algebra"])
    assert [url for url in lists if "/api/study-rooms?" in url] == []

    await second.goto(f"/rooms/{room}")
    await watching.hears("read-updated")
    await expect(ada.page).to_have_title("Rooms · Studyhall", timeout=1_000)
    await expect(ada.page.get_by_role("link", name="Calculus 2 people here")).to_be_visible()
    await expect(ada.page.get_by_text("Ben is here")).to_be_visible()
