"""Passwords and signing out, as people have them before their eyes."""

import re

import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/sign-in", {"Password": "current-password"}),
        ("/sign-up", {"Password": "new-password"}),
        ("/reset/" + "x" * 43, {"New password": "new-password"}),
        ("/account", {"Current password": "current-password", "New password": "new-password"}),
    ],
)
async def test_a_password_is_masked_may_be_pasted_and_is_known_to_password_managers(hall, path, fields):
    ada = await (hall.member("Ada Okafor") if path == "/account" else hall.somebody())
    await ada.page.goto(path)

    await expect(ada.page.locator("input[type=password]").first).to_be_visible()
    for label, filled_in_as in fields.items():
        field = ada.page.get_by_label(label, exact=True)
        await expect(field).to_have_attribute("type", "password")
        await expect(field).to_have_attribute("autocomplete", filled_in_as)
        await field.focus()
        await ada.page.evaluate(
            """() => {
                const carried = new DataTransfer();
                carried.setData("text/plain", "from a manager");
                const paste = new ClipboardEvent("paste", { clipboardData: carried, bubbles: true, cancelable: true });
                if (!document.activeElement.dispatchEvent(paste)) throw new Error("pasting is prevented");
                document.execCommand("insertText", false, "from a manager");
            }"""
        )
        await expect(field).to_have_value("from a manager")


OLD = """() => {
    const session = JSON.parse(localStorage["studyhall.session"]);
    localStorage["studyhall.session"] = JSON.stringify({ ...session, freshUntil: 0 });
}"""
SHARED = """new Promise((done) => indexedDB.open("studyhall", 1).onsuccess = ({ target }) =>
    target.result.transaction("shared").objectStore("shared").getAll().onsuccess = ({ target }) =>
        done(JSON.stringify(target.result)))"""


async def shared(page):
    """Return what the page keeps for its other tabs."""
    return await page.evaluate(SHARED)


async def test_signing_out_is_two_clicks_away_everywhere_and_leaves_nothing(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")

    for path in ("/dashboard", "/rooms", "/rooms/new", f"/rooms/{room}", f"/rooms/{room}/settings", "/account"):
        await ada.page.goto(path)
        await expect(ada.page.get_by_role("link", name="Account of Ada Okafor")).to_be_visible()
    await ada.page.evaluate(OLD)
    async with ada.context.expect_event("response", lambda response: response.url.endswith("/api/auth/refresh")):
        await ada.page.reload()
    await expect(ada.page.get_by_role("link", name="Account of Ada Okafor")).to_be_visible()
    kept = await ada.page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})") + await shared(ada.page)
    tokens = re.findall(r"[\w-]+\.[\w-]+\.[\w-]+|[0-9a-f-]{36}\.[\w-]{43}", kept)
    assert len(tokens) >= 2, "the page keeps tokens somewhere else: look there, too"
    await ada.page.get_by_role("link", name="Account of Ada Okafor").click()
    ada.expects("401")
    await ada.page.get_by_role("button", name="Sign out", exact=True).click()

    await expect(ada.page.get_by_role("link", name="Sign in").first).to_be_visible()
    left = await ada.page.evaluate("JSON.stringify({...localStorage, ...sessionStorage}) + document.cookie")
    assert await shared(ada.page) == "[]"
    assert not [token for token in tokens if token in left]
    for token in tokens:
        assert (await hall.api.request("GET", "/api/auth/me", token=token)).status == 401
        assert (await hall.api.request("POST", "/api/auth/refresh", {"refreshToken": token[:200]})).status in {401, 422}
    await ada.page.go_back()
    await ada.page.goto(f"/rooms/{room}")
    await expect(ada.page.get_by_text("Calculus")).to_have_count(0)
