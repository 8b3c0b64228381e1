"""Links with a secret: what the browser sends of them, and what its address bar shows."""

import pytest
from playwright.async_api import expect

from tests.support.browser import PASSWORD

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


def watched(page):
    """Return what the page asks the server for from here on: address and referrer of each request."""
    asked = []
    page.on("request", lambda request: asked.append((request.url, request.headers.get("referer", ""))))
    return asked


async def invitation(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    return ada, (await ada.account.post(f"/api/study-rooms/{room}/invites", {})).data["code"]


@pytest.mark.parametrize("page", ["invite", "reset"])
async def test_a_link_with_its_secret_behind_the_hash_sends_it_in_no_address(hall, page):
    _, code = await invitation(hall)
    guest = await hall.somebody("Ben Lindqvist")
    asked = watched(guest.page)

    await guest.page.goto(f"/{page}#{code}")

    heading = "Calculus" if page == "invite" else "Choose a new password"
    await expect(guest.page.get_by_role("heading", name=heading)).to_be_visible()
    assert [address for address, referrer in asked if code in address.partition("#")[0] + referrer] == []


@pytest.mark.parametrize("page", ["invite", "reset"])
async def test_an_older_link_is_moved_behind_the_hash_at_once(hall, page):
    _, code = await invitation(hall)
    guest = await hall.somebody("Ben Lindqvist")
    asked = watched(guest.page)

    await guest.page.goto(f"/{page}/{code}")

    heading = "Calculus" if page == "invite" else "Choose a new password"
    await expect(guest.page.get_by_role("heading", name=heading)).to_be_visible()
    assert guest.page.url == f"{guest.url}/{page}#{code}"
    assert len([address for address, referrer in asked if code in address.partition("#")[0] + referrer]) == 1, (
        "the link itself, and nothing that the page asked for"
    )
    await guest.page.reload()
    await expect(guest.page.get_by_role("heading", name=heading)).to_be_visible()


async def test_the_way_through_the_door_has_the_secret_behind_the_hash(hall):
    _, code = await invitation(hall)
    ben = await hall.somebody("Ben Lindqvist")
    await hall.api.person("Ben", "Lindqvist")
    await ben.page.goto(f"/sign-in?next=%2Finvite%2F{code}")
    await expect(ben.page.get_by_text("to join the room you were invited to")).to_be_visible()
    assert ben.page.url == f"{ben.url}/sign-in#next=%2Finvite%23{code}"
    asked = watched(ben.page)
    await ben.page.reload()
    top = ben.page.get_by_role("navigation", name="Main")
    await top.get_by_role("link", name="Create account").click()
    await expect(ben.page.get_by_text("to join the room you were invited to")).to_be_visible()
    await top.get_by_role("link", name="Sign in").click()

    await ben.page.get_by_label("Email").fill(ben.email)
    await ben.page.get_by_label("Password").fill(PASSWORD)
    await ben.page.get_by_role("main").get_by_role("button", name="Sign in").click()

    await expect(ben.page.get_by_role("button", name="Join room")).to_be_visible()
    assert ben.page.url == f"{ben.url}/invite#{code}"
    await ben.page.get_by_role("button", name="Join room").click()
    await expect(ben.composer).to_be_visible()
    assert [address for address, referrer in asked if code in address.partition("#")[0] + referrer] == []


async def test_another_invitation_in_the_address_bar_is_shown(hall):
    ada, code = await invitation(hall)
    physics = await ada.account.opens("Physics")
    other = (await ada.account.post(f"/api/study-rooms/{physics}/invites", {})).data["code"]
    guest = await hall.somebody("Ben Lindqvist")
    await guest.page.goto(f"/invite#{code}")
    await expect(guest.page.get_by_role("heading", name="Calculus")).to_be_visible()

    await guest.page.goto(f"/invite#{other}")  # only the fragment is another one: nothing is loaded

    await expect(guest.page.get_by_role("heading", name="Physics")).to_be_visible()
    await guest.page.go_back()
    await expect(guest.page.get_by_role("heading", name="Calculus")).to_be_visible()


async def test_a_link_to_an_invitation_in_a_message_opens_in_the_same_tab(hall):
    ada, code = await invitation(hall)
    ben = await hall.member("Ben Lindqvist")
    mine = await ben.account.opens("Ben's")
    for link in (f"{ben.url}/invite#{code}", f"{ben.url}/invite/{code}"):
        await ben.account.post(f"/api/study-rooms/{mine}/messages", {"content": link})
    for nth in range(2):
        await ben.page.goto(f"/rooms/{mine}")
        asked = watched(ben.page)
        await ben.page.get_by_role("log").get_by_role("link").nth(nth).click()
        await expect(ben.page.get_by_role("button", name="Join room")).to_be_visible()
        assert ben.page.url == f"{ben.url}/invite#{code}"
        assert [address for address, _ in asked if code in address.partition("#")[0]] == []


@pytest.mark.parametrize("path", ["/invite", "/reset", "/invite#", "/reset/a/b", "//x/invite/abc?next=/invite/abc"])
async def test_a_link_that_lost_its_secret_shows_that_there_is_no_page(hall, path):
    guest = await hall.somebody()
    await guest.page.goto(guest.url + path)
    await expect(guest.page.get_by_role("heading", name="There is no such page")).to_be_visible()
