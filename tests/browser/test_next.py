"""The address that a guest wanted (`next`): a view of the page, or else the desk; whatever it is, the page is there."""

from urllib.parse import quote

import pytest
from playwright.async_api import expect

from tests.support.served import PASSWORD

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

ELSEWHERE = (
    "/\t/x.example",
    "/\n/x.example",
    "\t//x.example",
    "//x.example",
    "/\\x.example",
    "\\\\x.example",
    "/.//x.example",
    "/..//x.example",
    "/rooms/../..//x.example/rooms",
    "///x.example/rooms",
    "//x.example/rooms",
    "https://x.example/rooms",
    "https:/\\x.example/rooms",
    "//[",
    "//:99999999/",
    "http://",
    "javascript:alert(1)",
    "data:text/html,x",
    "blob:x",
    "/there-is-no-such-view",
    "/api/server",
    "/%2f/x.example",
    "\0",
    "\ufffd",
    "",
)


async def test_next_leads_to_a_view_of_the_page_or_to_the_desk(hall):
    ada = await hall.member("Ada Okafor")
    await ada.page.goto("/dashboard")
    room = await ada.account.opens()
    title = ada.page.get_by_role("heading", level=1)
    own = {f"/rooms/{room}": "Calculus", "/x/../account": "Your account", f"{ada.url}/account": "Your account"}
    for wanted in ELSEWHERE:
        await ada.page.goto(f"/sign-in?next={quote(wanted)}")
        await expect(title).to_contain_text("Ada")
        await expect(ada.page).to_have_url(f"{ada.url}/dashboard")
    for wanted, heading in own.items():
        await ada.page.goto(f"/sign-in?next={quote(wanted)}")
        await expect(title).to_contain_text(heading)


async def test_guest_with_an_address_elsewhere_signs_in_and_is_at_the_desk(hall):
    ada = await hall.somebody("Ada Okafor")
    ada.account = await hall.api.person("Ada", "Okafor")
    for wanted in ("/\t/x.example", "/.//x.example", "//["):
        await ada.page.goto(f"/sign-in?next={quote(wanted)}")
        await expect(ada.page.get_by_role("heading", level=1)).to_have_text("Sign in")
        await ada.page.get_by_role("main").get_by_role("link", name="Create account").click()
        await expect(ada.page.get_by_role("heading", level=1)).to_be_visible()
    await ada.page.go_back()
    await ada.page.get_by_label("Email").fill(ada.email)
    await ada.page.get_by_label("Password").fill(PASSWORD)
    await ada.page.get_by_role("button", name="Sign in").click()
    await expect(ada.page).to_have_url(f"{ada.url}/dashboard")
