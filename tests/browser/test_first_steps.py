"""First steps on a new server: what covers something, is cut off, is not true, or leads nowhere."""

import pytest
from playwright.async_api import expect

from tests.browser.test_account_invites import an_admin
from tests.browser.test_late_answers import announces
from tests.browser.test_password import NEW, a_link
from tests.browser.test_verification import sending
from tests.support.browser import NO_CONNECTION, PASSWORD, PHONE, opened
from tests.support.mail_server import mail_server

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

LONG = "maximiliane-charlotte.von-hohenzollern-sigmaringen@gymnasium.example"


async def overlap(one, other):
    """Return whether two elements stand over each other."""
    a, b = await one.bounding_box(), await other.bounding_box()
    return (
        a["x"] < b["x"] + b["width"]
        and b["x"] < a["x"] + a["width"]
        and a["y"] < b["y"] + b["height"]
        and b["y"] < a["y"] + a["height"]
    )


async def test_announcement_covers_neither_ways_nor_headings(chromium):
    async with opened(chromium) as hall:
        head = await an_admin(hall)
        await announces(head, "The server restarts at six o'clock. Save your work before that.")
        for person in (head, await hall.member("Ben Lindqvist", device=PHONE)):
            await person.page.goto("/account")
            notice = person.page.get_by_text("Announcement.").locator("..")
            await expect(notice).to_be_visible()
            for other in (
                person.page.get_by_role("heading", level=1),
                person.page.get_by_role("navigation", name="Main"),
                person.page.get_by_role("link", name="Home"),
            ):
                assert not await overlap(notice, other)


async def test_notice_to_verify_an_email_keeps_it_on_one_line_of_a_phone(chromium):
    async with mail_server() as mail, opened(chromium, **sending(mail, accounts_require_verified="true")) as hall:
        ada = await hall.member("Ada Okafor", device=PHONE)
        await ada.page.goto("/dashboard")
        email = ada.page.get_by_role("status").get_by_text(ada.email)
        assert len(await email.evaluate("(at) => [...at.getClientRects()]")) == 1
        link = ada.page.get_by_role("status").get_by_role("link", name="Go to your account")
        await link.click()
        await expect(ada.page.get_by_role("heading", name="Your account")).to_be_visible()
        await expect(email).to_be_visible()
        await expect(link).to_have_count(0)


async def test_own_email_is_shown_whole_on_a_phone(chromium):
    async with opened(chromium) as hall:
        ada = await hall.somebody("Ada Okafor", PHONE)
        ada.email = LONG
        await ada.page.goto("/sign-up")
        await ada.makes_an_account()
        await expect(ada.page).to_have_url(f"{ada.url}/dashboard")
        await ada.page.goto("/verify#" + "v" * 43)
        email = ada.page.get_by_text(LONG)
        await expect(email).to_be_visible()
        assert await email.evaluate("(at) => getComputedStyle(at).overflowX") == "visible"
        wide = await ada.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= PHONE["viewport"]["width"]


async def test_used_first_admin_link_does_not_claim_that_there_is_no_admin(chromium):
    async with opened(chromium) as hall:
        link = (await hall.server.says(r"^    http://\S+(/first-admin#\S+)$"))[1]
        await an_admin(hall)
        ben = await hall.member("Ben Lindqvist")
        ben.expects("40[0-9]|422")
        await ben.page.goto(link)
        await expect(ben.page.get_by_role("heading", name="Become the admin")).to_be_visible()
        await expect(ben.page.get_by_text("no admin yet")).to_have_count(0)
        await ben.page.get_by_role("button", name="Become the admin").click()
        await expect(ben.page.get_by_role("heading", name="This link is no longer valid")).to_be_visible()


@pytest.mark.parametrize("view", ["join", "invite"])
async def test_damaged_invitation_is_said_to_be_over(hall, view):
    guest = await hall.somebody("Ben Lindqvist")
    guest.expects("422")
    await guest.page.goto(f"/{view}#" + "x" * 500)
    await expect(guest.page.get_by_role("heading", name="This invitation is no longer valid")).to_be_visible()
    await expect(guest.page.get_by_role("link", name="Go to the start page")).to_be_visible()


async def test_damaged_link_for_a_new_password_is_said_to_be_over(hall):
    guest = await hall.somebody("Ben Lindqvist")
    guest.expects("422")
    await guest.page.goto("/reset#" + "x" * 500)
    await guest.page.get_by_label("New password").fill(NEW)
    await guest.page.get_by_role("button", name="Change password").click()
    await expect(guest.page.get_by_role("heading", name="This link is no longer valid")).to_be_visible()
    await expect(guest.page.get_by_role("link", name="Ask for a new link")).to_be_visible()


async def test_damaged_link_of_the_first_admin_is_said_to_be_over(hall):
    guest, ben = await hall.somebody("Ada Okafor"), await hall.member("Ben Lindqvist")
    for person in (guest, ben):
        person.expects("422")
        await person.page.goto("/first-admin#" + "x" * 500)
    await guest.makes_an_account()
    await ben.page.get_by_role("button", name="Become the admin").click()
    for person in (guest, ben):
        await expect(person.page.get_by_role("heading", name="This link is no longer valid")).to_be_visible()


async def test_damaged_link_that_verifies_is_said_not_to_work(hall):
    ben = await hall.member("Ben Lindqvist")
    ben.expects("422")
    await ben.page.goto("/verify#" + "x" * 500)
    await ben.page.get_by_role("button", name="Verify email").click()
    await expect(ben.page.get_by_role("heading", name="This link does not work")).to_be_visible()


async def test_used_invitation_leads_its_user_to_the_desk(hall):
    ada = await hall.api.person("Ada", "Okafor")
    room = await ada.opens("Calculus", visibility="private")
    code = (await ada.post(f"/api/study-rooms/{room}/invites", {"uses": 1})).data["code"]
    ben = await hall.member("Ben Lindqvist")
    ben.expects("404")
    tab = await ben.context.new_page()
    for page in (ben.page, tab):
        await page.goto(f"/invite#{code}")
        await expect(page.get_by_role("button", name="Join room")).to_be_visible()
        await ben.has_loaded(page)
    await ben.page.get_by_role("button", name="Join room").click()
    await expect(ben.composer).to_be_visible()
    await tab.get_by_role("button", name="Join room").click()
    await expect(tab.get_by_text("If you used it yourself, you find the room on Home.")).to_be_visible()
    await tab.get_by_role("link", name="Go to Home").click()
    await expect(tab.get_by_role("link", name="Calculus").first).to_be_visible()


async def test_button_about_a_notice_covers_no_word_of_it_on_a_phone(hall):
    ada = await hall.api.person("Ada", "Okafor")
    room = await ada.opens("Calculus")
    ben = await hall.member("Ben Lindqvist", room, device=PHONE)
    await ada.post(f"/api/study-rooms/{room}/messages/system", {"content": "We meet again tomorrow at nine, " * 3})
    notice = ben.talk.get_by_role("listitem").filter(has_text="We meet again")
    about = notice.get_by_role("button", name="Report notice")
    await expect(about).to_be_visible()
    assert not await overlap(about, notice.get_by_role("time"))
    assert not await overlap(about, notice.locator(".words, p").first)


async def test_invitation_to_register_goes_on_after_signing_out(chromium):
    async with opened(chromium, accounts_registration="invited") as hall:
        head = await an_admin(hall)
        await head.page.get_by_role("link", name="Invitations").click()
        await head.page.get_by_role("button", name="Create invitation").click()
        link = await head.page.get_by_label("New invitation").input_value()
        await head.page.goto(link)
        await head.page.get_by_role("button", name="Sign out").click()
        await expect(head.page.get_by_text("Ada Okafor invites you to Studyhall.")).to_be_visible()
        await expect(head.page.get_by_label("First name")).to_be_visible()


async def test_reset_of_another_account_ends_the_sign_in_of_this_browser(chromium, tmp_path):
    storage = f"sqlite:///{tmp_path / 'studyhall.db'}"
    async with opened(chromium, storage) as hall:
        ada = await hall.member("Ada Okafor")
        ben = await hall.api.person("Ben", "Lindqvist")
        ada.expects(NO_CONNECTION)
        await ada.page.goto(await a_link(hall, storage, ben.user["email"]))
        await expect(
            ada.page.get_by_text(f"{ada.email} is signed in in this browser and will be signed out, too.")
        ).to_be_visible()
        await ada.page.get_by_label("New password").fill(NEW)
        async with ada.page.expect_response(lambda answer: answer.url.endswith("/api/auth/sign-out")) as ended:
            await ada.page.get_by_role("button", name="Change password").click()
        assert (await ended.value).ok
        await expect(ada.page.get_by_text("Your password is changed.")).to_be_visible()
        assert len((await ada.account.get("/api/auth/sessions")).data) == 1, "that of the account itself is left"


async def test_pending_user_uses_a_link_for_a_new_password(chromium, tmp_path):
    storage = f"sqlite:///{tmp_path / 'studyhall.db'}"
    async with opened(chromium, storage, accounts_approval="true") as hall:
        await an_admin(hall)
        pia = await hall.somebody("Pia Rossi")
        pia.expects("40[0-9]")
        await pia.page.goto("/sign-up")
        await pia.makes_an_account()
        await expect(pia.page.get_by_role("heading", name="An admin has to approve")).to_be_visible()
        await pia.page.goto(await a_link(hall, storage, pia.email))
        await pia.page.get_by_label("New password").fill(NEW)
        assert NEW != PASSWORD
        await pia.page.get_by_role("button", name="Change password").click()
        await expect(pia.page.get_by_text("Your password is changed.")).to_be_visible()
