"""Reports of messages in the page, from reader to moderator."""

import pytest
from playwright.async_api import expect

from tests.support.browser import PHONE
from tests.support.looking import Looking

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


async def test_a_message_is_reported_with_the_keyboard_and_settled_by_who_looks_after_the_room(hall):
    ada = await hall.member("Ada Okafor")
    await ada.page.goto("/dashboard")
    room = await ada.account.opens("Calculus")
    chiara = await hall.api.person("Chiara", "Rossi")
    await chiara.joins(room)
    ben = await hall.member("Ben Lindqvist", room)
    for text in ("أهلا", "rude words", "sorry"):
        last = (await chiara.post(f"/api/study-rooms/{room}/messages", {"content": text})).data
    await ben.says("mine")
    await expect(ben.words).to_have_count(4)
    keys = ben.page.keyboard
    await ben.talk.focus()
    await keys.press("Tab")
    about = ben.page.get_by_role("button", name="Report message from Chiara Rossi")
    await expect(about).to_have_count(3)
    await expect(about.last).to_be_focused()
    await keys.press("ArrowUp")
    await expect(about.nth(1)).to_be_focused()
    await keys.press("Enter")
    dialog = ben.page.get_by_role("dialog", name="From Chiara Rossi")
    await expect(dialog).to_contain_text("rude words")
    await expect(dialog.get_by_role("button", name="Manage")).to_have_count(0)
    await dialog.get_by_label("What is wrong with it?").fill("وقح")
    await keys.press("Enter")
    await expect(dialog.get_by_role("status")).to_contain_text("Report sent.")
    await keys.press("Escape")
    await expect(about.nth(1)).to_be_focused()

    await ada.page.get_by_role("link", name="Review the report").click()
    report = ada.page.get_by_role("list", name="Reports").get_by_role("listitem")
    await expect(report).to_contain_text("rude words")
    await expect(report).to_contain_text("Reported by Ben Lindqvist")
    await expect(report.get_by_text("وقح")).to_have_attribute("dir", "auto")
    await report.get_by_role("button", name="Mark as resolved").click()
    await expect(ada.page.get_by_text("No open reports. All is calm.")).to_be_visible()
    await ben.account.post(f"/api/study-rooms/{room}/messages/{last['id']}/report", {})
    await expect(report).to_contain_text("sorry")
    await ada.page.get_by_label("Status of the reports").select_option("Resolved")
    await expect(report).to_contain_text("Resolved by Ada Okafor")


async def test_who_looks_after_the_room_gets_from_a_message_to_who_wrote_it(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    ben = await hall.member("Ben Lindqvist", room)
    await ada.page.goto(f"/rooms/{room}")
    await ben.says("rude words")
    message = ada.talk.get_by_role("listitem").filter(has_text="rude words")
    await message.hover()
    await message.get_by_role("button", name="Actions for message").click()
    about = ada.page.get_by_role("dialog", name="From Ben Lindqvist")
    await about.get_by_role("button", name="Manage Ben Lindqvist").click()
    await ada.page.get_by_role("dialog").get_by_role("button", name="1 hour").click()
    await expect(ben.page.get_by_text("You cannot write here until")).to_be_visible()


async def test_beside_the_way_to_the_reports_stands_how_many_are_open(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    path = f"/api/study-rooms/{room}"
    ben = await hall.member("Ben Lindqvist", room)
    chiara = await hall.api.person("Chiara", "Rossi")
    await chiara.joins(room)
    said = [(await chiara.post(f"{path}/messages", {"content": text})).data["id"] for text in ("one", "two", "three")]
    asked = []
    ben.context.on("request", lambda request: asked.append(request.url))

    async def report(message):
        return (await ben.account.post(f"{path}/messages/{message}/report", {})).data["id"]

    await report(said[0])
    await ada.page.goto(f"/rooms/{room}")
    way = ada.page.get_by_role("link", name="Moderation")
    await ada.opens_room_menu()
    await expect(way).to_have_accessible_name("Moderation 1 open report")
    last = [await report(message) for message in said[1:]][-1]
    await expect(way).to_have_accessible_name("Moderation 3 open reports")
    looking = Looking("light", "dark")
    await looking.here(ada.page, "a room with reports")

    await way.click()
    reports = ada.page.get_by_role("list", name="Reports").get_by_role("listitem")
    await reports.filter(has_text="one").get_by_role("button", name="Mark as resolved").click()
    await expect(reports).to_have_count(2)
    await ada.page.get_by_role("link", name="Back to the room").click()
    await ada.opens_room_menu()
    await expect(way).to_have_accessible_name("Moderation 2 open reports")

    await ada.account.put(f"{path}/reports/{last}", {"status": "resolved"})  # as another one does who looks after it
    await ada.page.evaluate("dispatchEvent(new Event('focus'))")
    await expect(way).to_have_accessible_name("Moderation 1 open report")
    await ada.page.set_viewport_size(PHONE["viewport"])
    await expect(way).to_have_accessible_name("Moderation 1 open report")
    await looking.here(ada.page, "the menu of the room, on a phone")
    assert not looking.faults, "\n".join(looking.faults)

    await ben.page.reload()
    await ben.opens_room_menu()
    await expect(ben.page.get_by_role("link", name="Leave room")).to_be_visible()
    await expect(ben.page.get_by_role("link", name="Moderation")).to_have_count(0)
    assert not [url for url in asked if "/reports" in url]


async def test_name_notice_and_room_are_reported(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    ben = await hall.member("Ben Lindqvist", room)
    chiara = await hall.api.person("Chiara", "Rossi")
    await chiara.joins(room)
    await ada.account.post(f"/api/study-rooms/{room}/messages/system", {"content": "Break at four"})
    page = ben.page
    side = page.get_by_role("complementary", name="People")

    async def reports(button, reason, readers):
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text(readers)
        await dialog.get_by_role("textbox").fill(reason)
        await dialog.get_by_role("button", name=button).click()
        await expect(dialog.get_by_role("status")).to_contain_text("Report sent.")
        await page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)

    await side.get_by_role("button", name="About Chiara Rossi").click()
    await reports("Send report", "no name", "The owner and the moderators of the room and the admins")
    await side.get_by_role("button", name="About Ada Okafor").click()
    await reports("Send report", "no owner", "The admins of this server read this")
    notice = page.get_by_role("listitem").filter(has_text="Break at four")
    await notice.hover()
    await notice.get_by_role("button", name="Report notice").click()
    await reports("Send report", "no break", "admins of this server")
    await ben.opens_room_menu()
    await page.get_by_role("button", name="Report room").click()
    await reports("Send report", "no room", "The admins of this server read this")

    [report] = (await ada.account.get(f"/api/study-rooms/{room}/reports")).data["reports"]
    assert (report["kind"], report["reason"]) == ("user", "no name"), "the owner reads what is about members"


async def test_manager_of_member_reports_name(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    ben = await hall.api.person("Ben", "Lindqvist")
    await ben.joins(room)
    await ada.page.goto(f"/rooms/{room}")
    await ada.page.get_by_role("complementary", name="People").get_by_role("button", name="Manage Ben").click()
    dialog = ada.page.get_by_role("dialog")
    await dialog.get_by_text("Report name, picture or activity").click()
    await dialog.get_by_role("button", name="Send report").click()
    await expect(dialog.get_by_text("Report sent.")).to_be_visible()


async def test_room_is_reported_at_its_door(hall):
    ada = await hall.api.person("Ada", "Okafor")
    room = await ada.opens("Calculus")
    ben = await hall.member("Ben Lindqvist")
    await ben.page.goto(f"/rooms/{room}")
    await ben.page.get_by_role("button", name="Report room").click()
    dialog = ben.page.get_by_role("dialog", name="Calculus")
    await dialog.get_by_role("button", name="Send report").click()
    await expect(dialog.get_by_role("status")).to_contain_text("Report sent.")
