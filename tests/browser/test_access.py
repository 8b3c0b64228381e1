"""Everybody can use the page: with a keyboard alone, and with what reads it aloud."""

import pytest
from playwright.async_api import expect

from tests.support.browser import DESKTOP, NO_CONNECTION, PASSWORD, PHONE, opened
from tests.support.looking import AXE, Looking

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


async def tab_to(page, name, role=None):
    """Press Tab until what has this name has the focus, and see that it can be seen there."""
    for _ in range(40):
        await page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if await focused.count() and await focused.evaluate(NAME) == name:
            if role:
                assert await focused.evaluate("element => element.tagName.toLowerCase()") == role
            assert await focused.evaluate(SHOWS_FOCUS), f"nothing shows that {name} has the focus"
            return
    raise AssertionError(f"Tab never came to {name}")


NAME = """element => (element.labels?.[0] ?? element).textContent.trim()"""
SHOWS_FOCUS = """element => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
    return (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
}"""


async def test_the_keyboard_alone_leads_from_signing_up_to_a_sent_message(hall):
    ada = await hall.somebody("Ada Okafor")
    page, keys = ada.page, ada.page.keyboard
    await page.goto("/")
    await tab_to(page, "Create account", "a")
    await keys.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_be_focused()
    for label, text in (
        ("First name", "Ada"),
        ("Last name (optional)", "Okafor"),
        ("Email", ada.email),
        ("Password", PASSWORD),
    ):
        await tab_to(page, label, "input")
        await keys.type(text)
    await keys.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Ada")
    await expect(page.get_by_role("main").get_by_role("link", name="Create room")).to_be_visible()
    await tab_to(page, "Create room", "a")
    await keys.press("Enter")
    await expect(page.get_by_role("heading", name="Create room")).to_be_focused()
    await tab_to(page, "Name", "input")
    await keys.type("Calculus")
    await tab_to(page, "Create room", "button")
    await keys.press("Enter")
    await expect(page.get_by_role("dialog", name="Invite people")).to_be_visible()
    await keys.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_role("heading", name="Calculus")).to_be_focused()
    await tab_to(page, "Invite", "button")
    await keys.press("Enter")
    await expect(page.get_by_role("dialog", name="Invite people")).to_be_visible()
    await keys.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_role("button", name="Invite")).to_be_focused()
    await tab_to(page, "Message to Calculus", "textarea")
    await keys.type("Hello")
    await keys.press("Enter")

    await ada.reads("Hello")
    await expect(ada.composer).to_be_focused()


async def test_new_messages_are_read_aloud_and_nothing_twice(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    ben = await hall.api.person("Ben", "Lindqvist")
    await ben.joins(room)
    await ada.page.goto(f"/rooms/{room}")
    await ada.says("mine")
    await ada.reads("mine")
    await ben.post(f"/api/study-rooms/{room}/messages", {"content": "theirs"})

    live = ada.page.locator("[aria-live=polite]")
    await expect(live.filter(has_text="“Ben Lindqvist”: theirs")).to_have_count(1)
    await expect(live.filter(has_text="mine")).to_have_count(0)
    await expect(ada.talk).to_have_attribute("aria-live", "off")


async def test_who_wants_less_motion_gets_none(hall):
    ada = await hall.member("Ada Okafor", reduced_motion="reduce")
    room = await ada.account.opens("Calculus")
    await ada.page.goto(f"/rooms/{room}")
    await ada.says("Hello")
    await ada.reads("Hello")
    durations = await ada.page.evaluate("""() => [...document.querySelectorAll("*")].flatMap((element) => {
        const { animationDuration, transitionDuration } = getComputedStyle(element);
        return [animationDuration, transitionDuration].flatMap((all) => all.split(", ")).map(parseFloat);
    })""")
    assert max(durations) < 0.1


everywhere = pytest.mark.parametrize(
    ("device", "schemes"), [(DESKTOP, ("light", "dark")), (PHONE, ("dark",))], ids=["desktop", "phone"]
)


@everywhere
async def test_axe_finds_no_serious_fault_on_any_view(chromium, device, schemes):
    assert AXE.exists(), "`make install` fetches axe-core"
    async with opened(chromium, presence_grace=2) as hall:
        guest = await hall.somebody("Guest Okafor", device, reduced_motion="reduce")
        ada = await hall.member("Ada Okafor", device=device, reduced_motion="reduce")
        ben = await hall.member("Ben Lindqvist")
        looking = Looking(schemes)
        for person in (guest, ada):
            await person.context.add_init_script(path=AXE)
        await looking.at(guest.page, "/", "/sign-in", "/sign-up", "/forgot", "/reset/over")
        await guest.page.goto("/sign-in")
        guest.expects("401", "422")
        await guest.page.get_by_role("button", name="Sign in").click()
        await guest.page.locator("[aria-invalid=true], [role=alert]").first.wait_for()
        await looking.here(guest.page, "a refused sign-in")

        await looking.at(
            ada.page, "/dashboard", "/rooms", "/rooms/new", "/tasks", "/account", "/nowhere", "/rooms/nowhere"
        )
        room = await ada.account.opens("Calculus", subject="Mathematics", description="Tuesdays and Thursdays.")
        other = await ben.account.opens("Organic chemistry", subject="Chemistry")
        await ben.account.joins(room)
        await ada.account.post(f"/api/study-rooms/{room}/messages", {"content": "Hello"})
        await ada.account.post(f"/api/study-rooms/{room}/messages/system", {"content": "The exam is on Friday"})
        for person in (ada, ben):
            task = {"title": "Sheet 4", "roomId": room, "shared": True, "dueOn": "2026-01-01", "estimateRounds": 2}
            assert (await person.account.post("/api/tasks", task)).status == 201
        await ben.page.goto(f"/rooms/{room}")
        await ben.says("Hello, see https://example.org")
        await looking.at(
            ada.page, f"/rooms/{other}", "/dashboard", "/rooms", f"/rooms/{room}/settings", f"/rooms/{room}", "/tasks"
        )
        await ada.has_a_refused_message(room)
        await ada.page.get_by_text("Not sent").wait_for()
        await looking.here(ada.page, "a refused message")
        await ada.opens_invitations()
        await looking.here(ada.page, "the link")
        await ada.page.keyboard.press("Escape")
        if device is PHONE:
            await ada.page.get_by_role("button", name="2 people here").click()
            await looking.here(ada.page, "who is here")
        ada.expects("401", NO_CONNECTION)
        await ada.account.put("/api/auth/password", {"currentPassword": PASSWORD, "newPassword": PASSWORD})
        await ada.page.get_by_role("dialog", name="Sign in again").wait_for(timeout=20_000)
        await looking.here(ada.page, "the password again")

    assert not looking.faults, "\n".join(looking.faults)


@everywhere
async def test_axe_finds_no_serious_fault_where_a_room_is_looked_after(chromium, device, schemes):
    async with opened(chromium, presence_grace=2) as hall:
        ada = await hall.member("Ada Okafor", device=device, reduced_motion="reduce")
        ada.expects("404")
        await ada.context.add_init_script(path=AXE)
        looking = Looking(schemes)
        room = await ada.account.opens("Calculus", visibility="private", retentionDays=30)
        await ada.page.goto(f"/rooms/{room}")
        await ada.opens_invitations()
        await ada.page.get_by_role("button", name="Create invitation").click()
        invitation = await ada.page.get_by_label("New invitation").input_value()
        await looking.here(ada.page, "an invitation")
        await ada.page.keyboard.press("Escape")
        code = invitation.rpartition("#")[2]
        ben, chiara = [await hall.api.person(*name) for name in (("Ben", "Lindqvist"), ("Chiara", "Rossi"))]
        for person in (ben, chiara):
            await person.post(f"/api/invites/{code}")
        message = (await ben.post(f"/api/study-rooms/{room}/messages", {"content": "Hello"})).data
        await chiara.post(f"/api/study-rooms/{room}/messages/{message['id']}/report", {"reason": "Rude"})
        await ada.account.put(f"/api/study-rooms/{room}/members/{ben.id}/mute", {"seconds": 600})
        await ada.page.get_by_role("button", name="Actions for message").focus()
        await ada.page.keyboard.press("Enter")
        await ada.page.get_by_role("dialog", name="From Ben Lindqvist").wait_for()
        await looking.here(ada.page, "a message")
        await ada.page.keyboard.press("Escape")
        await ada.account.put(f"/api/study-rooms/{room}/bans/{chiara.id}", {"reason": "Spam"})
        if device is PHONE:
            await ada.page.get_by_role("button", name="1 person here").click()
        await ada.page.get_by_role("button", name="Manage Ben").last.click()
        await ada.page.get_by_role("dialog", name="Ben Lindqvist").wait_for()
        await looking.here(ada.page, "a member")
        await ada.page.get_by_role("button", name="Ban", exact=True).click()
        await looking.here(ada.page, "a question")
        await looking.at(ada.page, f"/rooms/{room}/moderation", "/invite/over")
        other = await ben.opens("Organic chemistry", visibility="private")
        invite = (await ben.post(f"/api/study-rooms/{other}/invites", {})).data
        guest = await hall.somebody("Guest Okafor", device, reduced_motion="reduce")
        await guest.context.add_init_script(path=AXE)
        await looking.at(guest.page, f"/invite/{invite['code']}")
        await looking.at(ada.page, f"/invite/{invite['code']}")
        await ada.page.get_by_role("button", name="Join room").click()
        await ada.composer.wait_for()
        await ben.put(f"/api/study-rooms/{other}/members/{ada.account.id}/mute", {"seconds": 600})
        await ada.page.get_by_text("You cannot write here").wait_for()
        await looking.here(ada.page, "a muted person's room")

    assert not looking.faults, "\n".join(looking.faults)
