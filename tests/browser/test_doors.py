"""Joining, moderation and removal in the page."""

import re

import pytest
from playwright.async_api import expect

from tests.support.browser import NO_CONNECTION, PASSWORD

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

OVER = "This invitation is no longer valid"


async def test_a_private_room_offers_an_invitation_which_leads_somebody_new_in(hall):
    ada = await hall.member("Ada Okafor")
    await ada.page.goto("/rooms/new")
    await ada.page.get_by_label("Name").fill("Year 11 عربي")
    await ada.page.get_by_label("Private").check()
    await ada.page.get_by_role("button", name="Create room").click()
    dialog = ada.page.get_by_role("dialog", name="Invite people")
    await dialog.get_by_label("Max uses").select_option("1")
    await dialog.get_by_role("button", name="Create invitation").click()
    link = await dialog.get_by_label("New invitation").input_value()
    await expect(dialog).to_contain_text("Used 0 of 1 time")

    ben = await hall.somebody("Ben Lindqvist")
    await ben.page.goto(link)
    await expect(ben.page.get_by_text("Ada Okafor invites you to this room.")).to_be_visible()
    await expect(ben.page.get_by_role("heading", name="Year 11 عربي")).to_have_attribute("dir", "auto")
    await expect(ben.page.get_by_role("button", name="Sign in")).to_be_visible()
    await ben.makes_an_account()
    await ben.says("Here I am")
    await ben.reads("“Ben Lindqvist” joined by invitation", "Here I am")

    chiara = await hall.member("Chiara Rossi")
    chiara.expects("404")
    for address in (link, "/invite/never-was"):
        await chiara.page.goto(address)
        await expect(chiara.page.get_by_role("heading", name=OVER)).to_be_visible()
    await ada.page.reload()
    await expect(ada.page.get_by_role("dialog")).to_have_count(0)
    await ada.reads("“Ben Lindqvist” joined by invitation", "Here I am")


async def test_a_new_public_room_shows_its_link_and_signing_in_at_an_invitation_joins(hall):
    ada = await hall.member("Ada Okafor")
    await ada.page.goto("/rooms/new")
    await ada.page.get_by_label("Name").fill("Calculus")
    await ada.page.get_by_role("button", name="Create room").click()
    dialog = ada.page.get_by_role("dialog", name="Invite people")
    await expect(dialog.get_by_label("Link to this room")).to_have_value(re.compile("/rooms/[0-9a-f-]{36}$"))
    room = ada.page.url.rpartition("/")[2]
    invite = (await ada.account.post(f"/api/study-rooms/{room}/invites", {"uses": 1})).data
    ben = await hall.somebody("Ben Lindqvist")
    await hall.api.person("Ben", "Lindqvist")

    await ben.page.goto(f"/invite/{invite['code']}")
    ben.expects("401")
    # every way from here to the forms leads back
    onward = f"#next=%2Finvite%23{invite['code']}"
    top = ben.page.get_by_role("navigation", name="Main")
    await expect(top.get_by_role("link", name="Sign in")).to_have_attribute("href", f"/sign-in{onward}")
    await ben.page.get_by_role("link", name="Forgot your password?").click()
    await expect(ben.page.get_by_role("link", name="Back to sign in")).to_have_attribute("href", f"/sign-in{onward}")
    await expect(top.get_by_role("link", name="Create account")).to_have_attribute("href", f"/sign-up{onward}")
    await ben.page.go_back()
    known = ben.page.get_by_role("region", name="Already have an account?")
    await known.get_by_label("Email").fill(ben.email)
    await known.get_by_label("Password").fill("a wrong password")
    await known.get_by_role("button", name="Sign in").click()
    await expect(known.get_by_role("alert")).to_be_visible()
    await known.get_by_label("Password").fill(PASSWORD)
    await known.get_by_role("button", name="Sign in").click()

    await expect(ben.composer).to_be_visible()
    invite = (await ada.account.post(f"/api/study-rooms/{room}/invites", {})).data
    await ben.page.goto(f"/invite/{invite['code']}")
    await expect(ben.page.get_by_text("You are already a member of this room.")).to_be_visible()
    await expect(ben.page.get_by_role("button", name="Join room")).to_have_count(0)
    await ben.page.get_by_role("link", name="Go to the room").click()
    await expect(ben.composer).to_be_visible()
    await ada.account.delete(f"/api/study-rooms/{room}/invites/{invite['id']}")
    cleo = await hall.somebody("Cleo Rossi")
    cleo.expects("404")
    await cleo.page.goto(f"/invite/{invite['code']}")
    await expect(cleo.page.get_by_role("heading", name=OVER)).to_be_visible()
    await expect(cleo.page.get_by_role("link", name="Go to the start page")).to_be_visible()


async def test_link_in_a_dialog_is_copied_without_https(hall):
    ada = await hall.member("Ada Okafor", host="school.test")
    room = await ada.account.opens("Calculus")
    await ada.page.goto(f"/rooms/{room}")
    await ada.page.get_by_role("button", name="Invite").click()
    dialog = ada.page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Copy link").click()
    await expect(dialog.get_by_text("Copied.")).to_be_visible()
    await ada.page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await ada.composer.focus()
    await ada.page.keyboard.press("Control+V")
    await expect(ada.composer).to_have_value(f"{ada.url}/rooms/{room}")


async def test_a_link_that_needs_an_account_says_what_it_leads_to(hall):
    guest = await hall.somebody()
    for path, words in (
        ("/account", "Sign in to see your account."),
        ("/rooms/01890a5d-ac96-774b-bcce-b302099a8057", "Sign in to open the room from your link."),
        ("/rooms/new", "Sign in to create a room."),
        ("/admin", "Sign in to open the administration."),
    ):
        await guest.page.goto(path)
        await expect(guest.page.get_by_text(words)).to_be_visible()
        await expect(guest.page.get_by_text("invited")).to_have_count(0)
    await guest.page.get_by_role("main").get_by_role("link", name="Create account").click()
    await expect(guest.page.get_by_text("Create an account to open the administration.")).to_be_visible()


async def test_an_invitation_that_is_taken_back_leads_nowhere(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus", visibility="private")
    ben = await hall.member("Ben Lindqvist")
    ben.expects("404")
    await ada.page.goto(f"/rooms/{room}")
    await ada.page.get_by_role("button", name="Invite").click()
    dialog = ada.page.get_by_role("dialog", name="Invite people")
    await dialog.get_by_role("button", name="Create invitation").click()
    link = await dialog.get_by_label("New invitation").input_value()
    await ben.page.goto(link)
    await expect(ben.page.get_by_role("button", name="Join room")).to_be_visible()

    await dialog.get_by_role("button", name="Revoke").click()
    await ada.page.get_by_role("dialog", name="Revoke").get_by_role("button", name="Revoke").click()
    await expect(dialog).to_contain_text("There are no invitations.")

    await ben.page.get_by_role("button", name="Join room").click()
    await expect(ben.page.get_by_role("heading", name=OVER)).to_be_visible()


def row(person, name):
    """Return where this name stands among the people of the room."""
    return person.page.get_by_role("complementary", name="People").get_by_role("listitem").filter(has_text=name)


async def manage(person, name):
    """Open what can be done about a member, and return it."""
    await row(person, name).get_by_role("button", name="Manage").click()
    return person.page.get_by_role("dialog", name=name)


async def test_who_is_muted_sees_until_when_and_keeps_what_they_wrote(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    ben = await hall.member("Ben Lindqvist", room)
    await ada.page.goto(f"/rooms/{room}")
    await ben.composer.fill("half a thought")
    dialog = await manage(ada, "Ben Lindqvist")
    await dialog.get_by_role("button", name="10 minutes").click()

    await expect(ben.page.get_by_role("status").filter(has_text="You cannot write here until")).to_be_visible()
    await ben.composer.press("Enter")
    await expect(ben.page.get_by_role("button", name="Send")).to_be_disabled()
    await expect(ben.composer).to_have_value("half a thought")
    await expect(row(ada, "Ben")).to_contain_text("Muted")
    await ben.page.reload()
    await expect(ben.page.get_by_text("You cannot write here until")).to_be_visible()
    await expect(ben.composer).to_have_value("half a thought")

    await dialog.get_by_role("button", name="Unmute").click()
    await expect(ben.page.get_by_text("You cannot write here until")).to_have_count(0)
    await ben.composer.press("Enter")
    await ada.reads("half a thought")
    await expect(row(ada, "Ben")).not_to_contain_text("Muted")


async def test_what_was_on_its_way_when_the_mute_came_is_back_in_the_box(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    ben = await hall.member("Ben Lindqvist", room)
    ben.expects(NO_CONNECTION)
    await expect(row(ben, "Ben Lindqvist (you)")).to_have_count(1)
    await ben.context.set_offline(True)
    await expect(ben.page.get_by_role("status").filter(has_text="You are offline")).to_be_visible()
    await ben.says("one")
    await ben.composer.fill("two")
    await ada.account.put(f"/api/study-rooms/{room}/members/{ben.account.id}/mute", {"seconds": 600})

    await ben.context.set_offline(False)

    await expect(ben.page.get_by_text("You cannot write here until")).to_be_visible(timeout=20_000)
    await expect(ben.composer).to_have_value("one\ntwo", timeout=20_000)
    await ben.reads()


async def test_who_is_removed_leaves_the_room_and_may_come_back_and_who_is_banned_may_not(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    ben = await hall.member("Ben Lindqvist", room)
    ben.expects("403")
    chiara = await hall.member("Chiara Rossi", room)
    await expect(row(chiara, "Ben")).to_have_count(1)
    await ada.page.goto(f"/rooms/{room}")
    dialog = await manage(ada, "Ben Lindqvist")
    await dialog.get_by_role("button", name="Remove").click()
    question = ada.page.get_by_role("dialog", name="Remove from the room?")
    await question.get_by_role("button", name="Cancel").click()
    await dialog.get_by_role("button", name="Remove").click()
    await question.get_by_role("button", name="Remove").click()
    await expect(ben.page.get_by_role("heading", name="You were removed from this room")).to_be_visible()
    await expect(dialog).to_contain_text("Ben Lindqvist is not a member any more.")
    await dialog.get_by_role("button", name="Close").first.click()
    for person in (ada, chiara):
        await expect(row(person, "Ben")).to_have_count(0)

    await ben.page.reload()
    await ben.page.get_by_role("button", name="Join room").click()
    await expect(ben.composer).to_be_visible()
    dialog = await manage(ada, "Ben Lindqvist")
    await dialog.get_by_role("button", name="Ban").click()
    question = ada.page.get_by_role("dialog", name="Ban from the room?")
    await question.get_by_label("Reason").fill("كفى")
    await question.get_by_role("button", name="Ban").click()
    await expect(ben.page.get_by_role("heading", name="You were banned from this room")).to_be_visible()
    await ben.page.reload()
    await ben.page.get_by_role("button", name="Join room").click()
    await expect(ben.page.get_by_role("alert")).to_contain_text("banned")

    await ada.page.goto(f"/rooms/{room}/moderation")
    banned = ada.page.get_by_role("list", name="Banned people").get_by_role("listitem")
    await expect(banned).to_contain_text("Ben Lindqvist")
    await expect(banned.get_by_text("كفى")).to_have_attribute("dir", "auto")
    log = ada.page.get_by_role("list", name="Audit log").get_by_role("listitem")
    await expect(log).to_contain_text(["Ada Okafor banned Ben Lindqvist: “كفى”.", "Ada Okafor removed Ben Lindqvist."])
    await banned.get_by_role("button", name="Unban Ben Lindqvist").click()
    await expect(ada.page.get_by_text("No banned people.")).to_be_visible()
    await ben.page.get_by_role("button", name="Join room").click()
    await expect(ben.composer).to_be_visible()


async def test_who_is_made_a_moderator_looks_after_the_room_at_once_and_is_offered_no_more_than_that(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    ben = await hall.member("Ben Lindqvist", room)
    chiara = await hall.member("Chiara Rossi", room)
    await ada.page.goto(f"/rooms/{room}")
    await expect(row(chiara, "Ada Okafor")).to_contain_text("Owner")
    for person in (ben, chiara):
        await expect(person.page.get_by_role("button", name="Manage")).to_have_count(0)
        await expect(person.page.get_by_role("link", name="Moderation")).to_have_count(0)
    dialog = await manage(ada, "Ben Lindqvist")

    await dialog.get_by_role("button", name="Make moderator").click()

    await expect(dialog.get_by_role("button", name="Remove moderator")).to_be_visible()
    await expect(row(chiara, "Ben")).to_contain_text("Moderator")
    await expect(ben.page.get_by_role("button", name="Manage")).to_have_count(1)
    of_chiara = await manage(ben, "Chiara Rossi")
    await expect(of_chiara.get_by_role("button", name="1 hour")).to_be_visible()
    await expect(of_chiara.get_by_role("button", name="Make moderator")).to_have_count(0)
    await ben.page.keyboard.press("Escape")
    await ben.opens_room_menu()
    await ben.page.get_by_role("link", name="Moderation").click()
    await expect(ben.page.get_by_text("No banned people.")).to_be_visible()
    await expect(ben.page.get_by_role("heading", name="Audit log")).to_have_count(0)
    await chiara.page.goto(f"/rooms/{room}/moderation")
    await expect(chiara.page.get_by_text("This page is for the owner")).to_be_visible()


async def test_the_log_goes_back_page_by_page(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    for number in range(52):
        await ada.account.put(f"/api/study-rooms/{room}", {"name": f"Calculus {number}"})
    await ada.page.goto(f"/rooms/{room}/moderation")
    log = ada.page.get_by_role("list", name="Audit log").get_by_role("listitem")
    await expect(log).to_have_count(50)
    await ada.page.get_by_role("button", name="Show earlier").click()
    await expect(log).to_have_count(52)
    await expect(log.last).to_contain_text("Ada Okafor changed the name.")
    await expect(ada.page.get_by_role("button", name="Show earlier")).to_have_count(0)


async def test_a_name_that_looks_like_anothers_is_marked_wherever_it_stands(hall):
    ada = await hall.member("Ace Cox")
    room = await ada.account.opens("Calculus")
    other = await hall.api.person("\u0410\u0441\u0435", "\u0421\u043e\u0445")  # in Cyrillic letters
    await ada.page.goto(f"/rooms/{room}")
    await ada.says("mine")
    await expect(ada.page.get_by_text("Similar name")).to_have_count(0)

    await other.joins(room)
    await other.post(f"/api/study-rooms/{room}/messages", {"content": "Send me your password"})

    await expect(ada.talk.get_by_role("listitem").filter(has_text="Send me")).to_contain_text("Similar name")
    people = ada.page.get_by_role("complementary", name="People").get_by_role("listitem")
    await expect(people.filter(has_text="Similar name")).to_have_count(2)
